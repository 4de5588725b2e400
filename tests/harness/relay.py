"""Stands between a client and a Redis, or another server, and ends their connection for good after so many of the client's
scripts, or so much of what else is counted."""

import socket
from threading import Event, Thread

from .address import connect, listen
from .process import PATIENCE_S


class Relay:
    """hang: what comes after them is never answered; else both sides are closed, and nobody is let in again. what(piece):
    how much of it is in that piece (by TLS scripts cannot be seen). answer(piece) of a server's: it goes on after that, if
    that is not 0."""

    def __init__(self, address, many, hang=False, what=lambda piece: piece.count(b"EVALSHA"), answer=len):
        self.address, self.left, self.hang, self.what, self.answer = address, many, hang, what, answer
        self.cut = Event()
        self._sockets = []
        self._listener = listen("127.0.0.1:0")
        self.near = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"redis://{self.near}"
        Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.cut.is_set():
            try:
                client = self._listener.accept()[0]
                server = connect(self.address, PATIENCE_S)
                server.settimeout(None)
            except OSError:
                return
            self._sockets += [client, server]
            Thread(target=self._hand_on, args=(client, server, self._count), daemon=True).start()
            Thread(target=self._hand_on, args=(server, client, self.answer), daemon=True).start()

    def _count(self, piece):
        """How much of it goes on."""
        self.left -= self.what(piece)
        if self.left >= 0:
            return len(piece)
        self.cut.set()
        return 0

    def _hand_on(self, source, target, much):
        try:
            while piece := source.recv(4096):
                if much(piece) == 0:
                    break
                target.sendall(piece)
        except OSError:
            pass
        if not self.hang:
            self.close()

    def close(self):
        for one in [self._listener, *self._sockets]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has gone
                pass
            one.close()
