#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compares XML by infoset: expanded element names, attributes by expanded name and value, text.

Comments, processing instructions, CDATA sections, the order of attributes and the choice of
prefixes do not count; with --qnames, prefix bindings that `prefix:name` in a value or a text of
the first document relies on do. Where a document is an `<item>`, its payload is compared.

  infoset.py [--qnames] [--server NAME] A B
  infoset.py [--qnames] [--server NAME] --lines DIR OUTPUT
  infoset.py --self-test

--lines: OUTPUT (`-`: standard input) is what a client printed; its items, told by their ids, must
be the files DIR/ID.xml, none missing, none else. Records end with LF or, if there is a NUL in
OUTPUT, with NUL; a record is an `<item>` or a whole stanza, or `item TAB id TAB publisher TAB
payload`. READY and other events are passed over.

--server NAME allows for what that server spoils on the way (see SPOILS).

Exit code 0: the same; 1: not the same, with the first difference of each document; 2: cannot read.
"""

import argparse
import pathlib
import re
import sys
from collections import namedtuple
from xml.parsers import expat

NS_PUBSUB = 'http://jabber.org/protocol/pubsub'
ITEM_NS = ('', NS_PUBSUB, NS_PUBSUB + '#event')
STREAM = (b"<s xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", b'</s>')
NOISE = (b'', b'READY')
OTHER_EVENTS = (b'retract\t', b'purge', b'delete')
SEPARATOR = '\x01'		# not allowed in XML, so no namespace can contain it

# name: (namespace, local); attributes: {(namespace, local): value}; children: str and Element,
# no two str side by side, none empty; scope: {prefix: namespace}
Element = namedtuple('Element', 'name attributes children scope')


class Reader:
	"""Builds an Element from expat's events. Expat resolves names and references, drops nothing."""

	def __init__(self):
		self.root = None
		self.open = []
		self.scopes = [{'xml': 'http://www.w3.org/XML/1998/namespace'}]
		self.declared = {}
		self.expat = expat.ParserCreate(namespace_separator=SEPARATOR)
		self.expat.buffer_text = True
		self.expat.StartNamespaceDeclHandler = self.declare
		self.expat.StartElementHandler = self.start
		self.expat.EndElementHandler = self.end
		self.expat.CharacterDataHandler = self.text
		self.expat.StartDoctypeDeclHandler = self.doctype

	def declare(self, prefix, uri):
		self.declared[prefix or ''] = uri or ''

	def start(self, name, attributes):
		self.scopes.append({**self.scopes[-1], **self.declared})
		self.declared = {}
		e = Element(expanded(name), {expanded(n): v for n, v in attributes.items()}, [],
			self.scopes[-1])
		if self.open:
			self.open[-1].children.append(e)
		else:
			self.root = e
		self.open.append(e)

	def end(self, _name):
		self.open.pop()
		self.scopes.pop()

	def text(self, text):
		siblings = self.open[-1].children
		if siblings and isinstance(siblings[-1], str):
			siblings[-1] += text
		else:
			siblings.append(text)

	def doctype(self, *_):
		raise ValueError('a document type declaration')


def expanded(name):
	uri, _, local = name.rpartition(SEPARATOR)
	return uri, local


def read(data):
	reader = Reader()
	reader.expat.Parse(data, True)
	return reader.root


def elements(e):
	return [c for c in e.children if isinstance(c, Element)]


def payload(e):
	"""An `<item>`'s payload; any other element is its own."""
	if e.name[1] != 'item' or e.name[0] not in ITEM_NS:
		return e
	inside = elements(e)
	if len(inside) != 1:
		raise ValueError('<item> holds %d elements instead of one' % len(inside))
	return inside[0]


# --- what servers spoil --------------------------------------------------------------------------

def line_ends(text):
	"""XML 1.0 section 2.11: what a parser makes of a CR that was written bare."""
	return text.replace('\r\n', '\n').replace('\r', '\n')


def bare_value(value):
	"""XML 1.0 section 3.3.3: what a parser makes of white space that was written bare."""
	return re.sub('[\t\n]', ' ', line_ends(value))


# server: (what may happen to text, what may happen to attribute values), as measured on Prosody 0.12.3 and
# ejabberd 23.01, both for what they route and for what their own pubsub services deliver. Both also
# choose prefixes anew, and Prosody drops those that only a value or a text uses: see --qnames.
SPOILS = {
	'none': (str, str),
	# Prosody escapes only & < > ' " on output, so CR in text and TAB, LF, CR in attributes go out
	# bare and reach the client as LF and space.
	'prosody': (line_ends, bare_value),
	# ejabberd does so with CR in text alone.
	'ejabberd': (line_ends, str),
}


# --- comparing -----------------------------------------------------------------------------------

def show(name):
	return '{%s}%s' % name if name[0] else name[1]


def differences(a, b, spoils, path=''):
	"""How @b differs from @a, as lines of text; @spoils is a row of SPOILS."""
	spoil_text, spoil_value = spoils
	path += '/' + a.name[1]
	if a.name != b.name:
		yield '%s: element %s instead of %s' % (path, show(b.name), show(a.name))
		return
	for name in sorted(a.attributes.keys() | b.attributes.keys()):
		was, now = a.attributes.get(name), b.attributes.get(name)
		if now != was and (was is None or now != spoil_value(was)):
			yield '%s: attribute %s is %s instead of %s' % (path, show(name), quote(now), quote(was))
	for i, (was, now) in enumerate(zip(a.children, b.children)):
		if isinstance(was, Element) and isinstance(now, Element):
			yield from differences(was, now, spoils, path)
		elif now != was and not (isinstance(was, str) and now == spoil_text(was)):
			yield '%s: child %d is %s instead of %s' % (path, i + 1, *excerpt(now, was))
	if len(a.children) != len(b.children):
		yield '%s: %d children instead of %d' % (path, len(b.children), len(a.children))


def quote(value):
	return 'missing' if value is None else ascii(value) if len(value) < 80 else '%d characters' % len(value)


def excerpt(now, was):
	"""Two children that differ, as text; of two long strings the part where they part ways."""
	if isinstance(now, str) and isinstance(was, str):
		at = next((i for i, (x, y) in enumerate(zip(now, was)) if x != y), min(len(now), len(was)))
		return tuple('%stext %s' % ('...' if at > 20 else '', ascii(s[max(at - 20, 0):at + 40]))
			for s in (now, was))
	return tuple('<%s>' % show(c.name) if isinstance(c, Element) else 'text ' + quote(c)
		for c in (now, was))


def lost_bindings(a, b, path=''):
	"""Where a value or text of @a says prefix:name with a prefix bound, @b must bind it so too.
	The two have been found equal otherwise."""
	path += '/' + a.name[1]
	for text in [*a.attributes.values(), *(c for c in a.children if isinstance(c, str))]:
		for prefix in re.findall(r'(?<![\w.:-])([^\W\d][\w.-]*):(?=[^\W\d])', text):
			uri = a.scope.get(prefix)
			if uri and b.scope.get(prefix) != uri:
				yield '%s: prefix %s in %s is bound to %s instead of %s' % (path, prefix,
					quote(text), quote(b.scope.get(prefix)), quote(uri))
	for was, now in zip(elements(a), elements(b)):
		yield from lost_bindings(was, now, path)


def compare(a, b, server='none', qnames=False):
	a, b = payload(a), payload(b)
	found = list(differences(a, b, SPOILS[server]))
	return found or (list(lost_bindings(a, b)) if qnames else [])


# --- a client's output ---------------------------------------------------------------------------

def items(stanza):
	"""The items in an iq or message, found by their place, never inside a payload."""
	for event in elements(stanza):
		if event.name in ((NS_PUBSUB, 'pubsub'), (NS_PUBSUB + '#event', 'event')):
			for holder in elements(event):
				if holder.name[1] == 'items':
					yield from (i for i in elements(holder) if i.name[1] == 'item')


def records(output):
	"""The records of a client's output, and whether they are stanzas."""
	if b'\0' not in output:
		return output.split(b'\n'), False
	return output.removeprefix(b'READY\n').split(b'\0'), True


def record_items(record, is_stanza):
	"""(id, `<item>`) for each item in a record."""
	if record.startswith(b'item\t'):
		_, ident, _, text = record.split(b'\t')
		yield ident.decode(), Element(('', 'item'), {}, [read(text)], {})
		return
	if record in NOISE or record.startswith(OTHER_EVENTS):
		return
	if is_stanza:	# needs its stream's namespaces
		root = elements(read(record.join(STREAM)))[0]
	else:		# must stand alone
		root = read(record)
	for item in [root] if root.name[1] == 'item' else items(root):
		yield item.attributes.get(('', 'id')), item


def compare_one(path, item, how):
	if not path:
		return ['not expected']
	try:
		return compare(read(path.read_bytes()), item, **how)
	except ValueError as e:
		return [str(e)]


def compare_lines(directory, output, **how):
	wanted = {path.stem: path for path in pathlib.Path(directory).glob('*.xml')}
	if not wanted:
		return ['%s: no *.xml there' % directory]
	found = []
	seen = set()
	lines, are_stanzas = records(output)
	for number, record in enumerate(lines, 1):
		try:
			for ident, item in record_items(record, are_stanzas):
				seen.add(ident)
				found += ['%s: %s' % (ident, d)
					for d in compare_one(wanted.get(ident), item, how)[:1]]
		except expat.ExpatError as e:
			found.append('record %d: %s: %s' % (number, e, ascii(record[:100])))
	return found + ['%s: missing' % ident for ident in sorted(wanted.keys() - seen)]


# --- self-test -----------------------------------------------------------------------------------

SAME, OTHER = True, False
SELF_TEST = (	# verdict, a, b, settings
	(SAME, "<a x='1' y='2'/>", '<a y="2" x="1"></a>', {}),
	(SAME, "<p:a xmlns:p='u' p:x='1'/>", "<a xmlns='u' xmlns:q='u' q:x='1'/>", {}),
	(SAME, '<a>x<!-- c -->y<![CDATA[<]]>&#122;<?p i?></a>', '<a>xy&lt;z</a>', {}),
	(SAME, "<item><a xmlns='u'/></item>",
		"<item xmlns='%s#event' id='1'><u:a xmlns:u='u'/></item>" % NS_PUBSUB, {}),
	(SAME, "<item>\n<a/>\n</item>", "<a/>", {}),
	(OTHER, "<item><item><a/></item></item>", "<item><a/></item>", {}),
	(SAME, '<a>%s</a>' % ('x' * 20000), '<a>x<![CDATA[x]]>&#120;%s</a>' % ('x' * 19997), {}),
	(OTHER, '<a/>', '<b/>', {}),
	(OTHER, "<a xmlns='u'/>", '<a/>', {}),
	(OTHER, "<a xmlns='u'><b xmlns=''/></a>", "<a xmlns='u'><b/></a>", {}),
	(OTHER, "<a xmlns:p='u' p:x='1'/>", "<a x='1'/>", {}),
	(OTHER, "<a x=''/>", '<a/>', {}),
	(OTHER, '<a/>', "<a x=''/>", {}),
	(OTHER, "<a xml:lang='de'/>", "<a xml:lang='en'/>", {}),
	(OTHER, "<a x='1&#9;2'/>", "<a x='1\t2'/>", {}),
	(OTHER, '<a>&#13;</a>', '<a>\r</a>', {}),
	(OTHER, '<a> </a>', '<a/>', {}),
	(OTHER, '<a> x</a>', '<a>x</a>', {}),
	(OTHER, "<item xmlns='u'><a xmlns=''/></item>", '<a/>', {}),
	(OTHER, '<a>x<b/></a>', '<a><b/>x</a>', {}),
	(OTHER, '<a><b/><c/></a>', '<a><c/><b/></a>', {}),
	(OTHER, '<a><b/></a>', '<a><b/><b/></a>', {}),
	(OTHER, '<a><b>1</b></a>', '<a><b>2</b></a>', {}),
	(OTHER, '<a>e\u0301</a>', '<a>\u00e9</a>', {}),
	(OTHER, '<a>&#x85;&#x2028;</a>', '<a>\n\n</a>', {}),
	(SAME, "<a xmlns:p='u' x='p:y'/>", "<a x='p:y'/>", {}),
	(OTHER, "<a xmlns:p='u' x='p:y'/>", "<a x='p:y'/>", {'qnames': True}),
	(OTHER, "<a xmlns:p='u'>p:y</a>", "<a xmlns:p='v'>p:y</a>", {'qnames': True}),
	(SAME, "<a xmlns:p='u' x='p:y' z='q:y http://p'/>", "<a xmlns:p='u' x='p:y' z='q:y http://p'/>",
		{'qnames': True}),
	(SAME, "<a x='&#9;&#10;&#13;'>&#13;&#13;&#10;</a>", "<a x='   '>\n\n</a>", {'server': 'prosody'}),
	(OTHER, '<a>&#10;&#9;</a>', '<a>  </a>', {'server': 'prosody'}),
	(SAME, "<a x='&#13;'>&#13;</a>", "<a x='&#13;'>\n</a>", {'server': 'ejabberd'}),
	(OTHER, "<a x='&#9;'/>", "<a x='\t'/>", {'server': 'ejabberd'}),
	(OTHER, "<a x='1  2'/>", "<a x='1 2'/>", {'server': 'prosody'}),
	(OTHER, "<a x=' '>&#10;</a>", "<a x='&#9;'>&#13;</a>", {'server': 'prosody'}),
	(SAME, "<a x='&#9;'>&#13;</a>", "<a x='&#9;'>&#13;</a>", {'server': 'prosody'}),
	(OTHER, "<a x='&#9;'/>", "<a x='&#10;'/>", {'server': 'prosody'}),
	(OTHER, '<a>&#13;&#10;</a>', '<a>&#13;</a>', {'server': 'prosody'}),
)


def self_test():
	"""Each row's verdict, both ways of stating equality, and --lines on a directory of its own."""
	failed = 0
	for verdict, a, b, how in SELF_TEST:
		if (not compare(read(a.encode()), read(b.encode()), **how)) is not verdict:
			print('self-test: %s %r %r %s' % ('differ:' if verdict else 'equal:', a, b, how))
			failed += 1
	return failed + self_test_lines()


def self_test_lines():
	import tempfile

	line = "<item xmlns='%s#event' id='%%s' node='n'>%%s</item>\n" % NS_PUBSUB
	stanza = "<message><event xmlns='%s#event'><items node='n'>%%s</items></event></message>\0" % NS_PUBSUB
	inner = "<x xmlns='u'>&#10;</x>"
	rows = (
		(SAME, line % ('1', inner) + line % ('2', '<item xmlns=""/>')),
		(SAME, 'READY\nitem\t1\tp@h\t%s\nretract\t1\nitem\t2\t\t<item/>\n' % inner),
		(SAME, line % ('2', '<item xmlns=""/>') + '<retract xmlns="%s#event" id="1" node="n"/>\n' % NS_PUBSUB
			+ line % ('1', inner)),
		(SAME, 'READY\n' + stanza % (line % ('1', inner.replace('&#10;', '\n')))
			+ stanza % (line % ('2', '<item xmlns=""/>'))),
		(OTHER, line % ('1', inner)),
		(OTHER, line % ('1', inner + '<z/>') + line % ('2', '<item xmlns=""/>')),
		(OTHER, line % ('1', inner) + line % ('2', '<item/>')),
		(OTHER, line % ('1', inner) + line % ('2', '<item xmlns=""/>') + line % ('3', '<item/>')),
		(OTHER, 'item\t1\t\t%s\nitem\t2\t\t\n' % inner),
		(OTHER, line % ('1', inner.replace('&#10;', ' ')) + line % ('2', '<item xmlns=""/>')),
		(OTHER, line % ('1', '<x xmlns="u">\n</x>') + line % ('2', '<item xmlns=""/>')),
		(OTHER, 'noise\n' + line % ('1', inner) + line % ('2', '<item xmlns=""/>')),
		(OTHER, ''),
	)
	failed = 0
	with tempfile.TemporaryDirectory() as directory:
		for name, text in ('1', inner), ('2', '<item><item/></item>'):
			(pathlib.Path(directory) / (name + '.xml')).write_text(text)
		for verdict, output in rows:
			same = not compare_lines(directory, output.encode())
			if same is not verdict:
				print('self-test: %s %r' % ('differ:' if verdict else 'equal:', output))
				failed += 1
	return failed


def main():
	p = argparse.ArgumentParser(usage=__doc__)
	p.add_argument('--server', choices=SPOILS, default='none')
	p.add_argument('--qnames', action='store_true')
	p.add_argument('--lines', action='store_true')
	p.add_argument('--self-test', action='store_true')
	p.add_argument('files', nargs='*')
	o = p.parse_args()
	if o.self_test:
		return 1 if self_test() else 0
	if len(o.files) != 2:
		p.error('two files are needed')
	how = {'server': o.server, 'qnames': o.qnames}
	a, b = (pathlib.Path('/dev/stdin' if f == '-' else f) for f in o.files)
	try:
		if o.lines:
			found = compare_lines(a, b.read_bytes(), **how)
		else:
			found = compare(read(a.read_bytes()), read(b.read_bytes()), **how)
	except (OSError, ValueError, expat.ExpatError) as e:
		print('infoset.py: %s' % e, file=sys.stderr)
		return 2
	for text in found:
		print(text)
	return 1 if found else 0


if __name__ == '__main__':
	sys.exit(main())
