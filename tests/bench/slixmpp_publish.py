#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One publish by slixmpp, as people write it: slixmpp_publish.py PORT CA JID PASSWORD SERVICE NODE PAYLOAD."""
import sys
from xml.etree import ElementTree

import slixmpp


class Client(slixmpp.ClientXMPP):
	def __init__(self, jid, password, ca, service, node, payload):
		super().__init__(jid, password)
		self.ca_certs = ca
		self.register_plugin('xep_0060')
		self.publish = service, node, ElementTree.fromstring(payload)
		self.done = False
		self.add_event_handler('session_start', self.start)

	async def start(self, _):
		service, node, payload = self.publish
		await self['xep_0060'].publish(service, node, payload=payload)
		self.done = True
		await self.disconnect()


port, ca, jid, password, service, node, payload = sys.argv[1:]
client = Client(jid, password, ca, service, node, payload)
client.connect(('127.0.0.1', int(port)))
client.process(forever=False)
sys.exit(not client.done)
