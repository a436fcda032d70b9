#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A small pubsub service on Wokkel. It logs in with an ordinary account, whose full JID
(test@localhost/server, say) is the service's address, and keeps its nodes in memory.

Prints READY once it answers. --node, if given, is there from the start. Ends on SIGTERM."""

import itertools

import wokkel_account	# before anything else of Wokkel or Twisted
from twisted.internet import defer, reactor
from twisted.words.protocols.jabber.error import StanzaError
from wokkel.disco import DiscoHandler
from wokkel.pubsub import Item, PubSubResource, PubSubService, Subscription

import cli


class Node:
	def __init__(self):
		self.items = {}		# id: (publisher, payload's text), oldest first
		self.subscriptions = {}	# JID: Subscription


class Memory(PubSubResource):
	"""Everybody may do everything."""

	features = ['create-nodes', 'delete-nodes', 'item-ids', 'persistent-items', 'publish', 'purge-nodes',
		'retract-items', 'retrieve-items', 'subscribe']

	def __init__(self, service):
		self.service = service
		self.nodes = {}
		self.serial = itertools.count(1)

	def node(self, request):
		if request.nodeIdentifier not in self.nodes:
			raise StanzaError('item-not-found')
		return self.nodes[request.nodeIdentifier]

	def getNodes(self, requestor, service, nodeIdentifier):
		return defer.succeed([] if nodeIdentifier else list(self.nodes))

	def create(self, request):
		name = request.nodeIdentifier or 'instant-%d' % next(self.serial)
		if name in self.nodes:
			return defer.fail(StanzaError('conflict'))
		self.nodes[name] = Node()
		return defer.succeed(name)

	def delete(self, request):
		return defer.maybeDeferred(self.do_delete, request)

	def do_delete(self, request):
		node = self.node(request)
		del self.nodes[request.nodeIdentifier]
		self.service.notifyDelete(request.recipient, request.nodeIdentifier, node.subscriptions)

	def subscribe(self, request):
		return defer.maybeDeferred(self.do_subscribe, request)

	def do_subscribe(self, request):
		if request.subscriber.userhost() != request.sender.userhost():
			raise StanzaError('bad-request')
		subscription = Subscription(request.nodeIdentifier, request.subscriber, 'subscribed')
		self.node(request).subscriptions[request.subscriber] = subscription
		return subscription

	def unsubscribe(self, request):
		return defer.maybeDeferred(self.do_unsubscribe, request)

	def do_unsubscribe(self, request):
		if not self.node(request).subscriptions.pop(request.subscriber, None):
			raise StanzaError('unexpected-request')

	def publish(self, request):
		return defer.maybeDeferred(self.do_publish, request)

	def do_publish(self, request):
		node = self.node(request)
		for item in request.items:
			ident = item.getAttribute('id') or 'item-%d' % next(self.serial)
			node.items.pop(ident, None)
			node.items[ident] = (request.sender.full(), wokkel_account.payload_text(item))
			self.service.notifyPublish(request.recipient, request.nodeIdentifier,
				[(who, [s], [stored(node, ident)]) for who, s in node.subscriptions.items()])

	def items(self, request):
		return defer.maybeDeferred(self.do_items, request)

	def do_items(self, request):
		node = self.node(request)
		wanted = [i for i in node.items
			if not request.itemIdentifiers or i in request.itemIdentifiers]
		return [stored(node, i) for i in wanted[-(request.maxItems or 0):]]

	def retract(self, request):
		return defer.maybeDeferred(self.do_retract, request)

	def do_retract(self, request):
		node = self.node(request)
		if not set(request.itemIdentifiers) <= node.items.keys():
			raise StanzaError('item-not-found')
		for ident in request.itemIdentifiers:
			del node.items[ident]

	def purge(self, request):
		return defer.maybeDeferred(lambda: self.node(request).items.clear())


def stored(node, ident):
	"""A fresh element: Wokkel hangs it into the stanza that it sends."""
	publisher, text = node.items[ident]
	item = Item(ident, text or None)
	item['publisher'] = publisher
	return item


def main():
	p = cli.parser(__doc__, verbs=False)
	p.set_defaults(timeout=600)
	o = cli.parse(p)
	account = wokkel_account.Account(o, lambda: cli.line('READY'))
	service = PubSubService()
	service.resource = Memory(service)
	if o.node:
		service.resource.nodes[o.node] = Node()
	service.setHandlerParent(account)
	DiscoHandler().setHandlerParent(account)
	account.startService()
	reactor.addSystemEventTrigger('before', 'shutdown', cli.leave, 0)
	reactor.run()


if __name__ == '__main__':
	main()
