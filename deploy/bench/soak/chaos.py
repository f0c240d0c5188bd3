#!/usr/bin/env python3
"""A cluster in network namespaces (root) whose nodes die, vanish, are cut off and hang: prints how long the others take to notice, and
what clients of each node have seen meanwhile. Ends with 0 when no request through a live node failed, none of them was without an
answer for two seconds, membership settled within the bounds, and a limit that the nodes share let never more pass than published
(docs/operations.md, rate limits), and nearly all of it while the cluster was whole.

usage: chaos.py [--rate 30] [--limit 300] [--offered 400]   (requests/s through each node; limited ones of all; asked of each for these)
"""

import argparse
import signal
import time

import limited
import nodes as fleet
from backend import Backend
from mix import Driven
from soak import load, say

LONGEST = 2  # seconds of a live node without an answer
LOOPS = 2  # of a node
FULL = 0.9  # of the limit, passes at least while the cluster is whole
JOINING = 3  # seconds around a join in which keys change their owners
PAUSE = 1  # seconds that an owner counts as lost for, once it has not answered
WARM_UP = 10  # seconds of requests before the first event
AFTER = 7  # seconds: a client of a node that has died gives up after five, and goes on with new connections


class Event:
    """What happened from `begun` to `ended`. Until `settled` nodes did not agree on who is there."""

    def __init__(self, name, victims, kind):
        self.name, self.victims, self.kind, self.begun = name, victims, kind, time.monotonic()

    def most(self, limit, burst, nodes):
        """Requests that a shared limit may let pass meanwhile."""
        seconds, settling = self.ended - self.begun, self.settled - self.begun
        unsure, alone = {"calm": (0, 0), "loss": (settling + PAUSE, 0), "split": (settling + PAUSE, seconds - settling),
                         "join": (JOINING, settling)}[self.kind]
        return limited.bound(limit, burst, nodes, LOOPS, seconds, unsure, alone)


class Chaos:
    def __init__(self, nodes, limit, burst):
        self.nodes, self.limit, self.burst, self.events, self.fine = nodes, limit, burst, [], True

    def event(self, name, kind, victims, act, parts, bound):
        """What it does, of which nodes each part then has to consist, and in how many seconds."""
        event = Event(name, victims, kind)
        act()
        took = fleet.settled(parts, bound + 30)
        late = None in took or max(took) > bound
        self.fine = self.fine and not late
        say("%-30s %s see%s (bound %d s)%s, %s" % (
            name, ", ".join("%s %s" % ("+".join(node.name for node in part), "never" if one is None else "after %.1f s" % one)
                            for part, one in zip(parts, took)),
            " each other" if len(parts) == 1 else " themselves alone", bound, " LATE" if late else "", load()))
        event.settled = time.monotonic()
        time.sleep(AFTER)
        event.ended = time.monotonic()
        self.events.append(event)

    def run(self):
        one, two, three = self.nodes
        whole = [self.nodes]
        self.event("all well", "calm", [], lambda: None, whole, 5)
        self.event("kill -9, its address refuses", "loss", [three], lambda: self.kill(three), [[one, two]], 5)
        self.event("its restart", "join", [three], lambda: self.restart(three), whole, 30)
        self.event("kill -9, its address is gone", "loss", [one], lambda: self.vanish(one), [[two, three]], 15)
        self.event("its restart", "join", [one], lambda: self.restart(one), whole, 30)
        self.event("two cut off from one", "split", [], lambda: three.cut_off([one, two]), [[one, two], [three]], 20)
        self.event("healed", "join", [], lambda: three.cut_off([one, two], False), whole, 30)
        self.event("SIGSTOP for 12 s", "loss", [two], lambda: self.hang(two), [[one, three]], 5)
        self.event("SIGCONT", "loss", [two], lambda: two.process.send_signal(signal.SIGCONT), whole, 30)
        self.event("all well", "calm", [], lambda: None, whole, 5)

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
        for event in self.events:
            begin, end, victims, line = event.begun, event.ended, event.victims, ""
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
            say("%-30s %s" % (event.name, line))

    def limits(self, told):
        """What passed at all nodes together in each event, out of what each node's clients have seen."""
        say("%-30s passed, of a limit of %d/s with a burst of %d; at most; refused" % ("limit of all", self.limit, self.burst))
        for event in self.events:
            seconds = event.ended - event.begun
            here = [each for one in told for each in one if event.begun <= each[0] < event.ended]
            passed, refused = sum(each[1] for each in here), sum(each[2] for each in here)
            most = event.most(self.limit, self.burst, len(self.nodes))
            little = event.kind == "calm" and passed < FULL * self.limit * seconds
            wrong = "TOO MUCH" if passed > most else "TOO LITTLE" if little else ""
            self.fine = self.fine and not wrong
            say("%-30s %6d in %5.1f s (%3.0f %% of the limit), at most %6d, refused %6d %s" % (
                event.name, passed, seconds, 100 * passed / self.limit / seconds, most, refused, wrong))


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--rate", type=float, default=30)
    arguments.add_argument("--limit", type=int, default=300)
    arguments.add_argument("--offered", type=int, default=400)
    options = arguments.parse_args()
    fleet.isolate()
    backend = Backend(fleet.OUTSIDE)
    burst = options.limit // 5
    fleet.DOCUMENTS += limited.DOCUMENTS % (options.limit, burst)
    nodes = [fleet.Node("n%d" % number, number, True) for number in (1, 2, 3)]
    try:
        fleet.start(nodes, backend.ports, 2, 10)
        clients = {node.name: Driven([node], options.rate, pinned=True) for node in nodes}
        greedy = [limited.Offered(node, options.offered) for node in nodes]
        time.sleep(WARM_UP)
        chaos = Chaos(nodes, options.limit, burst)
        chaos.run()
        chaos.report({name: each.end()[0] for name, each in clients.items()})
        chaos.limits([each.end() for each in greedy])
        return 0 if chaos.fine else 1
    finally:
        fleet.stop(nodes)


if __name__ == "__main__":
    raise SystemExit(main())
