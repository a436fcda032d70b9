#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A pubsub client on Wokkel.

`run SECONDS COUNT` subscribes, prints READY, then publishes an item with sender, time and message
every SECONDS, COUNT times, and prints each item that it receives, until it has received COUNT.
The service may well be another resource of the same account.

What Wokkel 18 on Twisted 22 does to payloads. Sending: the file's text goes out as it is, so elements
without a namespace fall into <item>'s, and comments or an XML declaration break the stream.
Receiving, here and in wokkel_service.py: where a prefix is bound anew deeper down, it may keep the
outer binding; namespaces are written without escaping; one with a blank in it makes it deaf."""

import time

import wokkel_account	# before anything else of Wokkel or Twisted
from twisted.internet import defer, reactor, task
from twisted.words.protocols.jabber.error import StanzaError
from twisted.words.protocols.jabber.jid import JID
from twisted.words.xish import domish
from wokkel.pubsub import Item, PubSubClient

import cli

NS_REPORT = 'urn:example:report'


class Client(PubSubClient):
	def __init__(self):
		self.events = defer.DeferredQueue()

	def itemsReceived(self, event):
		for entry in event.items:
			self.events.put(entry)

	def purgeReceived(self, event):
		self.events.put('purge')

	def deleteReceived(self, event):
		self.events.put('delete')

	async def print_events(self, count):
		for _ in range(count):
			event = await self.events.get()
			if isinstance(event, str):
				cli.line(event)
			elif event.name == 'item':
				wokkel_account.print_item(event)
			else:
				cli.line('retract', event.getAttribute('id'))


def report(sender, message):
	e = domish.Element((NS_REPORT, 'report'))
	e.addElement('sender', content=sender)
	e.addElement('time', content=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()))
	e.addElement('message', content=message)
	return e


async def run(c, o):
	async def publish_all():
		for n in range(1, o.count + 1):
			if n > 1:
				await task.deferLater(reactor, o.seconds)
			await c.publish(o.service, o.node, [Item('%s-%d' % (o.prefix, n),
				report(c.me.full(), '%s %d' % (o.message, n)))])

	await c.subscribe(o.service, o.node, c.me)
	cli.line('READY')
	defer.ensureDeferred(publish_all()).addErrback(lambda failure: refused(failure.value))
	await c.print_events(o.count)
	await c.unsubscribe(o.service, o.node, c.me)


async def create(c, o):
	cli.line('created', await c.createNode(o.service, o.node))


async def delete(c, o):
	await c.deleteNode(o.service, o.node)
	cli.line('deleted', o.node)


async def subscribe(c, o):
	s = await c.subscribe(o.service, o.node, c.me.userhostJID())
	cli.line('subscribed', s.nodeIdentifier, s.subscriber, s.state)


async def unsubscribe(c, o):
	await c.unsubscribe(o.service, o.node, c.me.userhostJID())
	cli.line('unsubscribed', o.node)


async def publish(c, o):
	for path in o.files:
		ident = o.id or cli.base_name(path)
		with open(path, encoding='utf-8', newline='') as f:
			item = Item(ident, f.read().strip())
		answer = await c.publish(o.service, o.node, [item])
		try:
			ident = answer.pubsub.publish.item['id']
		except AttributeError:	# the service does not say
			pass
		cli.line('published', ident)


async def items(c, o):
	for item in await c.items(o.service, o.node, maxItems=o.max, itemIdentifiers=set(o.ids)):
		wokkel_account.print_item(item)


async def listen(c, o):
	await c.subscribe(o.service, o.node, c.me)
	cli.line('READY')
	await c.print_events(o.count)
	await c.unsubscribe(o.service, o.node, c.me)


def refused(error):
	if not isinstance(error, StanzaError):
		cli.leave(1, repr(error))
	cli.line('error', error.condition, *([error.appCondition.name] if error.appCondition else []))
	cli.leave(1)


def options():
	p = cli.parser(__doc__)
	for name in ('create', 'delete', 'subscribe', 'unsubscribe'):
		cli.verb(p, name)
	cli.verb(p, 'publish', *cli.PUBLISH)
	cli.verb(p, 'items', ('ids', {'nargs': '*', 'metavar': 'ID'}), ('--max', {'type': int}))
	cli.verb(p, 'listen', ('count', {'type': int}))
	cli.verb(p, 'run', ('seconds', {'type': float}), ('count', {'type': int}),
		('--message', {'default': 'message'}), ('--prefix', {'default': 'report',
			'help': 'what the items\' ids begin with'}))
	o = cli.parse(p)
	o.service = JID(o.service)
	return o


def main():
	o = options()
	c = Client()

	async def work():
		c.me = account.jid
		await globals()[o.verb](c, o)
		cli.leave(0)

	account = wokkel_account.Account(o, lambda:
		defer.ensureDeferred(work()).addErrback(lambda failure: refused(failure.value)))
	c.setHandlerParent(account)
	account.startService()
	reactor.run()


if __name__ == '__main__':
	main()
