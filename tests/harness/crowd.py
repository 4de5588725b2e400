"""Visitors who go on asking while something is done to the store, each with a session of his own, and what must hold
whatever that is: nobody sees another's session, nobody is logged out, and whoever has logged out stays so."""

import time
from collections import Counter
from dataclasses import dataclass
from threading import Event, Lock, Thread

from .browser import Browser
from .process import PATIENCE_S, wait_until

PAUSE_S = 0.02
QUIET_S = 1.5


@dataclass
class Answer:
    """To one request; in seconds since the crowd began."""

    name: str  # who asked
    asked: float
    came: float
    good: bool


class Crowd:
    """with Crowd(gateway) as crowd: …; crowd.by_time() tells what came of it."""

    def __init__(self, gateway, visitors=8, leavers=True):
        self.gateway = gateway
        self.began = None
        self.answers = []  # Answer
        self.wrong = []  # what must never be
        self._lock, self._stop = Lock(), Event()
        people = [Visitor(self, f"u{number}") for number in range(visitors)]
        self._people = people + ([Leaver(self)] if leavers else [])

    def __enter__(self):
        self.began = time.monotonic()
        self._threads = [Thread(target=self._live, args=(person,)) for person in self._people]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if kind is None:
            self.assert_right()

    def _live(self, person):
        while not self._stop.wait(PAUSE_S):
            try:
                person.act()
            except Exception as error:  # a thread's own would be printed, and not seen
                self.say_wrong(f"{person}: {error!r}")
                return

    def note(self, name, asked, status):
        with self._lock:
            self.answers.append(Answer(name, asked - self.began, time.monotonic() - self.began, status == 200))

    def say_wrong(self, what):
        with self._lock:
            self.wrong.append(what)

    def now(self):
        return time.monotonic() - self.began

    def settle(self, since, seconds=PATIENCE_S):
        """Wait until nobody has been refused for QUIET_S, and everybody has been answered well again; how long after since
        the last request was asked that failed, 0 for none."""
        wait_until(lambda: self.wrong or self._is_quiet(since), seconds, "requests to succeed again")
        self.assert_right()
        return max([answer.asked - since for answer in self._failed(since)], default=0.0)

    def _is_quiet(self, since):
        end = max([answer.came for answer in self._failed(since)], default=since)
        with self._lock:
            well = {answer.name: answer.asked for answer in self.answers if answer.good and answer.asked > end}
        return len(well) == len(self._people) and max(well.values()) > end + QUIET_S

    def _failed(self, since):
        """Also what had been asked before, and has failed since."""
        with self._lock:
            return [answer for answer in self.answers if not answer.good and answer.came >= since]

    def by_time(self, step_s):
        """[(since the beginning, how many succeeded, how many failed)] by the time at which they were asked."""
        with self._lock:
            counts = Counter((int(answer.asked / step_s), answer.good) for answer in self.answers)
        steps = range(max((step for step, _ in counts), default=-1) + 1)
        return [(step * step_s, counts[step, True], counts[step, False]) for step in steps]

    def assert_right(self):
        assert not self.wrong, "\n".join(self.wrong[:10])


class Person:
    def __init__(self, crowd, name):
        self.crowd, self.name = crowd, name

    def __str__(self):
        return self.name

    def ask(self, browser, say=()):
        """None for a request that failed as one may: 503, and not a word on the token."""
        asked = time.monotonic()
        page = browser.visit(say=say)
        self.crowd.note(self.name, asked, page.status)
        if page.status == 200:
            return page
        if page.status != 503 or page.set_cookies:
            self.crowd.say_wrong(f"{self}: {page.status} with {page.set_cookies}")
        return None


class Visitor(Person):
    """Logs in once, and writes into his session and reads it in turns."""

    def __init__(self, crowd, name):
        super().__init__(crowd, name)
        self.browser = Browser(crowd.gateway)
        self.count, self.logged_in = 0, False

    def act(self):
        if not self.logged_in:
            page = self.ask(self.browser, ["X-Session-Login: " + self.name, f"X-Session-Set: who={self.name}"])
            self.logged_in = page is not None and self.browser.token is not None
            return
        self.count += 1
        page = self.ask(self.browser, [f"X-Session-Set: n={self.count}"] if self.count % 2 else [])
        if page is not None:
            self._look(page)

    def _look(self, page):
        seen = page.seen
        found = (page.state, seen.get("SESSION_USER"), seen.get("SESSION_ATTR_who"))
        if found != ("authenticated", self.name, self.name) or self.browser.token is None:
            self.crowd.say_wrong(f"{self}: at {self.crowd.now():.2f} s found {found}, reason {seen.get('SESSION_REASON')}, cookies {page.set_cookies}")


class Leaver(Person):
    """Logs in and out again and again, and comes back with the tokens that are good for nothing any more."""

    def __init__(self, crowd):
        super().__init__(crowd, "leaver")
        self.ended, self.turn = [], 0

    def act(self):
        self.turn += 1
        if self.turn % 2 == 0 and self.ended:
            self._come_back(self.ended[self.turn // 2 % len(self.ended)])
        else:
            self._leave()

    def _leave(self):
        browser = Browser(self.crowd.gateway)
        if self.ask(browser, "X-Session-Login: leaver") is None:
            return
        twin = browser.twin()
        if self.ask(browser, "X-Session-Logout: self") is not None:
            self.ended.append(twin)

    def _come_back(self, twin):
        page = self.ask(twin.twin())
        if page is not None and page.state != "none":
            self.crowd.say_wrong(f"{self}: at {self.crowd.now():.2f} s a session that had ended was {page.state}")
