#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A crowd: many sessions of an account at once, with the resources 0, 1, 2, ...

Once all are there the line READY comes, and then, for each notification of an item, the resource
and the item's id; it ends when each session has got the item "end". A message in which there are
addresses of others comes as "RESOURCE told of others".
"""

import re
import sys
import threading

import cli
from raw_client import RawClient

ITEM = re.compile(r'''<item\s[^>]*id=['"]([^'"]*)['"]''')
ADDRESS = re.compile(r'''<address\s[^>]*jid=['"]([^'"]*)['"]''')


def follow(c, print_line):
	resource = c.jid.partition('/')[2]
	while True:
		stanza = c.receive()
		if any(jid != c.jid for jid in ADDRESS.findall(stanza)):
			print_line('%s told of others' % resource)
		for item in ITEM.findall(stanza):
			print_line('%s %s' % (resource, item))
			if item == 'end':
				return


def main():
	p = cli.parser(__doc__, verbs=False)
	p.add_argument('count', type=int)
	o = cli.parse(p)
	lock, account, clients = threading.Lock(), o.jid.partition('/')[0], []

	def print_line(text):
		with lock:
			sys.stdout.write(text + '\n')

	for i in range(o.count):
		o.jid = '%s/%d' % (account, i)
		clients.append(RawClient(o))
	print('READY', flush=True)
	threads = [threading.Thread(target=follow, args=(c, print_line), daemon=True) for c in clients]
	for t in threads:
		t.start()
	for t in threads:
		t.join()


if __name__ == '__main__':
	main()
