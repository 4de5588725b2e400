"""Which route a request takes and what it demands: application.md section 5."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.browser import COOKIE, Browser
from harness.problem import problem
from harness.process import wait_until

HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def routed(browse, app):
    """routed({…route…}, …): the application is told by the param TAKEN which of them it was, by its number."""

    def start(*routes, **settings):
        applications = {
            f"app{n}": {"servers": [app.address], "params": {"TAKEN": str(n)}} for n in range(len(routes))
        }
        numbered = [{"application": f"app{n}", **route} for n, route in enumerate(routes)]
        return browse(applications=applications, routes=numbered, **settings)

    return start


def taken(page):
    return int(page.seen["TAKEN"]) if page.status == 200 else page.status


PATHS = [
    ("/", 0),
    ("/api", 0),
    ("/api/", 1),
    ("/api/x", 1),
    ("/api/v2/x", 2),
    ("/apis", 0),
    ("/api/v2", 1),
    ("/x/../api/y", 1),
    ("/api/../x", 0),
    ("/api/./v2/x", 2),
    ("/api//v2/x", 2),
    ("//api/x", 1),
    ("/%61pi/x", 1),
    ("/x/%2e%2e/api/y", 1),
    ("/api%2fv2/x", 2),
    ("/../../api/x", 1),
    ("/API/x", 0),
    ("/x?/api/", 0),
    ("/api/x?a=/../b", 1),
    ("http://example.test/api/x", 1),
    ("https://example.test:8443/api/v2/x?q", 2),
]


@pytest.mark.parametrize("uri, number", PATHS, ids=[uri for uri, _ in PATHS])
def test_the_longest_prefix_of_the_clean_path_wins(routed, uri, number):
    browser = routed({"path": "/"}, {"path": "/api/"}, {"path": "/api/v2/"})
    assert taken(browser.visit(uri)) == number


def test_without_request_uri_script_name_and_path_info(routed):
    browser = routed({"path": "/"}, {"path": "/api/"})
    assert taken(browser.visit("/", REQUEST_URI=None, SCRIPT_NAME="/api", PATH_INFO="/x")) == 1
    assert taken(browser.visit("/", REQUEST_URI=None, SCRIPT_NAME="/x.php")) == 0


def test_no_route(routed):
    browser = routed({"path": "/only/"})
    assert problem(browser.visit("/other").answer) == (404, "no-route")


HOSTS = [
    ("example.org", 1),
    ("EXAMPLE.org", 1),
    ("example.org:8080", 1),
    ("a.example.org", 2),
    ("a.b.example.org", 2),
    ("other.test", 0),
]


@pytest.mark.parametrize("host, number", HOSTS, ids=[host for host, _ in HOSTS])
def test_hosts(routed, host, number):
    browser = routed({"path": "/"}, {"host": "example.org", "path": "/"}, {"host": "*.example.org", "path": "/"})
    assert taken(browser.visit(HTTP_HOST=host)) == number


def test_without_host_the_server_name(routed):
    browser = routed({"path": "/"}, {"host": "example.org", "path": "/"})
    assert taken(browser.visit(HTTP_HOST=None, SERVER_NAME="example.org")) == 1


def test_a_route_chosen_by_name(routed):
    browser = routed({"path": "/"}, {"path": "/never/", "name": "chosen"})
    page = browser.visit("/", SESSIONGATE_ROUTE="chosen")
    assert taken(page) == 1
    assert "SESSIONGATE_ROUTE" not in page.seen
    assert problem(browser.visit("/", SESSIONGATE_ROUTE="nobody").answer) == (500, "internal")


# session: off, peek, on.


@pytest.mark.parametrize("session", ["off", "observe"])
def test_off_interprets_nothing(routed, session):
    browser = routed({"path": "/"}, {"path": "/off/", "session": session})
    browser.visit(say="X-Session-Set: a=1")
    page = browser.visit("/off/", say=["X-Session-Set: b=2", "X-Other: stays"])
    assert not [name for name in page.seen if name.startswith("SESSION_")]
    assert page.header("X-Other") == "stays"
    assert page.header("X-Session-Set") == "b=2", "response headers pass untouched"
    assert page.all("Set-Cookie") == [] and page.all("Cache-Control") == []
    assert "SESSION_ATTR_b" not in browser.visit().seen


def test_peek_sees_and_changes_nothing(routed):
    browser = routed({"path": "/"}, {"path": "/peek/", "session": "peek"})
    browser.visit(say="X-Session-Set: a=1")
    page = browser.visit("/peek/", say=["X-Session-Set: b=2", "X-Session-Logout: self"])
    assert page.seen["SESSION_ATTR_a"] == "1"
    assert page.header("X-Session-Set") is None
    assert page.all("Set-Cookie") == []
    seen = browser.visit().seen
    assert (seen["SESSION_STATE"], seen.get("SESSION_ATTR_b")) == ("anonymous", None)
    for dropped in ("X-Session-Set", "X-Session-Logout"):
        wait_until(lambda: f"directive {dropped} dropped: the route's session is peek" in browser.gateway.log)


@pytest.mark.against_the_clock(1)
def test_peek_does_not_extend(routed):
    browser = routed(
        {"path": "/"},
        {"path": "/peek/", "session": "peek"},
        session={"idle_timeout": "1s", "anonymous_idle_timeout": "1s", "absolute_timeout": "1m"},
    )
    browser.visit(say="X-Session-Set: a=1")
    began = time.monotonic()
    while browser.visit("/peek/").state == "anonymous":
        assert time.monotonic() - began < 3, "polling keeps the session alive"
        time.sleep(0.2)


def test_peek_clears_no_cookie(routed):
    browser = routed({"path": "/"}, {"path": "/peek/", "session": "peek"})
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    browser.visit(say="X-Session-Logout: self")
    page = twin.visit("/peek/")
    assert page.state == "none"
    assert page.all("Set-Cookie") == []


# require.


def test_require_session(routed, app):
    browser = routed({"path": "/"}, {"path": "/in/", "require": "session"})
    assert problem(browser.visit("/in/").answer) == (401, "session-required")
    assert not app.exchanges
    browser.visit(say="X-Session-Set: a=1")
    assert taken(browser.visit("/in/")) == 1


def test_require_login(routed):
    browser = routed({"path": "/"}, {"path": "/in/", "require": "login"})
    browser.visit(say="X-Session-Set: a=1")
    assert problem(browser.visit("/in/").answer) == (401, "session-required")
    browser.visit(say="X-Session-Login: alice")
    assert taken(browser.visit("/in/")) == 1


NEXT = [
    ("/in/x", "/in/x"),
    ("/in/x?a=1&b=2", "/in/x?a=1&b=2"),
    ("/in/%C3%A4?q=%20", "/in/%C3%A4?q=%20"),
    ("//in/x", "/in/x"),
    ("/\\in/x", None),
    ("///in//x", "/in//x"),
]


@pytest.mark.parametrize("uri, wanted", NEXT, ids=[uri for uri, _ in NEXT])
def test_a_browser_is_sent_to_the_login(routed, uri, wanted):
    browser = routed({"path": "/", "require": "login", "login_url": "/login"})
    page = browser.visit(uri, **HTML)
    assert page.status == 302
    target = urlsplit(page.header("Location"))
    assert (target.scheme, target.netloc, target.path) == ("", "", "/login")
    (next_url,) = parse_qs(target.query)["next"]
    assert next_url == wanted if wanted is not None else next_url.startswith("/in")
    assert not next_url.startswith(("//", "/\\"))


def test_head_is_sent_there_too_and_an_existing_query_stays(routed):
    browser = routed({"path": "/", "require": "login", "login_url": "/login?a=b"})
    page = browser.visit("/x", REQUEST_METHOD="HEAD", **HTML)
    assert page.status == 302
    assert parse_qs(urlsplit(page.header("Location")).query) == {"a": ["b"], "next": ["/x"]}


@pytest.mark.parametrize("more", [{**HTML, "REQUEST_METHOD": "POST"}, JSON, {}], ids=["POST", "JSON", "no Accept"])
def test_others_are_told_401(routed, more):
    browser = routed({"path": "/", "require": "login", "login_url": "/login"})
    answer = browser.visit("/x", **more).answer
    assert answer.status == 401
    assert answer.header("Location") is None


def test_without_login_url_a_browser_gets_401_as_html(routed):
    page = routed({"path": "/", "require": "login"}).visit("/x", **HTML)
    assert page.status == 401
    assert page.header("Content-Type").startswith("text/html")


@pytest.mark.parametrize("session", ["off", "observe"])
@pytest.mark.parametrize("rule", [{"require": "session"}, {"require": "login"}, {"allow_users": ["alice"]}, {"max_login_age": "1h"}])
def test_off_does_not_open_what_a_rule_closes(routed, rule, session):
    browser = routed({"path": "/"}, {"path": "/in/", "session": session, **rule})
    browser.visit(say="X-Session-Login: alice")
    assert browser.visit("/in/x").status in (401, 403)


def test_allow_users(routed):
    browser = routed({"path": "/"}, {"path": "/in/", "allow_users": ["alice", "carol"], "require": "login"})
    assert problem(browser.visit("/in/").answer) == (401, "session-required")
    browser.visit(say="X-Session-Login: bob")
    assert problem(browser.visit("/in/").answer) == (403, "user-not-allowed")
    browser.visit(say="X-Session-Login: carol")
    assert taken(browser.visit("/in/")) == 1


@pytest.mark.against_the_clock(1)
def test_max_login_age(routed):
    browser = routed({"path": "/"}, {"path": "/in/", "max_login_age": "2s"})
    assert problem(browser.visit("/in/").answer) == (401, "session-required"), "it implies require: login"
    browser.visit(say="X-Session-Login: alice")
    assert taken(browser.visit("/in/")) == 1
    time.sleep(3.1)
    assert problem(browser.visit("/in/").answer) == (401, "reauthentication-required")
    browser.visit(say="X-Session-Login: alice")
    assert taken(browser.visit("/in/")) == 1


# Realms.


def test_realms_are_apart(routed):
    browser = routed({"path": "/"}, {"path": "/o/", "realm": "other"}, realms={"other": {"cookie": {"name": "other"}}})
    browser.visit(say="X-Session-Login: alice")
    token = browser.token
    assert browser.visit("/o/").state == "none"
    page = browser.visit("/o/", HTTP_COOKIE=f"other={token}")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    assert page.all("Set-Cookie") == [], "never cleared for a token of another realm"
    browser.visit("/o/", say="X-Session-Login: bob")
    assert browser.visit("/").seen["SESSION_USER"] == "alice"
    assert browser.visit("/o/").seen["SESSION_USER"] == "bob"
    assert set(browser.cookies) == {COOKIE, "other"}


def test_a_realm_starts_from_the_default_one_and_has_its_own(routed):
    browser = routed(
        {"path": "/"},
        {"path": "/o/", "realm": "other"},
        session={"idle_timeout": "100s", "anonymous_idle_timeout": "200s"},
        realms={"other": {"cookie": {"name": "other"}, "session": {"idle_timeout": "50s"}}},
    )
    browser.visit("/o/", say="X-Session-Login: bob")
    assert browser.visit("/o/").seen["SESSION_IDLE_TIMEOUT"] == "50"
    other = Browser(browser.gateway)
    other.visit("/o/", say="X-Session-Set: a=1")
    assert other.visit("/o/").seen["SESSION_IDLE_TIMEOUT"] == "200"


def test_applications_of_one_realm_share_the_session(routed):
    browser = routed({"path": "/php/"}, {"path": "/c/"})
    browser.visit("/php/", say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    seen = browser.visit("/c/").seen
    assert (seen["SESSION_USER"], seen["SESSION_ATTR_a"]) == ("alice", "1")


# Trusted proxies.


@pytest.mark.parametrize(
    "trusted, address, https",
    [(["192.0.2.0/24"], "192.0.2.1", True), (["198.51.100.0/24"], "192.0.2.1", False), (["2001:db8::/32"], "2001:db8::7", True), ([], "192.0.2.1", False)],
)
def test_forwarded_proto_only_from_trusted_proxies(browse, trusted, address, https):
    browser = browse(trusted_proxies=trusted)
    page = browser.visit(say="X-Session-Set: a=1", REMOTE_ADDR=address, HTTP_X_FORWARDED_PROTO="https")
    assert set(page.set_cookies) == {"__Host-sg_session" if https else COOKIE}
    assert "HTTPS" not in page.seen, "the params themselves are not rewritten"
    assert page.seen["REMOTE_ADDR"] == address
    assert page.seen["HTTP_X_FORWARDED_PROTO"] == "https"


def test_forwarded_host_only_from_trusted_proxies(routed):
    forwarded = {"HTTP_X_FORWARDED_HOST": "inner.test"}
    routes = ({"path": "/"}, {"host": "inner.test", "path": "/"})
    assert taken(routed(*routes, trusted_proxies=["192.0.2.1/32"]).visit(**forwarded)) == 1
    assert taken(routed(*routes).visit(**forwarded)) == 0


@pytest.mark.parametrize(
    "trusted, forwarded, address",
    [
        ([], "203.0.113.9", "192.0.2.1"),
        (["192.0.2.1"], "203.0.113.9", "203.0.113.9"),
        (["192.0.2.0/24"], "198.51.100.6, 203.0.113.9, 192.0.2.7", "203.0.113.9"),
        (["192.0.2.0/24"], "203.0.113.9, unknown", "192.0.2.1"),
        (["192.0.2.0/24", "fd00::/8"], "[2001:db8::9]:443, [fd00::1]:80", "2001:db8::9"),
    ],
)
def test_forwarded_for_only_from_trusted_proxies(browse, trusted, forwarded, address):
    """The log says who came; the application gets what the web server said."""
    browser = browse(trusted_proxies=trusted)
    seen = browser.visit(HTTP_X_FORWARDED_FOR=forwarded).seen
    assert (seen["REMOTE_ADDR"], seen["HTTP_X_FORWARDED_FOR"]) == ("192.0.2.1", forwarded)
    wait_until(lambda: f"address={address} " in browser.gateway.log, what="the log's line")
