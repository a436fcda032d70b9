#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How long a publish takes at several services that run at once, taken in turns.

usage: publish_time.py --port PORT --ca FILE --publisher JID=PASSWORD --reader JID=PASSWORD
           --readers N --rounds N SERVICE=PID...

Each service has a node "measured", to which the readers JID/0, JID/1, ... are subscribed. A line for
each service: SERVICE, medians in microseconds from the publish to its answer, and to the last of the
notifications; CPU time of the process PID for each publish.
"""
import argparse
import os
import re
import select
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e/foreign'))

from raw_client import RawClient  # noqa: E402

PATIENCE = 30
WARM_UP = 5	# rounds that do not count
PUBLISH = ("<iq type='set' id='%s' to='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
	"<publish node='measured'><item id='%s'><x xmlns='urn:x'>a value</x></item></publish></pubsub></iq>")


def login(options, account, resource):
	jid, _, password = account.partition('=')
	return RawClient(argparse.Namespace(host='127.0.0.1', port=options.port, ca=options.ca,
		jid='%s/%s' % (jid, resource), password=password))


def drain(client):
	"""Stanzas that have come, without waiting."""
	while client.sock.pending() or select.select([client.sock], [], [], 0)[0]:
		data = client.sock.recv(65536)
		if not data:
			raise ConnectionError('the server closed the connection')
		client.stanzas.feed(data)
	got, client.queue[:] = list(client.queue), []
	return got


class Round:
	"""One publish: when its answer came, and its last notification."""

	def __init__(self, publisher, readers, service, ident):
		self.ident = ident
		self.answered = None
		self.missing = set(readers)
		self.last = None
		start = time.perf_counter()
		publisher.send(PUBLISH % (ident, service, ident))
		while self.answered is None or self.missing:
			self.wait(publisher, [publisher.sock] + [r.sock for r in readers], readers)
		self.answered, self.last = self.answered - start, self.last - start

	def wait(self, publisher, socks, readers):
		ready = select.select(socks, [], [], PATIENCE)[0]
		now = time.perf_counter()
		if not ready:
			raise TimeoutError('%s: no answer, or no notification for %d' % (self.ident, len(self.missing)))
		for client in [publisher] + readers:
			if client.sock in ready:
				for stanza in drain(client):
					self.take(client, stanza, now)

	def take(self, client, stanza, now):
		if re.match(r'''<iq\b[^>]*\sid=['"]%s['"]''' % self.ident, stanza):
			if not re.match(r'''<iq\b[^>]*\stype=['"]result['"]''', stanza):
				raise RuntimeError(stanza)
			self.answered = now
		elif client in self.missing and re.search(r'''<item\b[^>]*\sid=['"]%s['"]''' % self.ident, stanza):
			self.missing.remove(client)
			self.last = now


def cpu(pid):
	with open('/proc/%s/schedstat' % pid) as f:
		return int(f.read().split()[0]) / 1000


def measure(options):
	publisher = login(options, options.publisher, 'bench')
	readers = [login(options, options.reader, i) for i in range(options.readers)]
	services = [s.rpartition('=')[::2] for s in options.services]
	times = {service: [] for service, _ in services}
	used = {}
	for i in range(-WARM_UP, options.rounds):
		if i == 0:
			used = {service: cpu(pid) for service, pid in services}
		for n in range(len(services)):
			service = services[(n + i) % len(services)][0]	# who is first changes
			done = Round(publisher, readers, service, 'r%d-%d' % (i + WARM_UP, n))
			if i >= 0:
				times[service].append(done)
	for service, pid in services:
		print('%s\t%.0f\t%.0f\t%.1f' % (service,
			statistics.median(r.answered for r in times[service]) * 1e6,
			statistics.median(r.last for r in times[service]) * 1e6,
			(cpu(pid) - used[service]) / options.rounds))


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument('--port', type=int, required=True)
	parser.add_argument('--ca', required=True)
	parser.add_argument('--publisher', required=True)
	parser.add_argument('--reader', required=True)
	parser.add_argument('--readers', type=int, required=True)
	parser.add_argument('--rounds', type=int, required=True)
	parser.add_argument('services', nargs='+')
	measure(parser.parse_args())


main()
