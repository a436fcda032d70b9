# SPDX-License-Identifier: MIT
"""Wire scripts as data: sections of rows, and what may stand in a row for something longer.

tests/README.md describes the format for those who write it.
"""

import re
import shlex
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, unescape

NS = 'http://jabber.org/protocol/pubsub'
NAMESPACES = {
	'ns': NS,
	'own': NS + '#owner',
	'event': NS + '#event',
	'errors': NS + '#errors',
	'opt': NS + '#subscribe_options',
	'info': 'http://jabber.org/protocol/disco#info',
	'list': 'http://jabber.org/protocol/disco#items',
	'rsm': 'http://jabber.org/protocol/rsm',
	'shim': 'http://jabber.org/protocol/shim',
	'cmd': 'http://jabber.org/protocol/commands',
	'caps': 'http://jabber.org/protocol/caps',
	'data': 'jabber:x:data',
	'validate': 'http://jabber.org/protocol/xdata-validate',
	'roster': 'jabber:iq:roster',
	'version': 'jabber:iq:version',
	'ping': 'urn:xmpp:ping',
	'delay': 'urn:xmpp:delay',
	'stanzas': 'urn:ietf:params:xml:ns:xmpp-stanzas',
	'set': "set xmlns='http://jabber.org/protocol/rsm'",	# an element's name
}
QUOTES = {"'": '&apos;', '"': '&quot;'}
FORM = re.compile(r'''<form((?:\s+[\w#.:/{}-]+=(?:'[^']*'|"[^"]*"))*)\s*/>''')
ATTRIBUTE = re.compile(r'''\s+([\w#.:/{}-]+)=(?:'([^']*)'|"([^"]*)")''')


class Malformed(Exception):
	pass


@dataclass
class Row:
	line: int
	ids: str
	who: str
	sent: str
	expected: str


@dataclass
class Section:
	"""Rows that share a service and what has been captured; how its service is started."""

	path: str
	line: int
	start: str = 'fresh'		# restart: with the store as it is; same: it just goes on
	reach: str = 'ours'		# any: with the reference services, too
	mode: str = ''			# account or component, where it is for one alone
	options: list = field(default_factory=list)
	absent: list = field(default_factory=list)	# users who are not available at first
	needs: str = ''			# a feature without which there is nothing to play
	rows: list = field(default_factory=list)
	portable: bool = True		# needs nothing that only our service has

	def direct(self, text):
		"""Obeys one line that begins with ==."""
		words = shlex.split(text)
		while words:
			word = words.pop(0)
			if word in ('ours', 'any'):
				self.reach = word
			elif word == 'mode':
				self.mode = words.pop(0)
			elif word == 'absent':
				self.absent.append(words.pop(0))
			elif word == 'needs':
				self.needs = words.pop(0)
			elif word == 'same':
				self.start = word
			elif word in ('serve', 'restart'):
				self.start = 'fresh' if word == 'serve' else word
				self.options, words = words, []
			else:
				raise Malformed('no directive "%s"' % word)

	def needs_ours(self):
		"""Our service's options, its own account, its store."""
		return bool(self.options or self.mode or self.start == 'restart' or any(
			row.who.startswith('service/') or row.sent.startswith('sql ') for row in self.rows))

	def users(self):
		return list(dict.fromkeys([r.who for r in self.rows] + self.absent))


def sections(path):
	"""Reads a file. A line that is indented belongs to the one before."""
	found, directing = [], False
	with open(path, encoding='utf-8') as f:
		for number, line in logical_lines(f):
			try:
				if line.startswith('=='):
					if not directing:
						found.append(Section(path, number))
					found[-1].direct(line[2:])
				else:
					found = found or [Section(path, number)]
					found[-1].rows.append(row(number, line))
			except (Malformed, IndexError, ValueError) as e:
				raise Malformed('%s:%d: %s' % (path, number, e)) from None
			directing = line.startswith('==')
	for before, section in zip([None] + found, found):
		if section.start != 'fresh' and not before:
			raise Malformed('%s:%d: there is nothing before it' % (path, section.line))
		if section.start == 'same':
			section.options = before.options
		section.portable = not section.needs_ours() and (section.start == 'fresh' or before.portable)
	return found


def logical_lines(lines):
	whole, first = '', 0
	for number, line in enumerate(lines, 1):
		if line[0] in ' \t' and line.strip():
			whole += ' ' + line.strip()
			continue
		if whole:
			yield first, whole
		whole = '' if line.startswith('#') else line.strip()
		first = number
	if whole:
		yield first, whole


def row(number, line):
	fields = [f.strip() for f in re.split(r'\s\|(?=\s)', line + ' ', maxsplit=3)]
	if len(fields) != 4:
		raise Malformed('a row has not four fields: ' + line)
	return Row(number, *fields)


def markup(text):
	"""Text as it may stand in character data and in attributes of either quotes."""
	return escape(text, QUOTES)


def plain(text):
	return unescape(text, {v: k for k, v in QUOTES.items()})


def substitute(text, variables, found):
	"""Puts in variables ($name, from a function), what was captured ({name}), and repetitions
	({3*text}); writes forms in full."""
	text = re.sub(r'\$(\w+)', lambda m: variables(m.group(1)), text)
	text = re.sub(r'\{(\w+)\}', lambda m: markup(found[m.group(1)]) if m.group(1) in found
		else m.group(), text)
	text = re.sub(r'\{(\d+)\*([^{}]*)\}', lambda m: int(m.group(1)) * m.group(2), text)
	return FORM.sub(lambda m: form(m.group(1)), text)


def form_type(of):
	return of if ':' in of else NS + '#' + of


def variable(name, of):
	"""A field's name: in the forms of XEP-0060 pubsub# need not be written."""
	return 'pubsub#' + name if of and ':' not in of and '#' not in name else name


def form(attributes):
	"""<form type='submit' of='node_config' title='x' children='a|b' contact='()'/> as a data form."""
	fields = [(name, a or b) for name, a, b in ATTRIBUTE.findall(attributes)]
	heads = dict(f for f in fields if f[0] in ('type', 'of'))
	of = heads.get('of', '')
	text = ''
	if of:
		text += "<field var='FORM_TYPE' type='hidden'><value>%s</value></field>" % form_type(of)
	for name, value in fields:
		if name not in ('type', 'of'):
			values = [] if value == '()' else value.split('|')
			text += "<field var='%s'>%s</field>" % (variable(name, of),
				''.join('<value>%s</value>' % v for v in values))
	return "<x xmlns='jabber:x:data' type='%s'>%s</x>" % (heads.get('type', 'submit'), text)
