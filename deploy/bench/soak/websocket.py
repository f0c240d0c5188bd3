"""WebSocket as the soak programs speak it: masked with zeros, and nothing longer than a text of 125 bytes."""

CLOSE_1001 = bytes([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9])
TEXT = bytes([0x81, 0x82, 0, 0, 0, 0]) + b"hi"
UPGRADE = (b"GET /chat HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
           b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


async def echo(reader, writer):
    """The server's side: sends texts back, and the Close."""
    while True:
        first, second = await reader.readexactly(2)
        payload = (await reader.readexactly(4 + (second & 127)))[4:]
        writer.write(bytes([first, len(payload)]) + payload)
        if first == 0x88:
            return
