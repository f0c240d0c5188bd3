#!/usr/bin/env python3
"""Streams that the client cancels at random moments: before their head goes to the upstream, while they wait, and in
the middle of the response. In flight must come back to nothing, and memory must not grow.

usage: cancels.py [--rounds 5] [--streams 20000] [--upstream http1|h2c]
"""

import argparse
import heapq
import random
import selectors
import struct
import threading
import time

from soak import RST, H2, Backend, Gateway, frame, load, request, say

CANCEL = struct.pack(">I", 8)
OPEN = 40
DELAY = 0.2  # seconds, at most
EACH = 400  # below what is judged as premature resets


def client(gateway, source, seed):
    """One connection's streams, at most OPEN at a time."""
    chance = random.Random(seed)
    connection = H2(gateway.port, source)
    selector = selectors.DefaultSelector()
    selector.register(connection.socket, selectors.EVENT_READ)
    pending, opened = [], 0
    while opened < EACH or pending:
        now = time.perf_counter()
        out = b""
        while pending and pending[0][0] <= now:
            out += frame(RST, 0, heapq.heappop(pending)[1], CANCEL)
        while opened < EACH and len(pending) < OPEN:
            stream = 2 * opened + 1
            opened += 1
            kind = chance.randrange(4)
            if kind == 0:  # in the same write: the gateway has not sent anything yet
                out += request(stream, "GET", "/") + frame(RST, 0, stream, CANCEL)
                continue
            if kind == 1:  # while the upstream waits for the rest of the request
                out += request(stream, "POST", "/", False)
            else:  # in the middle of the response, which stops at our window; or anywhere
                out += request(stream, "GET", "/bytes/%d" % (1000000 if kind == 2 else 20000))
            heapq.heappush(pending, (now + chance.random() * DELAY, stream))
        if out:
            connection.send(out)
        wait = max(0.0, pending[0][0] - time.perf_counter()) if pending else 0
        if selector.select(min(wait, 0.01)):
            if not connection.socket.recv(262144):
                raise SystemExit("the gateway closed a connection")
    connection.close()


def run_round(gateway, number, streams):
    jobs = list(range(streams // EACH))
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not jobs:
                    return
                job = jobs.pop()
            client(gateway, "127.%d.%d.7" % (number, job + 1), number * 1000 + job)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def settled(gateway):
    """What is in flight, once it is nothing or five seconds have passed."""
    deadline = time.time() + 5
    while any(gateway.in_flight().values()) and time.time() < deadline:
        time.sleep(0.1)
    return gateway.in_flight()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--streams", type=int, default=20000)
    arguments.add_argument("--upstream", choices=("http1", "h2c"), default="http1")
    options = arguments.parse_args()
    backend = Backend()
    to = "http://127.0.0.1:%d" % backend.http1 if options.upstream == "http1" else "h2c://127.0.0.1:%d" % backend.h2c
    gateway = Gateway(to)
    fine = True
    try:
        say("h2 -> %s, %d streams a round, %s" % (options.upstream, options.streams, load()))
        for number in range(1, options.rounds + 1):
            begun = time.perf_counter()
            run_round(gateway, number, options.streams)
            took = time.perf_counter() - begun
            left = settled(gateway)
            asked = time.perf_counter()
            good = H2(gateway.port, "127.0.0.99")
            ok = good.get(1)
            answered = time.perf_counter() - asked
            good.close()
            fine = fine and ok and not any(left.values())
            say("round %d: %.1f s; in flight %s; good request %s in %.1f ms; direct (NMT Other) %.1f MiB, RSS %d MiB" % (
                number, took, sorted(left.values()), "ok" if ok else "FAILED", answered * 1e3,
                gateway.native(), gateway.rss()))
        for name in ("downstream_resets_total", "upstream_attempts_total", "upstream_connects_total",
                     "upstream_connections_active", "downstream_connections_active", "bugs_total",
                     "downstream_floods_total"):
            say("  gateway_%s %d" % (name, gateway.metric("gateway_" + name)))
        fine = fine and gateway.metric("gateway_bugs_total") == 0
        say("log of the gateway: %s; %s" % (gateway.log.name, load()))
        return 0 if fine else 1
    finally:
        gateway.close()
        backend.close()


if __name__ == "__main__":
    raise SystemExit(main())
