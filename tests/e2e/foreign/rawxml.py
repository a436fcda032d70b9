# SPDX-License-Identifier: MIT
"""XML as it was written: cuts bytes into tokens and never changes one.

Not an XML parser, on purpose: those rewrite what they read, and expat since 2.6 (in Debian 12 too)
may sit on a complete tag that came in pieces until still more bytes come.
"""

import re

START, END, EMPTY, OTHER = 'start', 'end', 'empty', 'other'
TOKEN = re.compile(rb"""
	(?P<other> <!\[CDATA\[.*?\]\]> | <!--.*?--> | <\?.*?\?> | [^<]+ ) |
	(?P<end> </[^>]*> ) |
	(?P<empty> <[^!?/] (?: [^'">/] | /(?!>) | '[^']*' | "[^"]*" )* /> ) |
	(?P<start> <[^!?/] (?: [^'">/] | /(?!>) | '[^']*' | "[^"]*" )* > )
	""", re.DOTALL | re.VERBOSE)


class Stanzas:
	"""Calls fn(text) for each complete child of the stream's root element, fn(None) at its end."""

	def __init__(self, fn):
		self.fn = fn
		self.depth = 0
		self.parts = []
		self.rest = b''

	def feed(self, data):
		self.rest += data
		at = 0
		while match := TOKEN.match(self.rest, at):
			at = match.end()
			self.token(match.lastgroup, match.group())
		self.rest = self.rest[at:]

	def token(self, kind, text):
		outside = self.depth == 0
		self.depth += (kind == START) - (kind == END)
		if outside:			# the stream's start tag, and what stands before it
			return
		if self.depth == 0:
			self.fn(None)
		elif self.depth > 1 or kind in (END, EMPTY):
			self.parts.append(text)
		if self.depth == 1 and kind in (END, EMPTY):
			stanza, self.parts = b''.join(self.parts).decode(), []
			self.fn(stanza)


def split(data):
	"""A document's (kind, text), without comments and PIs, which XMPP forbids."""
	tokens = [(m.lastgroup, m.group().decode()) for m in TOKEN.finditer(data)]
	return [t for t in tokens if not t[1].startswith(('<!--', '<?'))]
