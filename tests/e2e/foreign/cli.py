# SPDX-License-Identifier: MIT
"""What the foreign clients share: options, output lines and a time-out for the whole run.

Results go to standard output, one a line, fields separated by TAB. Payloads are written on one
line: LF, CR and TAB inside them become character references, so a reader loses nothing.
A refusal is the line `error TAB CONDITION TAB PUBSUB-CONDITION` and exit code 1.
"""

import argparse
import os
import signal
import sys

NS_PUBSUB = 'http://jabber.org/protocol/pubsub'
NS_ERRORS = NS_PUBSUB + '#errors'
NS_STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'


def parser(description, verbs=True):
	env = os.environ.get
	p = argparse.ArgumentParser(description=description)
	p.add_argument('--jid', default=env('PUBSUB_JID'), help='the account; default $PUBSUB_JID')
	p.add_argument('--password', default=env('PUBSUB_PASSWORD'), help='default $PUBSUB_PASSWORD')
	p.add_argument('--host', default='127.0.0.1')
	p.add_argument('--port', type=int, default=env('XMPP_PORT', 5222), help='default $XMPP_PORT')
	p.add_argument('--ca', default=env('XMPP_CA'),
		help='trust the CAs in this file and not the system\'s; default $XMPP_CA')
	p.add_argument('--service', default=env('PUBSUB_SERVICE'), help='default $PUBSUB_SERVICE')
	p.add_argument('--node', help='the node that the verb is about')
	p.add_argument('--timeout', type=int, default=30, metavar='SECONDS',
		help='give up the whole run after this; default 30')
	if verbs:
		p.verbs = p.add_subparsers(dest='verb', required=True, metavar='VERB')
	return p


PUBLISH = (	# the arguments of every client's verb publish
	('files', {'nargs': '+', 'metavar': 'FILE'}),
	('--id', {'help': 'the item\'s id; default FILE\'s base name'}),
)


def verb(p, name, *arguments, **kw):
	"""Adds a verb; @arguments are (name, {argparse settings}) or plain names."""
	sub = p.verbs.add_parser(name, **kw)
	for a in arguments:
		sub.add_argument(*(a[:-1] if isinstance(a, tuple) else (a,)),
			**(a[-1] if isinstance(a, tuple) else {}))


def parse(p):
	"""Reads the command line and starts the clock."""
	o = p.parse_args()
	for need in ('jid', 'password'):
		if not getattr(o, need):
			p.error('--%s is missing' % need)
	if o.ca:
		os.environ['SSL_CERT_FILE'] = o.ca	# OpenSSL's default trust store, in every library
	signal.signal(signal.SIGALRM, lambda *_: leave(1, 'timed out after %d s' % o.timeout))
	signal.alarm(o.timeout)
	return o


def base_name(path):
	return os.path.basename(path).rsplit('.', 1)[0]


def leave(code, message=None):
	"""Ends the process from wherever it is: an event loop would swallow an exception."""
	sys.stdout.flush()
	if message:
		print('%s: %s' % (os.path.basename(sys.argv[0]), message), file=sys.stderr)
	os._exit(code)


def line(*fields):
	print(*('' if f is None else str(f) for f in fields), sep='\t', flush=True)


def one_line(markup):
	"""Serialised XML on one line. Serialisers put none of these characters inside tags."""
	return markup.replace('\r', '&#13;').replace('\n', '&#10;').replace('\t', '&#9;')
