# SPDX-License-Identifier: MIT
"""The users of wire scripts, logged in, and what they can do."""

import argparse
import re
import time
from xml.sax.saxutils import quoteattr

import expect
from expect import CHILD, NS_CLIENT, Wrong, parse_one, wrapped
from raw_client import RawClient
from script import NAMESPACES


class User:
	"""A session of a user's. What has come and nobody has asked for yet is kept by kind."""

	def __init__(self, options, service, jid, password):
		o = argparse.Namespace(host='127.0.0.1', port=options.port, ca=options.ca, jid=jid,
			password=password)
		self.bare = jid.partition('/')[0]
		self.service = service
		self.client = RawClient(o)
		self.available = True
		self.serial = 0
		self.begin()

	def begin(self):
		"""Forgets what has come."""
		self.waiting = {'message': [], 'presence': [], 'iq': []}
		self.ids, self.types = [], []	# of all messages
		self.asked = None		# the request that is to be answered

	def new_id(self):
		self.serial += 1
		return 'w%d' % self.serial

	# --- receiving ---

	def receive(self):
		text = self.client.receive()
		stanza = parse_one(text)
		stanza.set('text', text)	# to be shown
		return stanza

	def until(self, ident):
		"""The answer to a request."""
		while True:
			stanza = self.receive()
			if stanza.tag == CHILD % (NS_CLIENT, 'iq') and stanza.get('id') == ident \
					and stanza.get('type') in ('result', 'error'):
				return stanza
			self.keep(stanza)

	def keep(self, stanza):
		kind = stanza.tag.split('}')[-1]
		event = stanza.find(CHILD % (NAMESPACES['event'], 'event')) is not None
		# A service that is an account sends from there, its server may do so for it.
		known = stanza.get('from') in (self.service, self.service.partition('/')[0])
		if kind == 'iq' and stanza.get('type') in ('result', 'error'):
			return
		if known and kind in self.waiting or event:
			self.waiting[kind].append(stanza)

	def next(self, kind, accept=lambda stanza: True):
		while True:
			for stanza in self.waiting[kind]:
				if accept(stanza):
					self.waiting[kind].remove(stanza)
					return stanza
			self.keep(self.receive())

	def message(self):
		message = self.next('message')
		if message.get('type') != 'error':
			expect.expect(message.get('from') == self.service, 'from is %r' % message.get('from'))
		self.ids.append(message.get('id'))
		self.types.append(message.get('type'))
		return message

	def meet(self):
		"""Comes back when all has come that the service has sent so far."""
		ident = self.new_id()
		self.client.send("<iq type='get' id='%s' to=%s><query xmlns='%s'/></iq>" % (ident,
			quoteattr(self.service), NAMESPACES['info']))
		self.until(ident)

	def nothing(self):
		self.meet()
		got = [m.get('text') for m in self.waiting['message']]
		self.waiting['message'].clear()
		expect.expect(not got, 'there is: %s' % ' '.join(got))

	# --- sending ---

	def raw(self, text):
		"""Sends a stanza, with an id and the service's address where it has none."""
		start = text.split('>')[0]
		ident = re.search(r'''\sid=(?:'([^']*)'|"([^"]*)")''', start)
		if not ident:
			fresh = self.new_id()
			text = re.sub(r'^<(\w+)', lambda m: m.group() + ' id=' + quoteattr(fresh), text)
		if not re.search(r'''\sto=''', start):
			text = re.sub(r'^<(\w+)', lambda m: m.group() + ' to=' + quoteattr(self.service), text)
		text = re.sub(r'''\sto=(''|"")''', '', text, count=1)	# to nobody: his own account
		self.client.send(text)
		return (ident.group(1) or ident.group(2)) if ident else fresh, parse_one(text)

	def request(self, text):
		ident, sent = self.raw(text)
		answer = self.until(ident)
		to = sent.get('to')
		expect.expect(answer.get('from') == to or to in (None, self.bare) and
			answer.get('from') in (None, self.bare), 'from is %r' % answer.get('from'))
		expect.expect(answer.get('to') == self.client.jid, 'to is %r' % answer.get('to'))
		return answer

	def presence(self, kind, text=''):
		"""Becomes available or unavailable; comes back when the server knows."""
		self.available = kind == 'available'
		self.client.send('<presence%s>%s</presence>' % ('' if self.available else " type='unavailable'",
			text))
		self.own('get', "<query xmlns='%s'/>" % NAMESPACES['roster'])

	def own(self, kind, text):
		"""A request to his own account that must succeed."""
		ident = self.new_id()
		self.client.send("<iq type='%s' id='%s'>%s</iq>" % (kind, ident, text))
		answer = self.until(ident)
		expect.expect(answer.get('type') == 'result', 'no: %s' % answer.get('text'))

	def follows(self, other):
		"""Subscribes to a user's presence, who approves of it."""
		other.own('get', "<query xmlns='%s'/>" % NAMESPACES['roster'])
		self.own('get', "<query xmlns='%s'/>" % NAMESPACES['roster'])
		self.client.send("<presence type='subscribe' to=%s/>" % quoteattr(other.bare))
		other.client.send("<presence type='subscribed' to=%s/>" % quoteattr(self.bare))
		self.until_roster(other.bare, ('to', 'both'))

	def until_roster(self, jid, states, asked=True):
		"""Waits until the roster says so of a contact."""
		until = time.monotonic() + 20
		while time.monotonic() < until:
			ident = self.new_id()
			self.client.send("<iq type='get' id='%s'><query xmlns='%s'/></iq>" % (ident,
				NAMESPACES['roster']))
			for item in self.until(ident).iter(CHILD % (NAMESPACES['roster'], 'item')):
				if item.get('jid') == jid and item.get('subscription') in states and \
						(asked or not item.get('ask')):
					return
			time.sleep(0.05)
		raise Wrong('the roster does not come to say %s of %s' % (states, jid))

	def answer(self, text, how='result'):
		"""Answers the request that the service has sent."""
		expect.expect(self.asked is not None, 'nothing was asked')
		self.client.send("<iq type='%s' id=%s to=%s>%s</iq>" % (how, quoteattr(self.asked.get('id')),
			quoteattr(self.asked.get('from')), text))
		self.asked = None

	def close(self):
		self.client.send('</stream:stream>')
		self.client.sock.close()


VERB = re.compile(r'(own-)?(get|set)\s+(.*)', re.DOTALL)


def iq_text(sent):
	"""(the iq, the namespace of what it asks for) of get XML, own-set XML or <iq/>."""
	match = VERB.fullmatch(sent)
	if not match:
		found = re.search(r'''xmlns=['"](%s(?:#owner)?)['"]''' % re.escape(NAMESPACES['ns']), sent)
		return sent, found.group(1) if found else NAMESPACES['ns']
	namespace = NAMESPACES['own'] if match[1] else NAMESPACES['ns']
	return "<iq type='%s'>%s</iq>" % (match[2], wrapped(match[3], namespace)), namespace
