"""What the soak programs share: a gateway and a backend of this source tree, and HTTP/2 frames. Standard library only."""

import multiprocessing
import os
import re
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TICKS = os.sysconf("SC_CLK_TCK")

DATA, HEADERS, PRIORITY, RST, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
ACK = END_STREAM = 1
END_HEADERS = 4
PRIORITISED = 0x20
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def head(method, path):
    """HPACK without a table: every field is a literal, or indexed in the static table."""
    method = b"\x82" if method == "GET" else b"\x83"
    path = path.encode()
    return method + b"\x86" + b"\x04" + bytes([len(path)]) + path + b"\x01\x09localhost"


def request(stream, method, path, end=True):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, head(method, path))


class H2:
    """A connection that says nothing of its own accord."""

    def __init__(self, port, source="127.0.0.1", window=65535):
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.at = 0
        self.send(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, window)))

    def send(self, data):
        self.socket.sendall(data)

    def next(self):
        """The next frame as (type, flags, stream, payload); None at the end of the connection."""
        while True:
            here = len(self.buffer) - self.at
            if here >= 9:
                length = int.from_bytes(self.buffer[self.at:self.at + 3], "big")
                if here >= 9 + length:
                    kind, flags, stream = struct.unpack_from(">BBI", self.buffer, self.at + 3)
                    payload = self.buffer[self.at + 9:self.at + 9 + length]
                    self.at += 9 + length
                    return kind, flags, stream, payload
            try:
                more = self.socket.recv(262144)
            except ConnectionError:
                return None
            if not more:
                return None
            self.buffer = self.buffer[self.at:] + more
            self.at = 0

    def get(self, stream, path="/"):
        """Whether a whole GET was answered 200 (indexed: 0x88)."""
        self.send(request(stream, "GET", path))
        ok = False
        while True:
            received = self.next()
            if received is None:
                return False
            kind, flags, of, payload = received
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK, 0))
            elif kind == DATA and payload:
                self.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", len(payload))))
            if of == stream:
                if kind == HEADERS:
                    ok = b"\x88" in (payload[5:6] if flags & PRIORITISED else payload[:1])
                if kind == RST or flags & END_STREAM:
                    return ok and kind != RST

    def close(self):
        self.socket.close()


def good_client(port, source, pause, pipe):
    connection = H2(port, source)
    stream, took, failed = 1, [], 0
    while not pipe.poll() and not failed:
        begun = time.perf_counter()
        try:
            failed = 0 if connection.get(stream) else 1
        except OSError:
            failed = 1
        took.append((begun, time.perf_counter() - begun))
        stream += 2
        time.sleep(pause)
    pipe.send((took, failed))


class Good:
    """A client, in a process of its own, that does one GET after the other and notes how long each took."""

    def __init__(self, port, source="127.0.0.99", pause=0.001):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=good_client, args=(port, source, pause, theirs), daemon=True)
        self.process.start()

    def stop(self):
        self.pipe.send("stop")
        self.took, self.failed = self.pipe.recv()
        self.process.join()

    def between(self, begin, end):
        took = sorted(t for at, t in self.took if begin <= at < end)
        if not took:
            return "none"
        return "n=%d p50=%.2f ms p99=%.2f ms max=%.2f ms" % (
            len(took), 1e3 * took[len(took) // 2], 1e3 * took[int(len(took) * 0.99)], 1e3 * took[-1])


class Backend:
    """The bench's backend: 128 bytes for anything, N bytes for /bytes/N."""

    def __init__(self):
        jar = os.path.join(HOME, "deploy/bench/target/bench.jar")
        self.process = subprocess.Popen(
            ["java", "-Xmx256m", "-cp", jar, "dev.sluice.bench.backend.BackendMain", "--threads=1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = re.match(r"ready http1=(\d+) h2c=(\d+)", self.process.stdout.readline())
        self.http1, self.h2c = int(ready.group(1)), int(ready.group(2))

    def close(self):
        self.process.stdin.close()
        self.process.wait(5)


class Gateway:
    """./sluice run in front of one backend, or of several, or by documents."""

    def __init__(self, to=(), options=(), documents=None):
        self.port, self.admin = free_port(), free_port()
        self.log = tempfile.NamedTemporaryFile("w+", prefix="soak-", suffix=".log", delete=False)
        command = [os.path.join(HOME, "sluice"), "run"]
        if documents is None:
            for url in [to] if isinstance(to, str) else to:
                command += ["--to", url]
            command += ["--listen", "127.0.0.1:%d" % self.port, "--listen-tls", "off"]
        else:
            config = tempfile.NamedTemporaryFile("w", prefix="soak-", suffix=".yaml", delete=False)
            config.write(documents % self.port)
            config.close()
            command += ["--config", config.name]
        command += ["--admin", "127.0.0.1:%d" % self.admin, "--access-log", "off", "--event-loops", "2"]
        java = "-XX:NativeMemoryTracking=summary " + " ".join(options)
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log,
                                        env=dict(os.environ, SLUICE_JAVA_OPTS=java))
        deadline = time.time() + 240
        while True:
            try:
                self.read("/readyz")
                return
            except OSError:
                if time.time() > deadline or self.process.poll() is not None:
                    raise SystemExit("the gateway does not start, see " + self.log.name)
                time.sleep(0.2)

    def read(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.admin, path), timeout=10) as answer:
            return answer.read().decode()

    def metrics(self, pattern):
        """Sums of the series whose names and labels match, by series."""
        found = {}
        for line in self.read("/metrics").splitlines():
            if not line.startswith("#") and re.match(pattern, line):
                name, value = line.rsplit(" ", 1)
                found[name] = float(value)
        return found

    def metric(self, name):
        return int(sum(self.metrics(re.escape(name) + r"[ {]").values()))

    def rss(self):
        """MiB."""
        with open("/proc/%d/status" % self.process.pid) as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) // 1024

    def cpu(self):
        """Seconds since its start."""
        with open("/proc/%d/stat" % self.process.pid) as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def native(self):
        """MiB that the JVM tracks as Other, where Netty's direct memory is, after a full collection."""
        subprocess.run(["jcmd", str(self.process.pid), "GC.run"], check=True, stdout=subprocess.DEVNULL)
        told = subprocess.run(["jcmd", str(self.process.pid), "VM.native_memory", "summary", "scale=KB"],
                              check=True, capture_output=True, text=True).stdout
        return int(re.search(r"Other \(reserved=(\d+)KB", told).group(1)) / 1024

    def connections(self):
        """Established connections of clients, as the kernel knows them: also those that have not sent a request yet."""
        inodes = set()
        for fd in os.listdir("/proc/%d/fd" % self.process.pid):
            try:
                inodes.add(os.readlink("/proc/%d/fd/%s" % (self.process.pid, fd)))
            except OSError:
                pass
        count = 0
        for table in ("tcp", "tcp6"):
            with open("/proc/net/" + table) as lines:
                for line in list(lines)[1:]:
                    fields = line.split()
                    if (int(fields[1].rsplit(":", 1)[1], 16) == self.port and fields[3] == "01"
                            and "socket:[%s]" % fields[9] in inodes):
                        count += 1
        return count

    def in_flight(self):
        return {name: self.metric("gateway_" + name) for name in (
            "downstream_requests_active", "upstream_requests_active", "upstream_requests_pending")}

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()


def load():
    return "load average %.2f" % os.getloadavg()[0]


def say(text):
    print(text, flush=True)
