"""A client's connection of HTTP/3: gtlsclient (Debian's ngtcp2-client), told by what it prints."""

import asyncio
import re

REQUESTS, SECONDS = 100, 90  # of a connection: some 12 seconds of work; until one is given up
OK, REJECTED = 0x100, 0x10B  # RFC 9114, section 8.1
SUBMIT = re.compile(rb"http: stream 0x(\w+) submit request headers")
STATUS = re.compile(rb"http: stream 0x(\w+) \[:status: (\d+)\]")
CLOSED = re.compile(rb"HTTP stream (\d+) closed with error code (\d+)")
END = re.compile(rb"frm rx .* (CONNECTION_CLOSE\(\w+\) error_code=\S+)|ngtcp2_conn_\w+: (ERR_(?!DRAINING)\w+)")


class Http3:
    """Sends as many GETs at once as it may, up to a hundred in all. `leaving` once it sends none any more: gtlsclient stops at the
    first GOAWAY. What was rejected needs no care, for those of the next connection are the same.
    """

    def __init__(self, node, answered, note):
        self.node, self.answered, self.note, self.leaving = node, answered, note, asyncio.Event()
        self.open, self.sent, self.fine, self.last, self.why = {}, 0, 0, 0, "ended"

    async def run(self):
        client = await asyncio.create_subprocess_exec(
            "gtlsclient", "--no-quic-dump", "--no-http-dump", "--exit-on-all-streams-close", "-n", str(REQUESTS),
            self.node.address, str(self.node.tls), "https://soak/wait",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        try:
            await asyncio.wait_for(self.read(client.stdout), SECONDS)
            self.note("connection", self.why)
        except asyncio.TimeoutError:
            self.why = "no end"
            client.kill()
        await client.wait()
        self.leaving.set()
        for status in self.open.values():
            self.answered("cut off behind %s: %s" % (status, self.why))
        if not self.fine and not self.open:
            self.answered("no request served: " + self.why)

    async def read(self, lines):
        async for line in lines:
            if match := SUBMIT.search(line):
                self.last = int(match[1], 16)
                self.open[self.last] = None
                self.sent += 1
                if self.sent == REQUESTS:
                    self.leaving.set()
            elif b"nghttp3_conn_submit_request: ERR_CONN_CLOSING" in line:
                self.open.pop(self.last)
                self.leaving.set()
            elif match := STATUS.search(line):
                self.open[int(match[1], 16)] = match[2].decode()
            elif match := CLOSED.search(line):
                self.closed(self.open.pop(int(match[1]), None), int(match[2]))
            elif match := END.search(line):
                self.why = (match[1] or match[2]).decode()

    def closed(self, status, code):
        if (status, code) == (None, REJECTED):
            self.note("retry", "H3_REQUEST_REJECTED")
        elif (status, code) == ("200", OK):
            self.fine += 1
            self.answered("ok")
        else:
            self.answered("%s, closed with 0x%x" % (status, code))
