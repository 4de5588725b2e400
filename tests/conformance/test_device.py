"""session.device: what a session remembers of where it comes from, as its owner sees it in the list of self-service."""

import json

import pytest

from harness.browser import Browser
from harness.process import wait_until

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
NOTHING = {"first_ip": None, "last_ip": None, "user_agent": None}
ROUTE = {"self_service": "/.session"}


@pytest.fixture
def visitor(start):
    """visitor(policy, …): logged in from address, before a realm with that policy; with its own touch the session says it."""

    def log_in(policy="full", address="203.0.113.7", agent=FIREFOX, touch="1h", **settings):
        browser = Browser(start(route=ROUTE, session={"device": policy, "touch_interval": touch}, **settings))
        browser.visit(say="X-Session-Login: alice", REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
        return browser

    return log_in


def device(browser):
    """Of the browser's own session. Looking at the list is no visit that anything is written for."""
    page = browser.visit("/.session/list", REMOTE_ADDR="192.0.2.99", HTTP_USER_AGENT="looks")
    assert page.status == 200, page.body
    (own,) = [session for session in json.loads(page.body)["sessions"] if session["current"]]
    return own["device"]


def write(browser, address, agent="another/1"):
    browser.visit(say="X-Session-Set: a=1", REMOTE_ADDR=address, HTTP_USER_AGENT=agent)


@pytest.mark.parametrize(
    "policy, address, agent, wanted",
    [
        ("full", "203.0.113.7", FIREFOX, ("203.0.113.7", FIREFOX)),
        ("full", "2001:db8:1:2::7", EDGE, ("2001:db8:1:2::7", EDGE)),
        ("full", "::ffff:203.0.113.7", None, ("203.0.113.7", None)),
        ("full", "unix:", "a\tb\x7fc", (None, "abc")),
        ("truncated", "203.0.113.7", FIREFOX, ("203.0.113.0", "Firefox")),
        ("truncated", "2001:db8:1:2:3:4:5:6", EDGE, ("2001:db8:1::", "Edge")),
        ("truncated", "::ffff:203.0.113.7", "curl/7.88.1", ("203.0.113.0", "curl")),
    ],
    ids=str,
)
def test_what_is_kept(visitor, policy, address, agent, wanted):
    ip, kept = wanted
    assert device(visitor(policy, address, agent)) == {"first_ip": ip, "last_ip": ip, "user_agent": kept}


def test_off(visitor):
    browser = visitor("off")
    write(browser, "192.0.2.9")
    assert device(browser) == NOTHING


def test_a_user_agent_is_bounded(visitor):
    kept = device(visitor(agent="é" * 600))["user_agent"]
    assert kept == "é" * 256, "512 bytes, whole characters"


def test_the_last_address_moves_with_what_is_written_and_the_rest_stays(visitor):
    browser = visitor()
    browser.visit(REMOTE_ADDR="192.0.2.8")
    assert device(browser)["last_ip"] == "203.0.113.7", "nothing is written for it"
    write(browser, "192.0.2.9")
    assert device(browser) == {"first_ip": "203.0.113.7", "last_ip": "192.0.2.9", "user_agent": FIREFOX}
    browser.visit(say="X-Session-Login: bob", REMOTE_ADDR="192.0.2.10")
    assert device(browser)["last_ip"] == "192.0.2.10"


def test_a_touch_moves_it_too(visitor):
    browser = visitor(touch="0")
    browser.visit(REMOTE_ADDR="192.0.2.8")
    assert json.loads(browser.visit("/.session/list", REMOTE_ADDR="192.0.2.8").body)["sessions"][0]["device"]["last_ip"] == "192.0.2.8"


def test_it_is_the_visitor_s_address_where_the_proxy_is_trusted(visitor):
    forwarded = {"HTTP_X_FORWARDED_FOR": "198.51.100.3, 203.0.113.9"}
    for trusted, ip in ((["192.0.2.0/24"], "203.0.113.9"), ([], "192.0.2.1")):
        browser = visitor(trusted_proxies=trusted)
        browser.visit(say="X-Session-Set: a=1", REMOTE_ADDR="192.0.2.1", **forwarded)
        assert device(browser)["last_ip"] == ip


def test_a_changed_setting_holds_for_what_is_written_from_then_on(visitor):
    """For all of it: what was kept in full is cut then."""
    browser = visitor()
    gateway = browser.gateway
    for policy, wanted in (
        ("truncated", {"first_ip": "203.0.113.0", "last_ip": "192.0.2.0", "user_agent": "Firefox"}),
        ("off", NOTHING),
        ("full", {**NOTHING, "last_ip": "192.0.2.9"}),
    ):
        gateway.reload({**gateway.config, "session": {"device": policy, "touch_interval": "1h"}})
        wait_until(lambda: (write(browser, "192.0.2.9"), device(browser))[1] == wanted, what=f"{policy} to hold")


def test_it_takes_nothing_of_the_session_s_size(start):
    browser = Browser(start(session={"max_size": "100"}))
    assert browser.visit(say=f"X-Session-Set: a={97 * 'x'}", HTTP_USER_AGENT="y" * 512).status == 200
    assert browser.visit().state == "anonymous"
    assert browser.visit(say="X-Session-Set: b=1").status == 502
