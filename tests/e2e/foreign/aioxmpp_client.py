#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Pubsub with aioxmpp, as it comes. Publishing takes the XSO layer, for PubSubClient.publish() wants a
class for each kind of payload; a purge is an event it does not report.

What version 0.13 does to payloads. Sending: lets elements without a namespace fall into their
parent's; loses its connection over an attribute in the namespace of its own element; cannot have
comments. Receiving: moves all of an element's text before its children; loses an event with a
namespace that is not a URI. Both ways: forgets prefixes that only values use."""

import asyncio
import logging
import sys

logging.disable(logging.CRITICAL)	# it reports each lost connection with a traceback

import aioxmpp
import aioxmpp.connector
import aioxmpp.pubsub
import aioxmpp.pubsub.xso as pubsub_xso
from lxml import etree

import cli


class Client:
	"""A logged-in client; its calls are those of PubSubClient, the address filled in."""

	def __init__(self, o):
		self.peer = (o.host, o.port, aioxmpp.connector.STARTTLSConnector())
		self.client = aioxmpp.PresenceManagedClient(aioxmpp.JID.fromstr(o.jid),
			aioxmpp.make_security_layer(o.password), override_peer=[self.peer])
		self.service = aioxmpp.JID.fromstr(o.service)
		self.pubsub = self.client.summon(aioxmpp.PubSubClient)
		self.disco = self.client.summon(aioxmpp.DiscoClient)
		self.events = asyncio.Queue()
		self.pubsub.on_item_published.connect(self.on_item)
		self.pubsub.on_item_retracted.connect(self.on_retract)
		self.pubsub.on_node_deleted.connect(self.on_delete)

	def on_item(self, _jid, _node, item, **_):
		self.events.put_nowait(item_fields(item, item.publisher))

	def on_retract(self, _jid, _node, ident, **_):
		self.events.put_nowait(('retract', ident))

	def on_delete(self, *_, **__):
		self.events.put_nowait(('delete',))


def item_fields(item, publisher):
	"""An `item` line. A payload that aioxmpp has a class for comes as that, any other as lxml's."""
	if item.registered_payload is not None:
		text = aioxmpp.xml.serialize_single_xso(item.registered_payload)
	else:
		text = ''.join(etree.tostring(e, encoding='unicode') for e in item.unregistered_payload)
	return 'item', item.id_, publisher, cli.one_line(text)


async def create(c, o):
	cli.line('created', await c.pubsub.create(c.service, o.node))


async def delete(c, o):
	await c.pubsub.delete(c.service, o.node)
	cli.line('deleted', o.node)


async def subscribe(c, o):
	answer = await c.pubsub.subscribe(c.service, o.node, subscription_jid=who(c, o))
	s = answer.payload
	cli.line('subscribed', s.node, s.jid, s.subscription)


async def unsubscribe(c, o):
	await c.pubsub.unsubscribe(c.service, o.node, subscription_jid=who(c, o))
	cli.line('unsubscribed', o.node)


def who(c, o):
	return c.client.local_jid if o.full else c.client.local_jid.bare()


async def publish(c, o):
	for path in o.files:
		item = pubsub_xso.Item(o.id or cli.base_name(path))
		item.unregistered_payload.append(etree.parse(path).getroot())
		request = pubsub_xso.Publish()
		request.node, request.item = o.node, item
		answer = await c.client.send(aioxmpp.IQ(type_=aioxmpp.IQType.SET, to=c.service,
			payload=pubsub_xso.Request(request)))
		given = answer.payload.item if answer and answer.payload else None
		cli.line('published', given.id_ if given else item.id_)


async def items(c, o):
	if o.ids:
		answer = await c.pubsub.get_items_by_id(c.service, o.node, o.ids)
	else:
		answer = await c.pubsub.get_items(c.service, o.node, max_items=o.max)
	for item in answer.payload.items:
		cli.line(*item_fields(item, None))


async def retract(c, o):
	await c.pubsub.retract(c.service, o.node, o.id, notify=True)
	cli.line('retracted', o.id)


async def purge(c, o):
	await c.pubsub.purge(c.service, o.node)
	cli.line('purged', o.node)


async def disco_info(c, o):
	info = await c.disco.query_info(c.service, node=o.node)
	for i in sorted((i.category, i.type_, i.name or '') for i in info.identities):
		cli.line('identity', *i)
	for feature in sorted(info.features):
		cli.line('feature', feature)


async def disco_items(c, o):
	found = await c.disco.query_items(c.service, node=o.node)
	for item in sorted((str(i.jid), i.node or '', i.name or '') for i in found.items):
		cli.line('item', *item)


async def listen(c, o):
	me = c.client.local_jid
	await c.pubsub.subscribe(c.service, o.node, subscription_jid=me)
	cli.line('READY')
	for _ in range(o.count):
		cli.line(*await c.events.get())
	await c.pubsub.unsubscribe(c.service, o.node, subscription_jid=me)


def options():
	p = cli.parser(__doc__)
	full = ('--full', {'action': 'store_true', 'help': 'this resource, not the bare JID'})
	for name in ('create', 'delete', 'purge', 'disco-info', 'disco-items'):
		cli.verb(p, name)
	cli.verb(p, 'subscribe', full)
	cli.verb(p, 'unsubscribe', full)
	cli.verb(p, 'publish', *cli.PUBLISH)
	cli.verb(p, 'items', ('ids', {'nargs': '*', 'metavar': 'ID'}), ('--max', {'type': int}))
	cli.verb(p, 'retract', 'id')
	cli.verb(p, 'listen', ('count', {'type': int}))
	return cli.parse(p)


async def run(o):
	c = Client(o)
	try:
		async with c.client.connected():
			await globals()[o.verb.replace('-', '_')](c, o)
	except aioxmpp.errors.XMPPError as e:
		special = e.application_defined_condition
		cli.line('error', e.condition.value[1], *([special.TAG[1]] if special is not None else []))
		return 1
	except Exception as e:	# it has a dozen ways of saying that it cannot log in
		cli.leave(1, repr(e))
	return 0


if __name__ == '__main__':
	sys.exit(asyncio.run(run(options())))
