#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Plays tables of stanzas: what somebody sends, and what is to come back.

A row is `ROWS | WHO | SENT | EXPECTED`; what is indented belongs to the line before. ROWS are the
requirements that it shows. WHO is a user, or user/resource.

SENT is one of
  get XML, set XML       in an iq and, unless XML has a namespace of its own, in <pubsub/>
  own-get XML, own-set XML   the same in <pubsub/> of the owner's namespace
  <iq ...>...</iq>       word for word but for the id, and the address where there is none
  (nothing)              WHO only listens
EXPECTED is one of
  result                 an empty result
  result XML             with just this, in <pubsub/> unless it has a namespace; attributes that are
                         not named may be there; * in a value stands for any text, as the text of an
                         element for all that is in it
  has XML, lacks XML     the result's element has, or has not, such children among others
  TYPE CONDITION [+ pubsub:SPECIAL[feature=NAME]]   an error, with just that in it
  event [to=JID] XML     the next message, with just this in its <event/>
  nothing                no message has come
  ids                    all messages so far, whoever got them, have ids of their own
  headlines              all of them are of that type

Each answer's id and addresses are checked, and each message's sender.
"""

import argparse
import os
import re
import signal
import sys
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

import cli
from cli import NS_ERRORS, NS_PUBSUB, NS_STANZAS
from raw_client import RawClient

NS_CLIENT = 'jabber:client'
NS_EVENT = NS_PUBSUB + '#event'
CHILD = '{%s}%s'


class Wrong(Exception):
	pass


def expect(condition, what):
	if not condition:
		raise Wrong(what)


def parse(text):
	return ET.fromstring("<s xmlns='%s'>%s</s>" % (NS_CLIENT, text))[0]


def wrapped(text, namespace):
	"""@text, in <pubsub/> unless it has a namespace of its own."""
	if re.match(r'<[\w-]+[^>]*\sxmlns=', text):
		return text
	return "<pubsub xmlns='%s'>%s</pubsub>" % (namespace, text)


def fits(pattern, text):
	return re.fullmatch('.*'.join(map(re.escape, pattern.split('*'))), text, re.DOTALL)


def same(want, got, path=''):
	"""Raises unless @got is what @want says."""
	path += '/' + want.tag.split('}')[-1]
	expect(want.tag == got.tag, '%s: it is %s' % (path, got.tag))
	for name, value in want.items():
		expect(got.get(name) is not None and fits(value, got.get(name)),
			'%s: %s is %r, not %r' % (path, name, got.get(name), value))
	if not len(want) and want.text == '*':
		return
	if not len(want):
		expect(fits(want.text or '', got.text or ''), '%s: it has the text %r' % (path, got.text))
	expect(len(want) == len(got), '%s: it has %d children, not %d' % (path, len(got), len(want)))
	for a, b in zip(want, got):
		same(a, b, path)


def is_same(want, got):
	try:
		same(want, got)
	except Wrong:
		return False
	return True


class User:
	"""One of the table's users, logged in."""

	ids, types = [], []	# of all messages

	def __init__(self, options, name):
		account, _, resource = name.partition('/')
		o = argparse.Namespace(**vars(options))
		o.jid = '%s/%s' % (options.jids[account], resource or 'wire')
		o.password = options.passwords[account]
		self.service = o.service
		self.client = RawClient(o)
		self.messages = []
		self.serial = 0

	def request(self, sent):
		self.serial += 1
		ident = 'w%d' % self.serial
		if not sent.startswith('<iq'):
			how, text = sent.split(None, 1)
			owner = '#owner' if how.startswith('own-') else ''
			sent = "<iq type='%s'>%s</iq>" % (how.removeprefix('own-'),
				wrapped(text, NS_PUBSUB + owner))
		head = ' id=' + quoteattr(ident)
		if ' to=' not in sent.split('>')[0]:
			head += ' to=' + quoteattr(self.service)
		sent = sent.replace('<iq', '<iq' + head, 1)
		self.client.send(sent)
		answer = self.until(ident)
		expect(answer.get('from') == parse(sent).get('to'), 'from is %r' % answer.get('from'))
		expect(answer.get('to') == self.client.jid, 'to is %r' % answer.get('to'))
		return answer

	def receive(self):
		text = self.client.receive()
		stanza = parse(text)
		stanza.set('text', text)	# to be shown
		return stanza

	def until(self, ident):
		"""The answer to a request; keeps the messages that come before it."""
		while True:
			stanza = self.receive()
			if stanza.tag == CHILD % (NS_CLIENT, 'iq') and stanza.get('id') == ident:
				return stanza
			self.keep(stanza)

	def keep(self, stanza):
		if stanza.find(CHILD % (NS_EVENT, 'event')) is not None:
			self.messages.append(stanza)

	def event(self):
		while not self.messages:
			self.keep(self.receive())
		message = self.messages.pop(0)
		expect(message.get('from') == self.service, 'from is %r' % message.get('from'))
		self.ids.append(message.get('id'))
		self.types.append(message.get('type'))
		return message

	def nothing(self):
		"""What the service has sent before comes before this answer."""
		self.serial += 1
		ident = 'n%d' % self.serial
		self.client.send("<iq type='get' id='%s' to=%s><query xmlns='%s'/></iq>" % (ident,
			quoteattr(self.service), 'http://jabber.org/protocol/disco#info'))
		self.until(ident)
		got = [m.get('text') for m in self.messages]
		self.messages.clear()
		expect(not got, 'there is: %s' % ' '.join(got))


def child(answer):
	expect(answer.get('type') == 'result', 'it is no result')
	expect(len(answer) == 1, 'it has %d children' % len(answer))
	return answer[0]


def check_result(answer, text):
	if text:
		same(parse(wrapped(text, NS_PUBSUB)), child(answer))
		return
	expect(answer.get('type') == 'result', 'it is no result')
	# A service may name in it what was asked for.
	expect(len(answer) == 0 or len(answer[0]) <= 1, 'there is more in it')


def check_children(answer, text, wanted):
	whole = parse(text)
	got = child(answer)
	expect(got.tag == whole.tag, 'it is %s' % got.tag)
	for name, value in whole.items():
		expect(fits(value, got.get(name, '')), '%s is %r' % (name, got.get(name)))
	for one in whole:
		expect(any(is_same(one, c) for c in got) == wanted,
			'%s %s' % (ET.tostring(one, 'unicode'), 'is not there' if wanted else 'is there'))


def check_error(answer, kind, rest):
	condition, _, special = rest.partition(' + ')
	expect(answer.get('type') == 'error', 'it is no error')
	error = answer.find(CHILD % (NS_CLIENT, 'error'))
	got = [(c.tag, c.get('feature') or '') for c in error if c.tag != CHILD % (NS_STANZAS, 'text')]
	want = [(CHILD % (NS_STANZAS, condition.strip()), '')]
	if special:
		name, feature = re.fullmatch(r'pubsub:([\w-]+)(?:\[feature=([\w-]+)\])?', special).groups()
		want.append((CHILD % (NS_ERRORS, name), feature or ''))
	expect(error.get('type') == kind, 'its type is %s' % error.get('type'))
	expect(sorted(got) == sorted(want), 'in it are %s' % got)


def check_event(message, rest):
	to, text = re.fullmatch(r'(?:to=(\S+)\s+)?(.*)', rest, re.DOTALL).groups()
	event = message.find(CHILD % (NS_EVENT, 'event'))
	expect(not to or message.get('to') == to, 'to is %r' % message.get('to'))
	same(parse("<event xmlns='%s'>%s</event>" % (NS_EVENT, text)), event)


def check(stanza, expected):
	kind, _, rest = expected.partition(' ')
	rest = rest.strip()
	if kind == 'result':
		check_result(stanza, rest)
	elif kind in ('has', 'lacks'):
		check_children(stanza, rest, kind == 'has')
	elif kind == 'event':
		check_event(stanza, rest)
	else:
		check_error(stanza, kind, rest)


def play(user, sent, expected):
	if expected == 'nothing':
		user.nothing()
		return
	if expected == 'ids':
		expect(user.ids and None not in user.ids and len(user.ids) == len(set(user.ids)),
			'they are %s' % user.ids)
		return
	if expected == 'headlines':
		expect(set(user.types) == {'headline'}, 'they are %s' % user.types)
		return
	stanza = user.request(sent) if sent else user.event()
	try:
		check(stanza, expected)
	except Wrong as e:
		raise Wrong('%s; got: %s' % (e, stanza.get('text')[:2000])) from None


def rows(text):
	joined = re.sub(r'\n[ \t]+', ' ', text)
	for line in joined.splitlines():
		if line.strip() and not line.startswith('#'):
			fields = [f.strip() for f in re.split(r'\s\|\s', line + ' ', maxsplit=3)]
			if len(fields) != 4:
				raise ValueError('a row has not four fields: ' + line)
			yield fields


def give_up(*_):
	raise Wrong('nothing has come for 30 s')


def main():
	"""Writes `ok TAB ROWS` or `not ok TAB ROWS TAB WHY` for each row on standard input."""
	p = argparse.ArgumentParser(description=__doc__)
	p.add_argument('--service', required=True)
	p.add_argument('--port', type=int, default=os.environ.get('XMPP_PORT'))
	p.add_argument('--ca', default=os.environ.get('XMPP_CA'))
	p.add_argument('--skip', action='append', default=[], metavar='ROWS', help='leave this one out')
	p.add_argument('users', nargs='+', metavar='NAME=BARE-JID=PASSWORD')
	o = p.parse_args()
	o.host = '127.0.0.1'
	o.jids, o.passwords = {}, {}
	for user in o.users:
		name, jid, password = user.split('=', 2)
		o.jids[name], o.passwords[name] = jid, password
	signal.signal(signal.SIGALRM, give_up)
	table = list(rows(sys.stdin.read()))
	unknown = set(o.skip) - {row[0] for row in table}
	if unknown:
		raise ValueError('there are no such rows: %s' % unknown)
	# All at once, as events come to who is there.
	users = {who: User(o, who) for who in {row[1] for row in table}}
	for ident, who, sent, expected in table:
		if ident in o.skip:
			cli.line('skip', ident)
			continue
		signal.alarm(30)
		try:
			play(users[who], sent, expected)
			cli.line('ok', ident)
		except (Wrong, ET.ParseError) as e:
			cli.line('not ok', ident, cli.one_line('%s sent: %s; expected: %s; %s'
				% (who, sent or '-', expected, e)))


if __name__ == '__main__':
	main()
