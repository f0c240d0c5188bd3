"""Pods of k8s/manifests/overlays/clustered, run by podman and runc, and what Kubernetes does around a Deployment's pods.

There is no Kubernetes: probes, endpoints, the order of a rollout and the grace period are played here, by the values that the manifest
gives them. All happens in namespaces of the program's own, whose network leads nowhere and whose files are in memory, so it all goes with
the program. Needs root, podman 4, runc, kubectl, openssl and the image that deploy/image/build makes. Standard library only.
"""

import collections
import difflib
import glob
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import nodes as fleet
from backend import Backend
from mix import Driven
from soak import HOME, load, say

REAL = os.path.join(HOME, "k8s", "manifests", "overlays", "clustered")
IMAGE = os.path.join(HOME, "deploy", "target", "image", "sluice.tar")
HERE = "/run/soak"
CONTAINERS = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
default_sysctls = [%s]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
# What podman 4.3 knows otherwise than Kubernetes does, and where the backend is.
OVERLAY = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [%s]
configMapGenerator:
  - {name: sluice-config, behavior: merge, files: [routes.yaml]}
generatorOptions: {disableNameSuffixHash: true}
patches:
  - target: {kind: Deployment, name: sluice}
    patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: sluice}
      spec:
        template:
          spec:
            containers:
              - {name: sluice, ports: null} # it would publish them all at one address, once for each pod
            volumes: # it would mount Secrets in base64
              - {name: tls, secret: null, configMap: {name: sluice-tls}}
              - {name: cluster, secret: null, configMap: {name: sluice-cluster}}
  - target: {kind: Deployment, name: sluice}
    patch: |
      - {op: replace, path: /metadata/name, value: THIS-POD} # a Deployment for each pod, to start and to end them one by one
"""


def isolate():
    """Starts this program again in a network, a process table and a /run of its own, and ends with it."""
    if os.environ.get("SOAK_ISOLATED"):
        subprocess.run("mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && ip link set lo up", shell=True, check=True)
        os.makedirs(HERE + "/logs")
        return
    if os.getuid() != 0:
        raise SystemExit("podman's networks need root")
    if not os.path.exists(IMAGE):
        raise SystemExit("no image: run deploy/image/build")
    there = set(cgroups())
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    inside = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
         "--propagation", "private", sys.executable] + sys.argv, env=dict(os.environ, SOAK_ISOLATED="1"))
    try:
        code = inside.wait()
    finally:
        inside.kill()
        inside.wait()
        for _ in range(50):
            mine = [each for each in cgroups() if each not in there]
            if not mine:
                break
            for each in mine:
                remove(each)
            time.sleep(0.1)
    raise SystemExit(code)


def cgroups():
    """The only thing that outlives the namespaces; the inner ones first."""
    parents = glob.glob("/sys/fs/cgroup/libpod_parent") + glob.glob("/sys/fs/cgroup/*/libpod_parent")
    return [within for parent in parents for within, _, _ in os.walk(parent, topdown=False)]


def remove(cgroup):
    try:
        os.rmdir(cgroup)
    except OSError:
        pass  # not empty yet, or gone


def podman(*arguments):
    done = subprocess.run(
        ["podman", "--root", HERE + "/storage", "--runroot", HERE + "/podman", "--tmpdir", HERE + "/tmp", "--network-config-dir",
         HERE + "/networks"] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=dict(os.environ, CONTAINERS_CONF=HERE + "/containers.conf"),
        cwd=HERE)  # where nothing has the image's name: that would be taken for what it is to be built from
    if done.returncode:
        raise SystemExit("podman %s: %s" % (" ".join(arguments), done.stderr))
    return done.stdout


def keep_logs():
    """Out of memory, which ends with the program."""
    say("logs: " + shutil.copytree(HERE + "/logs", tempfile.mkdtemp(prefix="soak-pods-"), dirs_exist_ok=True))


class Deployment:
    """The manifest as podman can run it, and what it says to a kubelet and to the Deployment's controller."""

    def __init__(self, ports):
        real = kustomize(REAL)
        self.write("routes.yaml", routes(ports))
        self.write("kustomization.yaml", OVERLAY % os.path.relpath(REAL, HERE))
        cpus = self.one(real, r"requests:\s+cpu: \"?(\d+)")
        self.yaml = kustomize(HERE).replace("$(CPUS)", cpus)  # podman does not
        self.differences = [line for line in difflib.unified_diff(real.splitlines(), self.yaml.splitlines(), n=0, lineterm="")
                            if not line.startswith(("---", "+++", "@@"))]
        self.sysctls = re.findall(r"- name: (net\.\S+)\s+value: \"?(\d+)", real)
        self.grace = int(self.one(real, r"terminationGracePeriodSeconds: (\d+)"))
        self.min_ready = int(self.one(real, r"minReadySeconds: (\d+)"))
        self.pause = int((re.findall(r"preStop:\s+sleep:\s+seconds: (\d+)", real) or [0])[0])
        if "preStop:" in real and not self.pause:
            raise SystemExit("this plays no preStop hook but sleep")
        probe = self.one(real, r"readinessProbe:\n((?: {10}.*\n)+)")
        self.probe = self.one(probe, r"path: (\S+)")
        self.period, self.timeout = (int(self.one(probe, name + r": (\d+)")) for name in ("periodSeconds", "timeoutSeconds"))
        if self.one(probe, r"failureThreshold: (\d+)") != "1":
            raise SystemExit("this plays a readinessProbe that fails at once only")
        self.drain = ", ".join(re.findall(r"(?:patience|lameDuck|deadline): \d+s", real))

    def one(self, text, pattern):
        found = re.search(pattern, text)
        if not found:
            raise SystemExit("nothing in the manifests like " + pattern)
        return found.group(1)

    def write(self, name, text):
        with open(os.path.join(HERE, name), "w") as file:
            file.write(text)
        return file.name

    def prepare(self):
        """The Secrets, the image and the network."""
        self.write("containers.conf", CONTAINERS % ", ".join('"%s=%s"' % each for each in self.sysctls))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=soak", "-addext", "subjectAltName=DNS:soak", "-keyout", HERE + "/tls.key", "-out", HERE + "/tls.crt"],
                       check=True, stderr=subprocess.DEVNULL)
        self.write("secret", os.urandom(32).hex())
        for name, keys in (("sluice-tls", ("tls.crt", "tls.key")), ("sluice-cluster", ("secret",))):
            data = {key: open(os.path.join(HERE, key)).read() for key in keys}
            self.write(name + ".yaml", json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}))
        podman("load", "-q", "-i", IMAGE)
        podman("network", "create", "--internal", "--subnet", "10.77.0.0/16", "--gateway", fleet.OUTSIDE, "soak")

    def play(self, pod):
        """The alias is what the headless Service makes of its name."""
        podman("play", "kube", "--network", "soak:alias=sluice-cluster", "--ip", pod.address, "--configmap", HERE + "/sluice-tls.yaml",
               "--configmap", HERE + "/sluice-cluster.yaml", self.write(pod.name + ".yaml", self.yaml.replace("THIS-POD", pod.name)))


def kustomize(directory):
    return subprocess.run(["kubectl", "kustomize", directory], stdout=subprocess.PIPE, text=True, check=True).stdout


def routes(ports):
    """Those of nodes.py, at the manifest's Gateway."""
    values = collections.defaultdict(int, outside=fleet.OUTSIDE, http1=ports[0], h2c=ports[1])
    return "---\n".join(re.sub(r"\bname: edge\b", "name: sluice", each) for each in (fleet.DOCUMENTS % values).split("---\n")
                        if not re.search(r"^kind: (Bootstrap|Gateway|Certificate)$", each, re.MULTILINE))


class Pod(fleet.Node):
    """`ready` is whether it is in the Services' endpoints, for clients in other processes too."""

    port, tls, admin, member = 80, 443, 9000, 5701

    def __init__(self, number, deployment, lag):
        self.name, self.address = "sluice-%d" % number, "10.77.%d.%d" % divmod(10 + number, 250)
        self.deployment, self.lag = deployment, lag
        self.container = self.name + "-pod-0-sluice"
        self.endpoint = multiprocessing.RawValue("b", 0)
        self.leaving, self.failures = threading.Event(), 0

    def ready(self):
        return bool(self.endpoint.value)

    def passes(self):
        try:
            self.read(self.deployment.probe, self.deployment.timeout)
            return True
        except OSError:
            return False

    def start(self):
        self.deployment.play(self)

    def await_ready(self, seconds=300):
        """Then it is an endpoint."""
        deadline = time.monotonic() + seconds
        while not self.passes():
            if time.monotonic() > deadline or self.restarts():
                self.log()
                raise SystemExit("%s does not start" % self.name)
            time.sleep(0.2)
        self.endpoint.value = 1

    def restarts(self):
        return int(podman("inspect", "--format", "{{.RestartCount}}", self.container))

    def log(self):
        """Kept for keep_logs."""
        path = podman("inspect", "--format", "{{.HostConfig.LogConfig.Path}}", self.container).strip()
        shutil.copyfile(path, "%s/logs/%s.log" % (HERE, self.name))

    def watch(self):
        """Probes it as a kubelet does, until it is told to end."""
        def probe():
            while not self.leaving.wait(self.deployment.period):
                passes = self.passes()
                if not self.leaving.is_set():
                    self.failures += not passes
                    self.endpoint.value = passes
        threading.Thread(target=probe, daemon=True).start()

    def stop(self):
        """Whether it ended with 0 within its grace period. Its address is gone with it."""
        self.leaving.set()
        leaves = threading.Timer(self.lag, lambda: setattr(self.endpoint, "value", 0))
        leaves.start()
        begun = time.monotonic()
        time.sleep(self.deployment.pause)
        podman("stop", "-t", "%d" % (self.deployment.grace - self.deployment.pause), self.container)
        took = time.monotonic() - begun
        code, restarts = podman("inspect", "--format", "{{.State.ExitCode}} {{.RestartCount}}", self.container).split()
        fine = (code, restarts) == ("0", "0") and took < self.deployment.grace
        say("  %s: exit %s, %.1f s after SIGTERM%s%s" % (
            self.name, code, took, ", %d failed probes" % self.failures if self.failures else "",
            "" if fine else ", %s restarts" % restarts))
        self.log()
        podman("pod", "rm", "-f", "-t", "0", self.name + "-pod-0")
        leaves.join()
        return fine


class Fleet:
    """The pods of a Deployment, and those that are to come; `fine` until something went otherwise than it shall."""

    def __init__(self, size, rounds, lag):
        self.deployment = Deployment(Backend("0.0.0.0").ports)
        self.deployment.prepare()
        self.pods = [Pod(number, self.deployment, lag) for number in range(1, size * (rounds + 1) + 1)]
        self.size, self.at, self.fine, self.ending = size, 0, True, []

    def describe(self):
        say("k8s/manifests/overlays/clustered, where podman wants it so (-) as here (+):")
        for line in self.deployment.differences:
            say("    " + line)
        say("its values: %s, terminationGracePeriodSeconds %d, minReadySeconds %d, %s every %d s, preStop %s" % (
            self.deployment.drain, self.deployment.grace, self.deployment.min_ready, self.deployment.probe, self.deployment.period,
            "sleep %d" % self.deployment.pause if self.deployment.pause else "none"))

    def now(self):
        return self.pods[self.at:self.at + self.size]

    def begin(self):
        for pod in self.now():
            pod.start()
        begun = time.monotonic()
        for pod in self.now():
            pod.await_ready()
        say("%d pods ready %.1f s after their start" % (self.size, time.monotonic() - begun))
        self.meet()
        if not self.fine:
            raise SystemExit("the pods do not find each other")

    def meet(self):
        took = fleet.settled([self.now()], 180)[0]
        say("  they see each other %s" % ("never" if took is None else "%.1f s later" % took))
        self.fine = self.fine and took is not None

    def roll(self):
        """maxSurge 1, maxUnavailable 0: a new one, and once that is available an old one's end, which nobody waits for."""
        for _ in range(self.size):
            new = self.pods[self.at + self.size]
            begun = time.monotonic()
            new.start()
            new.await_ready()
            say("  %s: ready %.1f s after its start" % (new.name, time.monotonic() - begun))
            new.watch()
            time.sleep(self.deployment.min_ready)
            self.end(self.pods[self.at])
            self.at += 1
        for each in self.ending:
            each.join()
        self.meet()

    def end(self, old):
        def run():
            fine = False
            try:
                fine = old.stop()
            finally:
                self.fine = self.fine and fine
        self.ending.append(threading.Thread(target=run, daemon=True))
        self.ending[-1].start()


def roll(options):
    """What the clients were told and have counted, as in mix.py, and whether all pods went and came as they shall."""
    pods = Fleet(options.nodes, options.rounds, options.lag)
    pods.describe()
    pods.begin()
    clients = Driven(pods.pods, options.rate)
    for pod in pods.now():
        pod.watch()
    time.sleep(2)
    begun = time.monotonic()
    number = 0
    try:
        for number in range(1, options.rounds + 1):
            say("round %d at %.3f s, %s" % (number, time.monotonic(), load()))
            pods.roll()
    except SystemExit as broken:
        say("round %d broken off: %s" % (number, broken))
        pods.fine = False
    took = time.monotonic() - begun
    time.sleep(2)
    say("%d rounds over %d pods in %.0f s" % (number, options.nodes, took))
    seen = clients.end()
    for pod in pods.now():
        pod.log()
    return seen, pods.fine
