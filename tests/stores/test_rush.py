"""What piles up while a Redis hangs is given back when it is over."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from harness.application import echo
from harness.browser import Browser
from harness.process import wait_until
from harness.watch import MIB

VISITORS = 400
VALUE_BYTES = 50000


class Counted:
    """Requests that the application has answered."""

    def __init__(self, app):
        self.count, self._lock = 0, Lock()
        app.play = self._play

    def _play(self, exchange):
        with self._lock:
            self.count += 1
        echo(exchange)


def test_a_rush_leaves_no_memory_behind(gate, redis, app):
    gateway = gate(redis, store={"timeout": "30s"}, application={"queue": {"timeout": "60s"}})
    counted = Counted(app)
    wait_until(lambda: Browser(gateway).visit(say="X-Session-Set: a=1").status == 200, what="Redis to be found")
    before, asked = gateway.memory_kib(), counted.count
    say = f'X-Session-Update: {{"a":"{"v" * VALUE_BYTES}"}}'
    redis.hang()
    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [pool.submit(Browser(gateway).visit, say=say) for _ in range(VISITORS)]
        try:
            wait_until(lambda: counted.count == asked + VISITORS, what="all of them to wait for Redis")
            wait_until(lambda: gateway.memory_kib() - before > VISITORS * VALUE_BYTES // 1024, what="what they wait with")
        finally:
            redis.resume()
        assert {visit.result().status for visit in visits} == {200}
    wait_until(lambda: gateway.memory_kib() - before < 8 * MIB, what="the memory to go back")
