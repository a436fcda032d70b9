# SPDX-License-Identifier: MIT
"""What the lists of calls share: X_calls.py makes every pubsub call that the library X offers.

A step makes calls of the library, as an application would, and looks at what the library makes of
the answers. It names the calls that it is about; that they were made is checked, and so is, at the end,
that each public call of the library is named by a step, or left out for a reason.

Two users play: `own`, who may create nodes, and `other`. Each step has nodes of its own.

Results are lines: `pass TAB STEP`; `fail TAB STEP TAB WHY`; `skip TAB STEP TAB WHY` where the service does
not say in disco#info that it has what the step needs, or where it is known to do it another way.
"""

import argparse
import functools
import inspect
import itertools
import pathlib

import cli

NS = cli.NS_PUBSUB
STEP_SECONDS = 15
KNOWN_SECONDS = 3	# for a step that is known to fail


class Calls:
	def __init__(self, library):
		self.library = library
		self.steps = []
		self.offered = set()
		self.left_out = {}
		self.made = set()

	def offers(self, prefix, owner, private=()):
		"""Takes all public functions of a class for calls, `PREFIX.NAME`, and some private ones."""
		for name, function in list(vars(owner).items()):
			if inspect.isfunction(function) and (name in private or not name.startswith('_')):
				setattr(owner, name, self.watched('%s.%s' % (prefix, name), function))

	def watched(self, name, function):
		self.offered.add(name)

		@functools.wraps(function)
		def call(*args, **kw):
			self.made.add(name)
			return function(*args, **kw)

		return call

	def without(self, reason, *names):
		self.left_out.update((name, reason) for name in names)

	def step(self, name, *calls, needs=()):
		"""The decorated coroutine is a step; @needs are features, those of pubsub by their short names."""
		def add(function):
			self.steps.append((name, calls, (needs,) if isinstance(needs, str) else needs, function))
			return function

		return add

	async def play(self, t, bounded):
		"""Plays all steps with @t; @bounded awaits a coroutine, but only so many seconds."""
		known = read_known(t.reference, self.library)
		t.nodes = ('%s-%d' % (t.node, n) for n in itertools.count(1))
		t.features = set(await t.ask_features())
		for name, calls, needs, function in self.steps:
			missing = [f for f in needs if not t.has(f)]
			if missing:
				cli.line('skip', name, 'the service has no %s' % missing[0])
				continue
			self.made.clear()
			try:
				await bounded(function(t), KNOWN_SECONDS if name in known else STEP_SECONDS)
				not_made = set(calls) - self.made
				assert not not_made, 'not made: %s' % ', '.join(sorted(not_made))
			except Exception as e:
				if name in known:
					cli.line('skip', name, '%s: %s' % (t.reference, known[name]))
				else:
					cli.line('fail', name, cli.one_line('%s: %s' % (type(e).__name__, e or repr(e))))
			else:
				cli.line('pass', name)
		self.check_complete(known)

	def check_complete(self, known):
		named = {c for _, calls, _, _ in self.steps for c in calls}
		for what, wrong in (
			('every call of the library is made, or left out for a reason',
				self.offered - named - self.left_out.keys()),
			('... and no other is named', (named | self.left_out.keys()) - self.offered),
			('... nor made and left out', named & self.left_out.keys()),
			('what is known of reference services is about steps', known.keys() - {s[0] for s in self.steps}),
		):
			cli.line(*(('fail', what, ', '.join(sorted(wrong))) if wrong else ('pass', what)))


class Test:
	"""What a step is given. A library's own kind knows how to ask for features."""

	def __init__(self, o):
		self.service, self.node, self.reference = o.service, o.node, o.reference

	def has(self, feature):
		return (feature if ':' in feature else '%s#%s' % (NS, feature)) in self.features

	def new_node(self):
		return next(self.nodes)


def read_known(server, library):
	"""Step: reason, of what @server's own pubsub service is known to do another way."""
	with open(pathlib.Path(__file__).with_name('reference.tsv'), encoding='utf-8') as f:
		rows = [line.rstrip('\n').split('\t') for line in f if line.strip() and line[0] != '#']
	return {step: why for row_server, row_library, step, why in rows
		if (row_server, row_library) == (server, library)}


def options(description):
	p = cli.parser(description, verbs=False)
	p.add_argument('--other', help='the other account')
	p.add_argument('--other-password')
	p.add_argument('--reference', metavar='SERVER', help='it is this server\'s own service')
	p.set_defaults(timeout=240)
	return cli.parse(p)


def as_other(o):
	"""The same options, for the other account."""
	return argparse.Namespace(**{**vars(o), 'jid': o.other, 'password': o.other_password})


def same(got, wanted):
	assert got == wanted, 'got %r, wanted %r' % (got, wanted)


def within(wanted, got):
	assert wanted in got, '%r is not in %r' % (wanted, got)
