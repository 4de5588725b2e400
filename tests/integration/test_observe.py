"""session: observe with real PHP sessions in files (docs/observe.md): what is counted is what happened, and nothing is changed."""

import json
import os
import re
import shutil
from contextlib import contextmanager
from threading import Thread

import pytest

from harness import observed, php_fpm
from harness.applications.adminer import Adminer
from harness.applications.dokuwiki import DokuWiki
from harness.browser import COOKIE
from harness.chain import PAGES, temporary_chain, together
from harness.person import Person
from harness.process import wait_until
from harness.webserver import nginx_php

OBSERVE = {"session": "observe"}


class Site:
    """own_session.php on /, behind nginx and a gateway. With one worker reports come in the order of the writes, however slow the machine is."""

    def __init__(self, chain, route=OBSERVE, adapter="php", **settings):
        self.chain = chain
        shutil.copy(PAGES / "own_session.php", chain.path("own_session.php"))
        chain.serve("php-fpm", php_fpm.argv(chain.directory, children=6), f"unix:{chain.path('php.sock')}")
        application = {"servers": [f"unix:{chain.path('php.sock')}"], "params": {"SCRIPT_FILENAME": chain.path("own_session.php")}, "adapter": adapter}
        route = {"path": "/", "application": "shop", **route}
        api = f"unix:{chain.path('api.sock')}"
        self.visitor = chain.start({"shop": application}, routes=[route], listen_session_api=api, **settings)

    def do(self, steps, cookie=None, **headers):
        visitor = self.visitor.twin()
        visitor.cookie = cookie
        return visitor.ask("/", headers={"X-Test-Do": steps, **headers})

    def begin(self, steps, cookie):
        """Ask, and come back for the reply later."""
        replies = []
        thread = Thread(target=lambda: replies.append(self.do(steps, cookie)), daemon=True)
        thread.start()
        return lambda: (thread.join(), replies[0])[1]

    def row(self, reports):
        """Of the report, when the adapter has told of so many requests."""
        report = wait_until(
            lambda: (r := observed.report(self.chain.gateway)).rows.get("shop", {}).get("REPORTS") == reports and r,
            what=f"{reports} reports in {observed.report(self.chain.gateway).text}",
        )
        return {**report.rows["shop"], "keys": report.keys["shop"], "said": report.said["shop"]}


@pytest.fixture
def site(chain):
    return Site(chain)


def written(row):
    return {key: numbers["WRITTEN"] for key, numbers in row["keys"].items()}


# What is counted.


def test_what_sessions_hold_and_who_writes(site):
    alice, bob = "PHPSESSID=alice", "PHPSESSID=bob"
    assert site.do("start; set user alice; set cart 1").status == 200  # a new one, with an id of PHP's
    site.do("start; set user alice", alice)  # what was there before is not known
    site.do("start; set cart 1", alice)
    site.do("start; set cart 1", alice)  # the same again
    site.do("start; unset cart", alice)
    site.do("start; fill blob 5000", bob)
    site.do("start; fill blob 5000", bob)
    site.do("")  # no session
    row = site.row(8)
    assert (row["REQUESTS"], row["WITH-SESSION"], row["SESSIONS"], row["CREATED"], row["UNTOLD"]) == (8, 6, 3, 1, 0)
    assert (row["WRITERS"], row["AFTER-HEADER"], row["KEYS-MAX"]) == (3, 0, 2)
    assert written(row) == {"user": 1, "cart": 3, "blob": 0}
    assert 5000 < row["SIZE-MAX"] < 5020 and row["SIZE-HALF"] < 64
    assert row["keys"]["user"]["IN-REQUESTS"] == 5
    assert "the application's save handler: files" in row["said"]


def test_writes_after_the_header(site):
    cookie = "PHPSESSID=alice"
    site.do("start; set a 1", cookie)
    site.do("start; set a 2; flush; set b 1", cookie)
    site.do("start; flush; unset b", cookie)
    site.do("start; flush", cookie)
    site.do("start; set a 3; shutdown c 1", cookie)  # in a shutdown function, but no header was out
    site.do("start; flush; shutdown c 2", cookie)
    site.do("start; close; flush", cookie)
    site.do("start; close; flush; start; set b 1; close", cookie)  # opened once more
    row = site.row(8)
    assert (row["AFTER-HEADER"], row["WRITERS"]) == (4, 5)
    assert {key: numbers["AFTER-HEADER"] for key, numbers in row["keys"].items()} == {"a": 0, "b": 2, "c": 1}


def test_parallel_writers(site):
    """PHP's files let them in one after the other: which of them would have met without that?"""
    cookie = "PHPSESSID=alice"
    site.do("start; set cart 0; set seen 0", cookie)
    first = site.begin("start; set cart 1; touch in; await go", cookie)
    there = lambda *names: all(os.path.exists(site.chain.path(name)) for name in names)
    wait_until(lambda: there("in"), what="the first")
    others = [site.begin(f"touch at{n}; start; set {key} {n}", cookie) for n, key in enumerate(["seen", "cart"], 2)]
    wait_until(lambda: there("at2", "at3"), what="the others to wait for the file")
    site.chain.write("go", "")
    assert [reply().status for reply in [first, *others]] == [200] * 3
    site.do("start; set cart 9", cookie)  # alone
    row = site.row(5)
    assert (row["PARALLEL-WRITERS"], row["SAME-KEY"]) == (2, 1)
    assert {key: numbers["SAME-KEY"] for key, numbers in row["keys"].items()} == {"cart": 1, "seen": 0}
    assert "keys changed by parallel requests: cart: consider lock: exclusive" in row["said"]
    line = "application shop: session keys changed by parallel requests: cart: consider lock: exclusive"
    wait_until(lambda: line in site.chain.gateway.log, what="the log to say so")


def test_ids_that_change_and_sessions_that_end(site):
    site.do("start; set a 1", "PHPSESSID=alice")
    reply = site.do("start; regenerate", "PHPSESSID=alice")
    renewed = reply.all("Set-Cookie")[-1].partition(";")[0]
    site.do("start; set a 1", renewed)
    site.do("start; destroy", renewed)
    row = site.row(4)
    assert (row["SESSIONS"], row["WRITERS"]) == (1, 0)


def test_a_session_of_another_name_and_one_closed_early(site):
    site.do("name shop_sid; start; set a 1; close", "shop_sid=x")
    row = site.row(1)
    assert row["SESSIONS"] == 1 and "1 requests closed the session before their end" in row["said"]


def test_more_than_there_is_time_for(site):
    site.do("start; numbers all 2000000", "PHPSESSID=alice")
    row = site.row(1)
    assert row["SIZE-MAX"] == 0 and any("more in the session than there was time to look at" in line for line in row["said"])


def test_a_request_that_php_does_not_finish(site):
    site.do("start; set a 1; fail", "PHPSESSID=alice")
    site.do("start; set a 1; exit", "PHPSESSID=alice")
    assert site.row(2)["UNTOLD"] == 0


def test_a_gateway_that_does_not_hear(site):
    """The report is lost and nothing else; the gateway knows that one is missing."""
    os.rename(site.chain.path("api.sock.0"), site.chain.path("away"))
    assert site.do("start; set a 1; handler", "PHPSESSID=alice").body.startswith(b'{"a":"1"}')
    row = wait_until(lambda: (r := observed.report(site.chain.gateway).rows["shop"]).get("UNTOLD") and r, what="the request's end")
    assert (row["REPORTS"], row["UNTOLD"]) == (0, 1)


def test_two_workers_count_together(chain):
    """Twenty visitors at once, each of whom comes twice."""
    site = Site(chain, workers=2)
    for steps in ("start; set n 1", "start; set n 2"):
        for reply in [site.begin(steps, f"PHPSESSID=visitor{n}") for n in range(20)]:
            assert reply().status == 200
    row = site.row(40)
    assert (row["REQUESTS"], row["SESSIONS"], row["UNTOLD"], row["WRITERS"], row["SAME-KEY"]) == (40, 20, 0, 20, 0)


# Nothing is changed.

SCENES = {
    "nothing": [""],
    "a session": ["start; set a 1", "start; set b 2", "start; unset a", "start; destroy"],
    "after the header": ["start; flush; set late 1", "start"],
    "in a shutdown function": ["start; shutdown a 1", "start"],
    "objects": ["start; remember me", "start; set a 1"],
    "large": ["start; numbers all 300000", "start; set a 1"],
    "closed early": ["start; set a 1; close; set b 2", "start"],
    "a callback of its own": ["start; callback; set a 1", "start; callback; flush"],
    "an error handler of its own": ["handler; start; set a 1"],
    "an error": ["start; set a 1; fail", "start"],
    "an exit": ["start; set a 1; exit", "start"],
    "an answer that is finished before": ["start; finish; set a 1", "start"],
}  # fmt: skip


def shown(reply):
    """What a browser gets, less what is other each time."""
    headers = [(name, value) for name, value in reply.headers if name.lower() not in ("date", "x-request-id")]
    return reply.status, headers, re.sub(rb'"SESSION[^"]*"', b"", reply.body)


def play(route, adapter):
    with temporary_chain() as chain:
        site = Site(chain, route, adapter)
        replies = {}
        for name, scenes in SCENES.items():
            cookie = "PHPSESSID=" + name.replace(" ", "-")
            replies[name] = [shown(site.do(steps, cookie)) for steps in scenes]
        for name, scene in replies.items():
            for _, _, body in scene:
                assert b"Fatal" not in body or b"nobody_has_defined_this" in body, name
        return json.loads(json.dumps(replies, default=lambda b: b.decode("latin-1")).replace(chain.directory, "DIR"))


def test_not_a_byte_is_other_than_without():
    off = play({"session": "off"}, "none")
    assert play(OBSERVE, "php") == off


# Applications as they are.


@contextmanager
def observed_application(kind):
    with temporary_chain() as chain:
        site = kind(chain)
        pool = {"session.save_path": chain.folder("sessions"), **site.pool}
        application = {**chain.php(children=4, pool=pool), "params": site.params, "adapter": "php"}
        route = {"path": "/", "application": site.name, **OBSERVE}
        chain.start({site.name: application}, webserver=nginx_php(site.root, site.index, site.php_value), routes=[route])
        site.install(Person(chain.port))
        yield site


@pytest.mark.parametrize("kind", [together(Adminer.name), together(DokuWiki.name)])
def test_an_application_keeps_its_own_sessions_and_is_seen_through(kind):
    with observed_application({site.name: site for site in (Adminer, DokuWiki)}[kind]) as site:
        alice = Person(site.chain.port)
        site.log_in(alice)
        assert site.logged_in(alice)
        site.work(alice)
        assert COOKIE not in str(alice.cookies) and alice.cookie(site.session_name)
        assert os.listdir(site.chain.path("sessions")), "where PHP keeps them"
        late = 1 if kind == Adminer.name else 0

        def all_reported():
            """What PHP says of a request comes when its page may have been seen."""
            report = observed.report(site.chain.gateway)
            return report if (report.rows[site.name]["AFTER-HEADER"] or 0) >= late else None

        report = wait_until(all_reported, what="what was written after a header to be told")
        row, text = report.rows[site.name], report.text
        assert row["SESSIONS"] >= 1 and row["WRITERS"] >= 1 and row["SIZE-MAX"] > 50 and report.keys[site.name], text
        assert f"sessions come by the cookies {site.session_name} (" in text and "save handler: files" in text
        site.log_out(alice)
        assert not site.logged_in(alice)
