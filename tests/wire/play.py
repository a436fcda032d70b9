#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Plays wire scripts (tests/README.md) against a service. For each case it writes a line, `ok` or
`not ok` or `known` TAB FILE:LINE ROWS TAB WHY; the service under test is started by COMMAND.

Without COMMAND it is a server's own. That one is tried on our cases, too, where they need nothing but a
service: lines `like`, `unlike`, `not played`."""

import argparse
import fcntl
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'e2e', 'foreign'))

import cli
from expect import Wrong, check_either, check_event, expect
from people import User, iq_text
from script import NAMESPACES, NS, Malformed, sections, substitute
from service import Service

TRIAL = 1		# seconds that another's service has for one of our cases
LINGER = 0.2		# and for a message, once it has answered a request that was sent later
OFTEN = 10		# times that a request is sent which is to be refused soon
COMMON = ('alice', 'bob', 'carol', 'admin', 'service')	# the same accounts in all sections


class Stage:
	"""The service, and everybody who has logged in so far."""

	def __init__(self, o):
		self.o = o
		self.service = Service(o.command, o.folder, o.patience) if o.command else None
		self.users, self.accounts = {}, {}
		self.serial = 0
		self.going = False		# a section has begun that others may go on from
		self.found = {}

	# --- users ---

	def account(self, name):
		"""(bare JID, password) of a user; others than the common ones are the section's own."""
		if name == 'admin' and self.o.admin:
			return tuple(self.o.admin.split('=', 1))
		local = '%s-%s' % (name, self.o.suffix)
		if name not in COMMON:
			local += '-%d' % self.serial
		return local + '@' + self.o.domain, 'password-of-' + name

	def login(self, who):
		name, _, resource = who.partition('/')
		jid, password = self.account(name)
		if jid not in self.accounts:
			if not (name == 'admin' and self.o.admin):
				subprocess.run([self.o.server_script, 'adduser', self.o.server_dir,
					jid.partition('@')[0], password], check=True)
			self.accounts[jid] = True
		return User(self.o, self.o.service, '%s/%s' % (jid, resource or 'wire'), password)

	def key(self, who):
		"""A user's name that no other section's user has."""
		name, _, resource = who.partition('/')
		return '%s/%s' % (self.account(name)[0], resource or 'wire')

	def user(self, who):
		key = self.key(who)
		if key not in self.users:
			self.users[key] = self.login(who)
		return self.users[key]

	def gather(self, section):
		"""All of a section's users are there before its first row, as events come to who is there;
		others are not available."""
		here = {self.key(who): who for who in section.users() if who != '-'}
		for key, user in self.users.items():
			if user.available and key not in here:
				user.presence('unavailable')
		for key, who in here.items():
			user = self.user(who)
			if who in section.absent or who == 'service/aux':
				user.presence('unavailable')
			elif not user.available:
				user.presence('available')

	# --- sections ---

	def begin(self, section):
		start = section.start if self.going else 'fresh'	# where what it goes on from is not played
		if start == 'fresh':
			self.serial += 1
			self.found = {}
		self.gather(section)
		if self.service and start != 'same':
			self.service.start(['--admin', self.variable('admin')] +
				[self.fill(option) for option in section.options], start == 'fresh')
		self.going = True
		for who in section.users():
			if who != '-':
				self.user(who).meet()
		for user in self.users.values():
			user.begin()

	def end(self):
		return self.service.stop() if self.service else None

	def offers(self, feature):
		"""Is it in disco#info?"""
		info, _ = iq_text("get <query xmlns='%s'/>" % NAMESPACES['info'])
		feature = feature if ':' in feature else NS + '#' + feature
		return any(e.get('var') == feature for e in self.user('alice').request(info).iter())

	# --- what is written in a row ---

	def variable(self, name):
		o = self.o
		fixed = {
			'N': 'node-%s-%d' % (o.suffix, self.serial),
			'S': o.service,
			'D': o.domain,
			'SHOST': o.service.partition('/')[0].rpartition('@')[2],
			'service': o.service.partition('/')[0],
		}
		if name in fixed:
			return fixed[name]
		if name in NAMESPACES:
			return NAMESPACES[name]
		if not re.fullmatch('[a-z][a-z0-9]*|[A-Z][A-Z0-9]*', name):
			raise Malformed('no variable $%s' % name)
		jid = self.account(name.lower())[0]
		return jid.upper() if name.isupper() else jid

	def fill(self, text):
		return substitute(text, self.variable, self.found)

	# --- rows ---

	def play(self, row):
		sent, expected = self.fill(row.sent), self.fill(row.expected)
		verb, _, rest = sent.partition(' ')
		action = getattr(self, 'do_' + verb, None)
		if action:
			action(row.who, rest.strip())
			if expected not in ('', 'result'):
				self.listen(self.user(row.who), expected)
			return
		user = self.user(row.who)
		if verb == 'insist':
			self.insist(user, rest.strip(), expected)
		elif not sent:
			self.listen(user, expected)
		elif re.match('<(message|presence)', sent):
			user.raw(sent)
			if expected:
				self.listen(user, expected, 'presence' if sent.startswith('<presence') else 'message')
			else:
				user.meet()
		elif re.match('<iq|(own-)?[gs]et ', sent):
			text, namespace = iq_text(sent)
			shown(user.request(text), expected, namespace, self.found, self.service is not None)
		else:
			raise Malformed('nobody can "%s"' % verb)

	def insist(self, user, sent, expected):
		"""Where time may have passed: until it is refused."""
		text, namespace = iq_text(sent)
		for _ in range(OFTEN):
			answer = user.request(text)
			if answer.get('type') == 'error':
				break
		shown(answer, expected, namespace, self.found, self.service is not None)

	def listen(self, user, expected, kind='message'):
		word, _, rest = expected.partition(' ')
		if word == 'nothing':
			user.nothing()
		elif word == 'drop':
			user.meet()
			user.waiting['message'].clear()
		elif word == 'ids':
			ids = [i for u in self.users.values() for i in u.ids]
			expect(ids and None not in ids and len(ids) == len(set(ids)), 'they are %s' % ids)
		elif word == 'headlines':
			expect(set(user.types) == {'headline'}, 'they are %s' % user.types)
		elif word == 'events':
			self.events(user, [e.strip() for e in re.split(r'\s;\s', rest)])
		elif word == 'iq':
			user.asked = user.next('iq')
			expected = expected if rest.strip().startswith('<iq') else \
				'iq <iq type="get">%s</iq>' % rest.strip()
			shown(user.asked, expected, NAMESPACES['ns'], self.found)
		elif word == 'presence':
			kind = re.match(r"""<presence[^>]*\stype=['"]([^'"]*)""", rest.strip())
			shown(user.next('presence', lambda p: not kind or (p.get('type') or '!') == kind[1]),
				expected, NAMESPACES['event'], self.found)
		else:
			stanza = user.message() if kind == 'message' else user.next(
				'presence', lambda p: p.get('type') == 'error')
			shown(stanza, expected, NAMESPACES['event'], self.found)

	def events(self, user, wanted):
		"""As many messages, in any order."""
		left = [user.message() for _ in wanted]
		for want in wanted:
			for message in left:
				attempt = dict(self.found)
				try:
					check_event(message, want, attempt)
				except Wrong:
					continue
				self.found.update(attempt)
				left.remove(message)
				break
			else:
				raise Wrong('%s is not among %s' % (want, ' '.join(m.get('text') for m in left)))

	def do_available(self, who, text):
		self.user(who).presence('available', text)

	def do_unavailable(self, who, text):
		self.user(who).presence('unavailable', text)

	def do_follows(self, who, other):
		self.user(who).follows(self.user(other))

	def do_approved(self, who, jid):
		self.user(who).until_roster(jid, ('to', 'both'))

	def do_refused(self, who, jid):
		self.user(who).until_roster(jid, ('none', 'from'), False)

	def do_roster(self, who, text):
		self.user(who).own('set', "<query xmlns='%s'>%s</query>" % (NAMESPACES['roster'], text))

	def do_answer(self, who, text):
		self.user(who).answer(text)

	def do_refuse(self, who, text):
		kind, condition = text.split()
		self.user(who).answer("<error type='%s'><%s xmlns='%s'/></error>" % (kind, condition,
			NAMESPACES['stanzas']), 'error')

	def do_quit(self, who, _text):
		self.users.pop(self.key(who)).close()

	def do_wait(self, _who, seconds):
		signal.alarm(self.o.patience + int(float(seconds)))
		time.sleep(float(seconds))

	def do_sql(self, _who, statement):
		"""What the protocol cannot do yet."""
		store = os.path.join(self.o.folder, 'wire-%d.sqlite3' % self.service.stores)
		with sqlite3.connect(store, timeout=10) as db:
			db.execute(statement)


def shown(stanza, expected, namespace, found, ours=True):
	try:
		check_either(stanza, expected, namespace, found, ours)
	except Wrong as e:
		raise Wrong('%s; got: %s' % (e, stanza.get('text')[:2000])) from None


# --- results ---

class Report:
	"""A line for each case on standard output, and in the results that scripts/coverage reads."""

	def __init__(self, o):
		self.o = o
		self.lines = []
		self.known = {}		# (file, rows): why the reference service does it another way
		self.used = set()
		if o.known:
			with open(os.path.join(HERE, 'reference.tsv'), encoding='utf-8') as f:
				for line in f:
					server, name, rows, why = line.rstrip('\n').split('\t')
					if server == o.known:
						self.known[name, rows] = why

	def why_known(self, section, row):
		key = base(section.path), row.ids
		self.used.add(key)
		return self.known.get(key)

	def check_known(self, names):
		for name, rows in self.known:
			if name in names and (name, rows) not in self.used:
				cli.line('not ok', 'reference.tsv names a case', '%s %s' % (name, rows))

	def add(self, section, row, verdict, why=''):
		name = base(section.path)
		if row.ids == '-' and verdict != 'not ok' and not why:
			return
		self.lines.append((name, row.line, row.ids, verdict))
		cli.line(verdict, '%s:%d %s' % (name, row.line, row.ids), cli.one_line(why))

	def save(self, names):
		"""In place of what the same run has said of these files before."""
		if not self.o.results:
			return
		os.makedirs(os.path.dirname(self.o.results) or '.', exist_ok=True)
		with open(self.o.results, 'a+', encoding='utf-8') as f:
			fcntl.flock(f, fcntl.LOCK_EX)
			f.seek(0)
			head = self.o.run.split('/')
			kept = [line for line in f
				if line.split('\t')[:2] != head or line.split('\t')[2] not in names]
			f.seek(0)
			f.truncate()
			f.writelines(kept)
			f.writelines('\t'.join([*head, *map(str, line)]) + '\n' for line in self.lines)


def base(path):
	return os.path.basename(path).removesuffix('.wire')


def give_up(*_):
	raise Wrong('nothing has come in time')


WRONG = (Wrong, Malformed, ET.ParseError, OSError, KeyError, ValueError)


def refusal(row, e):
	return '%s sent: %s; expected: %s; %s' % (row.who, row.sent or '-', row.expected,
		e if str(e) else repr(e))


def begin(stage, section):
	"""None, or why the section cannot be played."""
	signal.alarm(4 * stage.o.patience)
	try:
		stage.begin(section)
		return None
	except (*WRONG, RuntimeError) as e:
		return 'the section does not begin: %s' % e
	finally:
		signal.alarm(0)


def play_section(stage, section, report):
	trouble = begin(stage, section)
	for row in section.rows:
		if trouble:
			report.add(section, row, 'not ok', trouble)
			continue
		signal.alarm(stage.o.patience)
		known = report.why_known(section, row)
		try:
			if known and row.expected.startswith('event'):
				stage.user(row.who).meet()	# no need to wait for what will not come
				expect(stage.user(row.who).waiting['message'], 'no message has come')
			stage.play(row)
			report.add(section, row, 'ok')
		except WRONG as e:
			report.add(section, row, 'known' if known else 'not ok', known or refusal(row, e))
			if isinstance(e, OSError):
				stage.users.pop(stage.key(row.who), None)
		finally:
			signal.alarm(0)


def try_row(stage, row):
	signal.setitimer(signal.ITIMER_REAL, TRIAL)
	if not row.sent and re.match('event|message|presence|iq', row.expected):
		stage.user(row.who).meet()
		signal.setitimer(signal.ITIMER_REAL, LINGER)
	stage.play(row)


def try_section(stage, section, report):
	"""Our cases on another's service: what it does otherwise is noted, and no failure. Nothing is played
	after a step that leads up to cases and fails, nor what is to come of a request that fails."""
	trouble, refused = begin(stage, section), False
	if section.needs and not trouble and not stage.offers(section.needs):
		trouble = 'there is no ' + section.needs
	for row in section.rows:
		refused = refused and not row.sent
		if trouble or (refused and row.expected != 'drop'):
			report.add(section, row, 'not played', trouble or 'the request before it fails')
			continue
		try:
			try_row(stage, row)
			report.add(section, row, 'like')
		except WRONG as e:
			if row.ids == '-':
				trouble = 'before it: ' + refusal(row, e)
			report.add(section, row, 'unlike', refusal(row, e))
			refused = row.sent != '' and not re.match(r'(own-)?get\s', row.sent)
			if isinstance(e, OSError):
				stage.users.pop(stage.key(row.who), None)
		finally:
			signal.alarm(0)
	return not trouble


def play_file(stage, path, report):
	wanted = [s for s in sections(path) if s.mode in ('', stage.o.mode)
		and (stage.service or s.reach == 'any' or s.portable)]
	good = True		# as far as a section that goes on from one before it needs it
	for i, section in enumerate(wanted):
		if stage.service or section.reach == 'any':
			play_section(stage, section, report)
		elif section.start == 'fresh' or good:
			good = try_section(stage, section, report)
		if i + 1 < len(wanted) and wanted[i + 1].start == 'same':
			continue
		stage.going = i + 1 < len(wanted) and wanted[i + 1].start == 'restart'
		trouble = stage.end()
		if trouble:
			cli.line('not ok', '%s:%d the service ends well' % (base(path), section.line),
				cli.one_line(trouble))


def main():
	p = argparse.ArgumentParser(description=__doc__)
	env = os.environ.get
	p.add_argument('--service', required=True, help='its JID')
	p.add_argument('--mode', required=True, choices=['account', 'component'])
	p.add_argument('--run', required=True, metavar='SERVER/KIND', help='whose results these are')
	p.add_argument('--known', metavar='SERVER', help='the reference service of this server is played')
	p.add_argument('--suffix', required=True, help='of the names of users and nodes')
	p.add_argument('--domain', default='localhost')
	p.add_argument('--admin', metavar='JID=PASSWORD', help='where it is not an account like others')
	p.add_argument('--folder', required=True, help='for stores')
	p.add_argument('--results', help='the file that results are put into')
	p.add_argument('--server-script', required=True)
	p.add_argument('--server-dir', default=env('XMPP_DIR'))
	p.add_argument('--port', type=int, default=env('XMPP_PORT'))
	p.add_argument('--ca', default=env('XMPP_CA'))
	p.add_argument('--patience', type=int, default=env('E2E_PATIENCE', 30))
	p.add_argument('--files', nargs='+', required=True)
	p.add_argument('command', nargs='*')
	arguments = sys.argv[1:]
	command = []
	if '--' in arguments:
		at = arguments.index('--')
		arguments, command = arguments[:at], arguments[at + 1:]
	o = p.parse_args(arguments)
	o.command = command
	signal.signal(signal.SIGALRM, give_up)
	stage, report = Stage(o), Report(o)
	try:
		for path in o.files:
			play_file(stage, path, report)
	finally:
		stage.end()
	names = {base(path) for path in o.files}
	report.check_known(names)
	report.save(names)


if __name__ == '__main__':
	main()
