#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An XMPP server that does what its script says, for one connection.

usage: fake_server.py [--cert FILE --key FILE] STEP...

It prints its port, then carries out the steps one after the other:

  await:TEXT    reads until TEXT has come
  say:TEXT      sends TEXT; "@header@" and "@features:XML@" stand for what they say
  tls           the server's side of a TLS handshake
  print:TEXT    prints TEXT, for a script to wait for
  login         a whole login without TLS, by PLAIN
  scram:LAST    reads the client's first message of SCRAM-SHA-1, answers it with a challenge, reads what
                comes back, and ends the login with LAST
  bind:JID      the answer to the next request: bound as JID; "none": an error
  answer:XML    the answer to the next request, with XML in it
  error:XML     the answer to the next request: an error with XML in it
  refuse:NAME   the answer to the next request: the error NAME
  silence       reads and says nothing until the peer goes away
  close         closes the connection
"""
import base64
import re
import socket
import ssl
import sys

HEADER = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
          "xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' version='1.0'>")
SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
BIND = "xmlns='urn:ietf:params:xml:ns:xmpp-bind'"


class Server:
    def __init__(self, conn, cert, key):
        self.conn, self.cert, self.key, self.text = conn, cert, key, ""

    def step_await(self, what):
        while what not in self.text:
            data = self.conn.recv(65536)
            if not data:
                sys.exit("the peer is gone, and has not said " + what)
            self.text += data.decode()
        before, self.text = self.text.split(what, 1)
        return before

    def step_say(self, text):
        text = text.replace("@header@", HEADER)
        text = re.sub("@features:(.*)@", r"<stream:features>\1</stream:features>", text)
        self.conn.sendall(text.encode())

    def step_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        self.conn = context.wrap_socket(self.conn, server_side=True)

    def step_print(self, text):
        print(text, flush=True)

    def step_login(self):
        self.step_await("<stream:stream")
        self.step_await(">")
        self.step_say("@header@@features:<mechanisms %s><mechanism>PLAIN</mechanism></mechanisms>@" % SASL)
        self.step_await("</auth>")
        self.step_say("<success %s/>" % SASL)
        self.step_await("<stream:stream")
        self.step_await(">")
        self.step_say("@header@@features:<bind %s/>@" % BIND)

    def step_scram(self, last):
        self.step_await("<auth")
        self.step_await(">")
        first = base64.b64decode(self.step_await("</auth>")).decode()
        challenge = "r=%sserver,s=QSXCR+Q6sek8bf92,i=16" % first.split(",r=")[1]
        self.step_say("<challenge %s>%s</challenge>" % (SASL, base64.b64encode(challenge.encode()).decode()))
        self.step_await("</response>")
        self.step_say("<success %s>%s</success>" % (SASL, base64.b64encode(last.encode()).decode()))

    def step_bind(self, jid):
        request = self.step_await("</iq>")
        found = re.search(r"""\bid=["']([^"']*)""", request)
        answer = ("<iq type='result' id='%s'><bind %s><jid>%s</jid></bind></iq>" % (found.group(1), BIND, jid)
                  if jid != "none" else
                  "<iq type='error' id='%s'><error type='wait'><resource-constraint "
                  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>" % found.group(1))
        self.step_say(answer)

    def step_answer(self, xml, kind="result"):
        request = self.step_await("</iq>")
        number, to = (re.search(r"""<iq\b[^>]*\b%s=["']([^"']*)""" % name, request).group(1)
                      for name in ("id", "to"))
        self.step_say("<iq type='%s' id='%s' from='%s'>%s</iq>" % (kind, number, to, xml))

    def step_error(self, xml):
        self.step_answer(xml, "error")

    def step_refuse(self, name):
        self.step_error("<error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>" % name)

    def step_silence(self):
        try:
            while self.conn.recv(65536):
                pass
        except OSError:
            pass

    def step_close(self):
        # Not at once, where something may have come that was not read: a reset would overtake what was said.
        self.conn.shutdown(socket.SHUT_WR)
        try:
            while self.conn.recv(4096):
                pass
        except OSError:
            pass
        self.conn.close()


def main():
    args, cert, key = sys.argv[1:], None, None
    while args and args[0] in ("--cert", "--key"):
        if args[0] == "--cert":
            cert = args[1]
        else:
            key = args[1]
        args = args[2:]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        print(listener.getsockname()[1], flush=True)
        server = Server(listener.accept()[0], cert, key)
    try:
        for arg in args:
            step, _, rest = arg.partition(":")
            getattr(server, "step_" + step)(*([rest] if rest else []))
    except (OSError, ssl.SSLError) as error:
        print("the connection failed:", error, flush=True)


if __name__ == "__main__":
    main()
