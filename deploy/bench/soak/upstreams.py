#!/usr/bin/env python3
"""What clients notice of endpoints that die, come back, hang, fail and slow down: GETs at a constant rate over three of them.

usage: upstreams.py [--rate 400] [--policy default|careful] [--upstream http1|h2c]     Standard library only.

Each event is begun once for each of its lines; latency counts from the moment at which a request was due. `careful` adds
probes, a deadline for each try and retries of 500 to the defaults. Ends with 0 when the events that must cost nothing
(kill -9, restart, rolling restart) lost no request.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import signal
import time
import urllib.request

from soak import Gateway, free_port, load, say

BODY = b"x" * 128
DOCUMENTS = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  listeners: [{name: http, port: %%d, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: all}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{group: sluice.dev, kind: Backend, name: app}]}]
---
apiVersion: sluice.dev/v1
kind: Backend
metadata: {name: app}
spec:
  endpoints: [%s]
"""
CAREFUL = """
---
apiVersion: sluice.dev/v1
kind: TrafficPolicy
metadata: {name: app}
spec:
  targetRefs:
    - {group: sluice.dev, kind: Backend, name: app}
    - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: all}
  healthCheck: {type: HTTP, path: /, interval: 500ms, timeout: 250ms, unhealthyThreshold: 2}
  outlierDetection: {consecutiveGatewayErrors: 3, baseEjectionTime: 3s, maxEjectionPercent: 50}
  retry: {perTryTimeout: 500ms, statuses: [500, 502, 503, 504]}
"""


class Server(asyncio.Protocol):
    """HTTP/1.1 with keep-alive. `behaviour` is shared by all connections of the process."""

    behaviour = {"fail": 0.0, "delay": 0.0}
    connections = set()

    def connection_made(self, transport):
        self.transport, self.data, self.busy = transport, b"", 0
        Server.connections.add(self)

    def connection_lost(self, error):
        Server.connections.discard(self)

    def data_received(self, data):
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, self.data = self.data.split(b"\r\n\r\n", 1)
            target = head.split(b" ", 2)[1]
            if target.startswith(b"/behave?"):
                Server.behaviour.update(json.loads(urllib.request.unquote(target[8:].decode())))
                self.answer(200)
                continue
            self.busy += 1
            status = 500 if random.random() < Server.behaviour["fail"] else 200
            if Server.behaviour["delay"]:
                asyncio.get_running_loop().call_later(Server.behaviour["delay"], self.done, status)
            else:
                self.done(status)

    def done(self, status):
        self.busy -= 1
        self.answer(status)

    def answer(self, status):
        closing = Server.closing
        self.transport.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n%s\r\n" % (
            status, len(BODY), b"connection: close\r\n" if closing else b"") + BODY)
        if closing and not self.busy:
            self.transport.close()

    closing = False


async def serve(port):
    """Until SIGTERM, then as a good server goes: no new connections, idle ones closed, the others after their answer."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    server = await loop.create_server(Server, "127.0.0.1", port, backlog=1024)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    Server.closing = True
    server.close()
    for connection in list(Server.connections):
        if not connection.busy:
            connection.transport.close()
    while Server.connections:
        await asyncio.sleep(0.01)


class Endpoint:
    def __init__(self):
        self.port = free_port()
        self.start()

    def start(self):
        self.process = multiprocessing.Process(target=lambda: asyncio.run(serve(self.port)), daemon=True)
        self.process.start()
        self.behave()

    def behave(self, fail=0.0, delay=0.0):
        wanted = urllib.request.quote(json.dumps({"fail": fail, "delay": delay}))
        for _ in range(200):
            try:
                urllib.request.urlopen("http://127.0.0.1:%d/behave?%s" % (self.port, wanted), timeout=5).read()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit("an endpoint does not start")

    def signal(self, number):
        os.kill(self.process.pid, number)

    def stop(self, number):
        self.signal(number)
        self.process.join(10)


async def ask(idle, port):
    """One GET; its status, or why there is none."""
    while True:
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        if reader.at_eof():
            writer.close()
            continue
        try:
            writer.write(b"GET / HTTP/1.1\r\nhost: app\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
            await reader.readexactly(int(fields[b"content-length"]))
        except (OSError, asyncio.IncompleteReadError) as broken:
            writer.close()
            return type(broken).__name__
        if fields.get(b"connection") == b"close":
            writer.close()
        else:
            idle.append((reader, writer))
        status = int(head[9:12])
        return status if status == 200 else "%d %s" % (status, fields.get(b"proxy-status", b"from the backend").decode())


async def drive(port, rate, pipe):
    """Asks at a constant rate until told to stop; sends (due, seconds, outcome) of each."""
    idle, told, tasks = [], [], set()

    async def one(due):
        try:
            outcome = await asyncio.wait_for(ask(idle, port), 20)
        except (OSError, asyncio.TimeoutError) as error:
            outcome = type(error).__name__
        told.append((due, time.monotonic() - due, outcome))

    due = time.monotonic()
    while not pipe.poll():
        task = asyncio.ensure_future(one(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        due += 1.0 / rate
        await asyncio.sleep(max(0, due - time.monotonic()))
    await asyncio.gather(*tasks)
    pipe.send(told)


def report(name, told, begin, end, must):
    here = [each for each in told if begin <= each[0] < end]
    took = sorted(each[1] for each in here)
    failures = {}
    for each in here:
        if each[2] != 200:
            failures[each[2]] = failures.get(each[2], 0) + 1
    lost = sum(failures.values())
    say("%-34s n=%5d  failed %4d%s  p50 %7.1f  p99 %7.1f  max %7.1f ms" % (
        name, len(here), lost, " (must be 0)" if must else "", 1e3 * took[len(took) // 2],
        1e3 * took[int(len(took) * 0.99)], 1e3 * took[-1]))
    for what, count in sorted(failures.items(), key=lambda pair: -pair[1])[:4]:
        say("    %5d x %s" % (count, what))
    return lost == 0 or not must


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rate", type=int, default=400)
    arguments.add_argument("--policy", choices=("default", "careful"), default="default")
    arguments.add_argument("--seconds", type=float, default=8, help="what follows on an event")
    options = arguments.parse_args()
    endpoints = [Endpoint() for _ in range(3)]
    killed, other, third = endpoints  # each event needs one that is not still ejected for the one before
    listed = ", ".join("{address: 127.0.0.1, port: %d}" % each.port for each in endpoints)
    gateway = Gateway(documents=DOCUMENTS % listed + (CAREFUL if options.policy == "careful" else ""))
    pipe, theirs = multiprocessing.Pipe()
    client = multiprocessing.Process(target=lambda: asyncio.run(drive(gateway.port, options.rate, theirs)), daemon=True)
    marks = []

    def event(name, must, run, after=options.seconds):
        marks.append((name, time.monotonic(), must))
        run()
        time.sleep(after)

    def rolling():
        for each in endpoints:
            each.stop(signal.SIGTERM)
            time.sleep(1)
            each.start()
            time.sleep(2)

    def paused():
        other.signal(signal.SIGSTOP)
        time.sleep(5)
        other.signal(signal.SIGCONT)

    try:
        client.start()
        event("warming up", False, lambda: None)
        event("all well", False, lambda: None)
        event("kill -9 of one", True, lambda: killed.stop(signal.SIGKILL))
        event("its restart", True, killed.start)
        event("SIGSTOP of one for 5 s", False, paused)
        event("one answers 500 to 20 %", False, lambda: third.behave(fail=0.2))
        event("well again", False, third.behave)
        event("one takes 200 ms", False, lambda: other.behave(delay=0.2))
        event("well again", False, other.behave)
        event("rolling restart of all", True, rolling)
        event("well again", False, lambda: None, 2)
        pipe.send("stop")
        told = pipe.recv()
        client.join()
        say("%d requests/s over 3 endpoints, %s policy; %s" % (options.rate, options.policy, load()))
        fine = True
        for (name, begin, must), (_, end, _) in zip(marks, marks[1:] + [(None, time.monotonic(), None)]):
            fine = report(name, told, begin, end, must) and fine
        for series, count in sorted(gateway.metrics("gateway_upstream_(retries|ejections|requests_(active|pending)).*").items()):
            say("  %s %d" % (series, count))
        return 0 if fine else 1
    finally:
        gateway.close()
        for each in endpoints:
            each.process.kill()


if __name__ == "__main__":
    raise SystemExit(main())
