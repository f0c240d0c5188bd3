"""A client's connection of HTTP/2, in cleartext or in TLS, for calls and for tunnels of RFC 8441. Standard library only."""

import asyncio
import ssl
import struct

import hpack
from soak import (ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PREFACE, RST, SETTINGS, WINDOW_UPDATE, frame)

MAX_STREAMS, INITIAL_WINDOW, CONNECT_PROTOCOL = 3, 4, 8  # of SETTINGS
CODES = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
         "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM")


class Again(Exception):
    """Safe to try again; says why."""


class Failed(Exception):
    pass


def trusting(protocol):
    """A TLS context that offers this protocol alone, and takes every certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context


class Call:
    """A stream. Its answer is whole, or of a tunnel the head: `reader` has what comes behind that."""

    def __init__(self, window, tunnel):
        self.answer = asyncio.get_running_loop().create_future()
        self.fields, self.data, self.window = {}, b"", window
        self.reader = asyncio.StreamReader() if tunnel else None

    def end(self, outcome):
        if self.reader and isinstance(outcome, Exception):
            self.reader.set_exception(outcome)
        elif self.reader:
            self.reader.feed_eof()
        if not self.answer.done():
            if isinstance(outcome, Exception):
                self.answer.set_exception(outcome)
                self.answer.exception()  # whoever still sends asks for it, or has given up
            else:
                self.answer.set_result(outcome)


class Http2:
    """A connection. `leaving` once it takes no new stream."""

    def __init__(self, node, note, tls=None):
        self.node, self.note, self.tls, self.leaving, self.streams, self.next = node, note, tls, False, {}, 1
        self.most, self.settled = 100, asyncio.Event()
        self.window, self.initial, self.credit = 65535, 65535, asyncio.Condition()

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(
            self.node.address, self.node.tls if self.tls else self.node.port, ssl=self.tls, limit=2**20)
        self.writer.write(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 0)))  # no table to keep in step
        self.task = asyncio.create_task(self.read())
        return self

    def begin(self, fields, last, tunnel=False):
        stream = self.next
        self.next += 2
        call = self.streams[stream] = Call(self.initial, tunnel)
        self.writer.write(frame(HEADERS, END_HEADERS | END_STREAM if last else END_HEADERS, stream, hpack.encode(fields)))
        return stream, call

    def finish(self, stream):
        if self.streams.pop(stream, None) and not self.writer.is_closing():
            self.writer.write(frame(RST, 0, stream, struct.pack(">I", 8)))
        self.close_if_left()

    async def call(self, fields, pieces):
        """The DATA and the fields, trailers included, of one answer."""
        stream, call = self.begin(fields, not pieces)
        try:
            for at, piece in enumerate(pieces):
                if not await self.send(stream, call, piece, at == len(pieces) - 1):
                    break
            return await call.answer
        except asyncio.CancelledError:
            self.leaving = True  # too slow: the connection may lead nowhere
            raise
        finally:
            self.finish(stream)

    async def tunnel(self, fields):
        """A reader and a writer of what an extended CONNECT has led to."""
        await self.settled.wait()  # RFC 8441, section 3: not before the other end has said that it knows such a thing
        if self.leaving:
            raise Again("a connection that leaves")
        stream, call = self.begin(fields, False, True)
        try:
            answer, _ = await call.answer
            if answer[":status"] != "200":
                raise Failed("no tunnel: " + answer[":status"])
            return call.reader, Tunnel(self, stream, call)
        except BaseException:
            self.finish(stream)
            raise

    async def send(self, stream, call, piece, last):
        async with self.credit:
            await self.credit.wait_for(
                lambda: call.answer.done() or min(self.window, call.window) >= len(piece))
        if call.answer.done():
            return False
        self.window -= len(piece)
        call.window -= len(piece)
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
                        call = self.streams[stream]
                        call.fields.update(fields)
                        if call.reader:
                            call.answer.set_result((fields, b""))
                elif kind == DATA and payload:
                    update = struct.pack(">I", length)
                    self.writer.write(frame(WINDOW_UPDATE, 0, 0, update))
                    if stream in self.streams:
                        self.writer.write(frame(WINDOW_UPDATE, 0, stream, update))
                        if self.streams[stream].reader:
                            self.streams[stream].reader.feed_data(payload)
                        else:
                            self.streams[stream].data += payload
                else:
                    await self.control(kind, flags, stream, payload)
                if kind in (HEADERS, DATA) and flags & END_STREAM and stream in self.streams:
                    call = self.streams.pop(stream)
                    call.end((call.fields, call.data))
        except asyncio.IncompleteReadError as end:
            if end.partial:
                why = "connection closed in a frame"
        except (ConnectionError, ssl.SSLError) as broken:
            why = type(broken).__name__
            if not self.writer.is_closing():
                self.note("reset", "TCP")
        self.leaving = True
        for call in list(self.streams.values()):
            call.end(Failed(why))
        self.streams.clear()
        self.writer.close()
        self.settled.set()
        await self.woken()

    async def control(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack_from(">HI", payload, at)
                if name == INITIAL_WINDOW:
                    for call in self.streams.values():
                        call.window += value - self.initial
                    self.initial = value
                elif name == MAX_STREAMS:
                    self.most = value
                elif name == CONNECT_PROTOCOL and value:
                    self.settled.set()
            self.writer.write(frame(SETTINGS, ACK, 0))
            await self.woken()
        elif kind == PING and not flags & ACK:
            self.writer.write(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            more = struct.unpack(">I", payload)[0]
            if not stream:
                self.window += more
            elif stream in self.streams:
                self.streams[stream].window += more
            await self.woken()
        elif kind == GOAWAY:
            last, code = struct.unpack(">II", payload[:8])
            self.leaving = True
            self.note("goaway", CODES[code])
            for each in [each for each in self.streams if each > last]:
                self.streams.pop(each).end(Again("behind the GOAWAY"))
            await self.woken()
            self.close_if_left()
        elif kind == RST:
            code = CODES[struct.unpack(">I", payload)[0]]
            self.note("reset", code)
            if stream in self.streams:
                call = self.streams.pop(stream)
                call.end(Again(code) if code == "REFUSED_STREAM" else Failed("RST_STREAM " + code))
                await self.woken()

    async def woken(self):
        async with self.credit:
            self.credit.notify_all()

    def close_if_left(self):
        if self.leaving and not self.streams:
            self.writer.close()


class Tunnel:
    """Writes short texts, for which the other end has to keep the windows open."""

    def __init__(self, connection, stream, call):
        self.connection, self.stream, self.call = connection, stream, call

    def write(self, data):
        self.connection.window -= len(data)
        self.call.window -= len(data)
        if min(self.connection.window, self.call.window) < 0:
            raise Failed("no window for a text")
        if not self.connection.writer.is_closing():
            self.connection.writer.write(frame(DATA, 0, self.stream, data))

    def close(self):
        if not self.connection.writer.is_closing():
            self.connection.writer.write(frame(DATA, END_STREAM, self.stream))
        self.connection.streams.pop(self.stream, None)
        self.connection.close_if_left()
