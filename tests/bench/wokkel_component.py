#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The service of e2e/foreign/wokkel_service.py as an external component: PORT NAME SECRET NODE."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../e2e/foreign'))

import wokkel_service  # noqa: E402 before anything else of Wokkel or Twisted
from twisted.internet import reactor  # noqa: E402
from wokkel.component import Component  # noqa: E402
from wokkel.disco import DiscoHandler  # noqa: E402
from wokkel.pubsub import PubSubService  # noqa: E402


def main():
	port, name, secret, node = sys.argv[1:]
	component = Component('127.0.0.1', int(port), name, secret)
	service = PubSubService()
	service.resource = wokkel_service.Memory(service)
	service.resource.nodes[node] = wokkel_service.Node()
	service.setHandlerParent(component)
	DiscoHandler().setHandlerParent(component)
	component.startService()
	reactor.run()


main()
