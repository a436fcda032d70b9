#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A TCP proxy on loopback that disturbs its connections when it is told to.

usage: cutting_proxy.py HOST:PORT [ADDRESS:PORT]

It listens at ADDRESS:PORT (IPv6 without brackets), else at a port of its own choice on loopback,
and prints its port. Each line on standard input is a command for the connections that are open
then; those that are made later are not touched by it. When it holds it is printed. The end of input
ends the proxy.

  cut         end them, in the middle of whatever they carry, by a reset on both sides
  cut-near    the same for the client alone: the server is not told, and hears no more of it
  cut-far     the same for the server alone: the client is not told
  stall       pass nothing on, in either direction, until "go" or the end
  stall-up    nothing from the client to the server
  stall-down  nothing from the server to the client
  go          pass on again what has been held back

Two commands are for all connections from then on:

  slow N      pass on N bytes a second in each direction; 0: as fast as it goes
  delay MS    pass each byte on after so many milliseconds; 0: at once
"""
import asyncio
import contextlib
import socket
import struct
import sys
import time


class Pace:
    """Of all connections."""

    def __init__(self):
        self.rate, self.delay = 0, 0.0  # bytes a second, seconds


class Side:
    """One of the two sockets of a connection: what is read from it is written to the other."""

    def __init__(self, reader, writer, pace):
        self.reader, self.writer, self.pace = reader, writer, pace
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.under_way = asyncio.Queue(64)  # (when it arrives, bytes); b"": the end

    async def take_in(self):
        data = None
        while data != b"":
            data = b""
            with contextlib.suppress(OSError):
                data = await self.reader.read(4096)
            await self.under_way.put((time.monotonic() + self.pace.delay, data))

    async def pass_on(self, other):
        with contextlib.suppress(OSError):
            while True:
                when, data = await self.under_way.get()
                if (left := when - time.monotonic()) > 0:
                    await asyncio.sleep(left)
                await self.flowing.wait()
                if not data:
                    break
                other.writer.write(data)
                await other.writer.drain()
                if self.pace.rate:
                    await asyncio.sleep(len(data) / self.pace.rate)
        await self.flowing.wait()
        with contextlib.suppress(OSError, RuntimeError):
            other.writer.close()

    def reset(self):
        sock = self.writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Link:
    """A connection: the client is near, the server far."""

    def __init__(self, near, far):
        self.near, self.far = near, far

    async def run(self):
        taking = [asyncio.create_task(side.take_in()) for side in (self.near, self.far)]
        await asyncio.gather(self.near.pass_on(self.far), self.far.pass_on(self.near))
        for task in taking:
            task.cancel()

    def obey(self, command):
        near, far = self.near, self.far
        silent = {"stall": (near, far), "stall-up": (near,), "stall-down": (far,),
                  "cut-near": (near, far), "cut-far": (near, far)}
        reset = {"cut": (near, far), "cut-near": (near,), "cut-far": (far,)}
        for side in silent.get(command, ()):
            side.flowing.clear()
        for side in reset.get(command, ()):
            side.reset()
        if command in ("go", "cut"):
            near.flowing.set()
            far.flowing.set()


class Proxy:
    def __init__(self, target, own):
        self.target, self.own, self.links, self.pace = target, own, set(), Pace()

    async def take(self, reader, writer):
        try:
            far = await asyncio.open_connection(*self.target)
        except OSError:
            writer.close()
            return
        link = Link(Side(reader, writer, self.pace), Side(*far, self.pace))
        self.links.add(link)
        await link.run()
        self.links.remove(link)

    async def run(self):
        server = await asyncio.start_server(self.take, *self.own)
        print(server.sockets[0].getsockname()[1], flush=True)
        commands = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        while line := await commands.readline():
            match line.decode().split():
                case ["slow", rate]:
                    self.pace.rate = int(rate)
                case ["delay", ms]:
                    self.pace.delay = int(ms) / 1000
                case [command]:
                    for link in list(self.links):
                        link.obey(command)
            print(line.decode().strip(), flush=True)


def parse(arg):
    host, port = arg.rsplit(":", 1)
    return host, int(port)


def main():
    target, own = (parse(arg) for arg in (sys.argv[1:] + ["127.0.0.1:0"])[:2])
    asyncio.run(Proxy(target, own).run())


if __name__ == "__main__":
    main()
