#!/usr/bin/env python3
"""Floods of HTTP/2 at full speed on loopback: how soon each is cut, what it costs, and what a good client notices.

usage: floods.py [--seconds 3] [KIND ...]      each kind gets a gateway that is warm, and an address of its own
"""

import argparse
import struct
import threading
import time

from soak import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, H2, PING, RST, SETTINGS,
                  WINDOW_UPDATE, Backend, Gateway, Good, frame, load, request, say)

CANCEL = struct.pack(">I", 8)


def streams(make):
    """Batches of 100 streams."""
    def batches():
        stream = 1
        while stream < 2 ** 30:
            yield b"".join(make(s) for s in range(stream, stream + 200, 2))
            stream += 200
    return batches


def paced(make):
    """Batches of 20 streams, each sent when the one before has been dealt with."""
    def batches():
        stream = 1
        while stream < 2 ** 30:
            yield b"".join(make(s) for s in range(stream, stream + 40, 2)) + frame(PING, 0, 0, b"paceflag")
            yield None
            stream += 40
    return batches


def forever(batch, first=b""):
    def batches():
        yield first
        while True:
            yield batch
    return batches


KINDS = {
    "rapid-reset": streams(lambda s: request(s, "GET", "/") + frame(RST, 0, s, CANCEL)),
    "made-you-reset": paced(lambda s: request(s, "GET", "/") + frame(WINDOW_UPDATE, 0, s, b"\x00\x00\x00\x00")),
    "made-you-reset-burst": streams(lambda s: request(s, "GET", "/") + frame(WINDOW_UPDATE, 0, s, b"\x00\x00\x00\x00")),
    "made-you-reset-overflow": paced(
        lambda s: request(s, "POST", "/", False) + frame(WINDOW_UPDATE, 0, s, b"\x7f\xff\xff\xff")),
    "continuation": forever(frame(CONTINUATION, 0, 1) * 1000, frame(HEADERS, 0, 1)),
    "continuation-large": forever(frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 3000) * 10, frame(HEADERS, 0, 1)),
    "settings": forever(frame(SETTINGS, 0, 0) * 1000),
    "ping": forever(frame(PING, 0, 0, b"12345678") * 1000),
    "empty-data": forever(frame(DATA, 0, 1) * 1000, request(1, "POST", "/", False)),
    "window-update": forever(frame(WINDOW_UPDATE, 0, 0, b"\x00\x00\x00\x01") * 1000),
}


def flood(port, batches, source, until, reads=True):
    """One connection's flood: seconds until its GOAWAY and until its end, the bytes sent, and the GOAWAY's code."""
    begun = time.perf_counter()
    sent, told, code = 0, None, None
    connection = H2(port, source)
    connection.socket.settimeout(10)
    ponged, ended = threading.Event(), threading.Event()

    def read():
        nonlocal told, code
        try:
            received = connection.next()
            while received is not None:
                if received[0] == GOAWAY:
                    told = time.perf_counter() - begun
                    code = struct.unpack(">I", received[3][4:8])[0]
                elif received[0] == PING:
                    ponged.set()
                received = connection.next()
        except (OSError, ValueError):
            pass
        ended.set()
        ponged.set()

    reader = threading.Thread(target=read, daemon=True)
    if reads:
        reader.start()
    cut = None
    try:
        for batch in batches():
            if batch is None:
                ponged.wait(5)
                ponged.clear()
                if ended.is_set():
                    cut = time.perf_counter() - begun
                    break
            else:
                connection.send(batch)
                sent += len(batch)
            if time.perf_counter() > until:
                break
    except OSError:
        cut = time.perf_counter() - begun
    if reads:
        reader.join(5)
    connection.close()
    return told, cut, sent, code


def milliseconds(seconds):
    return "NEVER" if seconds is None else "%.0f ms" % (seconds * 1e3)


def run(gateway, kind, number, seconds, reads):
    good = Good(gateway.port, "127.0.0.99")
    quiet = time.perf_counter()
    time.sleep(seconds)
    source = "127.0.1.%d" % number
    cpu, begun = gateway.cpu(), time.perf_counter()
    first = None
    connections, total, codes = 0, 0, set()
    # Comes back as soon as it is cut, as an attacker would.
    while time.perf_counter() < begun + seconds:
        try:
            told, cut, sent, code = flood(gateway.port, KINDS[kind], source, begun + seconds, reads)
        except OSError:
            connections += 1
            continue
        connections += 1
        total += sent
        if code is not None:
            codes.add(code)
        if first is None:
            first = (told, cut, sent, code)
    ended = time.perf_counter()
    during = gateway.cpu() - cpu
    time.sleep(2)
    after = gateway.cpu() - cpu - during
    time.sleep(max(0, seconds - 2))
    done = time.perf_counter()
    good.stop()
    told, cut, sent, code = first if first else (None, None, 0, None)
    say("%s%s" % (kind, "" if reads else " (reads nothing)"))
    say("  first connection: GOAWAY(%s) after %s, closed after %s, %d KiB sent" % (
        code, milliseconds(told), milliseconds(cut), sent // 1024))
    say("  %d connections in %.1f s, %.1f MiB sent, GOAWAY codes %s" % (
        connections, ended - begun, total / 2 ** 20, sorted(codes)))
    say("  gateway CPU: %.2f s during, %.2f s in the 2 s after" % (during, after))
    say("  good client before: " + good.between(quiet, begun))
    say("  good client during: " + good.between(begun, ended))
    say("  good client after:  " + good.between(ended, done))
    say("  good requests failed: %d; in flight after: %s; %s" % (good.failed, gateway.in_flight(), load()))
    return good.failed == 0 and cut is not None


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    arguments.add_argument("--seconds", type=float, default=3)
    arguments.add_argument("--deaf", action="store_true", help="flooders read nothing")
    options = arguments.parse_args()
    backend = Backend()
    gateway = Gateway("http://127.0.0.1:%d" % backend.http1)
    try:
        warm = [Good(gateway.port, "127.0.0.98", 0) for _ in range(4)]
        time.sleep(8)
        for each in warm:
            each.stop()
        flood(gateway.port, KINDS["made-you-reset"], "127.0.0.97", time.perf_counter() + 3)
        flood(gateway.port, KINDS["rapid-reset"], "127.0.0.97", time.perf_counter() + 3)
        results = [run(gateway, kind, number + 1, options.seconds, not options.deaf)
                   for number, kind in enumerate(options.kinds or KINDS)]
        say(str(gateway.metrics("gateway_downstream_(floods|penalised).*")))
        say("log of the gateway: " + gateway.log.name)
        return 0 if all(results) else 1
    finally:
        gateway.close()
        backend.close()


if __name__ == "__main__":
    raise SystemExit(main())
