#!/usr/bin/env python3
"""A rolling restart of a cluster under a mix of clients: prints what each protocol's clients have seen. Ends with 0 when no request
failed, nothing was reset but with REFUSED_STREAM or NO_ERROR, every WebSocket was closed with 1001 and every node ended with 0.

usage: roll.py [--nodes 3] [--rounds 10] [--rate 100] [--namespaces] [--hurry] [--lame-duck 4] [--deadline 10]
       roll.py --pods [--nodes 3] [--rounds 10] [--rate 100] [--lag 5]
"""

import argparse
import time

import nodes as fleet
import pods
from backend import Backend
from mix import PROTOCOLS, Driven
from soak import load, say


def restart(node, others, hurry):
    """Whether it went and came as it shall. In a hurry the next node's turn is as soon as this one is ready."""
    begun = time.monotonic()
    code = node.stop()
    ended = time.monotonic()
    left = 0 if hurry else fleet.settled([others], 15)[0]
    started = time.monotonic()
    node.start()
    node.await_ready()
    ready = time.monotonic()
    joined = 0 if hurry else fleet.settled([others + [node]], 60)[0]
    say("  %s: exit %d after %.1f s, ready %.1f s after its start%s" % (
        node.name, code, ended - begun, ready - started, "" if hurry else ", gone from the others' sight %s, back %s" % (
            seconds(left), seconds(joined))))
    return code == 0 and left is not None and joined is not None


def seconds(took):
    return "never" if took is None else "%.1f s after" % took


def table(told, counts):
    failed = resets = 0
    say("%-12s %8s %8s %8s %8s  %s" % ("", "sent", "ok", "failed", "retried", "seen"))
    for protocol in PROTOCOLS:
        here = [each for each in told if each[1] == protocol]
        bad = [each for each in here if each[3] != "ok"]
        seen = ["%s %s %d" % (kind, what, count) for (of, kind, what), count in sorted(counts.items()) if of == protocol]
        retried = sum(count for (of, kind, _), count in counts.items() if of == protocol and kind == "retry")
        failed += len(bad)
        say("%-12s %8d %8d %8d %8d  %s" % (protocol, len(here), len(here) - len(bad), len(bad), retried, ", ".join(seen)))
        for when, _, node, why in bad[:10]:
            say("    at %.3f s, %s: %s" % (when, node, why))
    for group in ("h2", "grpc"):
        for (of, kind, what), count in sorted(counts.items()):
            if of == group and kind in ("goaway", "reset"):
                say("%s connections: %s %s %d" % (group, kind, what, count))
                resets += count if kind == "reset" and what not in ("REFUSED_STREAM", "NO_ERROR") else 0
    return failed == 0 and resets == 0 and not counts["websocket", "closed", "otherwise"]


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--nodes", type=int, default=3)
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--rate", type=float, default=100)
    arguments.add_argument("--namespaces", action="store_true", help="a network namespace for each node; needs root")
    arguments.add_argument("--hurry", action="store_true", help="do not wait until nodes see each other")
    arguments.add_argument("--lame-duck", type=int, default=4)
    arguments.add_argument("--deadline", type=int, default=10)
    arguments.add_argument("--pods", action="store_true", help="the Deployment of k8s/manifests, by podman; needs root")
    arguments.add_argument("--lag", type=float, default=5, help="seconds until clients know that a pod goes; with --pods")
    options = arguments.parse_args()
    if options.pods:
        pods.isolate()
        seen, fine = pods.roll(options)
        if table(*seen) and fine:
            return 0
        pods.keep_logs()
        return 1
    if options.namespaces:
        fleet.isolate()
    backend = Backend(fleet.OUTSIDE if options.namespaces else "127.0.0.1")
    nodes = [fleet.Node("n%d" % number, number, options.namespaces) for number in range(1, options.nodes + 1)]
    fine = True
    try:
        fleet.start(nodes, backend.ports, options.lame_duck, options.deadline)
        clients = Driven(nodes, options.rate)
        time.sleep(2)
        begun = time.monotonic()
        number = 0
        try:
            for number in range(1, options.rounds + 1):
                say("round %d at %.3f s, %s" % (number, time.monotonic(), load()))
                for node in nodes:
                    fine = restart(node, [each for each in nodes if each is not node], options.hurry) and fine
        except SystemExit as broken:
            say("round %d broken off: %s" % (number, broken))
            fine = False
        took = time.monotonic() - begun
        time.sleep(2)
        say("%d rounds over %d nodes in %.0f s" % (number, options.nodes, took))
        return 0 if table(*clients.end()) and fine else 1
    finally:
        fleet.stop(nodes)


if __name__ == "__main__":
    raise SystemExit(main())
