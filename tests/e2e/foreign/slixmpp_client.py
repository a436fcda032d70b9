#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Pubsub with slixmpp, as it comes.

What version 1.8 does to payloads. Sending: drops attributes in a namespace other than xml:, lets
elements without a namespace fall into their parent's, writes TAB, LF and CR bare in attributes and
CR in text. Both ways: forgets prefixes that only values use. Receiving: a namespace with a } in its
name makes it deaf. All else, CR and white space in what it receives included, passes unharmed."""

import asyncio
import logging
import sys
from xml.etree import ElementTree

logging.basicConfig(level=logging.CRITICAL)	# it has something to say on being imported

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.plugins.xep_0059 import Set
from slixmpp.plugins.xep_0060.stanza import Pubsub
from slixmpp.xmlstream import register_stanza_plugin

import cli

PLUGINS = ('xep_0030', 'xep_0059', 'xep_0060')


class Client(slixmpp.ClientXMPP):
	def __init__(self, o, plugins=PLUGINS):
		super().__init__(o.jid, o.password)
		self.ca_certs = o.ca
		self.events = asyncio.Queue()
		for plugin in plugins:
			self.register_plugin(plugin)
		register_stanza_plugin(Pubsub, Set)	# slixmpp 1.8 forgets what its own iterator needs
		for event in ('pubsub_publish', 'pubsub_retract', 'pubsub_purge', 'pubsub_delete'):
			self.add_event_handler(event, self.events.put_nowait)

	async def start(self, address):
		"""Connects and logs in, or ends the process."""
		ready = asyncio.get_running_loop().create_future()
		self.add_event_handler('session_start', lambda _: ready.set_result(None))
		for trouble in ('failed_all_auth', 'connection_failed', 'ssl_invalid_chain'):
			self.add_event_handler(trouble, lambda why, trouble=trouble:
				cli.leave(1, '%s: %s' % (trouble, why)))
		self.connect(address)
		await ready
		self.send_presence()


def payload_text(element):
	return '' if element is None else cli.one_line(ElementTree.tostring(element, encoding='unicode'))


def print_item(item):
	cli.line('item', item['id'], item['publisher'], payload_text(item['payload']))


def print_event(message):
	"""One line for each thing that happened; returns how many."""
	event = message['pubsub_event'].xml
	what = event[0].tag.split('}')[1]
	if what != 'items':
		cli.line(what)
		return 1
	entries = list(message['pubsub_event']['items'])
	for entry in entries:
		if entry.name == 'item':
			print_item(entry)
		else:
			cli.line('retract', entry['id'])
	return len(entries)


async def create(c, o):
	result = await c['xep_0060'].create_node(o.service, o.node)
	cli.line('created', result['pubsub']['create']['node'] or o.node)


async def delete(c, o):
	await c['xep_0060'].delete_node(o.service, o.node)
	cli.line('deleted', o.node)


async def subscribe(c, o):
	result = await c['xep_0060'].subscribe(o.service, o.node, bare=not o.full)
	s = result['pubsub']['subscription']
	cli.line('subscribed', s['node'], s['jid'], s['subscription'])


async def unsubscribe(c, o):
	await c['xep_0060'].unsubscribe(o.service, o.node, bare=not o.full)
	cli.line('unsubscribed', o.node)


async def publish(c, o):
	for path in o.files:
		ident = o.id or cli.base_name(path)
		payload = ElementTree.parse(path).getroot()
		result = await c['xep_0060'].publish(o.service, o.node, id=ident, payload=payload)
		cli.line('published', result['pubsub']['publish']['item']['id'] or ident)


async def items(c, o):
	if o.page:	# XEP-0059; each page is awaited
		pages = c['xep_0060'].get_items(o.service, o.node, iterator=True)
		pages.amount = o.page
		async for page in pages:
			for item in page['pubsub']['items']:
				print_item(item)
		return
	result = await c['xep_0060'].get_items(o.service, o.node, item_ids=o.ids or None,
		max_items=o.max)
	for item in result['pubsub']['items']:
		print_item(item)


async def retract(c, o):
	await c['xep_0060'].retract(o.service, o.node, o.id, notify=True)
	cli.line('retracted', o.id)


async def purge(c, o):
	await c['xep_0060'].purge(o.service, o.node)
	cli.line('purged', o.node)


async def disco_info(c, o):
	info = (await c['xep_0030'].get_info(jid=o.service, node=o.node))['disco_info']
	for category, kind, _, name in sorted(info['identities'], key=str):
		cli.line('identity', category, kind, name)
	for feature in sorted(info['features']):
		cli.line('feature', feature)


async def disco_items(c, o):
	found = (await c['xep_0030'].get_items(jid=o.service, node=o.node))['disco_items']['items']
	for jid, node, name in sorted(found, key=str):
		cli.line('item', jid, node, name)


async def listen(c, o):
	await c['xep_0060'].subscribe(o.service, o.node, bare=False)
	cli.line('READY')
	left, last = o.count, None
	while left > 0:
		message = await c.events.get()
		if message is not last:	# slixmpp 1.8 reports one of n entries n times
			left -= print_event(message)
		last = message
	await c['xep_0060'].unsubscribe(o.service, o.node, bare=False)


def options():
	p = cli.parser(__doc__)
	full = ('--full', {'action': 'store_true', 'help': 'this resource, not the bare JID'})
	for name in ('create', 'delete', 'purge', 'disco-info', 'disco-items'):
		cli.verb(p, name)
	cli.verb(p, 'subscribe', full)
	cli.verb(p, 'unsubscribe', full)
	cli.verb(p, 'publish', *cli.PUBLISH)
	cli.verb(p, 'items', ('ids', {'nargs': '*', 'metavar': 'ID'}), ('--max', {'type': int}),
		('--page', {'type': int, 'help': 'ask for so many at a time'}))
	cli.verb(p, 'retract', 'id')
	cli.verb(p, 'listen', ('count', {'type': int}))
	return cli.parse(p)


async def run(o):
	c = Client(o)
	await c.start((o.host, o.port))
	try:
		await globals()[o.verb.replace('-', '_')](c, o)
	except IqError as e:
		errors = [x.tag.split('}')[1] for x in e.iq['error'].xml if x.tag.startswith('{%s}' % cli.NS_ERRORS)]
		cli.line('error', e.condition, *errors)
		return 1
	except IqTimeout:
		cli.leave(1, 'no answer')
	await c.disconnect()
	return 0


if __name__ == '__main__':
	sys.exit(asyncio.run(run(options())))
