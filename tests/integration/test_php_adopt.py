"""An application moves in with the sessions that it had (docs/php-moving-in.md): through nginx and PHP-FPM, and to
PHP-FPM straight, as before the gateway and after it."""

import http.client
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from harness import fastcgi, php_fpm
from harness.chain import PAGES, Reply, temporary_chain
from harness.front import Front
from harness.gateway import ROOT
from harness.process import wait_until
from harness.session_place import PLACES, Files, Redis

LATER = "2099-12-31"
OLD, OURS = "PHPSESSID", "sg_session"
PATIENCE_S = 60  # twenty visitors at once, on a machine that has much else to do


class Site:
    def __init__(self, chain, place, values=None, children=8, session=None, route=None, **adopt):
        self.chain, self.place = chain, place
        values = {"session.save_handler": place.kind, "session.save_path": place.save_path, **(values or {})}
        argv = php_fpm.argv(chain.directory, children=children, values=values)
        chain.serve("php-fpm", argv, f"unix:{chain.path('php.sock')}")
        shutil.copy(PAGES / "adopt.php", chain.path("adopt.php"))
        application = {
            "servers": [f"unix:{chain.path('php.sock')}"],
            "params": {"SCRIPT_FILENAME": chain.path("adopt.php")},
            "adapter": {"php": {"adopt": place.kind, "until": LATER, **adopt}},
        }
        sections = {"session": session} if session else {}
        routes = [{"path": "/", "application": "shop", **(route or {})}]
        chain.start({"shop": application}, routes=routes, limits={"unknown_tokens": 0}, **sections)

    def visitor(self, **cookies):
        return Visitor(self, cookies)

    def old_visitor(self, **values):
        """Who came before there was a gateway."""
        visitor = self.visitor()
        visitor.plain("login", user="alice")
        for name, value in values.items():
            visitor.plain("set", name=name, value=value)
        return visitor

    def complaints(self, count):
        """So many lines of the log that say that nothing was taken over. PHP says that by FastCGI's STDERR."""

        def lines():
            return [line for line in self.chain.gateway.log.splitlines() if "an old session is not taken over: " in line]

        wait_until(lambda: len(lines()) >= count, what="the log")
        assert len(lines()) == count
        return lines()


class Page:
    def __init__(self, status, set_cookies, body):
        self.status, self.set_cookies, self.body = status, set_cookies, body

    @property
    def said(self):
        assert self.status == 200, f"{self.status}: {self.body[:500]!r}"
        return json.loads(self.body)

    @property
    def session(self):
        """PHP's [] is an empty one."""
        return self.said["session"] or {}

    def sets(self, name):
        """The values that it sets, of which PHP writes several."""
        cookies = [line.partition(";")[0].partition("=") for line in self.set_cookies]
        return [value for key, _, value in cookies if key == name]


class Visitor:
    def __init__(self, site, cookies):
        self.site, self.cookies = site, dict(cookies)

    def _path(self, what, given):
        return f"/{what}?{urlencode(given)}"

    def _cookie(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _learn(self, page):
        for line in page.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return page

    def ask(self, what="show", **given):
        """Through nginx and the gateway."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site.chain.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", self._path(what, given), headers={"Cookie": self._cookie()} if self.cookies else {})
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        return self._learn(Page(reply.status, reply.all("Set-Cookie"), reply.body))

    def plain(self, what="show", **given):
        """To PHP-FPM, as a web server asks it without a gateway."""
        uri = self._path(what, given)
        params = fastcgi.get(
            uri,
            SCRIPT_FILENAME=self.site.chain.path("adopt.php"),
            QUERY_STRING=urlencode(given),
            HTTP_COOKIE=self._cookie() or None,
        )
        front = Front(f"unix:{self.site.chain.path('php.sock')}", PATIENCE_S)
        try:
            answer = front.ask(params)
        finally:
            front.close()
        return self._learn(Page(200, answer.all("set-cookie"), answer.body))

    def twin(self):
        return Visitor(self.site, self.cookies)

    @property
    def old(self):
        return self.cookies.get(OLD)

    @property
    def token(self):
        return self.cookies.get(OURS)


@pytest.fixture(params=PLACES)
def place(request, chain):
    return PLACES[request.param](chain)


# --- taking over, wherever it was ---


def test_an_old_session_goes_on_as_ours(chain, place):
    site = Site(chain, place, save_path=place.save_path)
    visitor = site.old_visitor(color="blue")
    visitor.plain("buy", line="a pen")
    assert place.ids() == {visitor.old}
    before = visitor.plain().session
    old = visitor.old
    page = visitor.ask("set", name="size", value="xl")
    assert page.session == {**before, "size": "xl"}
    assert page.said["id"] == visitor.token[:20] == page.said["cookie"]
    assert page.sets(OLD) and visitor.old is None, "its cookie goes"
    assert place.ids() == set(), "and so does what it named"
    visitor.ask("buy", line="a book")
    session = visitor.ask().session
    assert session["cart"]["lines"] == ["a pen", "a book"]
    assert (session["user"], session["color"], session["size"]) == ("alice", "blue", "xl")
    assert site.visitor(**{OLD: old}).ask().session == {}, "nobody has anything of the old id any more"


def test_write_back_keeps_the_old_place_up_to_date(chain, place):
    site = Site(chain, place, write_back=True)
    visitor = site.old_visitor(color="blue")
    old = visitor.old
    visitor.ask("set", name="color", value="red")
    visitor.ask("buy", line="a pen")
    visitor.ask("late", name="note", value="after the header")
    assert visitor.old == old and place.ids() == {old}
    there = visitor.twin()
    there.cookies.pop(OURS)
    session = there.plain().session
    assert (session["user"], session["color"], session["note"]) == ("alice", "red", "after the header")
    assert session["cart"]["lines"] == ["a pen"]
    assert there.plain("set", name="back", value="yes").session["back"] == "yes"


@pytest.mark.parametrize("write_back", [False, True])
def test_twenty_at_once_take_it_over_once(chain, place, write_back):
    """Also where PHP locks sessions there and gives up when it takes too long; and those who come when it is gone from
    there begin none of their own, whose token would overwrite the one."""
    locking = {"redis.session.locking_enabled": 1, "redis.session.lock_retries": 2, "memcached.sess_locking": 1}
    site = Site(chain, place, locking, children=20, write_back=write_back)
    first = site.old_visitor(color="blue")
    twins = [first.twin() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        pages = list(pool.map(lambda twin: twin.ask("show"), twins))
    assert [page.status for page in pages] == [200] * 20
    winners = [twin for twin in twins if twin.token]
    assert len(winners) == 1, "of the others none may overwrite its token"
    assert [page.session.get("user") for page in pages if page.session] == ["alice"]
    assert winners[0].ask().session == {"user": "alice", "color": "blue"}
    assert {twin.old for twin in twins} == ({first.old} if write_back else {None})


@pytest.mark.parametrize("settings", [{}, {"split": "whole"}, {"create": "lazy"}, {"regenerate": "grace"}], ids=str)
@pytest.mark.parametrize("write_back", [False, True])
def test_the_first_request_is_one_that_logs_in(chain, write_back, settings):
    site = Site(chain, Files(chain), write_back=write_back, **settings)
    visitor = site.visitor()
    visitor.plain("set", name="cart", value="full")
    before = visitor.old
    assert visitor.ask("login-renewed", user="alice").session == {"cart": "full", "user": "alice"}
    assert visitor.ask().session == {"cart": "full", "user": "alice"}
    assert site.place.ids() == ({visitor.old} if write_back else set()) and visitor.old != before
    if write_back:
        assert visitor.twin().plain().session == {"cart": "full", "user": "alice"}


@pytest.mark.parametrize("write_back", [False, True])
def test_the_first_request_is_one_that_logs_out(chain, write_back):
    site = Site(chain, Files(chain), write_back=write_back)
    visitor = site.old_visitor()
    thief = visitor.twin()
    visitor.ask("logout")
    assert (visitor.token, visitor.old, site.place.ids()) == (None, None, set())
    assert thief.ask().session == {} and thief.plain().session == {}


def test_a_large_session_is_taken_over_whole(chain):
    site = Site(chain, Files(chain), write_back=True)
    visitor = site.old_visitor()
    visitor.plain("fill", bytes=300_000)
    for _ in range(2):
        session = visitor.ask().session
        assert (session["user"], len(session["filling"])) == ("alice", 300_000)
    visitor.ask("set", name="a", value="1")
    assert len(visitor.twin().plain().session["filling"]) == 300_000


# --- once and for all ---


def test_a_replay_after_a_logout_finds_nothing(chain):
    site = Site(chain, Files(chain), write_back=True)
    visitor = site.old_visitor()
    thief = visitor.twin()
    old = Path(chain.path("old")) / f"sess_{visitor.old}"
    content = old.read_text()
    visitor.ask()
    visitor.ask("logout")
    assert not old.exists(), "who logs out has logged out there as well"
    assert visitor.old is None
    old.write_text(content)
    assert thief.ask().session == {}
    assert thief.ask().session == {}


def test_who_comes_later_with_the_old_id_alone_starts_anew(chain):
    """Not in the first minute, in which a parallel answer may bring the token: see the conformance cases of adopt."""
    site = Site(chain, Files(chain), write_back=True)
    visitor = site.old_visitor()
    again = visitor.twin()
    visitor.ask()
    page = again.ask("set", name="a", value="1")
    assert page.session == {"a": "1"} and again.token is None
    assert visitor.ask().session == {"user": "alice"}


def test_nothing_is_taken_over_when_a_token_came_along(chain):
    site = Site(chain, Files(chain))
    visitor = site.visitor()
    visitor.ask("set", name="a", value="1")
    old = site.old_visitor()
    visitor.cookies[OLD] = old.old
    assert visitor.ask().session == {"a": "1"}
    visitor.ask("logout")
    dead = site.visitor(**{OLD: old.old, OURS: "A" * 52})
    assert dead.ask().session == {}
    assert old.plain().session == {"user": "alice"}, "it is left alone"


# --- ids that nobody has given out ---


@pytest.mark.parametrize(
    "cookie",
    [
        "PHPSESSID=",
        "PHPSESSID=../secret",
        "PHPSESSID=..%2Fsecret",
        "PHPSESSID[]=known",
        "PHPSESSID[a][b]=known",
        "PHPSESSID=%00known",
        "PHPSESSID=known%0a",
        "PHPSESSID=" + "a" * 300,
        "PHPSESSID=nobodyhasthis",
        "PHPSESSID=sessiongate-known",
        "phpsessid=known",
    ],
)
def test_forged_ids_bring_nothing(forged, cookie):
    name, _, value = cookie.partition("=")
    visitor = forged.visitor(**{name: value})
    page = visitor.ask("set", name="a", value="1")
    assert page.session == {"a": "1"}
    assert visitor.token, "it is a visitor like any other"
    assert forged.place.ids() == {"known", "sessiongate-known"}
    assert Path(forged.chain.path("secret")).read_text() == "user|s:5:\"admin\";"


@pytest.fixture(scope="module")
def forged():
    with temporary_chain() as chain:
        place = Files(chain)
        for name in ("old/sess_known", "old/sess_sessiongate-known", "secret"):
            chain.write(name, 'user|s:5:"admin";')
        yield Site(chain, place)


# --- what cannot be taken over is left alone ---


def test_what_is_too_large_or_broken_is_left_alone(chain):
    site = Site(chain, Files(chain), session={"max_size": "20k", "max_value": "20k"})
    large = site.visitor()
    large.plain("fill", bytes=30000)
    broken = site.visitor(**{OLD: "broken"})
    Path(chain.path("old/sess_broken")).write_text('user|s:500:"alice";')
    for visitor in (large, broken):
        old = visitor.old
        assert visitor.ask("set", name="a", value="1").session == {"a": "1"}
        assert visitor.token and visitor.old == old
        assert old in site.place.ids()
        assert visitor.ask().session == {"a": "1"}
    assert ["413" in line or "session.serialize_handler" in line for line in site.complaints(2)] == [True, True]


def test_nothing_is_taken_over_when_the_time_is_over(chain):
    site = Site(chain, Files(chain), until="2020-01-01")
    visitor = site.old_visitor()
    old = visitor.old
    assert visitor.ask("set", name="a", value="1").session == {"a": "1"}
    assert visitor.old == old and site.place.ids() == {old}


def test_a_place_that_is_away_keeps_nobody_out(chain):
    place = Redis(chain)
    site = Site(chain, place)
    visitor = site.old_visitor()
    next(process for process in chain.processes if process.name == "redis").stop()
    assert visitor.ask("set", name="a", value="1").session == {"a": "1"}
    site.complaints(1)


def test_a_gateway_that_is_out_of_reach_logs_nobody_out(chain):
    """Nobody can tell whether there is something to take over: the session is not started, and the next request asks."""
    site = Site(chain, Files(chain))
    visitor = site.old_visitor()
    page = visitor.ask("show", unplugged=1)
    assert (page.said["started"], page.session) == (False, {})
    assert visitor.token is None and visitor.old
    assert visitor.ask().session == {"user": "alice"}
    assert "listen_session_api" in site.complaints(1)[0]


# --- how it was written ---


@pytest.mark.parametrize("format", ["php", "php_serialize", "php_binary", "igbinary"])
def test_what_php_writes_is_read_as_php_reads_it(tmp_path, format):
    argv = ["/usr/bin/php8.2", "-d", "display_errors=stderr", PAGES / "serialize_format.php", format, tmp_path]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (run.stdout, run.returncode) == ("same", 0), run.stderr[-2000:]


@pytest.mark.parametrize("format", ["php", "php_serialize", "php_binary", "igbinary"])
def test_every_format_is_read_and_written(chain, format):
    site = Site(chain, Files(chain), {"session.serialize_handler": format}, write_back=True)
    visitor = site.old_visitor()
    visitor.plain("buy", line="a pen")
    before = visitor.plain().session
    assert visitor.ask().session == before
    visitor.ask("buy", line="a book")
    session = visitor.twin().plain().session
    assert session["cart"]["lines"] == ["a pen", "a book"] and session["user"] == "alice"


def test_files_in_folders_of_folders(chain):
    place = Files(chain, "2;")
    for first in "0123456789abcdefghijklmnopqrstuvwxyz":
        for second in "0123456789abcdefghijklmnopqrstuvwxyz":
            os.makedirs(os.path.join(place.folder, first, second))
    site = Site(chain, place)
    visitor = site.old_visitor()
    assert place.ids() == {visitor.old}
    assert visitor.ask().session == {"user": "alice"}
    assert place.ids() == set()


# --- whoever knew the old id gains nothing ---


def test_a_renewed_session_moves_at_the_old_place_too(chain):
    site = Site(chain, Files(chain), write_back=True)
    visitor = site.visitor()
    visitor.plain("set", name="cart", value="full")
    fixated = visitor.twin()
    visitor.ask()
    visitor.ask("login-renewed", user="alice")
    assert visitor.old != fixated.old
    assert site.place.ids() == {visitor.old}
    assert fixated.plain().session == {}, "the id that somebody planted is nobody's"
    back = visitor.twin()
    assert back.plain().session == {"cart": "full", "user": "alice"}
    thief = site.visitor(**{OLD: visitor.old})
    assert thief.ask().session == {}, "and the new one is never taken over"


def test_a_client_cannot_write_into_another_s_old_session(chain):
    site = Site(chain, Files(chain), write_back=True)
    victim = site.old_visitor()
    own = site.old_visitor()
    own.ask()
    own.cookies[OLD] = victim.old
    own.ask("set", name="user", value="mallory")
    assert victim.plain().session == {"user": "alice"}
    assert own.old != victim.old, "it is given one of its own again"
    assert own.twin().plain().session == {"user": "mallory"}


def test_who_came_after_the_gateway_can_go_back_too(chain):
    site = Site(chain, Files(chain), {"session.use_strict_mode": 1}, write_back=True)
    visitor = site.visitor()
    visitor.ask()
    assert visitor.token and visitor.old is None, "nothing would be lost"
    visitor.ask("login", user="alice")
    visitor.ask("set", name="color", value="red")
    back = visitor.twin()
    back.cookies.pop(OURS)
    assert back.plain().session == {"user": "alice", "color": "red"}


def test_an_empty_session_is_not_kept_again_and_again(chain):
    site = Site(chain, Files(chain), write_back=True)
    visitor = site.visitor()
    visitor.ask("set", name="a", value="1")
    visitor.ask("empty")
    for _ in range(3):
        assert not visitor.ask().sets(OLD)
    visitor.ask("set", name="a", value="2")
    assert visitor.twin().plain().session == {"a": "2"}
    assert site.place.ids() == {visitor.old}


# --- while others are at it ---


def test_a_slow_request_brings_nothing_back_after_a_logout(chain):
    site = Site(chain, Files(chain), write_back=True)
    visitor = site.old_visitor()
    visitor.ask()
    slow, go = visitor.twin(), chain.path("go")
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(slow.ask, "wait", **{"for": go})
        wait_until(lambda: os.path.exists(f"{go}.waits"), what="the slow request")
        visitor.ask("logout")
        chain.write("go", "")
        page.result()
    assert site.place.ids() == set()


def test_what_php_has_cleaned_up_is_put_there_again(chain, place):
    site = Site(chain, place, write_back=True)
    visitor = site.old_visitor(color="blue")
    visitor.ask()
    place.forget(visitor.old)
    visitor.ask()
    assert place.ids() == {visitor.old}
    assert visitor.twin().plain().session == {"user": "alice", "color": "blue"}


def test_another_session_beside_it_is_left_out(chain):
    site = Site(chain, Files(chain), write_back=True)
    visitor = site.old_visitor()
    old = visitor.old
    assert visitor.ask("set", beside="OTHER", name="color", value="red").session == {"user": "alice", "color": "red"}
    assert visitor.ask("show", beside="OTHER").session == {"user": "alice", "color": "red"}
    assert visitor.old == old and site.place.ids() == {old}
    assert visitor.twin().plain().session == {"user": "alice", "color": "red"}


# --- settings of PHP's ---


def test_the_cookie_is_cleared_as_php_has_set_it(chain):
    values = {
        "session.name": "SHOP",
        "session.cookie_path": "/shop",
        "session.cookie_domain": "example.org",
        "session.cookie_secure": 1,
        "session.cookie_httponly": 1,
        "session.cookie_samesite": "Strict",
    }
    site = Site(chain, Files(chain), values, cookie="SHOP")
    visitor = site.visitor()
    visitor.plain("login", user="alice")
    page = visitor.ask()
    assert page.session == {"user": "alice"}
    line = next(line for line in page.set_cookies if line.startswith("SHOP=")).lower()
    assert "max-age=0" in line
    for part in ("path=/shop", "domain=example.org", "secure", "httponly", "samesite=strict"):
        assert f"; {part}" in line


@pytest.mark.parametrize("setting", [{"session.auto_start": 1}, {"open_basedir": "/nowhere"}, {"session.use_strict_mode": 1}], ids=str)
def test_settings_that_php_s_own_handlers_work_with(chain, setting):
    if "open_basedir" in setting:
        setting = {"open_basedir": f"{chain.path('adopt.php')}:{ROOT}/build/adapters"}
    site = Site(chain, Files(chain), setting)
    visitor = site.old_visitor(color="blue")
    assert visitor.ask().session == {"user": "alice", "color": "blue"}
    stranger = site.visitor(**{OLD: "nobodyhasthis"})
    assert stranger.ask("set", name="a", value="1").session == {"a": "1"}
    assert site.place.ids() == set()
