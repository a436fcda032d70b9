#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The language of the wire scripts: what is expected is seen, and what differs is noticed."""

import tempfile

from expect import Wrong, check, check_either, parse_one
from script import NAMESPACES, NS, row, sections, substitute

ITEMS = ("<iq xmlns='jabber:client' type='result'><pubsub xmlns='%s'><items node='n'><item id='1'>"
	"<x xmlns='urn:x'>t</x></item><item id='2'/></items></pubsub></iq>" % NS)
EMPTY = "<iq xmlns='jabber:client' type='result'/>"
INFO = ("<iq xmlns='jabber:client' type='result'><query xmlns='%s'><feature var='%s#publish'/></query></iq>"
	% (NAMESPACES['info'], NS))
REFUSED = ("<iq xmlns='jabber:client' type='error'><error type='cancel'><gone xmlns='%s'>xmpp:a</gone>"
	"<unsupported xmlns='%s' feature='f'/><text xmlns='%s'>why</text></error></iq>"
	% (NAMESPACES['stanzas'], NAMESPACES['errors'], NAMESPACES['stanzas']))
MESSAGE = ("<message xmlns='jabber:client' from='s' to='a' type='headline'><event xmlns='%s'>"
	"<purge node='n'/></event><delay xmlns='urn:xmpp:delay' stamp='now'/></message>" % NAMESPACES['event'])
FORM = ("<iq xmlns='jabber:client' type='result'><x xmlns='jabber:x:data' type='form'>"
	"<field var='FORM_TYPE' type='hidden'><value>%s#node_config</value></field>"
	"<field var='pubsub#title'><value>a &lt; b</value></field><field var='pubsub#contact' type='jid-multi'/>"
	"<field var='pubsub#children' type='text-multi'><value>c</value><value>d</value></field>"
	"<field var='pubsub#access_model' type='list-single'><value>open</value><option><value>open</value></option>"
	"<option><value>roster</value></option></field></x></iq>" % NS)

SEEN = (
	(EMPTY, 'result'),
	(ITEMS, "result <items node='n'><item id='1'><x xmlns='urn:x'>t</x></item><item id='2'/></items>"),
	(ITEMS, "result <items node='*'><item>*</item><item id='2'/></items>"),
	(ITEMS, "unordered <items><item id='2'/><item id='1'>*</item></items>"),
	(ITEMS, "has <item id='1'/> && has <x xmlns='urn:x'/> && lacks <item id='3'/>"),
	(ITEMS, "has <items><item id='2'/></items>"),
	(ITEMS, "lacks <items><item id='3'/><retract/></items>"),
	(ITEMS, "has <items publisher='!'/>"),
	(INFO, 'features publish !get-pending'),
	(REFUSED, 'cancel gone + pubsub:unsupported[feature=f]'),
	(REFUSED, "cancel gone='xmpp:*' + pubsub:unsupported[feature=f] + text='w*'"),
	(REFUSED, "cancel gone + pubsub:unsupported[feature=f] && has <error xmlns='jabber:client'/>"),
	(REFUSED, "cancel gone + pubsub:unsupported[feature=f] && lacks <item id='1'/>"),
	(MESSAGE, "event <purge node='n'/>"),
	(MESSAGE, "event to=a <purge node='n'/> && has <delay xmlns='urn:xmpp:delay' stamp='*'/>"),
	(MESSAGE, "message <message type='headline'/> && lacks <body xmlns='jabber:client'/>"),
	(FORM, "form type=form of=node_config title='a &lt; b' children='d|c' contact='()' contact:jid-multi !body_xslt"),
	(FORM, "form title access_model=open access_model?'open|roster|!whitelist' pubsub#title='*'"),
)
NOTICED = (
	(ITEMS, 'result'),
	(EMPTY, "result <items node='n'/>"),
	(ITEMS, "result <items node='n'><item id='1'>*</item></items>"),
	(ITEMS, "result <items node='m'><item>*</item><item/></items>"),
	(ITEMS, "result <items><item id='2'/><item id='1'>*</item></items>"),
	(ITEMS, "result <items><item id='1'><x xmlns='urn:x'>u</x></item><item id='2'/></items>"),
	(ITEMS, "unordered <items><item id='1'>*</item><item id='1'>*</item></items>"),
	(ITEMS, "unordered <items><item id='1'>*</item></items>"),
	(ITEMS, "has <item id='3'/>"),
	(ITEMS, "has <items><item id='1'/><item id='1'/></items>"),
	(ITEMS, "has <item id='1' publisher='x'/>"),
	(ITEMS, "has <item id='1'><x xmlns='urn:x'>u</x></item>"),
	(ITEMS, "lacks <item id='1'/>"),
	(ITEMS, "lacks <items><item id='3'/><item id='1'/></items>"),
	(ITEMS, "lacks <affiliations><item id='3'/></affiliations>"),
	(REFUSED, "lacks <item id='1'/>"),
	(REFUSED, "has <item id='1'/>"),
	(ITEMS, "has <items node='!'/>"),
	(INFO, 'features get-pending'),
	(INFO, 'features !publish'),
	(EMPTY, 'features !publish'),
	(REFUSED, 'result'),
	(REFUSED, 'cancel gone'),
	(REFUSED, 'modify gone + pubsub:unsupported[feature=f]'),
	(REFUSED, 'cancel conflict + pubsub:unsupported[feature=f]'),
	(REFUSED, 'cancel gone + pubsub:unsupported[feature=g]'),
	(REFUSED, 'cancel gone + pubsub:unsupported'),
	(REFUSED, 'cancel gone + pubsub:unsupported[feature=f] + pubsub:closed-node'),
	(REFUSED, "cancel gone='xmpp:b' + pubsub:unsupported[feature=f]"),
	(REFUSED, "cancel gone + pubsub:unsupported[feature=f] + text='x*'"),
	(EMPTY, 'cancel gone'),
	(MESSAGE, "event <purge node='m'/>"),
	(MESSAGE, "event <purge node='n'/><purge node='n'/>"),
	(MESSAGE, "event to=b <purge node='n'/>"),
	(MESSAGE, "event <purge node='n'/> && lacks <delay xmlns='urn:xmpp:delay'/>"),
	(MESSAGE, "message <message type='normal'/>"),
	(MESSAGE, "message <message><body/></message>"),
	(FORM, "form title='a'"),
	(FORM, "form children='c'"),
	(FORM, "form children='c|d|d'"),
	(FORM, 'form contact contact:text-multi'),
	(FORM, 'form !title'),
	(FORM, 'form description'),
	(FORM, "form access_model?'whitelist'"),
	(FORM, "form access_model?'!open'"),
	(FORM, 'form type=submit'),
	(FORM, 'form of=meta-data'),
	(FORM, "form title='a &lt; b' nonsense="),
	(EMPTY, 'form title'),
	(EMPTY, 'nonsense'),
)


def passes(stanza, expected):
	try:
		check(parse_one(stanza), expected, NS if '<message' not in stanza else NAMESPACES['event'], {})
	except Wrong:
		return False
	return True


def captures():
	found = {}
	check(parse_one(ITEMS), "has <items node='{node=*}'><item id='{one=1*}'/></items>", NS, found)
	return found == {'node': 'n', 'one': '1'}


def either(stanza, expected, ours):
	try:
		check_either(parse_one(stanza), expected, NS, {}, ours)
	except Wrong:
		return False
	return True


def portable(text):
	"""Of each section in a script."""
	with tempfile.NamedTemporaryFile('w', suffix='.wire', encoding='utf-8') as f:
		f.write(text)
		f.flush()
		return [section.portable for section in sections(f.name)]


def written(text, wanted):
	return substitute(text, lambda name: '<%s>' % name, {'c': 'a<\'"&b'}) == wanted


def main():
	results = [('seen: ' + expected, passes(stanza, expected)) for stanza, expected in SEEN]
	results += [('noticed: ' + expected, not passes(stanza, expected)) for stanza, expected in NOTICED]
	results += [
		('captures', captures()),
		('variables', written('$S x {2*ab} {c} {d}', '<S> x abab a&lt;&apos;&quot;&amp;b {d}')),
		('a form', written("<form of='node_config' title='t' children='a|b' x='()'/>",
			"<x xmlns='jabber:x:data' type='submit'>"
			"<field var='FORM_TYPE' type='hidden'><value>%s#node_config</value></field>"
			"<field var='pubsub#title'><value>t</value></field>"
			"<field var='pubsub#children'><value>a</value><value>b</value></field>"
			"<field var='pubsub#x'></field></x>" % NS)),
		('a form without a type', written("<form type='cancel' a=''/>",
			"<x xmlns='jabber:x:data' type='cancel'><field var='a'><value></value></field></x>")),
		('what ours does, others may do', either(EMPTY, 'result || cancel gone', False)),
		('what others may do', either(EMPTY, 'cancel gone || modify gone || result', False)),
		('what others may do, ours may not', not either(EMPTY, 'cancel gone || result', True)),
		('what nobody may do', not either(EMPTY, 'cancel gone || modify gone', False)),
		('what any service can be asked', portable('== needs x\nA-1 | bob | | nothing\n== same\nA-1 | bob | | nothing\n')
			== [True, True]),
		('what ours alone can be asked', portable('== serve -x\n- | bob | | nothing\n== same\n- | bob | | nothing\n'
			'== restart\n- | bob | | nothing\n== ours\n- | bob | sql x |\n== ours\n- | service/aux | | nothing\n'
			'== mode account\n- | bob | | nothing\n') == [False] * 6),
		('a row', row(1, 'A-1 | bob |  | event <x a="|"/>').expected == 'event <x a="|"/>'),
	]
	for number, (name, good) in enumerate(results, 1):
		print('%s %d - %s' % ('ok' if good else 'not ok', number, name.replace('#', r'\#')))
	print('1..%d' % len(results))


if __name__ == '__main__':
	main()
