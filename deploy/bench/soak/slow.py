#!/usr/bin/env python3
"""slowhttptest beside wrk: what good HTTP/1.1 traffic notices of slow clients, and what is left of them afterwards.

usage: slow.py [--seconds 60] [--connections 500] [--modes HBX]      needs slowhttptest and wrk (Debian packages)
"""

import argparse
import os
import re
import subprocess
import threading
import time

from soak import Backend, Gateway, load, say

GOOD_CONNECTIONS = 16


def wrk(port, seconds):
    """Starts good traffic: HTTP/1.1, one request at a time on each connection, some 3,000 a second."""
    return subprocess.Popen(
        ["wrk", "-t1", "-c%d" % GOOD_CONNECTIONS, "-d%ds" % seconds, "--latency", "--timeout", "5s", "-s", "moderate.lua",
         "http://127.0.0.1:%d/bytes/1024" % port],
        stdout=subprocess.PIPE, text=True, cwd=os.path.dirname(os.path.abspath(__file__)))


def told(process):
    out = process.communicate()[0]
    find = lambda pattern, none: (re.search(pattern, out) or [None, none])[1]
    lost = [find(r"Socket errors: (.*)", "socket errors 0"), "non-2xx " + find(r"Non-2xx or 3xx responses: (\d+)", "0")]
    return "%s requests, %s/s, p50 %s, p99 %s, %s" % (
        find(r"(\d+) requests in", "?"), find(r"Requests/sec:\s+([\d.]+)", "?"),
        find(r"(?m)^\s+50%\s+(\S+)", "?"), find(r"(?m)^\s+99%\s+(\S+)", "?"), ", ".join(lost)), "Socket errors" not in out and "Non-2xx" not in out


class Peak(threading.Thread):
    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.rss, self.open, self.pending, self.running = gateway, 0, [], 0, True
        self.begun = time.time()
        self.start()

    def every(self, seconds):
        """Connections that were open, one figure for each of so many seconds."""
        return [most for most in (
            max((count for at, count in self.open if begin <= at < begin + seconds), default=None)
            for begin in range(0, 3600, seconds)) if most is not None]

    def run(self):
        while self.running:
            self.rss = max(self.rss, self.gateway.rss())
            self.open.append((time.time() - self.begun, self.gateway.connections()))
            self.pending = max(self.pending, self.gateway.metric("gateway_upstream_requests_pending"))
            time.sleep(0.5)


def attack(mode, port, connections, seconds):
    url = "http://127.0.0.1:%d%s" % (port, "/bytes/1000000" if mode == "X" else "/")
    options = {"H": ["-i", "10", "-x", "24"], "B": ["-i", "10", "-s", "8192", "-x", "24"],
               "X": ["-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"]}[mode]
    return subprocess.Popen(
        ["slowhttptest", "-" + mode, "-c", str(connections), "-r", "200", "-l", str(seconds), "-p", "3", "-u", url]
        + options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--connections", type=int, default=500)
    arguments.add_argument("--modes", default="HBX")
    options = arguments.parse_args()
    backend = Backend()
    gateway = Gateway("http://127.0.0.1:%d" % backend.http1)
    fine = True
    try:
        wrk(gateway.port, 10).communicate()
        say("good traffic alone: %s; RSS %d MiB; %s" % (
            told(wrk(gateway.port, min(options.seconds, 20)))[0], gateway.rss(), load()))
        for mode in options.modes:
            before = gateway.rss()
            peak = Peak(gateway)
            attacker = attack(mode, gateway.port, options.connections, options.seconds)
            line, ok = told(wrk(gateway.port, options.seconds))
            fine = fine and ok
            output = attacker.communicate()[0]
            peak.running = False
            peak.join()
            output = re.sub(r"\x1b\[[0-9;]*m", "", output)
            ended = re.findall(r"(?:closed|error|pending|connected|service available):\s+\w+", output)[-5:]
            deadline = time.time() + 60
            begun = time.time()
            while gateway.connections() > 0 and time.time() < deadline:
                time.sleep(0.2)
            left = gateway.connections()
            fine = fine and left == 0
            say("slowhttptest -%s, %d connections, %d s: %s" % (mode, options.connections, options.seconds, line))
            say("  RSS before %d, peak %d, after %d MiB; clients' connections in each 5 s %s, %d left after %.1f s;"
                " waiting for an upstream connection at most %d; in flight %s; %s" % (
                before, peak.rss, gateway.rss(), peak.every(5), left, time.time() - begun, peak.pending,
                sorted(gateway.in_flight().values()), load()))
            say("  slowhttptest says: " + ", ".join(re.sub(r"\s+", " ", each) for each in ended))
        for reason in gateway.metrics("gateway_downstream_connections_closed_total.*").items():
            say("  %s %d" % reason)
        say("log of the gateway: " + gateway.log.name)
        return 0 if fine else 1
    finally:
        gateway.close()
        backend.close()


if __name__ == "__main__":
    raise SystemExit(main())
