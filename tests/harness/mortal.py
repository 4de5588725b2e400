"""An application of real processes, one for each connection: it says so many bytes of its answer, then a signal hits it.

The param CUT says how many. Use as a program: mortal.py ADDRESS FILE SIGNAL, where FILE holds the whole answer.
"""

import os
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import fastcgi
from harness.address import connect, listen
from harness.process import Process, die_with_parent, wait_until


class Mortal:
    def __init__(self, address, answer, number, directory):
        self.address = address
        whole = os.path.join(directory, "answer")
        Path(whole).write_bytes(answer)
        argv = [sys.executable, "-B", __file__, address, whole, str(int(number))]
        self.process = Process("mortal", argv, directory)
        wait_until(self._answers, what="the mortal application to listen")

    def _answers(self):
        assert self.process.running(), self.process.log
        try:
            connect(self.address, 1).close()
        except OSError:
            return False
        return True

    def close(self):
        """Those that were stopped go with it: they die with their parent."""
        self.process.stop()


def _params(sock):
    """Of the request that comes, when all of it has; None for a connection that was only tried."""
    buffer, params = bytearray(), b""
    while True:
        record = fastcgi.parse(buffer)
        if record is None:
            got = sock.recv(1 << 16)
            if not got:
                return None
            buffer += got
        elif record.type == fastcgi.PARAMS:
            params += record.body
        elif record.type == fastcgi.STDIN and not record.body:
            return dict(fastcgi.parse_pairs(params))


def _live(sock, answer, number):
    params = _params(sock)
    if params is not None:
        sock.sendall(answer[: int(params[b"CUT"])])
        os.kill(os.getpid(), number)


def main(address, file, number):
    answer, listener = Path(file).read_bytes(), listen(address, 1024)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while True:
        sock, _ = listener.accept()
        if os.fork() == 0:
            die_with_parent()
            _live(sock, answer, int(number))
            os._exit(0)
        sock.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
