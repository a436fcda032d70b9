#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An XMPP client without an XML layer: sends literal text, returns the very bytes that came.

`publish` splices the payload's text as it stands in FILE, whose root is the payload or an `<item>`
round it that declares prefixes; only what the new place demands is added (see item_text()).
`items`, `listen` and `send` write each stanza as received, ended by NUL, which XML cannot contain.
Login: STARTTLS with a verified certificate, SASL PLAIN.
"""

import base64
import re
import socket
import ssl
import sys
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import cli
import rawxml
from cli import NS_PUBSUB

STREAM = ("<?xml version='1.0'?><stream:stream to=%s version='1.0' xmlns='jabber:client' "
	"xmlns:stream='http://etherx.jabber.org/streams'>")
DECLARATION = re.compile(r'''\sxmlns(?::([^\s=]+))?\s*=\s*("[^"]*"|'[^']*')''')
ITEM_NS = ('', NS_PUBSUB, NS_PUBSUB + '#event')


class RawClient:
	def __init__(self, o):
		self.domain = o.jid.split('/')[0].split('@')[-1]
		self.queue = []
		self.serial = 0
		self.sock = socket.create_connection((o.host, o.port))
		self.open()
		self.request("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", '<proceed')
		self.sock = ssl.create_default_context(cafile=o.ca).wrap_socket(self.sock,
			server_hostname=self.domain)
		self.open()
		self.login(o.jid.split('@')[0], o.password)
		self.open()
		self.bind(o.jid.partition('/')[2])
		self.send('<presence/>')

	def open(self):
		"""Starts a stream and waits for its features."""
		self.stanzas = rawxml.Stanzas(self.queue.append)
		self.send(STREAM % quoteattr(self.domain))
		self.receive()

	def login(self, user, password):
		secret = base64.b64encode(('\0%s\0%s' % (user, password)).encode()).decode()
		self.request("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
			"%s</auth>" % secret, '<success')

	def bind(self, resource):
		wish = '<resource>%s</resource>' % resource if resource else ''
		answer = self.iq('set', None,
			"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>%s</bind>" % wish)
		self.jid = re.search('<jid>([^<]*)</jid>', answer).group(1)

	def send(self, text):
		self.sock.sendall(text.encode())

	def receive(self):
		"""The next stanza's text."""
		while not self.queue:
			data = self.sock.recv(65536)
			if not data:
				raise ConnectionError('the server closed the connection')
			self.stanzas.feed(data)
		stanza = self.queue.pop(0)
		if stanza is None or stanza.startswith('<stream:error'):
			raise ConnectionError('the server ended the stream: %s' % stanza)
		return stanza

	def request(self, text, want):
		self.send(text)
		answer = self.receive()
		if not answer.startswith(want):
			raise ConnectionError('expected %s, got %s' % (want, answer))

	def iq(self, kind, to, text):
		"""Sends a request; returns its answer, keeping what comes between for receive()."""
		self.serial += 1
		ident = 'raw-%d' % self.serial
		address = ' to=' + quoteattr(to) if to else ''
		self.send("<iq type='%s' id='%s'%s>%s</iq>" % (kind, ident, address, text))
		return self.answer(ident)

	def answer(self, ident):
		between = []
		while True:
			stanza = self.receive()
			name, attributes = outline(stanza)[0]
			if name == 'iq' and attributes.get('id') == ident:
				self.queue[:0] = between
				return stanza
			between.append(stanza)

	def pubsub(self, o, kind, text):
		"""A pubsub request that must succeed."""
		answer = self.iq(kind, o.service, "<pubsub xmlns='%s'>%s</pubsub>" % (NS_PUBSUB, text))
		if outline(answer)[0][1].get('type') == 'error':
			cli.line('error', condition(answer, cli.NS_STANZAS), condition(answer, cli.NS_ERRORS))
			sys.exit(1)
		return answer


def outline(stanza):
	"""(name, attributes) of a stanza and of its children, without looking at prefixes: some
	servers deliver payloads that are not well-formed in that respect, and this client is there
	to show them."""
	found, depth = [], 0

	def start(name, attributes):
		nonlocal depth
		depth += 1
		if depth <= 2:
			found.append((name, attributes))

	def end(_name):
		nonlocal depth
		depth -= 1

	parser = expat.ParserCreate()
	parser.StartElementHandler, parser.EndElementHandler = start, end
	parser.Parse(stanza, True)
	return found


def condition(answer, namespace):
	found = re.search(r'<([\w-]+)\s[^<>]*xmlns=[\'"]%s[\'"]' % re.escape(namespace), answer)
	return found and found.group(1)


def declarations(tag):
	return {m.group(1) or '': m.group(2) for m in DECLARATION.finditer(tag)}


def item_text(data, ident):
	"""The `<item>` to publish, from a file's bytes: the payload's own characters, with the
	prefix declarations of its `<item>` wrapper, and with its default namespace declared where
	the file left that to the wrapper or to the absence of any."""
	tokens = rawxml.split(data)
	start = next(i for i, (kind, _) in enumerate(tokens) if kind in (rawxml.START, rawxml.EMPTY))
	name = tokens[start][1].rstrip('/>').split()[0]
	outer = {}
	if name == '<item' and declarations(tokens[start][1]).get('', '""')[1:-1] in ITEM_NS:
		outer = declarations(tokens[start][1])
		end = max(i for i, (kind, _) in enumerate(tokens) if kind == rawxml.END)
		tokens = tokens[start + 1:end]
		start = next(i for i, (kind, _) in enumerate(tokens) if kind != rawxml.OTHER)
	tag = tokens[start][1]
	if '' not in declarations(tag):
		name = re.match(r'<[^\s/>]+', tag).group()
		tag = name + ' xmlns=' + outer.get('', "''") + tag[len(name):]
	prefixes = ''.join(' xmlns:%s=%s' % pair for pair in outer.items() if pair[0])
	return '<item id=%s%s>%s</item>' % (quoteattr(ident), prefixes,
		tag + ''.join(text for _, text in tokens[start + 1:]).rstrip())


def out(stanza):
	sys.stdout.buffer.write(stanza.encode() + b'\0')
	sys.stdout.buffer.flush()


def publish(c, o):
	for path in o.files:
		with open(path, 'rb') as f:
			item = item_text(f.read(), o.id or cli.base_name(path))
		c.pubsub(o, 'set', '<publish node=%s>%s</publish>' % (quoteattr(o.node), item))
		cli.line('published', o.id or cli.base_name(path))


def items(c, o):
	out(c.pubsub(o, 'get', '<items node=%s/>' % quoteattr(o.node)))


def listen(c, o):
	who = 'node=%s jid=%s' % (quoteattr(o.node), quoteattr(c.jid))
	c.pubsub(o, 'set', '<subscribe %s/>' % who)
	cli.line('READY')
	left = o.count
	while left:
		stanza = c.receive()
		if any(name == 'event' and attributes.get('xmlns') == NS_PUBSUB + '#event'
				for name, attributes in outline(stanza)[1:]):
			out(stanza)
			left -= 1
	c.pubsub(o, 'set', '<unsubscribe %s/>' % who)


def send(c, o):
	"""Each top-level element of FILE goes out as it is; a request's answer is awaited."""
	with open(o.file, 'rb') as f:
		stanzas = []
		rawxml.Stanzas(stanzas.append).feed(b'<s>' + f.read() + b'</s>')
	for text in filter(None, stanzas):
		c.send(text)
		name, attributes = outline(text)[0]
		if name == 'iq' and attributes.get('type') in ('get', 'set'):
			out(c.answer(attributes['id']))


def main():
	p = cli.parser(__doc__)
	cli.verb(p, 'publish', *cli.PUBLISH)
	cli.verb(p, 'items')
	cli.verb(p, 'listen', ('count', {'type': int}))
	cli.verb(p, 'send', 'file')
	o = cli.parse(p)
	try:
		c = RawClient(o)
		{'publish': publish, 'items': items, 'listen': listen, 'send': send}[o.verb](c, o)
		c.send('</stream:stream>')
	except (OSError, StopIteration, ValueError, expat.ExpatError) as e:
		cli.leave(1, e)


if __name__ == '__main__':
	main()
