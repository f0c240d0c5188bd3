"""Clustered gateways of this source tree, on loopback or each in a network namespace of its own. Standard library only.

A namespace has one link, to a bridge beside the program: an address that vanishes with its node, as a pod's does. Namespaces
need root and live in a private copy of the machine's network, which goes with the program.
"""

import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from soak import HOME, free_port, say

OUTSIDE = "10.77.0.1"
DOCUMENTS = """
apiVersion: sluice.dev/v1
kind: Bootstrap
spec:
  admin: {address: "%(address)s:%(admin)d"}
  drain: {lameDuck: %(lame_duck)ds, deadline: %(deadline)ds}
  cluster:
    name: soak
    bind: "%(address)s:%(member)d"
    busPort: %(bus)d
    members: [%(members)s]
    secret: the-secret-of-one-soak-run-0123456789
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  listeners:
    - {name: http, port: %(port)d, protocol: HTTP}
    - {name: https, port: %(tls)d, protocol: HTTPS, tls: {certificateRefs: [{group: sluice.dev, kind: Certificate, name: soak}]}}
---
apiVersion: sluice.dev/v1
kind: Certificate
metadata: {name: soak}
spec: {certFile: soak.crt, keyFile: soak.key}
---
apiVersion: sluice.dev/v1
kind: ClientPolicy
metadata: {name: tls}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge, sectionName: https}]
  http3: required
  limits: {concurrentStreams: 8} # so that clients of HTTP/3 send one request after the other
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: all}
spec:
  parentRefs: [{name: edge}]
  rules:
    - matches: [{path: {type: PathPrefix, value: /echo.Echo}}]
      backendRefs: [{group: sluice.dev, kind: Backend, name: calls}]
    - backendRefs: [{group: sluice.dev, kind: Backend, name: pages}]
---
apiVersion: sluice.dev/v1
kind: Backend
metadata: {name: calls}
spec:
  protocol: H2C
  endpoints: [{address: %(outside)s, port: %(h2c)d}]
---
apiVersion: sluice.dev/v1
kind: Backend
metadata: {name: pages}
spec:
  endpoints: [{address: %(outside)s, port: %(http1)d}]
"""


def isolate():
    """Starts this program again in a network of its own, with its directory of namespaces."""
    if os.environ.get("SOAK_ISOLATED"):
        subprocess.run("mount -t tmpfs tmpfs /run/netns && ip link set lo up && ip link add soak type bridge"
                       " && ip address add %s/24 dev soak && ip link set soak up" % OUTSIDE, shell=True, check=True)
        return
    if os.getuid() != 0:
        raise SystemExit("network namespaces need root")
    os.makedirs("/run/netns", exist_ok=True)
    os.execvpe("unshare", ["unshare", "--net", "--mount", "--propagation", "private", sys.executable] + sys.argv,
               dict(os.environ, SOAK_ISOLATED="1"))


@functools.cache
def certified():
    """A directory with a certificate."""
    directory = tempfile.mkdtemp(prefix="soak-")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=soak", "-addext", "subjectAltName=DNS:soak", "-out", os.path.join(directory, "soak.crt"),
                    "-keyout", os.path.join(directory, "soak.key")], check=True, capture_output=True)
    return directory


class Node:
    """`address:port` serves in cleartext, `address:tls` in TLS and QUIC, `address:admin` is its admin API; in a namespace if it has a
    name of one."""

    def __init__(self, name, number, isolated):
        self.name, self.isolated = name, isolated
        self.address = "10.77.0.%d" % (10 + number) if isolated else "127.0.0.1"
        ports = (8080, 8443, 9000, 5701, 15701) if isolated else [free_port() for _ in range(5)]
        self.port, self.tls, self.admin, self.member, self.bus = ports
        self.log = tempfile.NamedTemporaryFile("w+", prefix="soak-%s-" % name, suffix=".log", delete=False)
        self.process = None
        if isolated:
            subprocess.run("ip netns add {0} && ip link add {0} type veth peer name eth0 netns {0}"
                           " && ip link set {0} master soak up && ip -n {0} link set lo up"
                           " && ip -n {0} address add {1}/24 dev eth0 && ip -n {0} link set eth0 up".format(
                               name, self.address), shell=True, check=True)

    def configure(self, nodes, backend, lame_duck, deadline):
        config = open(os.path.join(certified(), self.name + ".yaml"), "w")
        config.write(DOCUMENTS % {
            "address": self.address, "port": self.port, "tls": self.tls, "admin": self.admin, "member": self.member, "bus": self.bus,
            "members": ", ".join('"%s:%d"' % (each.address, each.member) for each in nodes),
            "lame_duck": lame_duck, "deadline": deadline, "outside": OUTSIDE if self.isolated else "127.0.0.1",
            "http1": backend[0], "h2c": backend[1]})
        config.close()
        self.command = [os.path.join(HOME, "sluice"), "run", "--config", config.name, "--access-log", "off",
                        "--event-loops", "2"]
        if self.isolated:
            self.command = ["ip", "netns", "exec", self.name] + self.command

    def start(self):
        if self.isolated:
            self.link("up")
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)

    def link(self, state):
        subprocess.run(["ip", "link", "set", self.name, state], check=True)

    def await_ready(self, seconds=120):
        deadline = time.monotonic() + seconds
        while not self.ready():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit("%s does not start, see %s" % (self.name, self.log.name))
            time.sleep(0.1)

    def ready(self):
        try:
            self.read("/readyz", 2)
            return True
        except OSError:
            return False

    def read(self, path, timeout=5):
        with urllib.request.urlopen("http://%s:%d%s" % (self.address, self.admin, path), timeout=timeout) as answer:
            return answer.read().decode()

    def sees(self):
        """The addresses of the nodes that it thinks are there, itself included; none when it does not answer."""
        try:
            return {each.get("address") for each in json.loads(self.read("/cluster", 1))["nodes"]}
        except (OSError, ValueError):
            return set()

    def stop(self):
        """Its exit code. A namespace's address is gone with the process."""
        self.process.terminate()
        code = self.process.wait(60)
        if self.isolated:
            self.link("down")
        return code

    def cut_off(self, others, yes=True):
        """From those nodes, not from clients and backends."""
        for each in others:
            for chain, way in (("INPUT", "-s"), ("OUTPUT", "-d")):
                subprocess.run(["ip", "netns", "exec", self.name, "iptables", "-A" if yes else "-D", chain, way,
                                each.address, "-j", "DROP"], check=True)


def settled(parts, seconds):
    """How long it takes until the nodes of each part see exactly that part; None for a part whose nodes do not."""
    begun = time.monotonic()
    took = [None] * len(parts)
    while None in took and time.monotonic() < begun + seconds:
        for at, part in enumerate(parts):
            wanted = {"%s:%d" % (each.address, each.member) for each in part}
            if took[at] is None and all(node.sees() == wanted for node in part):
                took[at] = time.monotonic() - begun
        time.sleep(0.1)
    return took


def start(nodes, backend, lame_duck, deadline):
    """One after the other's launcher: the first may have to build or to train a JVM cache."""
    for node in nodes:
        node.configure(nodes, backend, lame_duck, deadline)
        node.start()
        if node is nodes[0]:
            node.await_ready(240)
    for node in nodes:
        node.await_ready()
    if settled([nodes], 60) == [None]:
        raise SystemExit("the nodes do not find each other, see " + ", ".join(each.log.name for each in nodes))
    say("%d nodes see each other; logs: %s" % (len(nodes), ", ".join(each.log.name for each in nodes)))


def stop(nodes):
    for node in nodes:
        if node.process and node.process.poll() is None:
            node.process.send_signal(signal.SIGCONT)
            node.process.kill()
            node.process.wait()
