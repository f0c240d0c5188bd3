"""As much of HPACK (RFC 7541) as the soak programs need: literals out, and in what does not use the Huffman code."""

METHODS = {2: "GET", 3: "POST"}
STATUSES = dict(zip(range(8, 15), ("200", "204", "206", "304", "400", "404", "500")))
NAMES = {1: ":authority", 2: ":method", 3: ":method", 4: ":path", 5: ":path", 6: ":scheme", 7: ":scheme",
         **dict.fromkeys(range(8, 15), ":status")}


def encode(fields):
    """Literals without indexing, names and values of up to 126 bytes."""
    return b"".join(b"\0" + bytes([len(part)]) + part if at == 0 else bytes([len(part)]) + part
                    for field in fields for at, part in enumerate(x.encode() for x in field))


class Decoder:
    def __init__(self):
        self.table = []

    def decode(self, block):
        """The fields as a dict. Names of the static table that nobody asks for are numbers."""
        self.block, self.at, fields = block, 0, {}
        while self.at < len(block):
            first = block[self.at]
            if first & 0x80:
                name, value = self.indexed(self.number(7))
            elif first & 0xE0 == 0x20:
                self.number(5)  # a size of the table; entries that it evicts are not asked for again
                continue
            else:
                index = self.number(6 if first & 0x40 else 4)
                name = self.indexed(index)[0] if index else self.string()
                value = self.string()
                if first & 0x40:
                    self.table.insert(0, (name, value))
                    del self.table[128:]  # 4,096 bytes hold no more
            fields[name] = value
        return fields

    def indexed(self, index):
        if index > 61:
            return self.table[index - 62]
        return NAMES.get(index, index), METHODS.get(index) or STATUSES.get(index, "/")

    def number(self, bits):
        value = self.block[self.at] & (1 << bits) - 1
        self.at += 1
        if value == (1 << bits) - 1:
            shift = 0
            while True:
                byte = self.block[self.at]
                self.at += 1
                value += (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
        return value

    def string(self):
        coded = self.block[self.at] & 0x80
        length = self.number(7)
        self.at += length
        text = self.block[self.at - length:self.at]
        return "huffman:" + text.hex() if coded else text.decode("latin-1")
