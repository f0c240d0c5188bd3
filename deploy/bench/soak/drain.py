#!/usr/bin/env python3
"""A drain of a gateway with idle and busy connections of HTTP/1.1, HTTP/2, gRPC, WebSocket and HTTP/3: prints when each phase
began and what clients have seen of it. Ends with 0 when nothing was reset or cut short, every WebSocket was closed with 1001,
every QUIC connection without an error, and the process has ended with 0 before its deadline.

usage: drain.py [--idle 1000] [--busy 200] [--http3-idle 1000] [--http3-busy 200] [--lame-duck 6] [--deadline 20]
(connections of each protocol; seconds)

A busy connection has one request under way, of gRPC a unary call or a stream of messages. To the gateway an idle connection
of gRPC is one of HTTP/2, so there are none of their own.
"""

import argparse
import asyncio
import collections
import json
import os
import random
import resource
import struct
import subprocess
import tempfile
import threading
import time

import hpack
from backend import MESSAGE, Backend, messages
from soak import (ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, HOME, PING, PREFACE, RST, SETTINGS, Gateway, frame,
                  free_port, load, say)
from websocket import CLOSE_1001, TEXT, UPGRADE

KINDS = (("h1", False), ("h1", True), ("h2", False), ("h2", True), ("grpc unary", True), ("grpc stream", True),
         ("websocket", False), ("websocket", True))
SHORTEST = 0.5  # seconds of a busy connection's request
LAST = {"h2": 2**31 - 1, "grpc unary": 2**31 - 1, "grpc stream": 2**31 - 1, "h3": 2**62 - 4}  # of the first GOAWAY
WELL = ((0x100, True),)  # closes of QUIC: H3_NO_ERROR
DOCUMENTS = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  addresses: [{value: 127.0.0.1}]
  listeners:
    - {name: http, port: %%d, protocol: HTTP}
    - name: https
      port: %d
      protocol: HTTPS
      tls: {certificateRefs: [{group: sluice.dev, kind: Certificate, name: site}]}
---
apiVersion: sluice.dev/v1
kind: Certificate
metadata: {name: site}
spec: {certFile: %s, keyFile: %s}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: all}
spec:
  parentRefs: [{name: edge}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /echo.Echo}}]
      backendRefs: [{group: sluice.dev, kind: Backend, name: calls}]
    - backendRefs: [{group: sluice.dev, kind: Backend, name: pages}]
---
apiVersion: sluice.dev/v1
kind: Backend
metadata: {name: calls}
spec: {protocol: H2C, endpoints: [{address: 127.0.0.1, port: %d}]}
---
apiVersion: sluice.dev/v1
kind: Backend
metadata: {name: pages}
spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
"""


class Seen:
    """What one connection has seen. The times are of the machine's monotonic clock; GOAWAYs are pairs of time and id."""

    def __init__(self, kind, busy):
        self.kind, self.busy = kind, busy
        self.goaways, self.ended, self.problem = [], None, None

    def failure(self, begun):
        if self.problem or self.ended is None:
            return self.problem or "never ended"
        if self.ended < begun:
            return "ended before the drain"
        if self.kind in LAST and [last for _, last in self.goaways[:1]] != [LAST[self.kind]]:
            return "first GOAWAY %s" % self.goaways[:1]
        return None


class Client(Seen):
    def __init__(self, kind, busy, port, seconds):
        super().__init__(kind, busy)
        self.port, self.seconds = port, seconds

    async def run(self, ready, go):
        try:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            await getattr(self, self.kind.replace(" ", "_"))(ready, go)
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
        self.wants(head[9:12], b"200")
        return await self.reader.readexactly(length)

    def wants(self, value, expected):
        if value != expected:
            raise ConnectionError("%r (expected: %r)" % (value, expected))

    async def h1(self, ready, go):
        self.writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        self.wants(await self.answer(), b"good")
        await self.prepare(ready, go)
        if self.busy:
            self.writer.write(b"GET /slow/%.1f HTTP/1.1\r\nhost: localhost\r\n\r\n" % self.seconds)
            self.wants(await self.answer(), b"halfhalf")
        self.wants(await self.reader.read(), b"")

    async def h2(self, ready, go):
        self.http2()
        self.ask(1, "GET", "/")
        self.wants(await self.stream(1), ("200", b"good", None))
        await self.prepare(ready, go)
        if self.busy:
            self.ask(3, "GET", "/slow/%.1f" % self.seconds)
            self.wants(await self.stream(3), ("200", b"halfhalf", None))
        await self.stream(None)

    async def grpc_unary(self, ready, go):
        await self.calls(ready, go, "/echo.Echo/Unary-%.1f" % self.seconds, MESSAGE)

    async def grpc_stream(self, ready, go):
        seconds = round(self.seconds, 1)
        await self.calls(ready, go, "/echo.Echo/Stream-%.1f" % seconds, MESSAGE * messages(seconds))

    async def calls(self, ready, go, path, data):
        self.http2()
        self.ask(1, "POST", "/echo.Echo/Unary", MESSAGE)
        self.wants(await self.stream(1), ("200", MESSAGE, "0"))
        await self.prepare(ready, go)
        self.ask(3, "POST", path, MESSAGE)
        self.wants(await self.stream(3), ("200", data, "0"))
        await self.stream(None)

    def http2(self):
        self.decoder = hpack.Decoder()
        self.writer.write(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 0)))  # no table to keep in step

    def ask(self, stream, method, path, message=None):
        fields = ((":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost"))
        if message:
            fields += ("te", "trailers"), ("content-type", "application/grpc")
        self.writer.write(
            frame(HEADERS, END_HEADERS | (0 if message else END_STREAM), stream, hpack.encode(fields))
            + (frame(DATA, END_STREAM, stream, message) if message else b""))

    async def stream(self, wanted):
        """Reads until that stream has ended well, or for none until the connection has: (status, DATA, grpc-status)."""
        fields, data = {}, b""
        while True:
            try:
                head = await self.reader.readexactly(9)
            except asyncio.IncompleteReadError as end:
                if wanted is None and not end.partial:
                    return None
                raise
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = await self.reader.readexactly(int.from_bytes(head[:3], "big"))
            if kind == SETTINGS and not flags & ACK:
                self.writer.write(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.writer.write(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                last, code = struct.unpack(">II", payload[:8])
                self.wants(code, 0)
                self.goaways.append((time.monotonic(), last))
            elif kind == RST:
                raise ConnectionError("RST_STREAM %d" % struct.unpack(">I", payload))
            elif kind == HEADERS:
                fields.update(self.decoder.decode(payload[5:] if flags & 0x20 else payload))
            elif kind == DATA:
                data += payload
            if kind in (DATA, HEADERS) and flags & END_STREAM and stream == wanted:
                return fields[":status"], data, fields.get("grpc-status")

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
                self.wants(payload, b"\x03\xe9")
                self.writer.write(CLOSE_1001)
                return self.wants(await self.reader.read(), b"")
            await asyncio.sleep(0.2)
            self.writer.write(TEXT)


class Http3:
    """The connections of HTTP/3, in a program of the bench."""

    def __init__(self, port, idle, busy, longest):
        self.counts = {False: idle, True: busy}
        self.command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", os.path.join(HOME, "deploy/bench/target/bench.jar"),
                        "dev.sluice.bench.drain.Http3DrainMain", "--port=%d" % port, "--idle=%d" % idle,
                        "--busy=%d" % busy, "--longest=%.1f" % longest]

    async def open(self):
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if await self.process.stdout.readline() != b"ready\n":
            raise SystemExit("the HTTP/3 connections cannot be opened")

    def go(self):
        self.process.stdin.write(b"\n")

    async def seen(self):
        """Of all connections, once they are closed or ten seconds have passed."""
        told = asyncio.ensure_future(self.process.stdout.read())
        await asyncio.wait([told], timeout=10)
        self.process.stdin.close()
        connections = []
        for each in map(json.loads, (await told).splitlines()):
            connection = Seen("h3", each["busy"])
            connection.goaways, connection.ended, connection.problem = each["goaways"], each["closed"], each["problem"]
            closed = (each["code"], each["application"])
            if not connection.problem and closed not in WELL:
                connection.problem = "closed with %s, of the application: %s" % closed
            if not connection.problem and each["answers"] != (2 if each["busy"] else 1):
                connection.problem = "%d answers" % each["answers"]
            connections.append(connection)
        return connections


def identity():
    """A certificate and its key, in files."""
    directory = tempfile.mkdtemp(prefix="soak-")
    files = os.path.join(directory, "site.pem"), os.path.join(directory, "site.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-out", files[0], "-keyout", files[1]], check=True, stderr=subprocess.DEVNULL)
    return files


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


def table(connections, begun):
    """Prints a line for each kind of connection; how many have failed."""
    failed = 0
    for kind, busy in KINDS + (("h3", False), ("h3", True)):
        group = [each for each in connections if (each.kind, each.busy) == (kind, busy)]
        if not group:
            continue
        bad = [each for each in group if each.failure(begun)]
        failed += len(bad)
        line = "%-11s %-4s %4d  ended %s  failed %d" % (
            kind, "busy" if busy else "idle", len(group), span([each.ended for each in group if each.ended], begun), len(bad))
        if kind in LAST:
            line += "  first GOAWAY %s, last %s" % (
                span([each.goaways[0][0] for each in group if each.goaways], begun),
                span([each.goaways[-1][0] for each in group if len(each.goaways) > 1], begun))
        say(line)
        for what, count in collections.Counter(each.failure(begun) for each in bad).most_common(4):
            say("    %5d x %s" % (count, what))
    return failed


async def opened(clients, ready, go):
    """Their tasks, once all are connected and served."""
    tasks = []
    for at in range(0, len(clients), 50):  # what a listen queue takes
        tasks += [asyncio.create_task(client.run(ready, go)) for client in clients[at:at + 50]]
        for _ in clients[at:at + 50]:
            await asyncio.wait_for(ready.acquire(), 60)
    return tasks


async def main(options, ports):
    loop = asyncio.get_running_loop()
    secure = free_port()
    documents = DOCUMENTS % ((secure,) + identity() + (ports[1], ports[0]))
    gateway = await loop.run_in_executor(None, lambda: Gateway(documents=documents))
    chance = random.Random(1)
    longest = options.lame_duck + options.deadline / 2
    clients = [Client(kind, busy, gateway.port, SHORTEST + chance.random() * longest)
               for kind, busy in KINDS for _ in range(options.busy if busy else options.idle)]
    ready, go = asyncio.Semaphore(0), asyncio.Event()
    tasks = await opened(clients, ready, go)
    http3 = Http3(secure, options.http3_idle, options.http3_busy, longest)
    begun = time.monotonic()
    if options.http3_idle + options.http3_busy:
        await http3.open()
        http3.go()
    say("%d connections are open, those of HTTP/3 after %.1f s; %s" % (
        len(clients) + options.http3_idle + options.http3_busy, time.monotonic() - begun, load()))
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
    if options.http3_idle + options.http3_busy:
        clients += await http3.seen()

    draining = [each for each in seen if each[1]["phase"] != "serving"]
    begun = draining[0][0] if draining else begun
    for at, status in draining:
        say("%6.2f s  %-10s in flight %s, connections %s" % (
            at - begun, status["phase"], status["inFlight"], status["connections"]))
    say("%6.2f s  gone, exit code %d; drain --watch said %d; %s" % (over - begun, code, watched, load()))
    failed = table(clients, begun)
    if failed or code or watched or over - begun > options.lame_duck + options.deadline:
        raise SystemExit(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--idle", type=int, default=1000)
    parser.add_argument("--busy", type=int, default=200)
    parser.add_argument("--http3-idle", type=int, default=1000)
    parser.add_argument("--http3-busy", type=int, default=200)
    parser.add_argument("--lame-duck", type=int, default=6)
    parser.add_argument("--deadline", type=int, default=20)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(parser.parse_args(), Backend("127.0.0.1").ports))
