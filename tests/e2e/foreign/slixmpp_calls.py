#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes every pubsub call of slixmpp (see calls.py): XEP-0060, and what of service discovery, result
sets, data forms, commands and archives an application uses with a pubsub service.

What version 1.8 does: sends options that are to be set as a get; forgets to await what get_item_ids() is to
send; cannot name a node when it asks for an archive, so that a filter has to do it."""

import asyncio
import sys
from xml.etree import ElementTree

import slixmpp_client	# first: it keeps slixmpp quiet
from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0004 import XEP_0004
from slixmpp.plugins.xep_0030 import XEP_0030
from slixmpp.plugins.xep_0050 import XEP_0050
from slixmpp.plugins.xep_0059 import XEP_0059
from slixmpp.plugins.xep_0060 import XEP_0060
from slixmpp.plugins.xep_0128 import XEP_0128
from slixmpp.plugins.xep_0313 import XEP_0313
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

import calls
import cli
from calls import NS, same, within

NS_MAM = 'urn:xmpp:mam:2'
NS_COMMANDS = 'http://jabber.org/protocol/commands'
NS_RSM = 'http://jabber.org/protocol/rsm'
PLUGINS = slixmpp_client.PLUGINS + ('xep_0004', 'xep_0050', 'xep_0128', 'xep_0313')
EVENTS = ('pubsub_publish', 'pubsub_retract', 'pubsub_purge', 'pubsub_delete', 'pubsub_config',
	'pubsub_subscription', 'message_xform')

c = calls.Calls('slixmpp')
for plugin in (XEP_0004, XEP_0030, XEP_0050, XEP_0059, XEP_0128, XEP_0313):
	c.offers(plugin.name, plugin)
c.offers('xep_0060', XEP_0060, [name for name in vars(XEP_0060) if name.startswith('_handle_')])

for plugin in ('xep_0004', 'xep_0030', 'xep_0050', 'xep_0059', 'xep_0060', 'xep_0128', 'xep_0313'):
	c.without('how plugins begin and end', *{'%s.%s' % (plugin, name) for name in
		('plugin_init', 'plugin_end', 'session_bind')} & c.offered)
c.without('what the client says of itself', *('xep_0030.' + name for name in ('add_feature', 'add_identity',
	'add_item', 'del_features', 'del_feature', 'del_identities', 'del_identity', 'del_item', 'del_items',
	'del_node_handler', 'restore_defaults', 'set_features', 'set_identities', 'set_info', 'set_items',
	'set_node_handler')), *('xep_0128.' + name for name in ('add_extended_info', 'del_extended_info',
	'set_extended_info')))
c.without('asks the server and all of its services', 'xep_0030.get_info_from_domain')
c.without('for a client that offers commands', *('xep_0050.' + name for name in ('add_command', 'new_session',
	'prep_handlers', 'set_backend')))
c.without('sends nothing', 'xep_0060.get_item_ids')
c.without('settings of a server\'s archive', 'xep_0313.get_configuration_commands')


class Test(calls.Test):
	def __init__(self, o):
		super().__init__(o)
		self.kept = []
		self.own = slixmpp_client.Client(o, PLUGINS)
		self.other = slixmpp_client.Client(calls.as_other(o), PLUGINS)
		for client in (self.own, self.other):
			client.heard = asyncio.Queue()
			for name in EVENTS:
				client.add_event_handler(name, lambda m, q=client.heard, name=name: q.put_nowait((name, m)))
			client.register_handler(Callback('All of them', StanzaPath('message/pubsub_event/items'),
				lambda m, q=client.heard: q.put_nowait(('items', m))))	# with no item there is no event

	async def start(self, address):
		await asyncio.gather(self.own.start(address), self.other.start(address))
		self.ps = self.own['xep_0060']

	async def ask_features(self):
		return (await self.own['xep_0030'].get_info(jid=self.service))['disco_info']['features']

	async def create(self, **config):
		node = self.new_node()
		await self.ps.create_node(self.service, node, config=self.form(None, **config) if config else None)
		return node

	async def create_with(self, *ids, **config):
		"""A node with items."""
		node = await self.create(**config)
		for ident in ids:
			await self.ps.publish(self.service, node, id=ident, payload=payload(ident))
		return node

	async def subscribed(self, **config):
		"""A node that the other user is subscribed to."""
		node = await self.create(**config)
		await self.other['xep_0060'].subscribe(self.service, node)
		return node

	def form(self, of, **fields):
		form = self.own['xep_0004'].make_form('submit')
		if of:
			form.add_field(var='FORM_TYPE', ftype='hidden', value='%s#%s' % (NS, of))
		for var, value in fields.items():
			form.add_field(var='pubsub#' + var, value=value)
		return form

	async def event(self, client, name, node):
		"""The next event of that name about that node; others are passed over."""
		while True:
			heard, message = await client.heard.get()
			if heard == name and node in ElementTree.tostring(message.xml, encoding='unicode'):
				self.kept.append(message)	# without their message, parts of it forget what they hold
				return message

	async def mam(self, node):
		"""A client whose archive queries are about @node."""
		def add_node(stanza):
			for query in stanza.xml.findall('{%s}query' % NS_MAM) + stanza.xml.findall('{%s}metadata' % NS_MAM):
				query.set('node', node)
			return stanza

		self.own.add_filter('out', add_node)
		return self.own['xep_0313'], lambda: self.own.del_filter('out', add_node)


def payload(text):
	e = ElementTree.Element('{urn:x}x')
	e.text = text
	return e


def ids(iq):
	return [item['id'] for item in iq['pubsub']['items']]


async def refused(coroutine, condition):
	try:
		await coroutine
	except IqError as e:
		same(e.condition, condition)
	else:
		raise AssertionError('not refused')


# --- discovery ---

@c.step('features and identities', 'xep_0030.supports', 'xep_0030.has_identity', 'xep_0030.get_info')
async def _(t):
	disco = t.own['xep_0030']
	assert await disco.supports(jid=t.service, feature=NS + '#publish', cached=False)
	assert not await disco.supports(jid=t.service, feature=NS + '#nonsense', cached=False)
	assert await disco.has_identity(jid=t.service, category='pubsub', itype='service', cached=False)
	within(NS, (await disco.get_info(jid=t.service))['disco_info']['features'])


@c.step('the meta-data of a node', 'xep_0030.get_info', needs=('meta-data', 'create-and-configure'))
async def _(t):
	node = await t.create(title='A title')
	info = (await t.own['xep_0030'].get_info(jid=t.service, node=node))['disco_info']
	within(('pubsub', 'leaf'), [i[:2] for i in info['identities']])
	values = info['form']['values']
	same(values['FORM_TYPE'], [NS + '#meta-data'])
	same(values['pubsub#title'], 'A title')


@c.step('nodes', 'xep_0060.get_nodes', 'xep_0030.get_items')
async def _(t):
	node = await t.create()
	found = (await t.ps.get_nodes(jid=t.service))['disco_items']['items']
	within(node, [item[1] for item in found])


@c.step('nodes, page by page', 'xep_0030.get_items', 'xep_0059.iterate', needs=NS_RSM)
async def _(t):
	mine = {await t.create() for _ in range(3)}
	pages = await t.own['xep_0030'].get_items(jid=t.service, iterator=True)
	pages.amount = 2
	found = []
	async for page in pages:
		items = [item[1] for item in page['disco_items']['items']]
		assert len(items) <= 2
		found += items
	assert mine <= set(found)
	same(len(found), len(set(found)))


@c.step('ids of items', 'xep_0060.get_nodes')
async def _(t):
	node = await t.create_with('one', 'two', max_items='5')
	found = (await t.ps.get_nodes(jid=t.service, node=node))['disco_items']['items']
	same(sorted(item[2] for item in found), ['one', 'two'])


# --- nodes ---

@c.step('create and delete', 'xep_0060.create_node', 'xep_0060.delete_node')
async def _(t):
	node = t.new_node()
	await t.ps.create_node(t.service, node)
	await refused(t.ps.create_node(t.service, node), 'conflict')
	await t.ps.delete_node(t.service, node)
	await refused(t.ps.delete_node(t.service, node), 'item-not-found')


@c.step('an instant node', 'xep_0060.create_node', needs='instant-nodes')
async def _(t):
	node = (await t.ps.create_node(t.service, None))['pubsub']['create']['node']
	assert node
	await t.ps.delete_node(t.service, node)


@c.step('create with a type and a configuration', 'xep_0060.create_node', 'xep_0060.get_node_config',
	'xep_0004.make_form', needs=('create-and-configure', 'config-node'))
async def _(t):
	node = t.new_node()
	await t.ps.create_node(t.service, node, config=t.form('node_config', title='T', max_items='3'), ntype='leaf')
	values = (await t.ps.get_node_config(t.service, node))['pubsub_owner']['configure']['form']['values']
	same((values['pubsub#title'], values['pubsub#max_items']), ('T', '3'))


@c.step('create a collection, and a node in it', 'xep_0060.create_node', 'xep_0060.get_nodes',
	needs=('collections', 'create-and-configure'))
async def _(t):
	above, below = t.new_node(), t.new_node()
	await t.ps.create_node(t.service, above, config=t.form(None), ntype='collection')
	await t.ps.create_node(t.service, below, config=t.form(None, collection=above))
	found = (await t.ps.get_nodes(jid=t.service, node=above))['disco_items']['items']
	same([item[1] for item in found], [below])


@c.step('the default configuration', 'xep_0060.get_node_config', needs='retrieve-default')
async def _(t):
	form = (await t.ps.get_node_config(t.service))['pubsub_owner']['default']['form']
	same(form['values']['FORM_TYPE'], [NS + '#node_config'])
	within('pubsub#access_model', form.get_fields())


@c.step('a form comes, is filled in and sent back whole', 'xep_0060.get_node_config',
	'xep_0060.set_node_config',
	'xep_0004.build_form', 'xep_0060._handle_event_configuration', needs='config-node')
async def _(t):
	node = await t.subscribed(notify_config='1')
	answer = await t.ps.get_node_config(t.service, node)
	form = t.own['xep_0004'].build_form(answer['pubsub_owner']['configure']['form'].xml)
	before = form.get_values()
	form.reply()
	form['values'] = {'pubsub#title': 'Another'}
	await t.ps.set_node_config(t.service, node, form)
	await t.event(t.other, 'pubsub_config', node)
	after = (await t.ps.get_node_config(t.service, node))['pubsub_owner']['configure']['form']['values']
	same(after.pop('pubsub#title'), 'Another')
	before.pop('pubsub#title')
	same(after, before)


@c.step('a form is cancelled', 'xep_0060.set_node_config', needs='config-node')
async def _(t):
	node = await t.create()
	form = t.own['xep_0004'].make_form('cancel')
	await t.ps.set_node_config(t.service, node, form)


@c.step('purge', 'xep_0060.purge', 'xep_0060._handle_event_purge', needs='purge-nodes')
async def _(t):
	node = await t.create_with('one', 'two', persist_items='1')
	await t.other['xep_0060'].subscribe(t.service, node)
	await t.ps.purge(t.service, node)
	await t.event(t.other, 'pubsub_purge', node)
	same(ids(await t.ps.get_items(t.service, node)), [])


@c.step('a node that is deleted says so', 'xep_0060.delete_node', 'xep_0060._handle_event_delete')
async def _(t):
	node = await t.subscribed(notify_delete='1')
	await t.ps.delete_node(t.service, node)
	await t.event(t.other, 'pubsub_delete', node)


# --- items ---

@c.step('publish, with and without an id', 'xep_0060.publish', 'xep_0060._handle_event_items')
async def _(t):
	node = await t.subscribed()
	answer = await t.ps.publish(t.service, node, id='one', payload=payload('hello'))
	same(answer['pubsub']['publish']['item']['id'], 'one')
	items = (await t.event(t.other, 'pubsub_publish', node))['pubsub_event']['items']
	same([(i['id'], i['payload'].text) for i in items], [('one', 'hello')])
	answer = await t.ps.publish(t.service, node, payload=payload('again'))
	ident = answer['pubsub']['publish']['item']['id']
	assert ident
	same(ids(await t.ps.get_items(t.service, node))[-1], ident)


@c.step('publish nothing, where nothing is kept', 'xep_0060.publish', 'xep_0060._handle_event_items',
	needs='create-and-configure')
async def _(t):
	node = await t.subscribed(persist_items='0', deliver_payloads='0')
	await t.ps.publish(t.service, node)
	await t.event(t.other, 'items', node)


@c.step('publish with options', 'xep_0060.publish', needs='publish-options')
async def _(t):
	node = await t.create(access_model='open')
	await t.ps.publish(t.service, node, id='one', payload=payload('x'),
		options=t.form('publish-options', access_model='open'))
	await refused(t.ps.publish(t.service, node, id='two', payload=payload('x'),
		options=t.form('publish-options', access_model='whitelist')), 'conflict')
	same(ids(await t.ps.get_items(t.service, node)), ['one'])


@c.step('events by names of one\'s own', 'xep_0060.map_node_event')
async def _(t):
	node = await t.subscribed(notify_retract='1')
	t.other['xep_0060'].map_node_event(node, 'mine')
	for name in ('mine_publish', 'mine_retract'):
		t.other.add_event_handler(name, lambda m, name=name: t.other.heard.put_nowait((name, m)))
	await t.ps.publish(t.service, node, id='one', payload=payload('x'))
	await t.event(t.other, 'mine_publish', node)
	await t.ps.retract(t.service, node, 'one', notify=True)
	await t.event(t.other, 'mine_retract', node)


@c.step('one item', 'xep_0060.get_item')
async def _(t):
	node = await t.create_with('one', 'two')
	item = (await t.ps.get_item(t.service, node, 'one'))['pubsub']['items']['item']
	same((item['id'], item['payload'].text), ('one', 'one'))


@c.step('all items, some by their ids, the latest', 'xep_0060.get_items')
async def _(t):
	node = await t.create_with('one', 'two', 'three', max_items='5')
	same(sorted(ids(await t.ps.get_items(t.service, node))), ['one', 'three', 'two'])
	same(sorted(ids(await t.ps.get_items(t.service, node, item_ids=['three', 'one']))), ['one', 'three'])
	same(ids(await t.ps.get_items(t.service, node, max_items=1)), ['three'])


@c.step('items, page by page', 'xep_0060.get_items', 'xep_0059.iterate', needs=NS_RSM)
async def _(t):
	node = await t.create_with(*'12345', max_items='5')
	pages = t.ps.get_items(t.service, node, iterator=True)
	pages.amount = 2
	same([ids(page) async for page in pages], [['1', '2'], ['3', '4'], ['5']])


@c.step('retract', 'xep_0060.retract')
async def _(t):
	node = await t.create_with('one', 'two', max_items='5')
	await t.other['xep_0060'].subscribe(t.service, node)
	await t.ps.retract(t.service, node, 'one', notify=True)
	event = await t.event(t.other, 'pubsub_retract', node)
	same([i['id'] for i in event['pubsub_event']['items']], ['one'])
	same(ids(await t.ps.get_items(t.service, node)), ['two'])


# --- subscriptions ---

@c.step('subscribe and unsubscribe, bare and full', 'xep_0060.subscribe', 'xep_0060.unsubscribe')
async def _(t):
	node = await t.create()
	jid = t.other.boundjid
	for wanted, how in ((jid.bare, {}), (jid.full, {'bare': False}), (jid.full, {'subscribee': jid.full})):
		s = (await t.other['xep_0060'].subscribe(t.service, node, **how))['pubsub']['subscription']
		same((s['node'], s['jid'], s['subscription']), (node, wanted, 'subscribed'))
		await t.other['xep_0060'].unsubscribe(t.service, node, subid=s['subid'] or None, **how)


@c.step('subscribe with options', 'xep_0060.subscribe', 'xep_0060.get_subscription_options',
	needs='subscription-options')
async def _(t):
	node, me = await t.create(), t.other.boundjid.bare
	await t.other['xep_0060'].subscribe(t.service, node, options=t.form('subscribe_options', deliver='0'))
	answer = await t.other['xep_0060'].get_subscription_options(t.service, node, me)
	same(answer['pubsub']['options']['options']['values']['pubsub#deliver'], False)


@c.step('the default options', 'xep_0060.get_subscription_options', needs='retrieve-default-sub')
async def _(t):
	node = await t.create()
	for where in (None, node):
		answer = await t.other['xep_0060'].get_subscription_options(t.service, where)
		form = answer['pubsub']['default'].xml.find('{jabber:x:data}x')
		within('pubsub#deliver', t.own['xep_0004'].build_form(form).get_fields())


@c.step('options to be set, which come as a get, are answered as one', 'xep_0060.set_subscription_options',
	needs='subscription-options')
async def _(t):
	node, me = await t.subscribed(), t.other.boundjid.bare
	answer = await t.other['xep_0060'].set_subscription_options(t.service, node, me,
		t.form('subscribe_options', deliver='0'))
	same(answer['pubsub']['options']['options']['values']['pubsub#deliver'], True)


@c.step('one\'s own subscriptions', 'xep_0060.get_subscriptions', needs='retrieve-subscriptions')
async def _(t):
	first, second = await t.subscribed(), await t.subscribed()
	both = (await t.other['xep_0060'].get_subscriptions(t.service))['pubsub']['subscriptions']
	assert {first, second} <= {s['node'] for s in both}
	one = (await t.other['xep_0060'].get_subscriptions(t.service, first))['pubsub']['subscriptions']
	same([(s['jid'], s['subscription']) for s in one], [(t.other.boundjid.bare, 'subscribed')])


@c.step('a node\'s subscriptions', 'xep_0060.get_node_subscriptions', 'xep_0060.modify_subscriptions',
	'xep_0060._handle_event_subscription', needs='manage-subscriptions')
async def _(t):
	node, who = await t.create(), t.other.boundjid.bare

	async def all_of_it():
		found = await t.ps.get_node_subscriptions(t.service, node)
		return [(s['jid'], s['subscription']) for s in found['pubsub_owner']['subscriptions']]

	same(await all_of_it(), [])
	await t.ps.modify_subscriptions(t.service, node, [(who, 'subscribed')])
	same((await t.event(t.other, 'pubsub_subscription', node))['pubsub_event']['subscription']['subscription'],
		'subscribed')
	same(await all_of_it(), [(who, 'subscribed')])
	await t.ps.modify_subscriptions(t.service, node, [(who, 'none')])
	same(await all_of_it(), [])


@c.step('a subscription is asked for and allowed', 'xep_0004.handle_form',
	'xep_0060._handle_event_subscription',
	needs=('manage-subscriptions', 'create-and-configure'))
async def _(t):
	node = await t.create(access_model='authorize')
	s = (await t.other['xep_0060'].subscribe(t.service, node))['pubsub']['subscription']
	same(s['subscription'], 'pending')
	message = await t.event(t.own, 'message_xform', node)
	form = message['form']
	same(form['values']['pubsub#subscriber_jid'], t.other.boundjid.bare)
	form['type'] = 'submit'
	form['values'] = {'pubsub#allow': True}
	answer = t.own.make_message(t.service)
	answer.append(form)
	answer.send()
	s = (await t.event(t.other, 'pubsub_subscription', node))['pubsub_event']['subscription']
	same(s['subscription'], 'subscribed')


# --- affiliations ---

@c.step('one\'s own affiliations', 'xep_0060.get_affiliations', needs='retrieve-affiliations')
async def _(t):
	node = await t.create()
	found = (await t.ps.get_affiliations(t.service))['pubsub']['affiliations']
	within((node, 'owner'), [(a['node'], a['affiliation']) for a in found])
	found = (await t.ps.get_affiliations(t.service, node))['pubsub']['affiliations']
	same([a['affiliation'] for a in found], ['owner'])


@c.step('a node\'s affiliations', 'xep_0060.get_node_affiliations', 'xep_0060.modify_affiliations',
	needs='modify-affiliations')
async def _(t):
	node, who = await t.create(), t.other.boundjid.bare

	async def all_of_it():
		found = await t.ps.get_node_affiliations(t.service, node)
		return {a['jid'].bare: a['affiliation'] for a in found['pubsub_owner']['affiliations']}

	same(await all_of_it(), {t.own.boundjid.bare: 'owner'})
	await t.ps.modify_affiliations(t.service, node, [(who, 'publisher')])
	same(await all_of_it(), {t.own.boundjid.bare: 'owner', who: 'publisher'})
	await t.ps.modify_affiliations(t.service, node, [(who, 'none')])
	same(await all_of_it(), {t.own.boundjid.bare: 'owner'})


# --- commands ---

async def pending(t):
	"""A node that the other user waits to be subscribed to."""
	node = await t.create(access_model='authorize')
	await t.other['xep_0060'].subscribe(t.service, node)
	await t.event(t.own, 'message_xform', node)
	return node


async def begun(t):
	"""A command that waits for its form: the session, and a queue of the answers."""
	answers = asyncio.Queue()

	def answered(iq, session):
		answers.put_nowait(iq)

	session = {'next': answered, 'error': answered}
	t.own['xep_0050'].start_command(t.service, NS + '#get-pending', session)
	iq = await answers.get()
	same((iq['type'], iq['command']['status']), ('result', 'executing'))
	return session, answers, iq['command']['form']


@c.step('commands', 'xep_0050.get_commands', needs=('get-pending', NS_COMMANDS))
async def _(t):
	found = (await t.own['xep_0050'].get_commands(t.service))['disco_items']['items']
	within(NS + '#get-pending', [item[1] for item in found])


@c.step('the pending subscriptions, by the command and its form', 'xep_0050.start_command',
	'xep_0050.complete_command', 'xep_0050.terminate_command', needs='get-pending')
async def _(t):
	node = await pending(t)
	session, answers, form = await begun(t)
	within(node, [o['value'] for o in form.get_fields()['pubsub#node']['options']])
	form['type'] = 'submit'
	form['values'] = {'pubsub#node': node}
	session['payload'] = form
	t.own['xep_0050'].complete_command(session)
	same((await answers.get())['command']['status'], 'completed')
	await t.event(t.own, 'message_xform', node)


@c.step('... going on instead of completing', 'xep_0050.continue_command', needs='get-pending')
async def _(t):
	node = await pending(t)
	session, answers, _ = await begun(t)
	session['payload'] = t.form('subscribe_authorization', node=node)
	t.own['xep_0050'].continue_command(session, direction='execute')
	same((await answers.get())['command']['status'], 'completed')
	await t.event(t.own, 'message_xform', node)


@c.step('... thinking better of it', 'xep_0050.cancel_command', needs='get-pending')
async def _(t):
	await pending(t)
	session, answers, _ = await begun(t)
	t.own['xep_0050'].cancel_command(session)
	same((await answers.get())['command']['status'], 'canceled')


@c.step('... step by step', 'xep_0050.send_command', needs='get-pending')
async def _(t):
	node = await pending(t)
	send = t.own['xep_0050'].send_command
	command = (await send(t.service, NS + '#get-pending'))['command']
	command = (await send(t.service, NS + '#get-pending', action='complete', sessionid=command['sessionid'],
		payload=t.form('subscribe_authorization', node=node)))['command']
	same(command['status'], 'completed')
	await t.event(t.own, 'message_xform', node)


# --- archives ---

def archived(message):
	return message['mam_result']['forwarded']['stanza']['pubsub_event']['items']['item']['id']


@c.step('what an archive can be asked', 'xep_0313.get_fields', needs=NS_MAM)
async def _(t):
	mam, done = await t.mam(await t.create())
	fields = (await mam.get_fields(t.service)).get_fields()
	done()
	assert {'FORM_TYPE', 'start', 'end', 'with'} <= fields.keys()


@c.step('an archive', 'xep_0313.retrieve', needs=NS_MAM)
async def _(t):
	mam, done = await t.mam(await t.create_with('one', 'two', max_items='5'))
	answer = await mam.retrieve(t.service)
	done()
	same([archived(m) for m in answer['mam']['results']], ['one', 'two'])


@c.step('an archive, page by page, backwards too', 'xep_0313.iterate', 'xep_0313.retrieve', needs=NS_MAM)
async def _(t):
	mam, done = await t.mam(await t.create_with('one', 'two', 'three', max_items='5'))
	same([archived(m) async for m in mam.iterate(t.service, rsm={'max': 2})], ['one', 'two', 'three'])
	same([archived(m) async for m in mam.iterate(t.service, rsm={'max': 2}, reverse=True)],
		['three', 'two', 'one'])
	pages = [p['mam_fin']['results'] async for p in mam.retrieve(t.service, iterator=True, rsm={'max': 2})]
	done()
	same([[archived(m) for m in page] for page in pages], [['one', 'two'], ['three']])


@c.step('how far an archive goes', 'xep_0313.get_archive_metadata', needs=NS_MAM + '#extended')
async def _(t):
	mam, done = await t.mam(await t.create_with('one', 'two', max_items='5'))
	metadata = (await mam.get_archive_metadata(t.service))['mam_metadata']
	done()
	assert metadata['start']['id'] and metadata['end']['id']
	assert metadata['start']['timestamp'] <= metadata['end']['timestamp']


async def run(o):
	t = Test(o)
	await t.start((o.host, o.port))
	await c.play(t, asyncio.wait_for)
	cli.leave(0)


if __name__ == '__main__':
	sys.exit(asyncio.run(run(calls.options(__doc__))))
