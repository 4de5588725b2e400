"""A client of Redis as far as tests need one: one connection, one command after the other (RESP2)."""

import ssl

from .address import connect
from .process import PATIENCE_S


class RedisError(Exception):
    """What the server answered with a minus before it."""


class Resp:
    def __init__(self, address, timeout=PATIENCE_S, ca=None, certificate=None):
        """certificate: (file, key). All bytes are read as Latin-1, so that none is lost."""
        self._socket = connect(address, timeout)
        if ca:
            # whom the gateway takes for its Redis is what is tested, not whom we do
            context = ssl.create_default_context(cafile=ca)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if certificate:
                context.load_cert_chain(*certificate)
            self._socket = context.wrap_socket(self._socket)
        self._in = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, *words):
        self.send(*words)
        return self.read()

    def send(self, *words):
        said = [word if isinstance(word, bytes) else str(word).encode("latin-1") for word in words]
        self._socket.sendall(b"*%d\r\n" % len(said) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in said))

    def read(self):
        line = self._in.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server has gone")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode("latin-1")
        if kind == b"-":
            raise RedisError(rest.decode("latin-1"))
        if kind == b":":
            return int(rest)
        if int(rest) < 0:
            return None
        if kind == b"$":
            return self._in.read(int(rest) + 2)[:-2].decode("latin-1")
        assert kind == b"*", line
        # an error in an array is a value of it
        return [self._element() for _ in range(int(rest))]

    def _element(self):
        try:
            return self.read()
        except RedisError as error:
            return error

    def close(self):
        self._in.close()
        self._socket.close()
