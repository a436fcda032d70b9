#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How fast the service is, beside the servers' own services and a floor.

Everything runs on private servers on loopback, and all that is compared is measured in turns, round
by round: what stands in the table are medians, and a ratio is the median of the ratios of the rounds.
The exit status is 1 where a target is missed.
"""
import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import time

from bench_servers import Failure, ITEMS_MAX, ROOT, Stage

SERVERS = ['prosody', 'ejabberd']
WINDOW = {10: 128, 100: 16, 1000: 4}	# publishes on their way, by number of subscribers


class Report:
	"""The table, the TSV, and the targets."""

	def __init__(self, tsv):
		self.tsv = open(tsv, 'w') if tsv else None
		self.missed = 0

	def row(self, *fields):
		if self.tsv:
			print(*fields, sep='\t', file=self.tsv, flush=True)

	def title(self, text):
		print('\n%s' % text, flush=True)

	def value(self, name, value, unit):
		print('       %-66s %12s %s' % (name, plain(value), unit), flush=True)
		self.row(name, plain(value), unit)

	def target(self, name, value, limit, least):
		"""Is it at least, or at most, so many times as much?"""
		holds = value >= limit if least else value <= limit
		self.missed += not holds
		sign = '>=' if least else '<='
		print('%-6s %-66s %12s %s %s' % ('holds' if holds else 'MISSED', name, '%.2f' % value, sign,
			plain(limit)), flush=True)
		self.row(name, '%.3f' % value, 'times', sign, plain(limit), 'holds' if holds else 'missed')


def plain(value):
	return '%d' % value if value == int(value) or abs(value) >= 1000 else '%.3g' % value


def ratio(a, b):
	"""Of rounds that were measured side by side."""
	return statistics.median(x / y for x, y in zip(a, b) if y)


def in_turns(rounds, contenders, measure):
	"""For each contender, what @measure says of it in each round; who is first changes."""
	results = [[] for _ in contenders]
	for i in range(rounds):
		for k in range(len(contenders)):
			n = (i + k) % len(contenders)
			results[n].append(measure(contenders[n]))
	return results


def calibrate(o, window, publish):
	"""How many publishes take as long as a measurement should."""
	n = window + 2
	publish(n, max(2, window // 2))
	return max(n, round(n * o.length / 1000 / publish(n, window)))


def medians(results):
	return [statistics.median(column) for column in zip(*results)]


def column(results, n):
	return [r[n] for r in results]


# Fan-out

def fanout_contenders(stage, server, o):
	"""Mode and service."""
	yield from ((mode, kind(server, mode)) for mode in ('component', 'account')
		for kind in (stage.floor, stage.ours))
	yield '', stage.reference(server)
	if o.wokkel:
		yield '', stage.wokkel(server, 'first')


def fanout_case(report, server, contenders, o, subscribers, size):
	node, window = 'fanout-%d-%d' % (subscribers, size), WINDOW[subscribers]
	counts = {}

	def measure(contender):
		n = counts[contender]
		seconds, used = contender[1].publish(node, n, window, size, subscribers)[:2]
		return n * subscribers / seconds, used / n / subscribers * 1e6

	for contender in contenders:
		service = contender[1]
		# What a publish costs Prosody's own grows with the items that there are.
		service.node(node, 10 if service.name == 'own' else ITEMS_MAX)
		service.subscribe(node, subscribers)
		counts[contender] = calibrate(o, window,
			lambda n, window: service.publish(node, n, window, size, subscribers)[0])
	results = in_turns(o.rounds, contenders, measure)
	found = {(mode, service.name): r for (mode, service), r in zip(contenders, results)}
	title = '%s, %d subscribers, %d bytes' % (server.kind, subscribers, size)
	for (mode, name), r in found.items():
		rate, used = medians(r)
		who = ('%s %s' % (name, mode)).strip()
		report.value('fan-out, %s: %s' % (title, who), rate, '1/s')
		if name != 'own':
			report.value('... CPU of %s for a notification' % who, used, 'us')
	for mode in ('component', 'account'):
		ours, floor = found[mode, 'ours'], found[mode, 'floor']
		report.target('fan-out, %s: rate, %s to floor' % (title, mode),
			ratio(column(ours, 0), column(floor, 0)), 0.95, True)
		if subscribers < 100:
			continue
		if server.kind == 'ejabberd':
			# Of one message to many, nearly nothing is left for the floor to do.
			report.target('fan-out, %s: rate, %s to ejabberd\'s own' % (title, mode),
				ratio(column(ours, 0), column(found['', 'own'], 0)), 1, True)
			continue
		report.target('fan-out, %s: CPU, %s to floor' % (title, mode),
			ratio(column(ours, 1), column(floor, 1)), 4, False)
		if ('', 'wokkel') in found and mode == 'component':
			report.target('fan-out, %s: CPU, %s to Wokkel' % (title, mode),
				ratio(column(ours, 1), column(found['', 'wokkel'], 1)), 0.1, False)


def fanout(report, o):
	"""Delivered notifications, and CPU for each."""
	with Stage(o.build, o.servers) as stage:
		stage.lean = o.lean
		for server in stage.servers.values():
			contenders = list(fanout_contenders(stage, server, o))
			for subscribers in o.subscribers:
				for size in (200, 4096):
					fanout_case(report, server, contenders, o, subscribers, size)


def digest(report, o):
	"""Items to subscribers who take digests of what piles up, beside Prosody's notifications."""
	with Stage(o.build, [kind for kind in o.servers if kind == 'prosody']) as stage:
		for server in stage.servers.values():
			ours, own = stage.ours(server), stage.reference(server)
			for subscribers in (n for n in o.subscribers if n >= 100):
				# As much is on its way as makes something pile up.
				node, window, counts = 'digest-%d' % subscribers, 4 * WINDOW[subscribers], {}

				def measure(service):
					n = counts[service]
					return n * subscribers / service.publish(node, n, window, 200, subscribers)[0]

				for service in (ours, own):
					service.node(node, 10 if service is own else ITEMS_MAX)
					(service.subscribe if service is own else service.digest)(node, subscribers)
					counts[service] = calibrate(o, window,
						lambda n, window: service.publish(node, n, window, 200, subscribers)[0])
				results = in_turns(o.rounds, [ours, own], measure)
				for service, r in zip((ours, own), results):
					report.value('digests, %s, %d subscribers: %s' % (server.kind, subscribers, service.name),
						statistics.median(r), 'items/s')
				report.target('digests, %s, %d subscribers: to its own notifications' % (server.kind, subscribers),
					ratio(*results), 1, True)


# Publishing

def sync_time(folder, rounds=50):
	"""Median seconds of fdatasync() after a page has been written, as at a commit."""
	path = os.path.join(folder, 'sync')
	page, times = b'x' * 4096, []
	fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
	try:
		os.write(fd, page * rounds)
		os.fsync(fd)
		for i in range(rounds):
			os.pwrite(fd, page, i * len(page))
			before = time.perf_counter()
			os.fdatasync(fd)
			times.append(time.perf_counter() - before)
	finally:
		os.close(fd)
		os.unlink(path)
	return statistics.median(times)


def rate_of(services, o):
	"""Publishes a second of each with 256 on their way, into a node of 1,000 items."""
	counts = {}

	def measure(service):
		return counts[service] / service.publish('full', counts[service], 256, 200, 0)[0]

	for service in services:
		service.node('full', 1000)
		service.publish('full', 1000, 64, 200, 0)
		counts[service] = calibrate(o, 256,
			lambda n, window: service.publish('full', n, window, 200, 0)[0])

	return in_turns(o.rounds, services, measure)


def publish_rate(report, stage, o):
	services = [s for server in stage.servers.values() for s in (
		stage.ours(server), stage.ours(server, name='memory', store='memory:'))]
	# Prosody's own takes minutes to get that full.
	if 'ejabberd' in stage.servers:
		services.append(stage.reference(stage.servers['ejabberd']))
	found = {(s.server.kind, s.name): r for s, r in zip(services, rate_of(services, o))}
	for (kind, name), r in found.items():
		report.value('publishes, 256 on their way, %s: %s' % (kind, name), statistics.median(r), '1/s')
	for kind in stage.servers:
		report.target('publishes, %s: ours to memory' % kind, ratio(found[kind, 'ours'], found[kind, 'memory']),
			0.8, True)
		if 'ejabberd' in stage.servers:
			report.target('publishes, %s: ours to ejabberd\'s own' % kind,
				ratio(found[kind, 'ours'], found['ejabberd', 'own']), 5, True)


def publish_latency(report, stage, o):
	for server in stage.servers.values():
		services = [stage.floor(server, 'component'), stage.ours(server, name='full'), stage.reference(server)]
		for service in services:
			service.node('one-1-200', 10 if service.name == 'own' else ITEMS_MAX)
			service.subscribe('one-1-200', 1)
			service.publish('one-1-200', 400, 1, 200, 1)	# its log has its size

		def measure(service):
			_, _, answer, last = service.publish('one-1-200', o.singles, 1, 200, 1)
			return answer, last, sync_time(stage.folder)

		results = in_turns(o.rounds, services, measure)
		for service, r in zip(services, results):
			answer, last, _ = medians(r)
			report.value('publish, one at a time, %s: %s, to the answer' % (server.kind, service.name),
				answer * 1e6, 'us')
			report.value('... to the notification', last * 1e6, 'us')
		floor, ours = results[:2]
		commit = statistics.median(column(floor, 2) + column(ours, 2))
		report.value('... fdatasync()', commit * 1e6, 'us')
		for n, what in enumerate(('answer', 'notification')):
			allowed = [1.3 * f[n] + commit for f in floor]
			report.target('publish, %s: to the %s, to 1.3 floors and a commit' % (server.kind, what),
				ratio(column(ours, n), allowed), 1, False)


def durable(report, o):
	"""Publishing, persisted and durable."""
	with Stage(o.build, o.servers) as stage:
		publish_rate(report, stage, o)
		publish_latency(report, stage, o)


# Reading

def read(report, o):
	"""The newest 1,000 items, and pages of 100 through all of them."""
	with Stage(o.build, o.servers) as stage:
		services = [s for server in stage.servers.values()
			for s in (stage.ours(server), stage.reference(server))]
		for service in services:
			n = o.items
			if service.name == 'own':
				n = o.own_items if service.server.kind == 'ejabberd' else 1000
			service.node('read', n)
			service.publish('read', n, 256, 200, 0)
			report.value('read, %s: %s has' % (service.server.kind, service.name), n, 'items')

		def newest(service):
			seconds, n = service.load('items', service.address, 'read', 1000)
			return n / seconds, n

		def paged(service):
			# None on some: it has no pages, and answers with all.
			seconds, n, _ = service.load('pages', service.address, 'read', 100, o.items // 100, o.seconds,
				'first')
			return n / seconds, n

		for what, measure in (('newest 1000', newest), ('pages', paged)):
			results = in_turns(o.rounds, services, measure)
			found = {(s.server.kind, s.name): column(r, 0) for s, r in zip(services, results)}
			for service, r in zip(services, results):
				rate, n = medians(r)
				report.value('read, %s, %s: %s (%d items)' % (what, service.server.kind, service.name, n),
					rate, 'items/s')
			best = max((k for k in found if k[1] == 'own'), key=lambda k: statistics.median(found[k]))
			for kind in stage.servers:
				report.target('read, %s, %s: to the faster own service (%s)' % (what, kind, best[0]),
					ratio(found[kind, 'ours'], found[best]), 1, True)


# What must not grow

def fill(stage, store, items, node='flat'):
	subprocess.run([stage.program('bench_fill_items'), store, node, str(items), '200'], check=True)


def flat(report, o):
	"""A publish, a retract and a page in a node of many items, and in one of 1,000."""
	with Stage(o.build, o.servers[:1]) as stage:
		server = stage.servers[o.servers[0]]
		services, sizes = [], {'ours': 1000, 'full': o.many}
		for name, size in sizes.items():
			store = stage.path(name + '.sqlite3')
			fill(stage, store, size)	# a publish drops the oldest
			fill(stage, store, size, 'less')
			services.append(stage.ours(server, name=name, store=store))
		random.seed(60)
		retracted = {name: 1 + size // 4 for name, size in sizes.items()}
		def publish_one(service):
			return service.publish('flat', o.steps, 1, 200, 0)[2]

		def retract(service):
			first = retracted[service.name]
			retracted[service.name] += o.steps
			return service.load('retract', service.address, 'less', first, o.steps)[0]

		def pages(where):
			def measure(service):
				return service.load('pages', service.address, 'flat', 100, 5, o.seconds, where)[2]
			return measure

		def page_somewhere(service):
			size, times = sizes[service.name], []
			for _ in range(5):
				place = '@%d' % random.randrange(size // 10, size * 8 // 10)
				times.append(service.load('pages', service.address, 'flat', 100, 1, o.seconds, place)[2])
			return statistics.median(times)

		measured = [('a page at the start', pages('first')),
			('a page somewhere', page_somewhere), ('a page at the end', pages('last')),
			('a publish', publish_one), ('a retract', retract)]
		for what, measure in measured:
			small, large = in_turns(o.rounds, services, measure)
			report.value('%s, 1000 items' % what, statistics.median(small) * 1e6, 'us')
			report.value('... %d items' % o.many, statistics.median(large) * 1e6, 'us')
			report.target('%s with %d items to one with 1000' % (what, o.many), ratio(large, small), 2, False)


def memory(report, o):
	"""The most that the service takes with 1,000 subscribers and 10,000 items."""
	with Stage(o.build, o.servers[:1]) as stage:
		service = stage.ours(stage.servers[o.servers[0]])
		report.value('memory after the start', service.status('VmRSS') / 1024, 'MB')
		service.node('memory', 10000)
		service.publish('memory', 10000, 256, 200, 0)
		report.value('... after 10000 publishes', service.status('VmHWM') / 1024, 'MB')
		service.subscribe('memory', 1000)
		report.value('... after 1000 have subscribed', service.status('VmHWM') / 1024, 'MB')
		service.publish('memory', o.subscribed, 32, 200, 2000)	# an item, and the one that is dropped
		report.value('... after %d publishes to them' % (o.subscribed), service.status('VmHWM') / 1024, 'MB')
		service.load('pages', service.address, 'memory', 1000, 10, o.seconds, 'first')
		report.target('memory at its peak, MB', service.status('VmHWM') / 1024, 20, False)


def start(report, o):
	"""From the start to the first answer, with 15,000 nodes and 200,000 subscriptions."""
	with Stage(o.build, o.servers[:1]) as stage:
		server = stage.servers[o.servers[0]]
		store, times = stage.path('nodes.sqlite3'), []
		subprocess.run([stage.program('bench_fill'), store, str(o.nodes), str(o.nodes * 40 // 3),
			'u1@load.localhost'], check=True)
		for _ in range(o.rounds):
			before = time.perf_counter()
			service = stage.ours(server, store=store)
			times.append(time.perf_counter() - before)
			stage.end(service)
		report.target('start to the first answer with %d nodes, s' % o.nodes, statistics.median(times), 1,
			False)


COMMANDS = {f.__name__: f for f in (fanout, digest, durable, read, flat, memory, start)}
# Option: what it is, in full, and quick.
NUMBERS = {
	'rounds': ('rounds, of which the medians are taken', 7, 3),
	'length': ('milliseconds that a measurement of a rate takes, about', 500, 100),
	'subscribed': ('publishes to 1,000 subscribers, for memory', 30, 5),
	'singles': ('publishes, one at a time, for a measurement', 200, 40),
	'items': ('items to read', 100000, 5000),
	'own-items': ('items to read from the servers\' own services', 10000, 1000),
	'many': ('items that are many', 1000000, 50000),
	'steps': ('publishes or retracts in the node of many items', 100, 20),
	'nodes': ('nodes at the start', 15000, 15000),
	'seconds': ('seconds after which reading page by page is broken off', 5, 1),
}


def options():
	p = argparse.ArgumentParser(prog='scripts/bench', description=__doc__.split('\n\n')[1],
		formatter_class=argparse.ArgumentDefaultsHelpFormatter)
	p.add_argument('command', choices=[*COMMANDS, 'all'],
		help='; '.join('%s: %s' % (name, f.__doc__.rstrip('.')) for name, f in COMMANDS.items()))
	p.add_argument('--build', default=os.path.join(ROOT, 'build/bench'), help='the folder of the build')
	p.add_argument('--servers', default=','.join(SERVERS), help='which, separated by commas')
	p.add_argument('--subscribers', default='10,100,1000', help='how many, for fanout')
	p.add_argument('--lean', action='store_true',
		help='the floor of fanout says no more than XEP-0060 demands, and not what pubsub-serve says')
	p.add_argument('--no-wokkel', dest='wokkel', action='store_false', help='leave Wokkel out')
	p.add_argument('--quick', action='store_true', help='smaller numbers: to see that it works')
	p.add_argument('--tsv', metavar='FILE', help='the measurements also go there: name, value, unit; of '
		'a target also its limit and whether it holds')
	for name, (text, full, quick) in NUMBERS.items():
		p.add_argument('--' + name, type=int, metavar='N', help='%s; quick: %d' % (text, quick))
	o = p.parse_args()
	for name, (_, full, quick) in NUMBERS.items():
		name = name.replace('-', '_')
		if getattr(o, name) is None:
			setattr(o, name, quick if o.quick else full)
	o.servers = o.servers.split(',')
	o.subscribers = [int(n) for n in o.subscribers.split(',')]
	if set(o.servers) - set(SERVERS) or set(o.subscribers) - set(WINDOW):
		p.error('no such server, or number of subscribers')
	return o


def main():
	o = options()
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))	# what has been started is ended
	report = Report(o.tsv)
	for name in COMMANDS if o.command == 'all' else [o.command]:
		report.title('%s: %s' % (name, COMMANDS[name].__doc__))
		try:
			COMMANDS[name](report, o)
		except Failure as e:
			print('bench: %s: %s' % (name, e), file=sys.stderr)
			report.missed += 1
	print('\n%d targets missed' % report.missed)
	return report.missed > 0


sys.exit(main())
