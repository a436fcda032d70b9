#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes every pubsub call of Wokkel (see calls.py): those of PubSubClient, the requests that PubSubRequest can
be but PubSubClient has no method for, and service discovery.

What version 18 cannot do: it knows how to read, but not how to write the requests configureSet, default and
affiliationsSet, and writes subscriptionsSet without the subscriptions."""

import wokkel_account	# before anything else of Wokkel or Twisted
from twisted.internet import defer, reactor
from twisted.words.protocols.jabber.error import StanzaError
from twisted.words.protocols.jabber.jid import JID
from wokkel import data_form
from wokkel.disco import DiscoClientProtocol
from wokkel.pubsub import (NS_PUBSUB_META_DATA, NS_PUBSUB_NODE_CONFIG, Item, PubSubClient, PubSubRequest,
	SubscriptionPending)

import calls
import cli
from calls import NS, same, within

c = calls.Calls('wokkel')
c.offers('client', PubSubClient)
c.offers('disco', DiscoClientProtocol)
c.offered.update('request.' + verb for verb in PubSubRequest._verbRequestMap)

c.without('begins to listen; the events are looked at', 'client.connectionInitialized')
c.without('PubSubClient sends it', *('request.' + verb for verb in ('create', 'delete', 'subscribe', 'unsubscribe',
	'publish', 'items', 'optionsGet', 'optionsSet')))
c.without('cannot be written', 'request.configureSet', 'request.default', 'request.affiliationsSet')


class Client(PubSubClient):
	def __init__(self):
		self.heard = defer.DeferredQueue()

	def itemsReceived(self, event):
		c.made.add('client.itemsReceived')
		self.heard.put(('items', event))

	def deleteReceived(self, event):
		c.made.add('client.deleteReceived')
		self.heard.put(('delete', event))

	def purgeReceived(self, event):
		c.made.add('client.purgeReceived')
		self.heard.put(('purge', event))

	async def event(self, kind, node):
		"""The next event of that kind about that node; others are passed over."""
		while True:
			heard, event = await self.heard.get()
			if (heard, event.nodeIdentifier) == (kind, node):
				return event


class Test(calls.Test):
	def __init__(self, o):
		super().__init__(o)
		self.service = JID(o.service)
		self.own, self.other, self.disco = Client(), Client(), DiscoClientProtocol()
		self.accounts = []
		for options, handlers in ((o, (self.own, self.disco)), (calls.as_other(o), (self.other,))):
			ready = defer.Deferred()
			account = wokkel_account.Account(options, lambda ready=ready: ready.callback(None))
			for handler in handlers:
				handler.setHandlerParent(account)
			self.accounts.append((account, ready))

	async def start(self):
		for account, ready in self.accounts:
			account.startService()
			await ready
		self.me, self.they = (account.jid for account, _ in self.accounts)

	async def ask_features(self):
		return (await self.disco.requestInfo(self.service)).features

	async def create(self, **config):
		node = self.new_node()
		await self.own.createNode(self.service, node, {'pubsub#' + k: v for k, v in config.items()} or None)
		return node

	async def create_with(self, *ids, **config):
		"""A node with items."""
		node = await self.create(**config)
		for ident in ids:
			await self.own.publish(self.service, node, [item(ident)])
		return node

	async def subscribed(self, **config):
		"""A node that the other user is subscribed to."""
		node = await self.create(**config)
		await self.other.subscribe(self.service, node, self.they.userhostJID())
		return node

	def request(self, verb, node=None):
		"""Sends a request that PubSubClient has no method for; what was asked for is in the answer's <pubsub/>."""
		request = PubSubRequest(verb)
		request.recipient, request.nodeIdentifier = self.service, node
		c.made.add('request.' + verb)
		return request.send(self.own.xmlstream)


def item(ident):
	return Item(ident, "<x xmlns='urn:x'>%s</x>" % ident)


def ids(items):
	return [i['id'] for i in items]


async def refused(deferred, condition, wanted=StanzaError):
	try:
		await deferred
	except wanted as e:
		assert condition is None or e.condition == condition, e.condition
	else:
		raise AssertionError('not refused')


# --- discovery ---

@c.step('features and identities', 'disco.requestInfo')
async def _(t):
	info = await t.disco.requestInfo(t.service)
	within(NS + '#publish', info.features)
	within(('pubsub', 'service'), info.identities)


@c.step('the meta-data of a node', 'disco.requestInfo', needs=('meta-data', 'create-and-configure'))
async def _(t):
	node = await t.create(title='A title')
	info = await t.disco.requestInfo(t.service, node)
	within(('pubsub', 'leaf'), info.identities)
	same(info.extensions[NS_PUBSUB_META_DATA]['pubsub#title'], 'A title')


@c.step('nodes', 'disco.requestItems')
async def _(t):
	node = await t.create()
	within(node, [i.nodeIdentifier for i in await t.disco.requestItems(t.service)])


@c.step('nodes of a collection', 'disco.requestItems', needs=('collections', 'create-and-configure'))
async def _(t):
	above = await t.create(node_type='collection')
	below = await t.create(collection=above)
	same([i.nodeIdentifier for i in await t.disco.requestItems(t.service, above)], [below])


# --- nodes ---

@c.step('create and delete', 'client.createNode', 'client.deleteNode')
async def _(t):
	node = t.new_node()
	same(await t.own.createNode(t.service, node), node)
	await refused(t.own.createNode(t.service, node), 'conflict')
	await t.own.deleteNode(t.service, node)
	await refused(t.own.deleteNode(t.service, node), 'item-not-found')


@c.step('an instant node', 'client.createNode', needs='instant-nodes')
async def _(t):
	node = await t.own.createNode(t.service)
	assert node
	await t.own.deleteNode(t.service, node)


@c.step('create with a configuration', 'client.createNode', 'request.configureGet',
	needs=('create-and-configure', 'config-node'))
async def _(t):
	node = t.new_node()
	await t.own.createNode(t.service, node, {'pubsub#title': 'T', 'pubsub#max_items': '3',
		'pubsub#deliver_payloads': False})
	answer = await t.request('configureGet', node)
	form = data_form.findForm(answer.pubsub.configure, NS_PUBSUB_NODE_CONFIG)
	form.typeCheck()
	same([form['pubsub#' + name] for name in ('title', 'max_items', 'deliver_payloads')], ['T', '3', False])


@c.step('a node that is deleted says so', 'client.deleteNode', 'client.deleteReceived')
async def _(t):
	node = await t.subscribed(notify_delete='1')
	await t.own.deleteNode(t.service, node)
	same((await t.other.event('delete', node)).redirectURI, None)


@c.step('purge', 'request.purge', 'client.purgeReceived', needs='purge-nodes')
async def _(t):
	node = await t.create_with('one', 'two')
	await t.other.subscribe(t.service, node, t.they.userhostJID())
	await t.request('purge', node)
	await t.other.event('purge', node)
	same(await t.own.items(t.service, node), [])


# --- items ---

@c.step('publish, with and without an id', 'client.publish', 'client.itemsReceived')
async def _(t):
	node = await t.subscribed()
	await t.own.publish(t.service, node, [item('one')])
	event = await t.other.event('items', node)
	same([(i['id'], str(i.x)) for i in event.items], [('one', 'one')])
	answer = await t.own.publish(t.service, node, [Item(payload="<x xmlns='urn:x'/>")])
	within(answer.pubsub.publish.item['id'], ids(await t.own.items(t.service, node)))


@c.step('publish nothing, where nothing is kept', 'client.publish', 'client.itemsReceived',
	needs='create-and-configure')
async def _(t):
	node = await t.subscribed(persist_items=False, deliver_payloads=False)
	await t.own.publish(t.service, node)
	same((await t.other.event('items', node)).items, [])


@c.step('several items at once', 'client.publish', needs='multi-items')
async def _(t):
	node = await t.create(max_items='5')
	await t.own.publish(t.service, node, [item('one'), item('two')])
	same(ids(await t.own.items(t.service, node)), ['one', 'two'])


@c.step('all items, some by their ids, the latest', 'client.items')
async def _(t):
	node = await t.create_with('one', 'two', 'three', max_items='5')
	same(sorted(ids(await t.own.items(t.service, node))), ['one', 'three', 'two'])
	same(sorted(ids(await t.own.items(t.service, node, itemIdentifiers={'three', 'one'}))), ['one', 'three'])
	same(ids(await t.own.items(t.service, node, maxItems=1)), ['three'])


@c.step('retract', 'request.retract', needs='retract-items')
async def _(t):
	node = await t.create_with('one', 'two', 'three', max_items='5')
	request = PubSubRequest('retract')
	request.recipient, request.nodeIdentifier, request.itemIdentifiers = t.service, node, ['one']
	c.made.add('request.retract')
	await request.send(t.own.xmlstream)
	same(ids(await t.own.items(t.service, node)), ['two', 'three'])


# --- subscriptions ---

@c.step('subscribe and unsubscribe, bare and full', 'client.subscribe', 'client.unsubscribe')
async def _(t):
	node = await t.create()
	for who in (t.they.userhostJID(), t.they):
		s = await t.other.subscribe(t.service, node, who)
		same((s.nodeIdentifier, s.subscriber, s.state), (node, who, 'subscribed'))
		await t.other.unsubscribe(t.service, node, who, s.subscriptionIdentifier)


@c.step('a subscription that waits for the owner', 'client.subscribe',
	needs=('manage-subscriptions', 'create-and-configure'))
async def _(t):
	node = await t.create(access_model='authorize')
	await refused(t.other.subscribe(t.service, node, t.they.userhostJID()), None, SubscriptionPending)


@c.step('a node\'s subscriptions', 'request.subscriptionsGet', needs='manage-subscriptions')
async def _(t):
	answer = await t.request('subscriptionsGet', await t.subscribed())
	same([(s['jid'], s['subscription']) for s in answer.pubsub.subscriptions.elements()],
		[(t.they.userhost(), 'subscribed')])


@c.step('a request to change no subscription', 'request.subscriptionsSet', needs='manage-subscriptions')
async def _(t):
	await refused(t.request('subscriptionsSet'), 'bad-request')


@c.step('subscribe with options, ask for them, change them', 'client.subscribe', 'client.getOptions',
	'client.setOptions', needs='subscription-options')
async def _(t):
	node = await t.create()
	s = await t.other.subscribe(t.service, node, t.they, {'pubsub#deliver': False})
	which = {'subscriptionIdentifier': s.subscriptionIdentifier}
	same((await t.other.getOptions(t.service, node, t.they, **which))['pubsub#deliver'], False)
	await t.other.setOptions(t.service, node, t.they, {'pubsub#deliver': True}, **which)
	same((await t.other.getOptions(t.service, node, t.they, **which))['pubsub#deliver'], True)


@c.step('one\'s own subscriptions', 'request.subscriptions', needs='retrieve-subscriptions')
async def _(t):
	node = await t.create()
	await t.own.subscribe(t.service, node, t.me.userhostJID())
	answer = await t.request('subscriptions')
	within((node, t.me.userhost(), 'subscribed'),
		[(s['node'], s['jid'], s['subscription']) for s in answer.pubsub.subscriptions.elements()])


# --- affiliations ---

@c.step('one\'s own affiliations', 'request.affiliations', needs='retrieve-affiliations')
async def _(t):
	node = await t.create()
	answer = await t.request('affiliations')
	within((node, 'owner'), [(a['node'], a['affiliation']) for a in answer.pubsub.affiliations.elements()])


@c.step('a node\'s affiliations', 'request.affiliationsGet', needs='modify-affiliations')
async def _(t):
	answer = await t.request('affiliationsGet', await t.create())
	same([(a['jid'], a['affiliation']) for a in answer.pubsub.affiliations.elements()],
		[(t.me.userhost(), 'owner')])


async def run(o):
	t = Test(o)
	await t.start()
	await c.play(t, lambda step, seconds: defer.ensureDeferred(step).addTimeout(seconds, reactor))
	cli.leave(0)


def main():
	o = calls.options(__doc__)
	reactor.callWhenRunning(lambda:
		defer.ensureDeferred(run(o)).addErrback(lambda failure: cli.leave(1, failure.getTraceback())))
	reactor.run()


if __name__ == '__main__':
	main()
