#!/usr/bin/env python3
"""A cluster in network namespaces (root) whose nodes die, vanish, are cut off and hang: prints how long the others take to notice, and
what clients of each node have seen meanwhile. Ends with 0 when no request through a live node failed, none of them was without an
answer for two seconds, and membership settled within the bounds.

usage: chaos.py [--rate 30]   (requests/s through each node)
"""

import argparse
import signal
import time

import nodes as fleet
from backend import Backend
from mix import Driven
from soak import load, say

LONGEST = 2  # seconds of a live node without an answer
AFTER = 7  # seconds: a client of a node that has died gives up after five, and goes on with new connections


class Chaos:
    def __init__(self, nodes):
        self.nodes, self.events, self.fine = nodes, [], True

    def event(self, name, victims, act, parts, bound):
        """What it does, of which nodes each part then has to consist, and in how many seconds."""
        begun = time.monotonic()
        act()
        took = fleet.settled(parts, bound + 30)
        late = None in took or max(took) > bound
        self.fine = self.fine and not late
        say("%-30s %s see%s (bound %d s)%s, %s" % (
            name, ", ".join("%s %s" % ("+".join(node.name for node in part), "never" if one is None else "after %.1f s" % one)
                            for part, one in zip(parts, took)),
            " each other" if len(parts) == 1 else " themselves alone", bound, " LATE" if late else "", load()))
        time.sleep(AFTER)
        self.events.append((name, begun, time.monotonic(), victims))

    def run(self):
        one, two, three = self.nodes
        whole = [self.nodes]
        self.event("kill -9, its address refuses", [three], lambda: self.kill(three), [[one, two]], 5)
        self.event("its restart", [three], lambda: self.restart(three), whole, 30)
        self.event("kill -9, its address is gone", [one], lambda: self.vanish(one), [[two, three]], 15)
        self.event("its restart", [one], lambda: self.restart(one), whole, 30)
        self.event("two cut off from one", [], lambda: three.cut_off([one, two]), [[one, two], [three]], 20)
        self.event("healed", [], lambda: three.cut_off([one, two], False), whole, 30)
        self.event("SIGSTOP for 12 s", [two], lambda: self.hang(two), [[one, three]], 5)
        self.event("SIGCONT", [two], lambda: two.process.send_signal(signal.SIGCONT), whole, 30)

    def kill(self, node):
        node.process.kill()
        node.process.wait()

    def vanish(self, node):
        node.link("down")
        self.kill(node)

    def restart(self, node):
        node.start()
        node.await_ready()

    def hang(self, node):
        node.process.send_signal(signal.SIGSTOP)
        time.sleep(12)

    def report(self, told):
        say("%-30s %s" % ("answers/s, longest gap, failed", "".join("%-38s" % each.name for each in self.nodes)))
        for name, begin, end, victims in self.events:
            line = ""
            for node in self.nodes:
                here = [each for each in told[node.name] if begin <= each[0] < end]
                fine = sorted(each[0] for each in here if each[3] == "ok")
                seconds = [sum(1 for at in fine if begin + s <= at < begin + s + 1) for s in range(int(end - begin))]
                gap = max(b - a for a, b in zip([begin] + fine, fine + [end]))
                failed = len(here) - len(fine)
                line += "%-38s" % ("%d .. %d, %.2f s, failed %d%s" % (
                    min(seconds), max(seconds), gap, failed, " (victim)" if node in victims else ""))
                if node not in victims and (failed or gap > LONGEST):
                    self.fine = False
                    for each in [each for each in here if each[3] != "ok"][:5]:
                        say("    at %.3f s, %s: %s %s" % each)
            say("%-30s %s" % (name, line))


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--rate", type=float, default=30)
    options = arguments.parse_args()
    fleet.isolate()
    backend = Backend(fleet.OUTSIDE)
    nodes = [fleet.Node("n%d" % number, number, True) for number in (1, 2, 3)]
    try:
        fleet.start(nodes, backend.ports, 2, 10)
        clients = {node.name: Driven([node], options.rate, pinned=True) for node in nodes}
        time.sleep(3)
        chaos = Chaos(nodes)
        chaos.run()
        chaos.report({name: each.end()[0] for name, each in clients.items()})
        return 0 if chaos.fine else 1
    finally:
        fleet.stop(nodes)


if __name__ == "__main__":
    raise SystemExit(main())
