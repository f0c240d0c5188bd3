#!/usr/bin/env python3
"""A limit that three gateways share: what they let pass together while clients ask for three times as much, unevenly.

usage: ratelimit.py [--limit 1000] [--offered 3000] [--shares 80,15,5] [--seconds 30] [--burst 200] [--mode cluster]
Standard library only.

Starts three nodes of a cluster on loopback and asks each at a constant pace. Counting begins when the bucket is empty, five seconds
after the requests. Ends with 0 when the deviation from the limit is at most 2 %.
"""

import argparse
import multiprocessing
import socket
import sys
import threading
import time

from soak import Backend, Gateway, free_port, load, say

WARM_UP = 5
TICK = 0.01
CONNECTIONS = 4
DOCUMENTS = """
apiVersion: sluice.dev/v1
kind: Bootstrap
spec:
  cluster: {name: soak, bind: "127.0.0.1:%d", busPort: %d, members: [%s], secret: a secret of the soak runs}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  addresses: [{value: 127.0.0.1}]
  listeners: [{name: http, port: %%d, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: all}
spec:
  parentRefs: [{name: edge}]
  rules:
    - filters: [{type: ExtensionRef, extensionRef: {group: sluice.dev, kind: RateLimit, name: shared}}]
      backendRefs: [{group: sluice.dev, kind: Backend, name: app}]
---
apiVersion: sluice.dev/v1
kind: RateLimit
metadata: {name: shared}
spec:
  mode: %s
  rules: [{key: {route: true}, limit: {requests: %d}, burst: %d}]
---
apiVersion: sluice.dev/v1
kind: Backend
metadata: {name: app}
spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
"""
REQUEST = b"GET / HTTP/1.1\r\nhost: soak\r\n\r\n"


def client(port, rate, begin, seconds, results):
    """Asks at a constant pace: each tick what is due, in one piece. Answers are counted by the second they come in."""
    passed, refused, other = [[0] * (seconds + 10) for _ in range(3)]
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]

    def read(connection):
        rest = b""
        while True:
            try:
                data = connection.recv(262144)
            except OSError:
                return
            if not data:
                return
            data = rest + data
            whole = data.rfind(b"\r\n\r\n")
            if whole < 0:
                rest = data
                continue
            heads, rest = data[:whole], data[whole:]
            second = min(int(time.time() - begin), seconds + 9)
            statuses = heads.count(b"HTTP/1.1 ")
            ok, limited = heads.count(b"HTTP/1.1 200 "), heads.count(b"HTTP/1.1 429 ")
            passed[second] += ok
            refused[second] += limited
            other[second] += statuses - ok - limited

    readers = [threading.Thread(target=read, args=(c,), daemon=True) for c in connections]
    for reader in readers:
        reader.start()
    time.sleep(max(0, begin - time.time()))
    sent, tick = 0, 0
    while time.time() < begin + seconds:
        due = int((time.time() - begin) * rate)
        connections[tick % CONNECTIONS].sendall(REQUEST * (due - sent))
        sent, tick = due, tick + 1
        time.sleep(max(0, begin + tick * TICK - time.time()))
    time.sleep(1)
    for connection in connections:
        connection.close()
    results.put((port, sent, passed, refused, other))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--limit", type=int, default=1000)
    options.add_argument("--offered", type=int, default=3000)
    options.add_argument("--shares", default="80,15,5")
    options.add_argument("--seconds", type=int, default=30)
    options.add_argument("--burst", type=int, default=200)
    options.add_argument("--mode", default="cluster")
    options = options.parse_args()
    shares = [int(share) for share in options.shares.split(",")]
    backend = Backend()
    members = [free_port() for _ in shares]
    names = ", ".join('"127.0.0.1:%d"' % port for port in members)
    nodes = []
    try:
        for member in members:
            documents = DOCUMENTS % (
                member, free_port(), names, options.mode, options.limit, options.burst, backend.http1)
            nodes.append(Gateway(documents=documents))
        deadline = time.time() + 120
        while any(node.metric("gateway_cluster_members") != len(nodes) for node in nodes):
            if time.time() > deadline:
                raise SystemExit("the nodes do not find each other, see " + ", ".join(n.log.name for n in nodes))
            time.sleep(0.5)
        say("%d nodes, limit %d/s, burst %d, mode %s, %s" % (
            len(nodes), options.limit, options.burst, options.mode, load()))
        begin, seconds = time.time() + 1, WARM_UP + options.seconds
        results = multiprocessing.Queue()
        clients = [
            multiprocessing.Process(target=client, args=(
                node.port, options.offered * share / sum(shares), begin, seconds, results), daemon=True)
            for node, share in zip(nodes, shares)]
        for process in clients:
            process.start()
        told = {port: counts for port, *counts in (results.get(timeout=seconds + 60) for _ in clients)}
        window = range(WARM_UP, seconds)
        say("| node | asked/s | passed/s | refused/s | other |")
        say("| --- | --- | --- | --- | --- |")
        total = failed = 0
        for index, node in enumerate(nodes):
            sent, passed, refused, other = told[node.port]
            admitted = sum(passed[s] for s in window)
            total, failed = total + admitted, failed + sum(other)
            say("| %d | %.1f | %.1f | %.1f | %d |" % (
                index + 1, sent / seconds, admitted / options.seconds,
                sum(refused[s] for s in window) / options.seconds, sum(other)))
        each = [sum(told[node.port][1][s] for node in nodes) for s in window]
        deviation = 100.0 * (total / options.seconds / options.limit - 1)
        say("passed in each second: " + " ".join(str(count) for count in each))
        say("leases that owners did not give in time: %d" % sum(
            node.metric("gateway_rate_limit_unanswered_total") for node in nodes))
        say("admitted %.1f/s of %d/s over %d s: %+.2f %%; %d failed; %s" % (
            total / options.seconds, options.limit, options.seconds, deviation, failed, load()))
        return 0 if abs(deviation) <= 2 and not failed else 1
    finally:
        for node in nodes:
            node.close()
        backend.close()


if __name__ == "__main__":
    sys.exit(main())
