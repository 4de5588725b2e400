"""Several workers, one store: what they share holds together while everything happens at once. ThreadSanitizer sees most here."""

from threading import Event, Thread

from harness.browser import Browser
from harness.process import wait_until

WORKERS = 4
VISITORS = 6
ROUNDS = 40


class Visitor(Thread):
    """Logs in and out, and meanwhile writes into a session that all visitors share."""

    def __init__(self, browser, shared, number):
        super().__init__(daemon=True)
        self.browser, self.shared, self.number = browser, shared, number
        self.failure = None

    def run(self):
        try:
            for round in range(ROUNDS):
                self._once(round)
        except BaseException as failure:
            self.failure = failure

    def _once(self, round):
        assert self.shared.visit(say=f"X-Session-Set: visitor{self.number}={round}").state == "anonymous"
        self.browser.visit(say=f"X-Session-Login: visitor{self.number}")
        page = self.browser.visit(say="X-Session-Rotate: 1")
        assert page.seen["SESSION_USER"] == f"visitor{self.number}"
        assert self.browser.visit(say="X-Session-Logout: 1").status == 200
        assert self.browser.visit().state == "none"


def reload_until(done, gateway):
    """One after the other, each with other settings than the one before."""
    reloads = 0
    while not done.is_set():
        reloads += 1
        gateway.reload({**gateway.config, "limits": {"header_timeout": f"{10 + reloads % 2}s"}})
        wait_until(lambda: gateway.log.count("configuration reloaded") == reloads, what="a reload")
    return reloads


def test_workers_share_the_store_while_the_configuration_changes(browse):
    first = browse(workers=WORKERS)
    first.visit(say="X-Session-Set: begun=1")
    visitors = [Visitor(Browser(first.gateway), first.twin(), number) for number in range(VISITORS)]
    done = Event()
    reloading = Thread(target=lambda: reload_until(done, first.gateway), daemon=True)
    reloading.start()
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    done.set()
    reloading.join()
    for visitor in visitors:
        if visitor.failure:
            raise visitor.failure
    seen = first.visit().seen
    assert [seen.get(f"SESSION_ATTR_visitor{number}") for number in range(VISITORS)] == [str(ROUNDS - 1)] * VISITORS


def test_what_the_log_calls_reloaded_holds_on_every_worker(start):
    gateway = start(workers=WORKERS)
    (route,) = gateway.config["routes"]
    for count in range(1, 21):
        status = 404 if count % 2 else 200
        gateway.reload({**gateway.config, "routes": [{**route, "path": "/only/" if count % 2 else "/"}]})
        wait_until(lambda: gateway.log.count("configuration reloaded") == count, what="the reload")
        assert {gateway.ask().status for _ in range(2 * WORKERS)} == {status}
