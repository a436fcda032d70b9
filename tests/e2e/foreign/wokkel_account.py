# SPDX-License-Identifier: MIT
"""What Wokkel's service and client share: loading the library, and an ordinary account."""

import twisted.python.compat as compat

# Wokkel 18 imports both; Twisted 21 dropped them.
compat._PY3, compat.StringType = True, str

from twisted.words.protocols.jabber.jid import JID
from wokkel.client import XMPPClient
from wokkel.xmppim import PresenceProtocol

import cli


class Account(XMPPClient):
	"""Logs in; tells @on_ready, once; any loss of the connection ends the process."""

	def __init__(self, o, on_ready):
		super().__init__(JID(o.jid), o.password, o.host, o.port)
		Presence(on_ready).setHandlerParent(self)

	def initializationFailed(self, reason):
		cli.leave(1, reason.getErrorMessage())

	def _disconnected(self, reason):
		cli.leave(1, 'the connection was lost: %s' % reason)


class Presence(PresenceProtocol):
	def __init__(self, on_ready):
		super().__init__()
		self.on_ready = on_ready

	def connectionInitialized(self):
		super().connectionInitialized()
		self.available()
		self.on_ready()


def payload_text(item):
	"""An item's payload as text that stands alone."""
	return ''.join(e.toXml() for e in item.elements())


def print_item(item):
	cli.line('item', item.getAttribute('id'), item.getAttribute('publisher'),
		cli.one_line(payload_text(item)))
