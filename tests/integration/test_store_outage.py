"""The store fails behind a real web server and a real application: an outage is not a logout."""

import pytest


@pytest.fixture
def visitor(chain):
    routes = [
        {"path": "/shop/", "application": "php", "require": "login", "login_url": "/login"},
        {"path": "/news/", "application": "php", "on_store_failure": "anonymous"},
        {"path": "/", "application": "php", "on_save_failure": "deliver"},
    ]
    visitor = chain.start({"php": chain.php()}, routes=routes, **chain.moody(timeout="300ms"))
    visitor.ask("/", say=["Login: alice", "Set: a=1"])
    return visitor


@pytest.mark.against_the_clock(0.3)
@pytest.mark.parametrize("mood", ["fail", "hang"])
def test_an_outage_is_not_a_logout(chain, visitor, mood):
    cookie = visitor.cookie
    chain.store.tell(mood)
    for path in ("/", "/shop/"):
        reply = visitor.ask(path, headers={"Accept": "text/html"})
        assert (reply.status, reply.all("Location"), reply.all("Set-Cookie")) == (503, [], []), path
        assert int(reply.all("Retry-After")[0]) > 0
    session = visitor.session("/news/")
    assert (session["STATE"], session["REASON"]) == ("none", "unavailable")
    assert visitor.ask("/news/", say="Set: a=2").status == 503
    chain.store.fine()
    assert visitor.cookie == cookie
    assert (visitor.session("/shop/")["USER"], visitor.session("/news/")["ATTR_a"]) == ("alice", "1")


@pytest.mark.against_the_clock(0.3)
def test_what_cannot_be_saved_is_said_or_left_out(chain, visitor):
    chain.store.tell("fail", "save", "remove")
    assert visitor.ask("/shop/", say="Set: a=2").status == 503
    reply = visitor.ask("/", say="Set: a=2")
    assert (reply.status, reply.all("Set-Cookie")) == (200, [])
    assert visitor.ask("/", say="Logout: self").status == 503
    chain.store.fine()
    assert visitor.session("/")["ATTR_a"] == "1"
