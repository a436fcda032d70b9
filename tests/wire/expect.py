# SPDX-License-Identifier: MIT
"""What a row expects against what has come. Everything raises Wrong where they differ; what is
captured goes into the dictionary `found`."""

import re
import xml.etree.ElementTree as ET

from script import NAMESPACES, NS, form_type, plain, variable

NS_CLIENT = 'jabber:client'
CHILD = '{%s}%s'
DATA = '{jabber:x:data}'
PREFIXES = {'pubsub': NS + '#errors', 'commands': NAMESPACES['cmd']}


class Wrong(Exception):
	pass


def expect(condition, what):
	if not condition:
		raise Wrong(what)


def parse(text, namespace=NS_CLIENT):
	"""The elements of @text, which are in @namespace unless they say otherwise."""
	return list(ET.fromstring("<s xmlns='%s'>%s</s>" % (namespace, text)))


def parse_one(text, namespace=NS_CLIENT):
	elements = parse(text, namespace)
	expect(len(elements) == 1, 'one element is to be written: ' + text)
	return elements[0]


def wrapped(text, namespace):
	"""@text, in <pubsub/> unless it has a namespace of its own."""
	if re.match(r'<[\w-]+[^>]*\sxmlns=', text):
		return text
	return "<pubsub xmlns='%s'>%s</pubsub>" % (namespace, text)


def show(element):
	return ET.tostring(element, 'unicode')


# --- text, elements ---

def fits(pattern, text, found):
	"""Is @text what @pattern says? * stands for anything, {name=PATTERN} captures."""
	regex, names = '', []
	for part in re.split(r'(\*|\{\w+=[^{}]*\})', pattern):
		if part == '*':
			regex += '.*'
		elif re.fullmatch(r'\{\w+=[^{}]*\}', part):
			name, _, inner = part[1:-1].partition('=')
			names.append(name)
			regex += '(' + '.*'.join(map(re.escape, inner.split('*'))) + ')'
		else:
			regex += re.escape(part)
	match = re.fullmatch(regex, text, re.DOTALL)
	if match:
		found.update(zip(names, match.groups()))
	return match


def head(want, got, path, found):
	"""Name and attributes."""
	expect(want.tag == got.tag, '%s: it is %s' % (path, got.tag))
	for name, value in want.items():
		if value == '!':
			expect(got.get(name) is None, '%s: %s is there' % (path, name))
		else:
			expect(got.get(name) is not None and fits(value, got.get(name), found),
				'%s: %s is %r, not %r' % (path, name, got.get(name), value))


def same(want, got, found, ordered=True, path=''):
	"""@got is just what @want says, but for attributes that are not named."""
	path += '/' + want.tag.split('}')[-1]
	head(want, got, path, found)
	if not len(want) and want.text == '*':
		return
	if not len(want):
		expect(fits(want.text or '', got.text or '', found), '%s: it has the text %r' % (path, got.text))
	expect(len(want) == len(got), '%s: it has %d children, not %d' % (path, len(got), len(want)))
	if ordered:
		for a, b in zip(want, got):
			same(a, b, found, True, path)
	else:
		each(want, got, found, lambda a, b, f: same(a, b, f, False, path))


def holds(want, got, found, path=''):
	"""@got is what @want says, and more may be in it."""
	path += '/' + want.tag.split('}')[-1]
	head(want, got, path, found)
	if (want.text or '').strip():
		expect(fits(want.text, got.text or '', found) or want.text == '*',
			'%s: it has the text %r' % (path, got.text))
	each(want, got, found, lambda a, b, f: holds(a, b, f, path))


def each(wants, gots, found, check):
	"""Finds for each of @wants one of @gots that no other has."""
	left = list(gots)
	for want in wants:
		for got in left:
			if passes(check, want, got, found):
				left.remove(got)
				break
		else:
			raise Wrong('%s is not there' % show(want))


def passes(check, *arguments):
	"""Does check(..., found) pass? If not, nothing of it is left in found."""
	*given, found = arguments
	attempt = dict(found)
	try:
		check(*given, attempt)
	except Wrong:
		return False
	found.update(attempt)
	return True


# --- stanzas ---

def only_child(answer):
	expect(answer.get('type') == 'result', 'it is no result')
	expect(len(answer) == 1, 'it has %d children' % len(answer))
	return answer[0]


def check_result(answer, text, namespace, found, ordered=True):
	if text:
		same(parse_one(wrapped(text, namespace)), only_child(answer), found, ordered)
		return
	expect(answer.get('type') == 'result', 'it is no result')
	# A service may name in it what was asked for.
	expect(not len(answer) or (len(answer) == 1 and len(answer[0]) <= 1 and
		not any(len(e) for e in answer[0])), 'there is more in it')


def check_has(stanza, text, namespace, found, refused=False):
	expect(stanza.get('type') != 'error' or refused or 'error' in text, 'it is an error')
	for want in parse(text, namespace):
		candidates = [e for e in stanza.iter() if e.tag == want.tag]
		expect(candidates, '%s is not there' % want.tag)
		if len(candidates) == 1:
			holds(want, candidates[0], found)
		else:
			expect(any(passes(holds, want, c, found) for c in candidates),
				'%s is not there' % show(want))


def check_lacks(stanza, text, namespace, refused=False):
	"""None of an element's children is there; or it is not itself, where it names no children."""
	expect(stanza.get('type') != 'error' or refused, 'it is an error')
	for whole in parse(text, namespace):
		wants = list(whole) or [whole]
		if len(whole):
			expect(any(e.tag == whole.tag for e in stanza.iter()), '%s is not there' % whole.tag)
		for want in wants:
			for got in stanza.iter():
				expect(not passes(holds, want, got, {}), '%s is there' % show(want))


ERROR = re.compile(r'''(?P<kind>[a-z]+)\s+(?P<condition>[\w-]+)(?:='(?P<value>[^']*)')?(?P<rest>(?:\s\+\s.*)?)''',
	re.DOTALL)
SPECIAL = re.compile(r'(\w+):([\w-]+)(?:\[([^\]]*)\])?')


def check_error(answer, text, found):
	"""TYPE CONDITION[='TEXT'] [+ pubsub:NAME[ATTRIBUTE=VALUE]] [+ text[='TEXT']]"""
	want = ERROR.fullmatch(text)
	expect(want, 'this expectation has no sense: ' + text)
	expect(answer.get('type') == 'error', 'it is no error')
	error = answer.find(CHILD % (NS_CLIENT, 'error'))
	expect(error is not None, 'no error is in it')
	elements = {e.tag: e for e in error}
	human = elements.pop(CHILD % (NAMESPACES['stanzas'], 'text'), None)
	expect(error.get('type') == want['kind'], 'its type is %s' % error.get('type'))
	condition = elements.pop(CHILD % (NAMESPACES['stanzas'], want['condition']), None)
	expect(condition is not None, 'in it are %s' % list(elements))
	expect(want['value'] is None or fits(plain(want['value']), condition.text or '', found),
		'the condition has the text %r' % condition.text)
	for part in filter(None, want['rest'].split(' + ')):
		if part.strip().startswith('text'):
			expect(human is not None, 'no text says why')
			_, _, pattern = part.strip().partition('=')
			expect(not pattern or fits(plain(pattern[1:-1]), human.text or '', found),
				'the text is %r' % human.text)
		else:
			check_special(part.strip(), elements, found)
	expect(not elements, 'in it are besides %s' % list(elements))


def check_special(part, elements, found):
	match = SPECIAL.fullmatch(part)
	expect(match, 'this expectation has no sense: ' + part)
	prefix, name, attributes = match.groups()
	got = elements.pop(CHILD % (PREFIXES[prefix], name), None)
	expect(got is not None, 'in it are %s' % list(elements))
	wanted = dict(a.split('=', 1) for a in (attributes or '').split(',') if a)
	for key, value in wanted.items():
		expect(fits(value, got.get(key, ''), found), '%s is %r' % (key, got.get(key)))
	expect('feature' in wanted or got.get('feature') is None, 'it has feature %r' % got.get('feature'))


def check_features(stanza, text):
	"""disco#info has these features, and lacks those with a ! before them."""
	got = {f.get('var') for f in stanza.iter(CHILD % (NAMESPACES['info'], 'feature'))}
	expect(got, 'there are no features')
	for word in text.split():
		name = word.lstrip('!')
		name = name if ':' in name else NS + '#' + name
		expect((name in got) != word.startswith('!'),
			'%s is %s' % (name, 'there' if name in got else 'not there'))


# --- forms ---

CONDITION = re.compile(r'''\s*(?:(?P<lacks>!)(?P<absent>[^\s=:?']+) |
	(?P<name>[^\s=:?']+) (?: =\s*'(?P<value>[^']*)' | =(?P<word>[^\s']+) |
		:(?P<type>[\w-]+) | \?'(?P<options>[^']*)' | \?(?P<option>\S+) | (?P<there>) ))(?=\s|$)''',
	re.VERBOSE)


def check_form(stanza, text, found):
	"""A data form anywhere in @stanza, by conditions that tests/README.md lists."""
	form = next(stanza.iter(DATA + 'x'), None)
	expect(form is not None, 'there is no form')
	fields = {f.get('var'): f for f in form.iter(DATA + 'field') if f.get('var')}
	kind = value_of(fields['FORM_TYPE']) if 'FORM_TYPE' in fields else ''
	at = 0
	while text[at:].strip():
		match = CONDITION.match(text, at)
		expect(match, 'this condition has no sense: ' + text[at:])
		at = match.end()
		check_condition(match, form, fields, kind, found)


def value_of(field):
	return '|'.join(values_of(field))


def values_of(field):
	return [v.text or '' for v in field.findall(DATA + 'value')]


def check_condition(match, form, fields, kind, found):
	name = match['absent'] or match['name']
	wanted = plain(match['word'] if match['value'] is None else match['value']) \
		if match['word'] or match['value'] is not None else None
	if name == 'of':
		expect(kind == form_type(wanted), 'the form is a %s' % kind)
		return
	if name == 'type' and wanted is not None and wanted in ('form', 'result', 'submit', 'cancel'):
		expect(form.get('type') == wanted, 'the form is of type %s' % form.get('type'))
		return
	var = name if name in fields or not kind.startswith(NS) else variable(name, 'x')
	field = fields.get(var)
	if match['lacks']:
		expect(field is None, '%s is there' % var)
		return
	expect(field is not None, '%s is not among %s' % (var, list(fields)))
	if wanted is not None:
		check_values(var, [] if wanted == '()' else wanted.split('|'), values_of(field), found)
	elif match['type']:
		expect(field.get('type', 'text-single') == match['type'], '%s is %s' % (var, field.get('type')))
	elif match['options'] or match['option']:
		offered = [value_of(o) for o in field.findall(DATA + 'option')]
		for option in (match['options'] or match['option']).split('|'):
			expect((option.lstrip('!') in offered) != option.startswith('!'),
				'%s offers %s' % (var, offered))


def check_values(var, wanted, got, found):
	left = list(got)
	for want in wanted:
		fitting = next((g for g in left if fits(want, g, found)), None)
		expect(fitting is not None, '%s is %s' % (var, got))
		left.remove(fitting)
	expect(not left, '%s is %s' % (var, got))


# --- messages ---

def addressed(text):
	"""(address or None, the rest) of `to=JID XML`."""
	return re.fullmatch(r'(?:to=(\S+)\s+)?(.*)', text, re.DOTALL).groups()


def check_event(message, text, found):
	to, text = addressed(text)
	event = message.find(CHILD % (NAMESPACES['event'], 'event'))
	expect(event is not None, 'no event is in it')
	expect(not to or fits(to, message.get('to'), found), 'to is %r' % message.get('to'))
	same(parse_one("<event xmlns='%s'>%s</event>" % (NAMESPACES['event'], text)), event, found)


def check_stanza(stanza, text, found):
	holds(parse_one(text), stanza, found)


def check(stanza, expected, namespace, found):
	"""One stanza against all of a row's expectation; @namespace is that of what is asked for."""
	refused = False  # as a part before has said
	for part in re.split(r'\s&&\s', expected):
		kind, _, rest = part.strip().partition(' ')
		rest = rest.strip()
		if kind in ('result', 'unordered'):
			check_result(stanza, rest, namespace, found, kind == 'result')
		elif kind == 'has':
			check_has(stanza, rest, namespace, found, refused)
		elif kind == 'lacks':
			check_lacks(stanza, rest, namespace, refused)
		elif kind == 'features':
			check_features(stanza, rest)
		elif kind == 'form':
			check_form(stanza, rest, found)
		elif kind == 'event':
			check_event(stanza, rest, found)
		elif kind in ('message', 'presence', 'iq'):
			check_stanza(stanza, rest, found)
		else:
			check_error(stanza, part.strip(), found)
			refused = True


def check_either(stanza, expected, namespace, found, ours=True):
	"""Ours does what stands first; what follows behind || another's service may do as well."""
	first, *others = re.split(r'\s\|\|\s', expected)
	try:
		check(stanza, first, namespace, found)
	except Wrong:
		if ours or not any(passes(check, stanza, other.strip(), namespace, found) for other in others):
			raise
