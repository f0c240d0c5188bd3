"""A limit that the nodes of a cluster share, and clients that ask each of them for more than all may let pass. Standard library only."""

import asyncio
import multiprocessing
import time

# What passes is answered by the gateway itself, so that a request costs little.
DOCUMENTS = """
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: limited}
spec:
  parentRefs: [{name: edge}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /limited}}]
      filters:
        - {type: ExtensionRef, extensionRef: {group: sluice.dev, kind: RateLimit, name: shared}}
        - {type: RequestRedirect, requestRedirect: {statusCode: 302, path: {type: ReplaceFullPath, replaceFullPath: /}}}
---
apiVersion: sluice.dev/v1
kind: RateLimit
metadata: {name: shared}
spec:
  mode: cluster
  rules: [{key: {route: true}, limit: {requests: %d}, burst: %d}]
"""
REQUEST = b"GET /limited HTTP/1.1\r\nhost: soak\r\n\r\n"
CONNECTIONS = 4
TICK = 0.02
SILENCE = 5  # seconds without an answer, after which a client tries another connection


def leased(burst, nodes, loops):
    """What lies in leases at most (docs/operations.md, rate limits)."""
    return nodes * max(1, burst / (4 * nodes)) + nodes * loops * max(1, burst / (4 * nodes * loops))


def bound(limit, burst, nodes, loops, seconds, unsure=0, alone=0):
    """What may pass at most in so many seconds. In `unsure` of them some nodes may reach a key's owner and others not, so that up to
    twice the limit passes, out of full buckets of their own; for `alone` seconds one node sees no majority, and has its share."""
    most = limit * seconds + burst + leased(burst, nodes, loops)
    if unsure:
        most += limit * min(unsure, seconds) + burst
    if alone:
        most += (limit * alone + burst) / nodes
    return most


async def connection(address, port, rate, told, stopping):
    """Asks at a constant rate, as long as there are answers."""
    reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 1)
    heard = time.monotonic()

    async def read():
        nonlocal heard
        rest = b""
        while True:
            data = await reader.read(65536)
            if not data:
                return
            heard = time.monotonic()
            rest += data
            whole = rest.rfind(b"\r\n\r\n")
            if whole >= 0:
                heads, rest = rest[:whole], rest[whole:]
                told.append((heard, heads.count(b"HTTP/1.1 302 "), heads.count(b"HTTP/1.1 429 ")))

    reading = asyncio.create_task(read())
    try:
        asked = time.monotonic()
        while not stopping() and not reading.done() and time.monotonic() < heard + SILENCE:
            count = int((time.monotonic() - asked) * rate)
            asked += count / rate
            if writer.transport.get_write_buffer_size() == 0:
                writer.write(REQUEST * min(count, int(rate)))
            await asyncio.sleep(TICK)
    finally:
        reading.cancel()
        writer.close()


async def offer(address, port, rate, pipe):
    told = []

    async def again():
        while not pipe.poll():
            try:
                await connection(address, port, rate / CONNECTIONS, told, pipe.poll)
            except (OSError, asyncio.TimeoutError):
                await asyncio.sleep(0.1)

    await asyncio.gather(*(again() for _ in range(CONNECTIONS)))
    pipe.send(told)


class Offered:
    """Clients of one node, in a process of its own."""

    def __init__(self, node, rate):
        self.pipe, theirs = multiprocessing.Pipe()
        address, port = node.address, node.port
        self.process = multiprocessing.Process(target=lambda: asyncio.run(offer(address, port, rate, theirs)), daemon=True)
        self.process.start()

    def end(self):
        """(when, how many passed, how many were refused), as answers came."""
        self.pipe.send("stop")
        told = self.pipe.recv()
        self.process.join()
        return told
