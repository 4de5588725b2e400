"""Large bodies by HTTP, through nginx; their content is that of pattern.h."""

import http.client

PERIOD = 65521
PIECE = 1 << 16
_turn = bytes((i * 2654435761 & 0xFFFFFFFF) >> 24 for i in range(PERIOD))
_twice = memoryview(_turn + _turn + _turn)


def _pieces(size, nonce):
    for at in range(0, size, PIECE):
        start = (nonce + at) % PERIOD
        yield _twice[start : start + min(PIECE, size - at)]


class Reply:
    """The head of an answer, and whether its body is what was asked for."""

    def __init__(self, response, size, nonce):
        self.echo = response.getheader("X-Echo")
        self.length = response.getheader("Content-Length")
        self.status, self.got, self.right = response.status, 0, True
        piece = bytearray(PIECE)
        while n := response.readinto(piece):
            start = (nonce + self.got) % PERIOD
            self.right = self.right and piece[:n] == _twice[start : start + n]
            self.got += n
        self.right = self.right and self.got == size


def ask(port, path, up=0, down=0, chunked=False, nonce=7):
    """Is the answer right, and did the application get all that was sent?"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(up)}
    try:
        connection.request("POST", f"{path}?{nonce}-{down}", _pieces(up, nonce), headers, encode_chunked=chunked)
        reply = Reply(connection.getresponse(), down, nonce)
    finally:
        connection.close()
    return reply.status == 200 and reply.right and reply.echo == f"{nonce} {up} right none"
