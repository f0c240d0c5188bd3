#!/usr/bin/env python3
"""A limit that three gateways share: what they let pass together while clients ask for three times as much, unevenly.

usage: ratelimit.py [--limit 1000] [--offered 3000] [--shares 80,15,5] [--seconds 30] [--burst 200] [--mode cluster]
       ratelimit.py --cost [--limit 3000] [--burst 600] [--seconds 6] [--rounds 6]
Standard library only.

Starts three nodes of a cluster on loopback and asks each at a constant pace. Counting begins when the bucket is empty, five seconds
after the requests. Ends with 0 when the deviation from the limit is at most 2 %.

With --cost: the CPU time of the gateways for a request in mode cluster and in mode local, where each node has its third of the limit.
The same processes serve both modes in turns, asked for two thirds and for twice of the limit, evenly. What they take while nobody
asks is subtracted, and what JIT compilers take. Ends with 0 when a request costs at most 10 % more in mode cluster.
"""

import argparse
import collections
import multiprocessing
import os
import socket
import statistics
import sys
import threading
import time

from soak import TICKS, Backend, Gateway, free_port, load, say

WARM_UP = 5
TICK = 0.01
CONNECTIONS = 4
GROUPS = ("loops", "hazelcast", "other")  # of threads
DEARER = 1.1  # times what a request costs in mode local, it may in mode cluster
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
apiVersion: sluice.dev/v1
kind: Backend
metadata: {name: app}
spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
"""
LIMITED = """
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: %(mode)s}
spec:
  parentRefs: [{name: edge}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /%(mode)s}}]
      filters: [{type: ExtensionRef, extensionRef: {group: sluice.dev, kind: RateLimit, name: %(mode)s}}]
      backendRefs: [{group: sluice.dev, kind: Backend, name: app}]
---
apiVersion: sluice.dev/v1
kind: RateLimit
metadata: {name: %(mode)s}
spec:
  mode: %(mode)s
  rules: [{key: {route: true}, limit: {requests: %(limit)d}, burst: %(burst)d}]
"""
REQUEST = b"GET /%s HTTP/1.1\r\nhost: soak\r\n\r\n"


def client(port, mode, rate, begin, seconds, results):
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
    request = REQUEST % mode.encode()
    sent, tick = 0, 0
    while time.time() < begin + seconds:
        due = int((time.time() - begin) * rate)
        connections[tick % CONNECTIONS].sendall(request * (due - sent))
        sent, tick = due, tick + 1
        time.sleep(max(0, begin + tick * TICK - time.time()))
    time.sleep(1)
    for connection in connections:
        connection.close()
    results.put((port, sent, passed, refused, other))


def start(backend, limits, nodes):
    """Nodes that see each other."""
    members = [free_port() for _ in range(nodes)]
    names = ", ".join('"127.0.0.1:%d"' % port for port in members)
    started = []
    try:
        for member in members:
            documents = DOCUMENTS % (member, free_port(), names, backend.http1) + "".join(LIMITED % each for each in limits)
            started.append(Gateway(documents=documents))
        deadline = time.time() + 120
        while any(node.metric("gateway_cluster_members") != nodes for node in started):
            if time.time() > deadline:
                raise SystemExit("the nodes do not find each other, see " + ", ".join(n.log.name for n in started))
            time.sleep(0.5)
        return started
    except BaseException:
        stop(started)
        raise


def stop(nodes):
    for node in nodes:
        node.close()


def ask(nodes, mode, rates, seconds):
    """What clients of each node count: requests sent, and by second those that passed, were refused, ended otherwise."""
    begin = time.time() + 1
    results = multiprocessing.Queue()
    for node, rate in zip(nodes, rates):
        multiprocessing.Process(target=client, args=(node.port, mode, rate, begin, seconds, results), daemon=True).start()
    told = {port: counts for port, *counts in (results.get(timeout=seconds + 60) for _ in nodes)}
    return [told[node.port] for node in nodes]


def share(options, nodes):
    """Whether the limit is kept."""
    shares = [int(share) for share in options.shares.split(",")]
    say("%d nodes, limit %d/s, burst %d, mode %s, %s" % (
        len(nodes), options.limit, options.burst, options.mode, load()))
    seconds = WARM_UP + options.seconds
    told = ask(nodes, options.mode, [options.offered * share / sum(shares) for share in shares], seconds)
    window = range(WARM_UP, seconds)
    say("| node | asked/s | passed/s | refused/s | other |")
    say("| --- | --- | --- | --- | --- |")
    total = failed = 0
    for index, (sent, passed, refused, other) in enumerate(told):
        admitted = sum(passed[s] for s in window)
        total, failed = total + admitted, failed + sum(other)
        say("| %d | %.1f | %.1f | %.1f | %d |" % (
            index + 1, sent / seconds, admitted / options.seconds,
            sum(refused[s] for s in window) / options.seconds, sum(other)))
    deviation = 100.0 * (total / options.seconds / options.limit - 1)
    say("passed in each second: " + " ".join(str(sum(counts[1][s] for counts in told)) for s in window))
    say("leases that owners did not give in time: %d" % sum(
        node.metric("gateway_rate_limit_unanswered_total") for node in nodes))
    say("admitted %.1f/s of %d/s over %d s: %+.2f %%; %d failed; %s" % (
        total / options.seconds, options.limit, options.seconds, deviation, failed, load()))
    return abs(deviation) <= 2 and not failed


def threads(nodes):
    """Seconds of CPU time of all nodes together: of event loops, of Hazelcast, of everything else but the JIT compilers."""
    spent = collections.Counter()
    for node in nodes:
        for task in os.listdir("/proc/%d/task" % node.process.pid):
            try:
                with open("/proc/%d/task/%s/stat" % (node.process.pid, task)) as stat:
                    name, fields = stat.read().split("(", 1)[1].rsplit(")", 1)
            except OSError:
                continue  # it has ended meanwhile
            group = "loops" if name.startswith("vert.x-eventl") else "hazelcast" if name.startswith("hz.") else "other"
            if "CompilerThre" not in name:
                spent[group] += sum(int(ticks) for ticks in fields.split()[11:13]) / TICKS
    return spent


def cost(options, nodes):
    """Whether a request costs about the same in both modes."""

    def spent(act):
        before, begun = threads(nodes), time.monotonic()
        result = act()
        after, took = threads(nodes), time.monotonic() - begun
        return result, {group: after[group] - before[group] for group in GROUPS}, took

    modes, loads = ("local", "cluster"), (("not reached", options.limit * 2 // 3), ("exceeded", options.limit * 2))
    say("%d nodes, limit %d/s, burst %d, %d rounds of %d s, %s" % (
        len(nodes), options.limit, options.burst, options.rounds, options.seconds, load()))
    for mode in modes * 3:  # until what they do is compiled
        ask(nodes, mode, [options.limit * 2 / len(nodes)] * len(nodes), options.seconds)
    _, cpu, took = spent(lambda: time.sleep(options.seconds))
    idle = {group: cpu[group] / took for group in GROUPS}
    say("while nobody asks: %.0f ms of CPU time per second" % (1e3 * sum(idle.values())))
    micros = {(mode, name): [] for mode in modes for name, _ in loads}
    passed = dict.fromkeys(micros, 0)
    failed = 0
    for number in range(options.rounds):
        for name, offered in loads:
            for mode in modes if number % 2 else modes[::-1]:
                told, cpu, took = spent(lambda: ask(nodes, mode, [offered / len(nodes)] * len(nodes), options.seconds))
                answers = sum(sum(counts[1]) + sum(counts[2]) for counts in told)
                passed[mode, name] += sum(sum(counts[1]) for counts in told)
                failed += sum(sum(counts[3]) for counts in told)
                micros[mode, name].append({group: 1e6 * (cpu[group] - idle[group] * took) / answers for group in GROUPS})
    say("| limit is | asked/s | mode | passed/s | CPU us/request | of event loops | of Hazelcast | of the rest | in each round |")
    say("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    fine = not failed
    for name, offered in loads:
        middle = {}
        for mode in modes:
            totals = [sum(each.values()) for each in micros[mode, name]]
            middle[mode] = statistics.median(totals)
            say("| %s | %d | %s | %.0f | %.1f | %s | %s |" % (
                name, offered, mode, passed[mode, name] / options.rounds / options.seconds, middle[mode],
                " | ".join("%.1f" % statistics.median(each[group] for each in micros[mode, name]) for group in GROUPS),
                " ".join("%.1f" % each for each in totals)))
        ratio = middle["cluster"] / middle["local"]
        fine = fine and ratio <= DEARER
        say("limit %s: cluster costs %.2f times what local does" % (name, ratio))
    say("%d failed; leases that owners did not give in time: %d; %s" % (
        failed, sum(node.metric("gateway_rate_limit_unanswered_total") for node in nodes), load()))
    return fine


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cost", action="store_true")
    options.add_argument("--limit", type=int)
    options.add_argument("--offered", type=int, default=3000)
    options.add_argument("--shares", default="80,15,5")
    options.add_argument("--seconds", type=int)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--burst", type=int)
    options.add_argument("--mode", default="cluster")
    options = options.parse_args()
    options.limit = options.limit or (3000 if options.cost else 1000)
    options.burst = options.burst or options.limit // 5
    options.seconds = options.seconds or (6 if options.cost else 30)
    count = 3 if options.cost else len(options.shares.split(","))
    limits = [{"mode": options.mode, "limit": options.limit, "burst": options.burst}]
    if options.cost:
        limits = [{"mode": "local", "limit": options.limit // count, "burst": options.burst // count},
                  {"mode": "cluster", "limit": options.limit, "burst": options.burst}]
    backend = Backend()
    nodes = []
    try:
        nodes = start(backend, limits, count)
        return 0 if (cost if options.cost else share)(options, nodes) else 1
    finally:
        stop(nodes)
        backend.close()


if __name__ == "__main__":
    sys.exit(main())
