#!/usr/bin/env python3
"""A drain of a gateway with idle and busy connections of HTTP/1.1, HTTP/2 and WebSocket: prints when each phase began and
what clients have seen of it. Ends with 0 when nothing was reset or cut short, every WebSocket was closed with 1001, and
the process has ended with 0 before its deadline.

usage: drain.py [--idle 1000] [--busy 200] [--lame-duck 6] [--deadline 20]   (connections of each protocol; seconds)
"""

import argparse
import asyncio
import json
import os
import random
import resource
import struct
import threading
import time

from soak import ACK, DATA, END_STREAM, GOAWAY, HEADERS, HOME, PING, PREFACE, RST, SETTINGS, Gateway, frame, request, say

CLOSE_1001 = bytes([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9])
TEXT = bytes([0x81, 0x82, 0, 0, 0, 0]) + b"hi"
UPGRADE = (b"GET /chat HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
           b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
SWITCHING = (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
             b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")


async def serve(reader, writer):
    """The backend: /slow/SECONDS answers in two halves, anything else at once; a WebSocket gets its texts back."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            if b"upgrade: websocket" in head.lower():
                writer.write(SWITCHING)
                return await echo(reader, writer)
            if path.startswith("/slow/"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf")
                await asyncio.sleep(float(path[6:]))
                writer.write(b"half")
            else:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def echo(reader, writer):
    while True:
        first, second = await reader.readexactly(2)
        payload = (await reader.readexactly(4 + (second & 127)))[4:]
        writer.write(bytes([first, len(payload)]) + payload)
        if first == 0x88:
            return


class Client:
    """What one connection has seen. The times are of the machine's monotonic clock."""

    def __init__(self, kind, busy, port, seconds):
        self.kind, self.busy, self.port, self.seconds = kind, busy, port, seconds
        self.goaways, self.ended, self.problem, self.served = [], None, None, 0

    async def run(self, ready, go):
        try:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            await getattr(self, self.kind)(ready, go)
        except (ConnectionError, asyncio.IncompleteReadError) as broken:
            self.problem = self.problem or repr(broken)
        except Exception as wrong:  # noqa: BLE001 - the table shows it
            self.problem = repr(wrong)
        self.ended = time.monotonic()
        self.writer.close()

    async def prepare(self, ready, go):
        ready.release()
        await go.wait()

    async def answer(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await self.reader.readexactly(length)
        self.served += 1

    async def h1(self, ready, go):
        self.writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        await self.answer()
        await self.prepare(ready, go)
        if self.busy:
            self.writer.write(b"GET /slow/%.1f HTTP/1.1\r\nhost: localhost\r\n\r\n" % self.seconds)
            await self.answer()
        if await self.reader.read() != b"":
            self.problem = "something behind the answer"

    async def h2(self, ready, go):
        self.writer.write(PREFACE + frame(SETTINGS, 0, 0) + request(1, "GET", "/"))
        await self.stream(1)
        await self.prepare(ready, go)
        if self.busy:
            self.writer.write(request(3, "GET", "/slow/%.1f" % self.seconds))
            await self.stream(3)
        await self.stream(None)

    async def stream(self, wanted):
        """Reads until that stream has ended well, or for none until the connection has."""
        while True:
            try:
                head = await self.reader.readexactly(9)
            except asyncio.IncompleteReadError as end:
                if wanted is None and not end.partial:
                    return
                raise
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = await self.reader.readexactly(int.from_bytes(head[:3], "big"))
            if kind == SETTINGS and not flags & ACK:
                self.writer.write(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.writer.write(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                self.goaways.append((time.monotonic(),) + struct.unpack(">II", payload[:8]) + (payload[8:],))
            elif kind == RST:
                raise ConnectionError("RST_STREAM %d" % struct.unpack(">I", payload))
            elif kind in (DATA, HEADERS) and flags & END_STREAM and stream == wanted:
                self.served += 1
                return

    async def websocket(self, ready, go):
        self.writer.write(UPGRADE)
        await self.reader.readuntil(b"\r\n\r\n")
        await self.prepare(ready, go)
        if self.busy:
            self.writer.write(TEXT)
        while True:
            first, length = await self.reader.readexactly(2)
            payload = await self.reader.readexactly(length)
            if first == 0x88:
                if payload != b"\x03\xe9":
                    raise ConnectionError("closed with %r" % payload)
                self.writer.write(CLOSE_1001)
                if await self.reader.read() != b"":
                    raise ConnectionError("something behind the Close")
                return
            self.served += 1
            await asyncio.sleep(0.2)
            self.writer.write(TEXT)


def phases(gateway, seen, stop):
    """The drain as its status shows it."""
    while not stop.is_set():
        try:
            status = json.loads(gateway.read("/drain"))
        except (OSError, ValueError):
            return
        if not seen or seen[-1][1]["phase"] != status["phase"]:
            seen.append((time.monotonic(), status))
        time.sleep(0.05)


def span(times, begun):
    times = sorted(t - begun for t in times)
    return "%6.2f .. %6.2f s" % (times[0], times[-1]) if times else "-"


async def main(options):
    backend = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    to = "http://127.0.0.1:%d" % backend.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    gateway = await loop.run_in_executor(None, lambda: Gateway(to))
    chance = random.Random(1)
    longest = options.lame_duck + options.deadline / 2
    clients = [Client(kind, busy, gateway.port, 0.5 + chance.random() * longest)
               for kind in ("h1", "h2", "websocket")
               for busy, count in ((False, options.idle), (True, options.busy)) for _ in range(count)]
    ready, go = asyncio.Semaphore(0), asyncio.Event()
    tasks = []
    for at in range(0, len(clients), 50):  # what a listen queue takes
        for client in clients[at:at + 50]:
            tasks.append(asyncio.create_task(client.run(ready, go)))
        for _ in clients[at:at + 50]:
            await asyncio.wait_for(ready.acquire(), 60)
    say("%d connections are open" % len(clients))
    go.set()
    await asyncio.sleep(0.3)
    seen, stop = [], threading.Event()
    command = [os.path.join(HOME, "sluice"), "drain", "--watch", "--admin", "http://127.0.0.1:%d" % gateway.admin,
               "--lame-duck", "%ds" % options.lame_duck, "--deadline", "%ds" % options.deadline]
    begun = time.monotonic()
    threading.Thread(target=phases, args=(gateway, seen, stop), daemon=True).start()
    watch = await asyncio.create_subprocess_exec(*command)
    watched = await watch.wait()
    code = await loop.run_in_executor(None, gateway.process.wait)
    over = time.monotonic()
    stop.set()
    await asyncio.wait(tasks, timeout=10)

    draining = [each for each in seen if each[1]["phase"] != "serving"]
    begun = draining[0][0] if draining else begun
    for at, status in draining:
        say("%6.2f s  %-10s in flight %s, connections %s" % (
            at - begun, status["phase"], status["inFlight"], status["connections"]))
    say("%6.2f s  gone, exit code %d; drain --watch said %d" % (over - begun, code, watched))
    failed = 0
    for kind in ("h1", "h2", "websocket"):
        for busy in (False, True):
            group = [c for c in clients if c.kind == kind and c.busy == busy]
            bad = [c for c in group if c.problem or c.ended is None]
            if kind == "h2":
                bad += [c for c in group if c not in bad and [g[1:3] for g in c.goaways[:1]] != [(2**31 - 1, 0)]]
            failed += len(bad)
            line = "%-9s %-4s %4d  ended %s  failed %d" % (
                kind, "busy" if busy else "idle", len(group), span([c.ended for c in group if c.ended], begun), len(bad))
            if kind == "h2":
                line += "  first GOAWAY %s, last %s" % (
                    span([c.goaways[0][0] for c in group if c.goaways], begun),
                    span([c.goaways[-1][0] for c in group if len(c.goaways) > 1], begun))
            say(line + ("  " + str(bad[0].problem) if bad else ""))
    if failed or code or watched or over - begun > options.lame_duck + options.deadline:
        raise SystemExit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--idle", type=int, default=1000)
    parser.add_argument("--busy", type=int, default=200)
    parser.add_argument("--lame-duck", type=int, default=6)
    parser.add_argument("--deadline", type=int, default=20)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(parser.parse_args()))
