#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Stanzas that cost little to send and much to read, at what is to stand them.

`service` sends them as requests, `client` starts a client's COMMAND and, as the service that it
follows, sends them as events, `answer` as the answer to COMMAND's request for items.

Each is compared with plain text of the same size, by the time that the processor spends on them in
the process: `NAME TAB VERDICT TAB RATIO`, the least of ROUNDS. How busy the machine is does not
matter to it, and that a stanza takes time that grows with the square of its size does.
"""

import argparse
import os
import subprocess
from itertools import islice, product
from string import ascii_lowercase
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import cli
import raw_client
from cli import NS_PUBSUB

LONG = os.environ.get('PUBSUB_TEST_LONG')
SIZE = 240000 if LONG else 64000  # bytes; servers take up to 256 KB
ROUNDS = 3 if LONG else 2
# More ends ejabberd: it is the server that dies then, and nothing comes to us.
DEPTH = 500 if os.environ.get('XMPP_SERVER') == 'ejabberd' else SIZE // 7
NS_EVENT = NS_PUBSUB + '#event'


def names(n):
	return islice((''.join(name) for name in product(ascii_lowercase, repeat=4)), n)


def attributes(n):
	return "<x xmlns='urn:x'%s/>" % ''.join(" %s=''" % name for name in names(n))


def declarations(n):
	declared = ''.join(" xmlns:%s='u'" % name for name in names(n))
	return "<x xmlns='urn:x'%s>%s</x>" % (declared, ''.join('<%s:a/>' % name for name in names(n)))


def element(content):
	return "<x xmlns='urn:x'>%s</x>" % content


# NAME, XML: a payload, or an element where none is expected.
SHAPES = (
	('line feeds', element('\n' * SIZE)),
	('children', element('<a/>' * (SIZE // 4))),
	('attributes', attributes(SIZE // 8)),
	('depth', element('<a>' * DEPTH + '</a>' * DEPTH)),
	('namespaces', declarations(SIZE // 24)),
)
PLAIN = element('x' * SIZE)


def spent(pid):
	"""Seconds that the processor has been at work for it."""
	with open('/proc/%d/schedstat' % pid) as f:
		return int(f.read().split()[0]) / 1e9


usual = {}


def compare(name, cost, dress, xml, rounds=ROUNDS):
	"""cost(XML) returns seconds, and what has become of it; dress(XML) is what is sent."""
	if (cost, dress) not in usual:
		usual[cost, dress] = min(cost(dress(PLAIN))[0] for _ in range(ROUNDS))
	costs = [cost(dress(xml)) for _ in range(rounds)]
	cli.line(name, costs[0][1], '%.1f' % (min(c[0] for c in costs) / max(usual[cost, dress], .0005)))


def at(pid, send):
	"""The cost of sending to a process."""
	def cost(xml):
		before = spent(pid)
		said = send(xml)
		return spent(pid) - before, said
	return cost


def verdict(answer):
	name, attributes_ = raw_client.outline(answer)[0]
	if attributes_.get('type') != 'error':
		return attributes_.get('type')
	return raw_client.condition(answer, cli.NS_STANZAS)


def while_running(process, c, take):
	"""take(STANZA) is called for what comes until the end of @process; what it has used."""
	c.sock.settimeout(.02)
	while True:
		pid, status, usage = os.wait4(process.pid, os.WNOHANG)
		if pid:
			break
		try:
			take(c.receive())
		except TimeoutError:
			pass
	c.sock.settimeout(None)
	process.returncode = os.waitstatus_to_exitcode(status)
	return usage


# --- a service ---

INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"


def in_publish(node, content):
	return "<pubsub xmlns='%s'><publish node=%s>%s</publish></pubsub>" % (NS_PUBSUB, quoteattr(node),
		content)


def in_item(xml):
	return "<item id='hostile'>%s</item>" % xml


def service(c, o):
	"""While it reads them, somebody else is answered all the same."""
	other = raw_client.RawClient(argparse.Namespace(**dict(vars(o), jid=o.jid + '/other')))

	def ask(xml):
		c.serial += 1
		ident = 'hostile-%d' % c.serial
		c.send("<iq type='set' id='%s' to=%s>%s</iq>" % (ident, quoteattr(o.service), xml))
		other.iq('get', o.service, INFO)
		return verdict(c.answer(ident))

	def tell(xml):
		c.send('<message to=%s>%s</message>' % (quoteattr(o.service), xml))
		return verdict(c.iq('get', o.service, INFO))

	def item(xml):
		return in_publish(o.node, in_item(xml))

	def beside(xml):
		return in_publish(o.node, xml)

	asked, told = at(o.pid, ask), at(o.pid, tell)
	for name, xml in SHAPES:
		compare(name + ' in an item', asked, item, xml)
		compare(name + ' beside items', asked, beside, xml)
	compare(name + ' in a message', told, str, xml)


# --- a client ---

class Follower:
	"""A client that follows the node of this service."""

	def __init__(self, c, o):
		self.c, self.o, self.serial = c, o, 0
		self.process = subprocess.Popen(o.command, stdout=subprocess.PIPE)
		self.jid = None
		while not self.jid:
			self.take(c.receive())

	def take(self, stanza):
		"""Requests are granted, if there is nothing to be said in the answer."""
		name, attributes_ = raw_client.outline(stanza)[0]
		kind, ident, jid = (attributes_.get(key) for key in ('type', 'id', 'from'))
		if name != 'iq' or kind not in ('get', 'set'):
			return
		answer = ("<iq type='error' id='%s' to=%s><error type='cancel'><feature-not-implemented "
			"xmlns='%s'/></error></iq>" % (ident, quoteattr(jid), cli.NS_STANZAS))
		if '<subscribe' in stanza:
			answer = ("<iq type='result' id='%s' to=%s><pubsub xmlns='%s'><subscription node=%s jid=%s "
				"subscription='subscribed'/></pubsub></iq>" % (ident, quoteattr(jid), NS_PUBSUB,
				quoteattr(self.o.node), quoteattr(jid)))
			self.jid = jid
		elif '<unsubscribe' in stanza:
			answer = "<iq type='result' id='%s' to=%s/>" % (ident, quoteattr(jid))
		self.c.send(answer)

	def wait_until_read(self):
		self.serial += 1
		ident = 'ping-%d' % self.serial
		self.c.send("<iq type='get' id='%s' to=%s><ping xmlns='urn:xmpp:ping'/></iq>" % (ident,
			quoteattr(self.jid)))
		while True:
			stanza = self.c.receive()
			if " id='%s'" % ident in stanza.replace('"', "'"):
				return
			self.take(stanza)

	def tell(self, xml):
		self.c.send('<message to=%s>%s</message>' % (quoteattr(self.jid), xml))
		self.wait_until_read()
		return 'read'

	def event(self, xml):
		return "<event xmlns='%s'><items node=%s><item id='hostile'>%s</item></items></event>" % (
			NS_EVENT, quoteattr(self.o.node), xml)


def client(c, o):
	f = Follower(c, o)
	told, event = at(f.process.pid, f.tell), f.event
	for name, xml in SHAPES:
		compare(name + ' in an item', told, event, xml)
	compare(name + ' in a message', told, str, xml)
	f.tell(event("<x xmlns='urn:last'/>"))
	f.process.terminate()
	while_running(f.process, c, f.take)
	for ident in f.process.stdout.read().decode().split():
		cli.line('printed', ident)
	cli.line('exit', f.process.returncode)


# --- a client that asks ---

def answer(c, o):
	def run(content):
		def take(stanza):
			attributes_ = raw_client.outline(stanza)[0][1]
			if '<items' in stanza:
				c.send("<iq type='result' id='%s' to=%s><pubsub xmlns='%s'><items node=%s>%s</items></pubsub>"
					"</iq>" % (attributes_['id'], quoteattr(attributes_['from']), NS_PUBSUB,
					quoteattr(o.node), content))

		process = subprocess.Popen(o.command, stdout=subprocess.DEVNULL)
		usage = while_running(process, c, take)
		return usage.ru_utime + usage.ru_stime, process.returncode

	for name, xml in SHAPES:
		compare(name + ' in an item', run, in_item, xml, 1)  # it asks for smaller pages then


def main():
	p = cli.parser(__doc__)
	cli.verb(p, 'service', ('--pid', {'type': int, 'required': True}))
	for verb in ('client', 'answer'):
		cli.verb(p, verb, ('command', {'nargs': '+'}))
	o = cli.parse(p)
	try:
		{'service': service, 'client': client, 'answer': answer}[o.verb](raw_client.RawClient(o), o)
	except (OSError, ValueError, expat.ExpatError) as e:
		cli.leave(1, e)


if __name__ == '__main__':
	main()
