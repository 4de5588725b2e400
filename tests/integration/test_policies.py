"""Secrets, logins and their ends, through nginx and before real applications."""

import time
from threading import Thread

import pytest

IDLE_S = 2


@pytest.fixture
def start(chain):
    """start(realm settings): a visitor of PHP and C."""
    return lambda **session: chain.start({"php": chain.php(children=12), "c": chain.c()}, session=session, workers=2)


def at_once(jobs):
    threads = [Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.against_the_clock(1)
def test_a_lost_rotated_answer_logs_nobody_out(start):
    """For two idle timeouts the visitor goes on with what he has."""
    visitor = start(idle_timeout=f"{IDLE_S}s", anonymous_idle_timeout=f"{IDLE_S}s", rotation_grace="1s")
    visitor.ask("/php/", say=["Login: alice", "Set: cart=1"])
    lost = visitor.twin()
    lost.ask("/php/", say="Rotate: grace")
    assert lost.cookie != visitor.cookie
    end = time.monotonic() + 2 * IDLE_S + 1
    while time.monotonic() < end:
        reply = visitor.ask("/php/")
        assert (reply.session["STATE"], reply.session["USER"], reply.session["ATTR_cart"]) == ("authenticated", "alice", "1")
        assert reply.all("Set-Cookie") == []
        time.sleep(0.2)
    assert lost.session("/php/")["USER"] == "alice"  # it was only late


@pytest.mark.against_the_clock(1)
def test_rotate_every_loses_nobody_whose_answers_get_lost(start):
    visitor = start(rotate_every="1s", rotation_grace="1s")
    visitor.ask("/c/", say="Login: alice")
    kept = visitor.cookie
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert visitor.session()["USER"] == "alice"
        visitor.cookie = kept
        time.sleep(0.1)


@pytest.mark.against_the_clock(1)
@pytest.mark.parametrize("path", ["/php/", "/c/"])
def test_twenty_parallel_requests_through_a_rotation(start, path):
    """Each comes with the cookie that the browser has at that moment; nobody is logged out, and one rotation wins."""
    visitor = start(rotation_grace="2s")
    visitor.ask(path, say="Login: alice")
    users, rotated = [], []

    def ask(n):
        twin = visitor.twin()
        reply = twin.ask(path, say=["Rotate: grace"] if n % 5 == 0 else [f"Set: a{n}={n}"], wait=0.01 * (n % 3))
        users.append(reply.session.get("USER"))
        if reply.all("Set-Cookie"):
            rotated.append(twin.cookie)

    at_once([lambda n=n: ask(n) for n in range(20)])
    assert users == 20 * ["alice"]
    assert len(rotated) == 1
    visitor.cookie = rotated[0]
    session = visitor.session(path)
    assert [session.get(f"ATTR_a{n}") for n in range(20)] == [None if n % 5 == 0 else str(n) for n in range(20)]


@pytest.mark.against_the_clock(1)
def test_a_browser_with_one_jar_through_many_rotations(start):
    """Four tabs share a cookie jar, for some seconds, while the secret is replaced each second."""
    visitor = start(rotate_every="1s", rotation_grace="2s")
    visitor.ask("/c/", say="Login: alice")
    users, end = set(), time.monotonic() + 5

    def tab():
        while time.monotonic() < end:
            twin = visitor.twin()
            reply = twin.ask("/c/")
            users.add(reply.session.get("USER"))
            if reply.all("Set-Cookie"):
                visitor.cookie = twin.cookie

    at_once([tab] * 4)
    assert users == {"alice"}


@pytest.mark.against_the_clock(1)
def test_a_poll_that_a_login_overtakes(start):
    visitor = start()
    visitor.ask("/c/", say="Set: cart=1")
    poll, answers = visitor.twin(), []
    slow = Thread(target=lambda: answers.append(poll.ask("/php/", say="Set: polled=1", wait=1)))
    slow.start()
    time.sleep(0.4)
    visitor.ask("/c/", say="Login: alice; remember")
    after = poll.twin().ask("/c/", say="Set: also=1")  # with the old cookie, after the login
    slow.join()
    assert [reply.all("Set-Cookie") for reply in (*answers, after)] == [[], []]
    session = visitor.session()
    assert (session["USER"], session["ATTR_cart"], session.get("ATTR_polled"), session.get("ATTR_also")) == ("alice", "1", None, None)


def test_logout_all_from_one_of_several_browsers(start):
    visitor = start()
    others = [visitor.twin() for _ in range(5)]
    for browser in [visitor, *others]:
        browser.ask("/php/", say="Login: alice")
    assert others[0].ask("/php/", say="Logout: others").status == 200
    assert [browser.session()["STATE"] for browser in [visitor, *others]] == ["none", "authenticated"] + 4 * ["none"]
    others[0].ask("/php/", say="Logout: all")
    assert others[0].session()["STATE"] == "none"


def test_login_from_an_application_that_says_nothing_of_logins(chain):
    visitor = chain.start({"php": chain.php(login_from="user.name")})
    visitor.ask("/php/", say="Set: cart=1")
    visitor.ask("/php/", say='Update: {"user": {"name": "j%C3%BCrgen \\u00e4"}}')
    session = visitor.session("/php/")
    assert (session["STATE"], session["USER"], session["ATTR_cart"]) == ("authenticated", "j%C3%BCrgen ä", "1")
    visitor.ask("/php/", say="Unset: user")
    assert visitor.session("/php/")["STATE"] == "anonymous"
