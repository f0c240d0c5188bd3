"""A constant-rate mix of clients that behave as libraries do: HTTP/1.1 and HTTP/2 in cleartext and in TLS, HTTP/3, gRPC, WebSocket
over HTTP/1.1 and over HTTP/2, uploads of 10 MiB.

They share the addresses that are ready, as behind a Kubernetes Service: a node that says 503 at /readyz gets no new connection,
those that it has stay. A request is tried again where the protocols say that it is safe, and only there: a stream behind the last one
of a GOAWAY, REFUSED_STREAM or H3_REQUEST_REJECTED, a GET on a kept connection that ends before any byte of an answer.
"""

import asyncio
import collections
import multiprocessing
import random
import time

import http3
from backend import MESSAGE, MESSAGES
from http2 import Again, Failed, Http2, trusting
from websocket import CLOSE_1001, TEXT, UPGRADE

UPLOAD = 10 * 2**20
PIECE = b"u" * 16384
BROWSERS = 3  # of HTTP/3
CONNECTIONS = 3  # of HTTP/2 in each group, and more while these are full
GROUPS = ("h2", "h2 tls", "grpc", "websocket h2")
PROTOCOLS = ("h1", "h1 tls", "h2", "h2 tls", "h3", "grpc unary", "grpc stream", "websocket", "websocket h2", "upload h1",
             "upload h2")


class Mix:
    """`told` is a list of (when it ended, protocol, node, outcome), `counts` of what else was seen, by protocol."""

    def __init__(self, nodes, rate, pinned):
        self.nodes, self.rate, self.pinned = nodes, rate, pinned
        self.ready = [each for each in nodes if pinned or each.ready()]
        self.told, self.counts, self.tasks = [], collections.Counter(), set()
        self.idle, self.http2 = {None: [], "tls": []}, {group: [] for group in GROUPS}
        self.contexts = {protocol: trusting(protocol) for protocol in ("http/1.1", "h2")}
        self.stopping = asyncio.Event()

    def any(self):
        return random.choice(self.ready or self.nodes)

    async def poll(self, node):
        """What a Kubernetes Service knows: whether it was ready a quarter of a second ago."""
        loop = asyncio.get_running_loop()
        while not self.stopping.is_set():
            if await loop.run_in_executor(None, node.ready) == (node not in self.ready):
                self.ready = [each for each in self.nodes if (each in self.ready) != (each is node)]
            await asyncio.sleep(0.25)

    # One request of each protocol, tried again where that is safe.

    async def once(self, protocol, seconds=30):
        node = ["-"]
        try:
            for _ in range(5):
                try:
                    await asyncio.wait_for(getattr(self, protocol.replace(" ", "_"))(node), seconds)
                    outcome = "ok"
                    break
                except Again as why:
                    self.counts[protocol, "retry", str(why)] += 1
                    outcome = "five tries"
        except Failed as why:
            outcome = str(why)
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as why:
            outcome = type(why).__name__
        self.told.append((time.monotonic(), protocol, node[0], outcome))

    async def h1(self, node, tls=None):
        kept = [each for each in self.idle[tls] if not each[1].at_eof()]
        reused = bool(kept)
        if kept:
            connection = random.choice(kept)
            self.idle[tls].remove(connection)
        else:
            at = self.any()
            node[0] = at.name
            connection = (at,) + await asyncio.open_connection(
                at.address, at.tls if tls else at.port, ssl=self.contexts["http/1.1"] if tls else None)
        self.idle[tls] = [each for each in self.idle[tls] if not each[1].at_eof() or each[2].close()]
        at, reader, writer = connection
        node[0] = at.name
        try:
            writer.write(b"GET / HTTP/1.1\r\nhost: soak\r\n\r\n")
            fields = await self.answer(reader, b"good")
        except asyncio.IncompleteReadError as end:
            writer.close()
            if reused and not end.partial:
                raise Again("a kept connection closed") from None
            raise
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in fields:
            writer.close()
        else:
            self.idle[tls].append(connection)

    async def h1_tls(self, node):
        await self.h1(node, "tls")

    async def answer(self, reader, wanted):
        fields = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(fields.split(b"content-length: ")[1].split(b"\r\n")[0]))
        if not fields.startswith(b"http/1.1 200 ") or body != wanted:
            raise Failed(fields[9:12].decode() + " " + body.decode("latin-1")[:80])
        return fields

    async def upload_h1(self, node):
        at = self.any()
        node[0] = at.name
        reader, writer = await asyncio.open_connection(at.address, at.port)
        try:
            writer.write(b"POST / HTTP/1.1\r\nhost: soak\r\ncontent-length: %d\r\n\r\n" % UPLOAD)
            for at in range(0, UPLOAD, len(PIECE)):
                writer.write(PIECE)
                await writer.drain()
                if at % 2**18 == 0:
                    await asyncio.sleep(0.02)
            await self.answer(reader, b"%d" % UPLOAD)
        finally:
            writer.close()

    async def connection(self, group, node):
        connections = self.http2[group] = [each for each in self.http2[group] if not each.leaving]
        free = [each for each in connections if len(each.streams) < each.most]
        if len(connections) < CONNECTIONS or not free:
            at = self.any()
            node[0] = at.name
            connection = await Http2(at, lambda what, which: self.counts.update([(group, what, which)]),
                                     None if group in ("h2", "grpc") else self.contexts["h2"]).open()
            self.http2[group].append(connection)
        else:
            connection = random.choice(free)
        node[0] = connection.node.name
        return connection

    async def stream(self, group, node, method, path, pieces, more=()):
        connection = await self.connection(group, node)
        scheme = "https" if connection.tls else "http"
        return await connection.call(
            ((":method", method), (":scheme", scheme), (":path", path), (":authority", "soak")) + more, pieces)

    async def h2(self, node):
        self.check(await self.stream("h2", node, "GET", "/", ()), b"good")

    async def h2_tls(self, node):
        self.check(await self.stream("h2 tls", node, "GET", "/", ()), b"good")

    async def upload_h2(self, node):
        self.check(await self.stream("h2", node, "POST", "/", (PIECE,) * (UPLOAD // len(PIECE))), b"%d" % UPLOAD)

    async def grpc_unary(self, node):
        await self.rpc(node, "/echo.Echo/Unary", MESSAGE)

    async def grpc_stream(self, node):
        await self.rpc(node, "/echo.Echo/Stream", MESSAGE * MESSAGES)

    async def rpc(self, node, path, wanted):
        fields, data = await self.stream("grpc", node, "POST", path, (MESSAGE,), (
            ("te", "trailers"), ("content-type", "application/grpc"), ("grpc-timeout", "20S")))
        if fields.get("grpc-status") != "0":
            raise Failed("grpc-status %s %s" % (fields.get("grpc-status"), fields.get("grpc-message")))
        self.check((fields, data), wanted)

    def check(self, answer, wanted):
        fields, data = answer
        if fields[":status"] != "200" or data != wanted:
            raise Failed("%s with %d bytes: %r" % (fields[":status"], len(data), data[:80]))

    async def websocket(self, node):
        at = self.any()
        node[0] = at.name
        reader, writer = await asyncio.open_connection(at.address, at.port)
        try:
            writer.write(UPGRADE)
            if not (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 "):
                raise Failed("no WebSocket")
            await self.texts("websocket", reader, writer)
        finally:
            writer.close()

    async def websocket_h2(self, node):
        connection = await self.connection("websocket h2", node)
        reader, writer = await connection.tunnel((
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/chat"), (":authority", "soak"),
            ("sec-websocket-version", "13")))
        try:
            await self.texts("websocket h2", reader, writer)
        finally:
            writer.close()

    async def texts(self, protocol, reader, writer):
        """Until the other end closes, or the run is over."""
        try:
            while True:
                writer.write(CLOSE_1001 if self.stopping.is_set() else TEXT)
                first, length = await reader.readexactly(2)
                payload = await reader.readexactly(length)
                if first == 0x88:
                    if payload != b"\x03\xe9":
                        raise Failed("closed with %r" % payload)
                    if not self.stopping.is_set():
                        writer.write(CLOSE_1001)
                        self.counts[protocol, "closed", "1001"] += 1
                        if await reader.read() != b"":
                            raise Failed("something behind the Close")
                    return
                self.counts[protocol, "texts", "echoed"] += 1
                await asyncio.sleep(0.2)
        except BaseException:
            self.counts[protocol, "closed", "otherwise"] += 1
            raise

    # Their rates.

    async def every(self, seconds, protocol):
        """One each so many seconds, whether or not those before have ended."""
        due = time.monotonic() + random.random() * seconds
        while not self.stopping.is_set():
            await asyncio.sleep(max(0, due - time.monotonic()))
            due += seconds
            self.go(self.once(protocol, 5 if self.pinned else 30))

    async def chat(self, protocol):
        await asyncio.sleep(random.random())
        while not self.stopping.is_set():
            await self.once(protocol, 3600)

    async def browse(self):
        """Connections of HTTP/3, the next one when one takes no more requests."""
        while not self.stopping.is_set():
            at = self.any()
            connection = http3.Http3(at, lambda outcome, at=at: self.told.append((time.monotonic(), "h3", at.name, outcome)),
                                     lambda what, which: self.counts.update([("h3", what, which)]))
            self.go(connection.run())
            await connection.leaving.wait()

    def go(self, what):
        task = asyncio.ensure_future(what)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def run(self, pipe):
        shares = {"h1": 0.4, "h2": 0.3, "grpc unary": 0.3, "grpc stream": 0.03}
        if not self.pinned:
            for node in self.nodes:
                self.go(self.poll(node))
            shares.update({"upload h1": 0.25 / self.rate, "upload h2": 0.25 / self.rate})
            chats = ["websocket"] * 20
            if self.nodes[0].tls:
                shares.update({"h1": 0.25, "h1 tls": 0.15, "h2": 0.15, "h2 tls": 0.15})
                chats += ["websocket h2"] * 20
                for _ in range(BROWSERS):
                    self.go(self.browse())
            for protocol in chats:
                self.go(self.chat(protocol))
        for protocol, share in shares.items():
            self.go(self.every(1 / (self.rate * share), protocol))
        while not pipe.poll():
            await asyncio.sleep(0.05)
        self.stopping.set()
        while self.tasks:
            await asyncio.wait(list(self.tasks), timeout=40)
        pipe.send((self.told, self.counts))


class Driven:
    """A mix in a process of its own. With `pinned` its clients know nothing of readiness, and short requests are all they do."""

    def __init__(self, nodes, rate, pinned=False):
        self.pipe, theirs = multiprocessing.Pipe()
        nodes = [collections.namedtuple("At", "name address port tls ready")(
            each.name, each.address, each.port, each.tls, each.ready) for each in nodes]
        self.process = multiprocessing.Process(
            target=lambda: asyncio.run(Mix(nodes, rate, pinned).run(theirs)), daemon=True)
        self.process.start()

    def end(self):
        self.pipe.send("stop")
        told = self.pipe.recv()
        self.process.join()
        return told
