"""What the admin API takes with very many sessions, and what that does to those who come for their own meanwhile."""

import json
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from tempfile import NamedTemporaryFile

from . import lists, questions
from .hall import Hall
from .target import Target
from .turns import Turns

PAUSE_MS = 5
REMEMBERED_S = 4.2  # longer than the API remembers what it has counted
STATS_ROUNDS = 5
PASSES = 3
TOLD = 40  # lines of its log, when requests have failed


def targets(store):
    def target(name, must, unit):
        return Target(f"{store}: {name}", must, unit=unit)

    return {
        "page": target("a page, 99 of 100, the slowest kind", 50, " ms"),
        "stats": target("stats that are counted anew, the slowest", 50, " ms"),
        "age": target("age of stats, the oldest", 5, " s"),
        "turn": target("longest turn of a worker while lists are served", PAUSE_MS, " ms"),
        "hold": target("longest that the API held a lock", PAUSE_MS, " ms"),
        "bytes": target("resident memory for each session", 900, " bytes"),
        "redis": target("longest turn of Redis while lists are served", PAUSE_MS, " ms"),
    }


@dataclass
class Row:
    """A question, which was asked in several passes, each a phase of its own."""

    question: questions.Question
    phases: list = field(default_factory=list)
    times: list = field(default_factory=list)
    workers: list = field(default_factory=list)  # records, by phase
    api: list = field(default_factory=list)
    redis: list = field(default_factory=list)

    def percent(self, share):
        return sorted(self.times)[(len(self.times) - 1) * share // 100] * 1000

    # what comes of the question comes again, and what was there in one pass only is the machine's

    def longest_turn_ms(self):
        return min(record.longest_own_ns for record in self.workers) / 1e6

    def longest_of_redis_ms(self):
        return min(record.longest_own_ns for record in self.redis) / 1e6

    def longest_hold_ms(self):
        return min(record.longest_hold_ns for record in self.api) / 1e6

    def text(self):
        cpu_ms = sum(record.cpu_ns for record in self.api) / len(self.times) / 1e6
        return (
            f"{self.question.name:42} {self.percent(50):9.2f} {self.percent(99):9.2f} {self.percent(100):9.2f}"
            f" {cpu_ms:9.2f} {self.longest_hold_ms():9.2f} {self.longest_turn_ms():9.2f}"
            f" {self.longest_of_redis_ms():9.2f}"
        )


HEADING = f"{'ms':42} {'median':>9} {'99 %':>9} {'longest':>9} {'API CPU':>9} {'lock held':>9} {'turn':>9} {'of Redis':>9}"


class Session:
    """With one store: from an empty one to the figures."""

    def __init__(self, store, hall, redis, settings):
        self.hall, self.redis, self.settings = hall, redis, settings
        self.turns, self.targets = hall.turns, targets(store)
        self.measured, self.errors, self.ages = [], 0, []

    def run(self):
        self._fill()
        before = self._quiet("before")
        if self.redis:
            self.redis.ask("SLOWLOG", "RESET")
        rows = self._serve()
        after = self._quiet("after")
        self._judge(rows, before + after)
        if self.errors:
            print("the gateway said:", *self.hall.gateway.log.splitlines()[-TOLD:], sep="\n", flush=True)
        return self.measured, self.errors

    def _promise(self, name, value):
        self.measured.append((self.targets[name], value))

    # --- filling ---

    def _fill(self):
        resident, began = self.hall.resident_bytes(), time.monotonic()
        half = self.settings.sessions // 2
        first = self.hall.fill(half)
        self.middle = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        second = self.hall.fill(self.settings.sessions - half)
        took = time.monotonic() - began
        self.made = first.total("right") + second.total("right")
        self.errors += first.errors + second.errors
        each = (self.hall.resident_bytes() - resident) / self.made
        print(f"{self.made} sessions came in {took:.0f} s; the gateway grew by {each:.0f} bytes for each", flush=True)
        if not self.redis:
            self._promise("bytes", each)

    # --- those who stay ---

    @contextmanager
    def _staying(self, name):
        load = self.hall.staying()
        yield
        result = load.result()
        self.errors += result.errors
        delays = result.delays
        print(
            f"{name}: {delays['count']} requests of those who stay, median {delays['median_us'] / 1000:.2f} ms, 99 of 100"
            f" {delays['p99_us'] / 1000:.2f} ms, 999 of 1000 {delays['p999_us'] / 1000:.2f} ms, longest"
            f" {delays['longest_us'] / 1000:.2f} ms; {delays['pauses']} took longer than {PAUSE_MS} ms",
            flush=True,
        )

    def _quiet(self, when):
        """As it is when no list is served: by so much it is the machine."""
        with self._staying(f"no lists, {when}"), self.turns.measured() as phase:
            time.sleep(self.settings.seconds)
        return [phase]

    # --- lists ---

    def _serve(self):
        rows = [Row(question) for question in [*questions.lists(self.middle), *questions.dry_runs()]]
        stats = Row(questions.STATS)
        with self._staying("while lists are served"):
            for _ in range(PASSES):
                for row in rows:
                    self._ask(row, self.settings.rounds if row.question.promised else 1)
            for _ in range(min(self.settings.rounds, STATS_ROUNDS)):
                time.sleep(REMEMBERED_S)
                self._ask(stats, 1)
        rows.append(stats)
        print(HEADING, *[row.text() for row in rows], sep="\n", flush=True)
        return rows

    def _ask(self, row, rounds):
        """Page after page, and from the beginning when that was the last."""
        question, cursor = row.question, None
        with self.turns.measured() as phase:
            for _ in range(rounds):
                began = time.monotonic()
                body = question.ask(self.hall.admin, cursor)
                row.times.append(time.monotonic() - began)
                cursor = question.next(body)
                self._look_at_age(question, body)
        row.phases.append(phase)
        row.workers.append(self.turns.of("worker", phase))
        row.api.append(self.turns.of("admin", phase))
        row.redis.append(self.turns.of("redis-server", phase))

    def _look_at_age(self, question, body):
        if question.path == questions.STATS.path:
            told = json.loads(body)
            self.ages.append(time.time() - datetime.fromisoformat(told["as_of"].replace("Z", "+00:00")).timestamp())
            assert told["sessions"]["total"] >= self.made, f"{self.made} sessions came, and stats know of {told['sessions']}"

    # --- the figures ---

    def _judge(self, rows, quiet):
        served = [phase for row in rows for phase in row.phases]
        for name, phases in (("no lists", quiet), ("while lists are served", served)):
            self._tell_turns(name, "worker", phases)
            if self.redis:
                self._tell_turns(name, "redis-server", phases)
        print("turns while lists are served:", ", ".join(f"{name} {turns}" for name, turns in self.hall.worker_turns(served).items()))
        # a dry run takes seconds, in which the machine does something in each pass
        judged = [row for row in rows if row.question.promised]
        self._promise("page", max(row.percent(99) for row in judged if row.question is not questions.STATS))
        self._promise("stats", rows[-1].percent(100))
        self._promise("age", max(self.ages))
        self._promise("turn", max(row.longest_turn_ms() for row in judged))
        if not self.redis:
            self._promise("hold", max(row.longest_hold_ms() for row in judged))
        else:
            self._promise("redis", max(row.longest_of_redis_ms() for row in judged))
            print(*lists.scripts_table(lists.slow(self.redis, lists.names(self.settings.lists))), sep="\n")

    def _tell_turns(self, name, threads, phases):
        turns = self.turns.of(threads, *phases)
        print(
            f"{name}, {threads}: {turns.turns} turns, {turns.cpu_ns / max(turns.turns, 1) / 1000:.0f} us of CPU time each,"
            f" the longest {turns.longest_own_ns / 1e6:.2f} ms without, {turns.longest_wall_ns / 1e6:.2f} ms with what the machine"
            f" took; {turns.pauses} longer than {PAUSE_MS} ms without"
        )


def measure(store, settings):
    """store: memory or redis. ([(target, value)], how many requests failed)"""
    print(f"\n--- {store} ---", flush=True)
    with ExitStack() as stack:
        turns = Turns(stack.enter_context(NamedTemporaryFile(prefix="sg-")).name)
        redis = stack.enter_context(lists.redis(turns.under)) if store == "redis" else None
        section = {"url": redis.url, "namespace": "bench-admin"} if redis else {"url": "memory:"}
        hall = stack.enter_context(Hall(section, turns))
        return Session(store, hall, redis, settings).run()
