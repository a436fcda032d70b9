#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An XMPP server whose services refuse everything, each in its own way.

It prints its port. A request to TYPE.CONDITION.test is answered with that error, one to
TYPE.CONDITION.ELEMENT.test with that element of pubsub#errors besides, and to silent.test not at all. It logs
in everybody, without TLS, and takes any number of connections, one after the other or at once.
"""
import re
import socket
import threading

from fake_server import Server

STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
ERRORS = "http://jabber.org/protocol/pubsub#errors"


def attribute(tag, name):
    found = re.search(r"""\s%s=["']([^"']*)""" % name, tag)
    return found.group(1) if found else ""


def refusal(tag):
    service = attribute(tag, "to")
    kind, condition, *special = service.rpartition(".test")[0].split(".")
    special = "<%s xmlns='%s'/>" % (special[0], ERRORS) if special else ""
    return ("<iq type='error' id='%s' from='%s'><error type='%s'><%s xmlns='%s'/><text xmlns='%s'>so\nit is</text>%s"
            "</error></iq>" % (attribute(tag, "id"), service, kind, condition, STANZAS, STANZAS, special))


def serve(conn):
    server = Server(conn, None, None)
    try:
        server.step_login()
        server.step_bind("me@localhost/here")
        while True:
            before = server.step_await(">")
            if before.endswith("</stream:stream"):
                server.step_say("</stream:stream>")
                server.step_close()
                return
            at = before.rfind("<iq ")
            if at >= 0 and attribute(before[at:], "type") in ("get", "set"):
                if attribute(before[at:], "to").count("."):
                    if attribute(before[at:], "to") != "silent.test":
                        server.step_say(refusal(before[at:]))
                else:  # the server itself has nothing to say
                    server.step_say("<iq type='result' id='%s'/>" % attribute(before[at:], "id"))
    except (OSError, SystemExit):
        conn.close()


def main():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        print(listener.getsockname()[1], flush=True)
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


main()
