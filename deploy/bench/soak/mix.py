"""A constant-rate mix of clients that behave as libraries do: HTTP/1.1, HTTP/2, gRPC, WebSocket, uploads of 10 MiB.

They share the addresses that are ready, as behind a Kubernetes Service: a node that says 503 at /readyz gets no new connection,
those that it has stay. A request is tried again where the protocols say that it is safe, and only there: a stream behind the last one
of a GOAWAY, REFUSED_STREAM, a GET on a kept connection that ends before any byte of an answer.
"""

import asyncio
import collections
import multiprocessing
import random
import struct
import time

import hpack
from backend import MESSAGE, MESSAGES
from soak import (ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST, SETTINGS, WINDOW_UPDATE, frame)
from websocket import CLOSE_1001, TEXT, UPGRADE

UPLOAD = 10 * 2**20
PIECE = b"u" * 16384
CONNECTIONS = 3  # of HTTP/2, for pages and for calls each
PROTOCOLS = ("h1", "h2", "grpc unary", "grpc stream", "websocket", "upload h1", "upload h2")
CODES = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
         "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM")


class Again(Exception):
    """Safe to try again; says why."""


class Failed(Exception):
    pass


class Http2:
    """A connection. `leaving` once it takes no new stream."""

    def __init__(self, node, note):
        self.node, self.note, self.leaving, self.streams, self.next = node, note, False, {}, 1
        self.window, self.initial, self.credit = 65535, 65535, asyncio.Condition()

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(self.node.address, self.node.port, limit=2**20)
        self.writer.write(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 0)))  # no table to keep in step
        self.task = asyncio.create_task(self.read())
        return self

    async def call(self, fields, pieces):
        """The DATA and the fields, trailers included, of one answer."""
        stream = self.next
        self.next += 2
        call = self.streams[stream] = {
            "answer": asyncio.get_running_loop().create_future(), "fields": {}, "data": b"", "window": self.initial}
        self.writer.write(frame(HEADERS, END_HEADERS if pieces else END_HEADERS | END_STREAM, stream, hpack.encode(fields)))
        try:
            for at, piece in enumerate(pieces):
                if not await self.send(stream, call, piece, at == len(pieces) - 1):
                    break
            return await call["answer"]
        except asyncio.CancelledError:
            self.leaving = True  # too slow: the connection may lead nowhere
            raise
        finally:
            if self.streams.pop(stream, None) and not self.writer.is_closing():
                self.writer.write(frame(RST, 0, stream, struct.pack(">I", 8)))
            self.close_if_left()

    async def send(self, stream, call, piece, last):
        async with self.credit:
            await self.credit.wait_for(
                lambda: call["answer"].done() or min(self.window, call["window"]) >= len(piece))
        if call["answer"].done():
            return False
        self.window -= len(piece)
        call["window"] -= len(piece)
        self.writer.write(frame(DATA, END_STREAM if last else 0, stream, piece))
        await self.writer.drain()
        return True

    async def read(self):
        decoder = hpack.Decoder()
        why = "connection closed"
        try:
            while True:
                length = int.from_bytes(await self.reader.readexactly(3), "big")
                kind, flags, stream = struct.unpack(">BBI", await self.reader.readexactly(6))
                payload = await self.reader.readexactly(length)
                if kind == HEADERS:
                    fields = decoder.decode(payload[5:] if flags & 0x20 else payload)
                    if stream in self.streams:
                        self.streams[stream]["fields"].update(fields)
                elif kind == DATA and payload:
                    update = struct.pack(">I", length)
                    self.writer.write(frame(WINDOW_UPDATE, 0, 0, update))
                    if stream in self.streams:
                        self.writer.write(frame(WINDOW_UPDATE, 0, stream, update))
                        self.streams[stream]["data"] += payload
                else:
                    await self.control(kind, flags, stream, payload)
                if kind in (HEADERS, DATA) and flags & END_STREAM and stream in self.streams:
                    call = self.streams.pop(stream)
                    self.end(call, (call["fields"], call["data"]))
        except asyncio.IncompleteReadError as end:
            if end.partial:
                why = "connection closed in a frame"
        except ConnectionError as broken:
            why = type(broken).__name__
            if not self.writer.is_closing():
                self.note("reset", "TCP")
        self.leaving = True
        for call in list(self.streams.values()):
            self.end(call, Failed(why))
        self.streams.clear()
        self.writer.close()
        await self.woken()

    async def control(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack_from(">HI", payload, at)
                if name == 4:
                    for call in self.streams.values():
                        call["window"] += value - self.initial
                    self.initial = value
            self.writer.write(frame(SETTINGS, ACK, 0))
            await self.woken()
        elif kind == PING and not flags & ACK:
            self.writer.write(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            more = struct.unpack(">I", payload)[0]
            if not stream:
                self.window += more
            elif stream in self.streams:
                self.streams[stream]["window"] += more
            await self.woken()
        elif kind == GOAWAY:
            last, code = struct.unpack(">II", payload[:8])
            self.leaving = True
            self.note("goaway", CODES[code])
            for each in [each for each in self.streams if each > last]:
                self.end(self.streams.pop(each), Again("behind the GOAWAY"))
            await self.woken()
            self.close_if_left()
        elif kind == RST:
            code = CODES[struct.unpack(">I", payload)[0]]
            self.note("reset", code)
            if stream in self.streams:
                call = self.streams.pop(stream)
                self.end(call, Again(code) if code == "REFUSED_STREAM" else Failed("RST_STREAM " + code))
                await self.woken()

    def end(self, call, outcome):
        if not call["answer"].done():
            if isinstance(outcome, Exception):
                call["answer"].set_exception(outcome)
                call["answer"].exception()  # whoever still sends asks for it, or has given up
            else:
                call["answer"].set_result(outcome)

    async def woken(self):
        async with self.credit:
            self.credit.notify_all()

    def close_if_left(self):
        if self.leaving and not self.streams:
            self.writer.close()


class Mix:
    """`told` is a list of (when it ended, protocol, node, outcome), `counts` of what else was seen, by protocol."""

    def __init__(self, nodes, rate, pinned):
        self.nodes, self.rate, self.pinned = nodes, rate, pinned
        self.ready = [each for each in nodes if pinned or each.ready()]
        self.told, self.counts, self.tasks = [], collections.Counter(), set()
        self.idle, self.http2 = [], {"h2": [], "grpc": []}
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

    async def h1(self, node):
        kept = [each for each in self.idle if not each[1].at_eof()]
        reused = bool(kept)
        if kept:
            connection = random.choice(kept)
            self.idle.remove(connection)
        else:
            at = self.any()
            node[0] = at.name
            connection = (at,) + await asyncio.open_connection(at.address, at.port)
        self.idle = [each for each in self.idle if not each[1].at_eof() or each[2].close()]
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
            self.idle.append(connection)

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

    async def stream(self, group, node, method, path, pieces, more=()):
        connections = self.http2[group] = [each for each in self.http2[group] if not each.leaving]
        if len(connections) < CONNECTIONS:
            at = self.any()
            node[0] = at.name
            connection = await Http2(at, lambda what, which: self.counts.update([(group, what, which)])).open()
            self.http2[group].append(connection)
        else:
            connection = random.choice(connections)
        node[0] = connection.node.name
        return await connection.call(
            ((":method", method), (":scheme", "http"), (":path", path), (":authority", "soak")) + more, pieces)

    async def h2(self, node):
        self.check(await self.stream("h2", node, "GET", "/", ()), b"good")

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
        """Texts until the other end closes, or the run is over."""
        at = self.any()
        node[0] = at.name
        reader, writer = await asyncio.open_connection(at.address, at.port)
        try:
            writer.write(UPGRADE)
            if not (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 "):
                raise Failed("no WebSocket")
            while True:
                writer.write(CLOSE_1001 if self.stopping.is_set() else TEXT)
                first, length = await reader.readexactly(2)
                payload = await reader.readexactly(length)
                if first == 0x88:
                    if payload != b"\x03\xe9":
                        raise Failed("closed with %r" % payload)
                    if not self.stopping.is_set():
                        writer.write(CLOSE_1001)
                        self.counts["websocket", "closed", "1001"] += 1
                        if await reader.read() != b"":
                            raise Failed("something behind the Close")
                    return
                self.counts["websocket", "texts", "echoed"] += 1
                await asyncio.sleep(0.2)
        except BaseException:
            if not self.pinned:
                self.counts["websocket", "closed", "otherwise"] += 1
            raise
        finally:
            writer.close()

    # Their rates.

    async def every(self, seconds, protocol):
        """One each so many seconds, whether or not those before have ended."""
        due = time.monotonic() + random.random() * seconds
        while not self.stopping.is_set():
            await asyncio.sleep(max(0, due - time.monotonic()))
            due += seconds
            self.go(self.once(protocol, 5 if self.pinned else 30))

    async def chat(self):
        while not self.stopping.is_set():
            await self.once("websocket", 3600)

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
            for _ in range(20):
                self.go(self.chat())
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
        nodes = [collections.namedtuple("At", "name address port ready")(each.name, each.address, each.port, each.ready)
                 for each in nodes]
        self.process = multiprocessing.Process(
            target=lambda: asyncio.run(Mix(nodes, rate, pinned).run(theirs)), daemon=True)
        self.process.start()

    def end(self):
        self.pipe.send("stop")
        told = self.pipe.recv()
        self.process.join()
        return told
