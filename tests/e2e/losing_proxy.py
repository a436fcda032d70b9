#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A TCP proxy on loopback that loses messages of who connects, and keeps the connection.

usage: losing_proxy.py HOST:PORT

For streams without TLS. It prints its own port. Each line on standard input is a command: "lose TEXT"
loses the next message that has TEXT in it, "twice TEXT" passes it on twice; it says so by a line once
that has happened. The end of input ends the proxy.
"""
import asyncio
import contextlib
import sys

START, END = b"<message", b"</message>"


class Proxy:
    def __init__(self, host, port):
        self.host, self.port, self.orders = host, port, []

    def judge(self, message):
        for order in self.orders:
            what, text = order
            if text in message:
                self.orders.remove(order)
                print(what, flush=True)
                return b"" if what == "lose" else message * 2
        return message

    def take_out(self, held):
        """What of @held can be passed on, and what cannot yet."""
        out = b""
        while (at := held.find(START)) >= 0:
            end = held.find(END, at)
            if end < 0:
                return out + held[:at], held[at:]
            out += held[:at] + self.judge(held[at:end + len(END)])
            held = held[end + len(END):]
        cut = held.rfind(b"<")
        if cut >= 0 and START.startswith(held[cut:]):
            return out + held[:cut], held[cut:]
        return out + held, b""

    async def pass_on(self, reader, writer, judged):
        held = b""
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if judged:
                    data, held = self.take_out(held + data)
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()

    async def take(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.pass_on(reader, far_writer, True),
                             self.pass_on(far_reader, writer, False))

    async def run(self):
        server = await asyncio.start_server(self.take, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        commands = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        while line := await commands.readline():
            what, text = line.strip().split(b" ", 1)
            self.orders.append((what.decode(), text))
            print("ready", flush=True)


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    asyncio.run(Proxy(host, int(port)).run())


if __name__ == "__main__":
    main()
