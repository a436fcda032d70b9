#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes every pubsub call of aioxmpp (see calls.py), and those of service discovery and commands that an
application uses with a pubsub service.

What version 0.13 does: subscribes with options that name the node and the JID once more, which a service has
to refuse (XEP-0060 section 6.3.7); calls the default options of subscriptions the default configuration;
knows news of a subscription only outside of an event."""

import asyncio
import sys
from contextlib import AsyncExitStack

import aioxmpp_client	# first: it keeps aioxmpp quiet
import aioxmpp
import aioxmpp.adhoc
import aioxmpp.adhoc.service
import aioxmpp.callbacks
import aioxmpp.forms as forms
import aioxmpp.pubsub
import aioxmpp.pubsub.xso as pubsub_xso
from aioxmpp import DiscoClient, PubSubClient
from aioxmpp.adhoc import AdHocClient
from aioxmpp.adhoc.service import ClientSession

import calls
import cli
from calls import NS, same, within

NS_COMMANDS = 'http://jabber.org/protocol/commands'
SIGNALS = [name for name, what in vars(PubSubClient).items() if isinstance(what, aioxmpp.callbacks.Signal)]

c = calls.Calls('aioxmpp')
c.offers('pubsub', PubSubClient)
c.offers('disco', DiscoClient)
c.offers('adhoc', AdHocClient)
c.offers('session', ClientSession)
c.offered.update('pubsub.' + name for name in SIGNALS)
c.without('this client\'s cache', 'disco.flush_cache', 'disco.set_info_cache', 'disco.set_info_future')
c.without('a part of query_info()', 'disco.send_and_decode_info_query')
c.without('listens; its signals are looked at', 'pubsub.filter_inbound_message')
c.without('XEP-0060 has such news in an event', 'pubsub.on_subscription_update')


@pubsub_xso.as_payload_class
class Hello(aioxmpp.xso.XSO):
	TAG = ('urn:x', 'x')
	text = aioxmpp.xso.Text(default=None)

	def __init__(self, text=None):
		super().__init__()
		self.text = text


class Test(calls.Test):
	def __init__(self, o):
		super().__init__(o)
		self.service = aioxmpp.JID.fromstr(o.service)
		self.clients = [aioxmpp_client.Client(o), aioxmpp_client.Client(calls.as_other(o))]
		self.own, self.other = (client.pubsub for client in self.clients)
		self.disco = self.clients[0].disco
		self.adhoc = self.clients[0].client.summon(AdHocClient)
		self.heard = asyncio.Queue()
		self.asked = asyncio.Queue()
		for name in SIGNALS:
			getattr(self.other, name).connect(self.listener(name))

	def listener(self, name):
		def listen(_jid, node, *args, **kw):
			c.made.add('pubsub.' + name)
			self.heard.put_nowait((name, node or kw['message'].xep0060_request.payload.node, args, kw))

		return listen

	async def start(self, stack):
		for client in self.clients:
			await stack.enter_async_context(client.client.connected())
		self.me, self.they = (client.client.local_jid for client in self.clients)
		self.clients[0].client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher).register_callback(
			None, None, self.ask)

	def ask(self, message):
		for form in message.xep0004_data:
			self.asked.put_nowait(form)

	async def ask_features(self):
		return (await self.disco.query_info(self.service)).features

	async def create(self, **config):
		node = await self.own.create(self.service, self.new_node())
		if config:
			await self.own.set_node_config(self.service, form('node_config', **config), node)
		return node

	async def create_with(self, *ids, **config):
		"""A node with items."""
		node = await self.create(**config)
		for ident in ids:
			await self.own.publish(self.service, node, Hello(ident), id_=ident)
		return node

	async def subscribed(self, **config):
		"""A node that the other user is subscribed to."""
		node = await self.create(**config)
		await self.other.subscribe(self.service, node)
		return node

	async def event(self, name, node):
		"""What the next such signal about that node has; others are passed over."""
		while True:
			heard, about, args, kw = await self.heard.get()
			if (heard, about) == (name, node):
				return args[0] if args else kw

	async def pending(self):
		"""A node that the other user waits to be subscribed to."""
		node = await self.create(access_model='authorize')
		await self.other.subscribe(self.service, node)
		await self.asked_about(node)
		return node

	async def asked_about(self, node):
		while True:
			data = await self.asked.get()
			if value(data, 'node') == node:
				return data


def form(of, **fields):
	data = forms.Data(type_=forms.DataType.SUBMIT)
	data.fields.append(forms.Field(type_=forms.FieldType.HIDDEN, var='FORM_TYPE', values=['%s#%s' % (NS, of)]))
	for var, text in fields.items():
		data.fields.append(forms.Field(type_=None, var='pubsub#' + var, values=[text]))
	return data


def fields(data):
	return {f.var: list(f.values) for f in data.fields}


def value(data, name):
	return fields(data)['pubsub#' + name][0]


def ids(answer):
	return [item.id_ for item in answer.payload.items]


async def refused(coroutine, condition):
	try:
		await coroutine
	except aioxmpp.errors.XMPPError as e:
		same(e.condition.value[1], condition)
	else:
		raise AssertionError('not refused')


# --- discovery ---

@c.step('features and identities', 'pubsub.get_features', 'disco.query_info')
async def _(t):
	within(pubsub_xso.Feature.PUBLISH, await t.own.get_features(t.service))
	info = await t.disco.query_info(t.service, require_fresh=True)
	within(('pubsub', 'service'), [(i.category, i.type_) for i in info.identities])


@c.step('the meta-data of a node', 'disco.query_info', needs=('meta-data', 'config-node'))
async def _(t):
	node = await t.create(title='A title')
	info = await t.disco.query_info(t.service, node=node)
	within(('pubsub', 'leaf'), [(i.category, i.type_) for i in info.identities])
	data, = [e for e in info.exts if e.get_form_type() == NS + '#meta-data']
	same(value(data, 'title'), 'A title')


@c.step('nodes', 'pubsub.get_nodes', 'disco.query_items')
async def _(t):
	node = await t.create()
	within(node, [found for found, _ in await t.own.get_nodes(t.service)])


@c.step('nodes of a collection', 'pubsub.get_nodes', needs=('collections', 'config-node'))
async def _(t):
	above = t.new_node()
	request = pubsub_xso.Create()
	request.node = above
	payload = pubsub_xso.Request(request)
	payload.configure = pubsub_xso.Configure()
	payload.configure.data = form('node_config', node_type='collection')
	await t.clients[0].client.send(aioxmpp.IQ(to=t.service, type_=aioxmpp.IQType.SET, payload=payload))
	below = await t.create(collection=above)
	same([found for found, _ in await t.own.get_nodes(t.service, above)], [below])


# --- nodes ---

@c.step('create and delete', 'pubsub.create', 'pubsub.delete')
async def _(t):
	node = t.new_node()
	same(await t.own.create(t.service, node), node)
	await refused(t.own.create(t.service, node), 'conflict')
	await t.own.delete(t.service, node)
	await refused(t.own.delete(t.service, node), 'item-not-found')


@c.step('an instant node', 'pubsub.create', needs='instant-nodes')
async def _(t):
	node = await t.own.create(t.service)
	assert node
	await t.own.delete(t.service, node)


@c.step('a node that is deleted says so, and where to go', 'pubsub.delete', 'pubsub.on_node_deleted')
async def _(t):
	node = await t.subscribed(notify_delete='1')
	uri = 'xmpp:pubsub.example?;node=elsewhere'
	await t.own.delete(t.service, node, redirect_uri=uri)
	same((await t.event('on_node_deleted', node))['redirect_uri'], uri)


@c.step('a configuration comes as a form, goes back filled in', 'pubsub.get_node_config',
	'pubsub.set_node_config',
	needs='config-node')
async def _(t):
	node = await t.create()
	data = await t.own.get_node_config(t.service, node)
	before = fields(data)
	config = aioxmpp.pubsub.NodeConfigForm.from_xso(data)
	config.max_items.value = '7'
	await t.own.set_node_config(t.service, config.render_reply(), node)
	after = fields(await t.own.get_node_config(t.service, node))
	same(after.pop('pubsub#max_items'), ['7'])
	before.pop('pubsub#max_items')
	same(after, before)


@c.step('purge', 'pubsub.purge', needs='purge-nodes')
async def _(t):
	node = await t.create_with('one', 'two')
	await t.own.purge(t.service, node)
	same(ids(await t.own.get_items(t.service, node)), [])


# --- items ---

@c.step('publish, with and without an id', 'pubsub.publish', 'pubsub.on_item_published')
async def _(t):
	node = await t.subscribed()
	same(await t.own.publish(t.service, node, Hello('hello'), id_='one'), 'one')
	item = await t.event('on_item_published', node)
	same((item.id_, item.registered_payload.text), ('one', 'hello'))
	ident = await t.own.publish(t.service, node, Hello('again'))
	assert ident
	same(ids(await t.own.get_items(t.service, node))[-1], ident)


@c.step('publish with options', 'pubsub.publish', needs='publish-options')
async def _(t):
	node = await t.create()
	await t.own.publish(t.service, node, Hello('x'), id_='one',
		publish_options=form('publish-options', access_model='open'))
	await refused(t.own.publish(t.service, node, Hello('x'), id_='two',
		publish_options=form('publish-options', access_model='whitelist')), 'conflict')
	same(ids(await t.own.get_items(t.service, node)), ['one'])


@c.step('notify, where nothing is kept', 'pubsub.notify', needs='config-node')
async def _(t):
	node = await t.create(persist_items='0', deliver_payloads='0')
	await t.own.notify(t.service, node)


@c.step('all items, the latest', 'pubsub.get_items')
async def _(t):
	node = await t.create_with('one', 'two', 'three', max_items='5')
	answer = await t.own.get_items(t.service, node)
	same(sorted((i.id_, i.registered_payload.text) for i in answer.payload.items),
		[('one', 'one'), ('three', 'three'), ('two', 'two')])
	same(ids(await t.own.get_items(t.service, node, max_items=1)), ['three'])


@c.step('items by their ids', 'pubsub.get_items_by_id')
async def _(t):
	node = await t.create_with('one', 'two', 'three', max_items='5')
	same(sorted(ids(await t.own.get_items_by_id(t.service, node, ['three', 'one']))), ['one', 'three'])


@c.step('retract', 'pubsub.retract', 'pubsub.on_item_retracted')
async def _(t):
	node = await t.create_with('one', 'two', max_items='5')
	await t.other.subscribe(t.service, node)
	await t.own.retract(t.service, node, 'one', notify=True)
	same(await t.event('on_item_retracted', node), 'one')
	same(ids(await t.own.get_items(t.service, node)), ['two'])
	await t.own.retract(t.service, node, 'two')
	same(ids(await t.own.get_items(t.service, node)), [])


# --- subscriptions ---

@c.step('subscribe and unsubscribe, bare and full', 'pubsub.subscribe', 'pubsub.unsubscribe')
async def _(t):
	node = await t.create()
	for wanted, how in ((t.they.bare(), {}), (t.they, {'subscription_jid': t.they})):
		s = (await t.other.subscribe(t.service, node, **how)).payload
		same((s.node, s.jid, s.subscription), (node, wanted, 'subscribed'))
		await t.other.unsubscribe(t.service, node, subid=s.subid, **how)


@c.step('subscribe with options that name node and JID is refused', 'pubsub.subscribe',
	needs='subscription-options')
async def _(t):
	node = await t.create()
	await refused(t.other.subscribe(t.service, node, config=form('subscribe_options', deliver='0')), 'bad-request')


@c.step('options are asked for and set', 'pubsub.get_subscription_config', 'pubsub.set_subscription_config',
	needs='subscription-options')
async def _(t):
	node = await t.create()
	s = (await t.other.subscribe(t.service, node, subscription_jid=t.they)).payload
	which = {'subscription_jid': t.they, 'subid': s.subid}
	same(value(await t.other.get_subscription_config(t.service, node, **which), 'deliver'), '1')
	await t.other.set_subscription_config(t.service, form('subscribe_options', deliver='0'), node, **which)
	same(value(await t.other.get_subscription_config(t.service, node, **which), 'deliver'), '0')


@c.step('the default options', 'pubsub.get_default_config', needs='retrieve-default-sub')
async def _(t):
	node = await t.create()
	for where in (None, node):
		within('pubsub#deliver', fields(await t.other.get_default_config(t.service, where)))


@c.step('one\'s own subscriptions', 'pubsub.get_subscriptions', needs='retrieve-subscriptions')
async def _(t):
	first, second = await t.subscribed(), await t.subscribed()
	both = (await t.other.get_subscriptions(t.service)).subscriptions
	assert {first, second} <= {s.node for s in both}
	one = (await t.other.get_subscriptions(t.service, first)).subscriptions
	same([(s.jid, s.subscription) for s in one], [(t.they.bare(), 'subscribed')])


@c.step('a node\'s subscriptions', 'pubsub.get_node_subscriptions', 'pubsub.change_node_subscriptions',
	needs='manage-subscriptions')
async def _(t):
	node = await t.create()

	async def all_of_it():
		found = (await t.own.get_node_subscriptions(t.service, node)).payload.subscriptions
		return [(s.jid, s.subscription) for s in found]

	same(await all_of_it(), [])
	await t.own.change_node_subscriptions(t.service, node, [(t.they.bare(), 'subscribed')])
	same(await all_of_it(), [(t.they.bare(), 'subscribed')])
	await t.own.change_node_subscriptions(t.service, node, [(t.they.bare(), 'none')])
	same(await all_of_it(), [])


@c.step('a subscription is asked for and allowed', 'pubsub.subscribe',
	needs=('manage-subscriptions', 'config-node'))
async def _(t):
	node = await t.create(access_model='authorize')
	s = (await t.other.subscribe(t.service, node)).payload
	same(s.subscription, 'pending')
	data = await t.asked_about(node)
	same(value(data, 'subscriber_jid'), str(t.they.bare()))
	answer = aioxmpp.Message(type_=aioxmpp.MessageType.NORMAL, to=t.service)
	data.type_ = forms.DataType.SUBMIT
	for field in data.fields:
		field.options.clear()
		if field.var == 'pubsub#allow':
			field.values[:] = ['1']
	answer.xep0004_data.append(data)
	await t.clients[0].client.send(answer)
	await until_subscribed(t, node)


async def until_subscribed(t, node):
	"""Publishes until the other user hears it: the service may take its time with what a message says."""
	while True:
		await t.own.publish(t.service, node, Hello('x'))
		try:
			return await asyncio.wait_for(t.event('on_item_published', node), 0.3)
		except asyncio.TimeoutError:
			pass


# --- affiliations ---

@c.step('a node\'s affiliations', 'pubsub.get_node_affiliations', 'pubsub.change_node_affiliations',
	needs='modify-affiliations')
async def _(t):
	node = await t.create()

	async def all_of_it():
		found = (await t.own.get_node_affiliations(t.service, node)).payload.affiliations
		return {a.jid.bare(): a.affiliation for a in found}

	same(await all_of_it(), {t.me.bare(): 'owner'})
	await t.own.change_node_affiliations(t.service, node, [(t.they.bare(), 'publisher')])
	same(await all_of_it(), {t.me.bare(): 'owner', t.they.bare(): 'publisher'})
	await t.own.change_node_affiliations(t.service, node, [(t.they.bare(), 'none')])
	same(await all_of_it(), {t.me.bare(): 'owner'})


@c.step('who is given an affiliation hears of it', 'pubsub.change_node_affiliations',
	'pubsub.on_affiliation_update',
	needs='modify-affiliations')
async def _(t):
	node = await t.create()
	await t.own.change_node_affiliations(t.service, node, [(t.they.bare(), 'publisher')])
	same(await t.event('on_affiliation_update', node), 'publisher')


# --- commands ---

@c.step('commands', 'adhoc.supports_commands', 'adhoc.get_commands', 'adhoc.get_command_info',
	needs=('get-pending', NS_COMMANDS))
async def _(t):
	assert await t.adhoc.supports_commands(t.service)
	within(NS + '#get-pending', [item.node for item in await t.adhoc.get_commands(t.service)])
	info = await t.adhoc.get_command_info(t.service, NS + '#get-pending')
	within(('automation', 'command-node'), [(i.category, i.type_) for i in info.identities])


@c.step('the pending subscriptions, by the command and its form', 'adhoc.execute', 'session.start',
	'session.proceed', 'session.close', needs='get-pending')
async def _(t):
	node = await t.pending()
	session = await t.adhoc.execute(t.service, NS + '#get-pending')
	data = session.first_payload
	choice, = [f for f in data.fields if f.var == 'pubsub#node']
	within(node, choice.options)
	await session.proceed(action=aioxmpp.adhoc.xso.ActionType.COMPLETE,
		payload=form('subscribe_authorization', node=node))
	same(session.status, aioxmpp.adhoc.xso.CommandStatus.COMPLETED)
	await session.close()
	await t.asked_about(node)


@c.step('... going on, the form changed in place', 'session.proceed', needs='get-pending')
async def _(t):
	node = await t.pending()
	session = await t.adhoc.execute(t.service, NS + '#get-pending')
	data = session.first_payload
	data.type_ = forms.DataType.SUBMIT
	for field in data.fields:
		field.options.clear()
		if field.var == 'pubsub#node':
			field.values[:] = [node]
	await session.proceed()
	same(session.status, aioxmpp.adhoc.xso.CommandStatus.COMPLETED)
	await t.asked_about(node)


@c.step('... thinking better of it', 'session.close', needs='get-pending')
async def _(t):
	await t.pending()
	session = await t.adhoc.execute(t.service, NS + '#get-pending')
	await session.close()


async def run(o):
	t = Test(o)
	async with AsyncExitStack() as stack:
		await t.start(stack)
		await c.play(t, asyncio.wait_for)
	cli.leave(0)


if __name__ == '__main__':
	sys.exit(asyncio.run(run(calls.options(__doc__))))
