"""While others push: do small requests get their answer, and how large does the process become?"""

from threading import Event, Thread

from .fastcgi import post
from .front import Front
from .process import PATIENCE_S, wait_until

MIB = 1024  # of what memory_kib() says


def _ending(answer):
    """Its status, and of one that is ours why."""
    if answer.cut or answer.status < 500:
        return "cut" if answer.cut else answer.status
    return answer.status, answer.body[:300]


class Watch:
    """Asks for /alive for as long as the with-block lasts, on a kept connection and on a new one each time."""

    def __init__(self, gateway):
        self.gateway, self.kib, self.statuses = gateway, [gateway.memory_kib()], []
        self._stop = Event()
        self._threads = [Thread(target=self._measure), Thread(target=self._ask, args=(False,)), Thread(target=self._ask, args=(True,))]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _measure(self):
        while not self._stop.wait(0.05):
            self.kib.append(self.gateway.memory_kib())

    def _ask(self, keep):
        kept = self._front() if keep else None
        body = b"b" * 1000
        params = post(body, "/alive")
        while True:  # once at least
            try:
                front = kept or self._front()
                answer = front.ask(params, body)
                self.statuses.append(_ending(answer))
            except OSError as error:
                self.statuses.append(repr(error))
                return
            if not keep:
                front.close()
            if self._stop.wait(0.05):
                return

    def _front(self):
        """With all the patience that a crowd on a busy machine asks for."""
        front = Front(self.gateway.address, timeout=4 * PATIENCE_S)
        self.gateway.fronts.append(front)
        return front

    def assert_good(self):
        assert len(self.statuses) >= 2
        assert set(self.statuses) == {200}, {status: self.statuses.count(status) for status in set(self.statuses)}

    def assert_within(self, memory_mib):
        """Of limits.memory, and the program itself, its connections and requests beside it."""
        assert max(self.kib) < (memory_mib + 64) * MIB, f"{max(self.kib) // MIB} MiB"

    def assert_given_back(self):
        wait_until(lambda: self.gateway.memory_kib() < self.kib[0] + 16 * MIB, what="the memory to go back")
