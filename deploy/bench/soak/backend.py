"""The backend of roll.py, chaos.py and drain.py: pages, uploads and WebSockets over HTTP/1.1, gRPC over h2c. Standard library only."""

import asyncio
import base64
import hashlib
import multiprocessing
import random
import struct

import hpack
from soak import ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, RST, SETTINGS, WINDOW_UPDATE, frame
from websocket import echo

WINDOW = 2**31 - 1
MESSAGES, BETWEEN = 10, 0.2  # of a stream; seconds
MESSAGE = b"\0\0\0\0\x04good"
KEY = b"sec-websocket-key: "


async def http1(reader, writer):
    """A WebSocket gets its texts back, a body the number of its bytes, /slow/SECONDS two halves, anything else `good`: after up to
    two seconds at /wait.
    """
    try:
        while True:
            raw = await reader.readuntil(b"\r\n\r\n")
            head = raw.lower()
            if b"upgrade: websocket" in head:
                writer.write(switching(raw[head.index(KEY) + len(KEY):].split(b"\r\n")[0]))
                return await echo(reader, writer)
            path = head.split(b" ")[1].decode()
            if path.startswith("/slow/"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf")
                await asyncio.sleep(float(path[6:]))
                writer.write(b"half")
                continue
            if head.startswith(b"get /wait"):
                await asyncio.sleep(2 * random.random())
            answer = b"good"
            if head.startswith(b"post"):
                answer = b"%d" % await body(head, reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(answer), answer))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def switching(key):
    """RFC 6455, section 4.2.2."""
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    return (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            b"sec-websocket-accept: %s\r\n\r\n" % accept)


async def body(head, reader):
    if b"content-length: " in head:
        left = length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        while left:
            left -= len(await read(reader, left))
        return length
    length = 0
    while True:
        size = int(await reader.readuntil(b"\r\n"), 16)
        length += size
        left = size + 2
        while left:
            left -= len(await read(reader, left))
        if not size:
            return length


async def read(reader, most):
    data = await reader.read(min(most, 262144))
    if not data:
        raise asyncio.IncompleteReadError(b"", most)
    return data


async def h2c(reader, writer):
    """Calls of one message: /echo.Echo/Unary is answered at once, /echo.Echo/Unary-SECONDS then, /echo.Echo/Stream with ten
    messages in two seconds, /echo.Echo/Stream-SECONDS with as many as fit."""
    decoder, calls, tasks = hpack.Decoder(), {}, {}
    try:
        await reader.readexactly(len(PREFACE))
        writer.write(frame(SETTINGS, 0, 0))
        while True:
            length = int.from_bytes(await reader.readexactly(3), "big")
            kind, flags, stream = struct.unpack(">BBI", await reader.readexactly(6))
            payload = await reader.readexactly(length)
            if kind == SETTINGS and not flags & ACK:
                writer.write(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                writer.write(frame(PING, ACK, 0, payload))
            elif kind == HEADERS:
                calls[stream] = decoder.decode(payload[5:] if flags & 0x20 else payload)[":path"]
            elif kind == DATA and payload:
                writer.write(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", length)))
            elif kind == RST and stream in tasks:
                tasks.pop(stream).cancel()
            if kind in (HEADERS, DATA) and flags & END_STREAM:
                tasks[stream] = asyncio.create_task(call(writer, stream, calls.pop(stream)))
                tasks[stream].add_done_callback(lambda _, stream=stream: tasks.pop(stream, None))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        for task in list(tasks.values()):
            task.cancel()
        writer.close()


def messages(seconds):
    """Of a stream that takes so long."""
    return int(seconds / BETWEEN)


async def call(writer, stream, path):
    method, _, seconds = path.rpartition("/")[2].partition("-")
    unary = method == "Unary"
    if unary:
        await asyncio.sleep(float(seconds or 0))
    writer.write(frame(HEADERS, END_HEADERS, stream, hpack.encode(((":status", "200"), ("content-type", "application/grpc")))))
    for at in range(1 if unary else messages(float(seconds)) if seconds else MESSAGES):
        if at:
            await asyncio.sleep(BETWEEN)
        writer.write(frame(DATA, 0, stream, MESSAGE))
    writer.write(frame(HEADERS, END_HEADERS | END_STREAM, stream, hpack.encode((("grpc-status", "0"),))))


async def serve(address, pipe):
    servers = [await asyncio.start_server(protocol, address, 0, backlog=4096, limit=2**20) for protocol in (http1, h2c)]
    pipe.send([each.sockets[0].getsockname()[1] for each in servers])
    await asyncio.Event().wait()


class Backend:
    """`ports` of HTTP/1.1 and of h2c, in a process of its own."""

    def __init__(self, address):
        pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=lambda: asyncio.run(serve(address, theirs)), daemon=True)
        self.process.start()
        self.ports = pipe.recv()
