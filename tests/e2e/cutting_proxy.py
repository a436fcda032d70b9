#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A TCP proxy on loopback that cuts its connections when it is told to.

usage: cutting_proxy.py HOST:PORT [ADDRESS:PORT]

It listens at ADDRESS:PORT (IPv6 without brackets), else at a port of its own choice on loopback,
and prints its port. Each line on standard input is a command: "cut" ends all connections at
once, in the middle of whatever they carry, by a reset; the end of input ends the proxy.
"""
import asyncio
import contextlib
import socket
import struct
import sys


class Proxy:
    def __init__(self, target, own):
        self.target, self.own, self.writers = target, own, set()

    async def pass_on(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()

    async def take(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.close()
            return
        both = {writer, far_writer}
        self.writers |= both
        await asyncio.gather(self.pass_on(reader, far_writer), self.pass_on(far_reader, writer))
        self.writers -= both

    def cut(self):
        for writer in self.writers:
            sock = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def run(self):
        server = await asyncio.start_server(self.take, *self.own)
        print(server.sockets[0].getsockname()[1], flush=True)
        commands = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        while line := await commands.readline():
            if line.strip() == b"cut":
                self.cut()


def parse(arg):
    host, port = arg.rsplit(":", 1)
    return host, int(port)


def main():
    target, own = (parse(arg) for arg in (sys.argv[1:] + ["127.0.0.1:0"])[:2])
    asyncio.run(Proxy(target, own).run())


if __name__ == "__main__":
    main()
