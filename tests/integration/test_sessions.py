"""One session, several applications, many requests at once."""

from threading import Thread

import pytest

from harness.process import wait_until


@pytest.fixture
def visitor(chain):
    """Of PHP and C, with enough PHP children for all that these tests hold at once."""
    return chain.start({"php": chain.php(children=12), "c": chain.c(), "perl": chain.perl(), "cgi": chain.cgi()})


def later(run, *arguments, **named):
    """Run it in a thread; the list holds its result when the thread is joined."""
    result = []
    thread = Thread(target=lambda: result.append(run(*arguments, **named)))
    thread.start()
    return thread, result


def attributes(session):
    return {name.removeprefix("ATTR_"): value for name, value in session.items() if name.startswith("ATTR_")}


def test_log_in_on_one_be_known_on_the_others(visitor):
    visitor.ask("/php/", say=["Login: alice", "Set: note=%C3%A4%20b"])
    for path in ("/c/", "/perl/", "/cgi/", "/php/"):
        session = visitor.session(path)
        assert (session["STATE"], session["USER"], session["ATTR_note"]) == ("authenticated", "alice", "ä b"), path
    visitor.ask("/c/", say=["Set: from_c=1"])
    assert attributes(visitor.session("/perl/")) == {"note": "ä b", "from_c": "1"}
    cookie = visitor.cookie
    visitor.ask("/perl/", say="Logout: self")
    visitor.cookie = cookie
    assert visitor.session("/php/")["STATE"] == "none"


def test_50_parallel_requests_lose_no_attribute(visitor):
    visitor.ask("/php/", say="Set: first=1")
    paths = ["/php/", "/c/"]
    jobs = [later(visitor.twin().ask, paths[n % 2], say=f"Set: a{n}={n}") for n in range(50)]
    for thread, _ in jobs:
        thread.join()
    assert [result[0].status for _, result in jobs] == [200] * 50
    assert attributes(visitor.session()) == {"first": "1", **{f"a{n}": str(n) for n in range(50)}}


@pytest.mark.against_the_clock(1)
def test_a_slow_request_after_logout_resurrects_nothing(chain, visitor):
    visitor.ask("/c/", say="Login: alice")
    twin = visitor.twin()
    thread, result = later(twin.ask, "/php/", say="Set: late=1", wait=1)
    wait_until(lambda: chain.connections("php.sock") == 1, what="it to reach PHP")
    cookie = visitor.cookie
    visitor.ask("/c/", say="Logout: self")
    thread.join()
    assert result[0].status == 200
    assert twin.cookie in (None, cookie)
    twin.cookie = cookie
    assert twin.session()["STATE"] == "none"


@pytest.mark.against_the_clock(1)
def test_a_slow_anonymous_request_after_a_login(chain, visitor):
    """It neither writes nor gets a token."""
    visitor.ask("/c/", say="Set: cart=1")
    twin = visitor.twin()
    thread, result = later(twin.ask, "/php/", say="Set: late=1", wait=1)
    wait_until(lambda: chain.connections("php.sock") == 1, what="it to reach PHP")
    visitor.ask("/c/", say="Login: alice")
    thread.join()
    assert result[0].status == 200
    assert result[0].all("Set-Cookie") == []
    assert attributes(visitor.session()) == {"cart": "1"}
    assert twin.session()["STATE"] == "none"


@pytest.mark.against_the_clock(1)
def test_a_slow_login_after_another_login(chain, visitor):
    """Both people are who they said they are, each in a session of their own."""
    visitor.ask("/c/", say="Set: cart=1")
    twin = visitor.twin()
    thread, _ = later(twin.ask, "/php/", say="Login: bob", wait=1)
    wait_until(lambda: chain.connections("php.sock") == 1, what="it to reach PHP")
    visitor.ask("/c/", say="Login: alice")
    thread.join()
    assert (visitor.session()["USER"], twin.session()["USER"]) == ("alice", "bob")
    assert visitor.cookie != twin.cookie


def test_the_log_names_user_and_session_and_no_token(chain, visitor):
    visitor.ask("/c/", say="Login: alice")
    token = visitor.cookie.partition("=")[2]
    visitor.session("/php/")
    wait_until(lambda: "alice" in chain.gateway.log and token[:20] in chain.gateway.log)
    assert token[20:] not in chain.gateway.log
