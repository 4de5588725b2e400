"""What the application gets: application.md section 2."""

import json
import re
import time

import pytest

from harness.browser import Browser, Page
from harness.clock import TICK_S
from harness.fastcgi import get


@pytest.mark.parametrize(
    "name",
    [
        "SESSION_USER",
        "session_user",
        "Session-User",
        "SESSION.USER",
        "SESSION_STATE",
        "SESSION_ANYTHING",
        "SESSION-ATTR_admin",
        "SESSION__X",
        "HTTP_X_SESSION_SET",
        "http_x_session_login",
        "HTTP_X-Session-User",
        "HTTP-X.SESSION_X",
    ],
)
def test_nothing_a_client_sends_poses_as_session_data(browse, name):
    page = browse().visit(**{name: "root"})
    assert "root" not in page.seen.values()
    assert page.seen["SESSION_STATE"] == "none"


@pytest.mark.parametrize("name", ["PHPSESSID", "HTTP_SESSION", "HTTP_X_SESSIONS", "MY_SESSION_USER", "SESSIONS_X"])
def test_other_names_pass(browse, name):
    assert browse().visit(**{name: "x"}).seen[name] == "x"


@pytest.mark.parametrize("session", ["off", "observe"])
def test_with_session_off_our_namespace_is_taken_out_too(browse, session):
    seen = browse(route={"session": session}).visit(SESSION_USER="root", HTTP_X_SESSION_USER="root").seen
    assert "root" not in seen.values()


def test_what_an_authenticated_session_shows(browse):
    browser = browse()
    before = int(time.time() - TICK_S)
    browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    seen = browser.visit().seen
    after = int(time.time())
    assert (seen["SESSION_STATE"], seen["SESSION_USER"]) == ("authenticated", "alice")
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{19}", seen["SESSION_ID"])
    for name in ("SESSION_CREATED", "SESSION_LOGIN", "SESSION_LAST_SEEN"):
        assert before <= int(seen[name]) <= after
    assert int(seen["SESSION_EXPIRES"]) - int(seen["SESSION_LOGIN"]) in (43199, 43200, 43201)
    assert seen["SESSION_IDLE_TIMEOUT"] == "1800"
    assert seen["SESSION_VERSION"].isdigit()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", seen["SESSION_CSRF"])
    assert seen["SESSION_ATTR_a"] == "1"
    assert "SESSION_NEXT_ID" not in seen and "SESSION_REASON" not in seen
    assert "SESSION_ATTRIBUTES" not in seen


def test_what_no_session_shows(browse):
    seen = browse().visit().seen
    ours = {name for name in seen if name.startswith("SESSION_")}
    assert ours == {"SESSION_STATE", "SESSION_NEXT_ID"}


def test_what_an_anonymous_session_does_not_show(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    seen = browser.visit().seen
    assert seen["SESSION_STATE"] == "anonymous"
    assert not {"SESSION_USER", "SESSION_LOGIN", "REMOTE_USER"} & set(seen)


def test_csrf_is_the_sessions_and_moves_with_the_epoch(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    first = browser.visit().seen["SESSION_CSRF"]
    browser.visit(say="X-Session-Set: a=2")
    assert browser.visit().seen["SESSION_CSRF"] == first
    browser.visit(say="X-Session-Login: alice")
    assert browser.visit().seen["SESSION_CSRF"] != first
    other = Browser(browser.gateway)
    other.visit(say="X-Session-Set: a=1")
    assert other.visit().seen["SESSION_CSRF"] != first


EACH = [
    ('{"v":"text"}', "text"),
    ('{"v":"\\u00e4 \\ud83d\\ude00"}', "ä 😀"),
    ('{"v":"a\\"b\\\\c\\/"}', 'a"b\\c/'),
    ('{"v":""}', ""),
    ('{"v":42}', "42"),
    ('{"v":-1.5e3}', "-1.5e3"),
    ('{"v":true}', "true"),
    ('{"v":"line\\nbreak"}', None),
    ('{"v":"\\u0007"}', None),
    ('{"v":"\\u007f"}', None),
]


@pytest.mark.parametrize("update, wanted", EACH, ids=[update for update, _ in EACH])
def test_each_attribute_as_a_param(browse, update, wanted):
    browser = browse()
    browser.visit(say=f"X-Session-Update: {update}")
    assert browser.visit().seen.get("SESSION_ATTR_v") == wanted


def test_structures_are_json_text(browse):
    browser = browse()
    browser.visit(say='X-Session-Update: {"v":{"a":[1,"x",null]}}')
    assert json.loads(browser.visit().seen["SESSION_ATTR_v"]) == {"a": [1, "x", None]}


def test_names_that_are_no_param_are_left_out(browse):
    browser = browse()
    browser.visit(say=["X-Session-Set: Mixed_Case9=1", "X-Session-Set: a-b=2", "X-Session-Set: " + "n" * 65 + "=3", "X-Session-Set: " + "m" * 64 + "=4"])
    names = {name for name in browser.visit().seen if name.startswith("SESSION_ATTR_")}
    assert names == {"SESSION_ATTR_Mixed_Case9", "SESSION_ATTR_" + "m" * 64}


def test_expose_object(browse):
    browser = browse(route={"expose": ["object"]})
    browser.visit(say='X-Session-Update: {"a":"text","b":[1,2],"c d":null,"e-f":{"g":"\\n"}}')
    seen = browser.visit().seen
    assert json.loads(seen["SESSION_ATTRIBUTES"]) == {"a": "text", "b": [1, 2], "e-f": {"g": "\n"}}
    assert not [name for name in seen if name.startswith("SESSION_ATTR_")]


def test_expose_both_and_none(browse):
    both = browse(route={"expose": ["each", "object"]})
    both.visit(say="X-Session-Set: a=1")
    seen = both.visit().seen
    assert (seen["SESSION_ATTR_a"], json.loads(seen["SESSION_ATTRIBUTES"])) == ("1", {"a": "1"})
    none = browse(route={"expose": []})
    none.visit(say="X-Session-Set: a=1")
    seen = none.visit().seen
    assert seen["SESSION_STATE"] == "anonymous"
    assert not [name for name in seen if name.startswith("SESSION_ATTR")]


def test_values_that_fit_no_record_are_named(browse):
    browser = browse()
    big = "v" * 60001
    for say in (f"big={big}", f"a%20name={big}", "edge=" + "v" * 60000, "small=1"):
        assert browser.visit(say=f"X-Session-Set: {say}").status == 200
    seen = browser.visit().seen
    assert "SESSION_ATTR_big" not in seen
    assert (seen["SESSION_ATTR_small"], len(seen["SESSION_ATTR_edge"])) == ("1", 60000)
    assert sorted(seen["SESSION_OMITTED"].split(",")) == ["a%20name", "big"]


def test_an_object_that_fits_no_record(browse):
    browser = browse(route={"expose": ["object"]})
    browser.visit(say="X-Session-Set: big=" + "v" * 60001)
    seen = browser.visit().seen
    assert seen["SESSION_OMITTED"] == "*"
    assert "SESSION_ATTRIBUTES" not in seen


REMOTE_USER = [
    ("session", "alice", None),
    ("prefer-session", "alice", "basic"),
    ("pass", "basic", "basic"),
    ("drop", None, None),
]


@pytest.mark.parametrize("mode, known, stranger", REMOTE_USER, ids=[mode for mode, _, _ in REMOTE_USER])
def test_remote_user(browse, mode, known, stranger):
    browser = browse(route={"remote_user": mode})
    assert browser.visit(REMOTE_USER="basic").seen.get("REMOTE_USER") == stranger
    browser.visit(say="X-Session-Login: alice")
    assert browser.visit(REMOTE_USER="basic").seen.get("REMOTE_USER") == known


def test_remote_user_is_nobody_without_a_session_off_route(browse):
    """The web server fills it from credentials that it did not verify."""
    assert browse(route={"session": "off"}).visit(REMOTE_USER="basic").seen.get("REMOTE_USER") is None


COOKIES = {
    "nginx, HAProxy": lambda cookies: [("HTTP_COOKIE", cookie) for cookie in cookies],
    "Apache, Caddy": lambda cookies: [("HTTP_COOKIE", ", ".join(cookies))],
    "lighttpd": lambda cookies: [("HTTP_COOKIE", "; ".join(cookies))],
}


@pytest.mark.parametrize("server", COOKIES)
def test_R1_27_several_cookie_headers_each_way_a_web_server_passes_them(browse, server):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    cookies = COOKIES[server](["first=1", f"sg_session={browser.token}", "last=2"])
    page = Page(browser.gateway.ask([*get().items(), *cookies]))
    assert page.seen["SESSION_ATTR_a"] == "1"
    assert "sg_session" not in page.seen["HTTP_COOKIE"]
    assert {"first=1", "last=2"} <= set(re.split("[;,] *", page.seen["HTTP_COOKIE"]))


def test_R1_28_headers_that_differ_in_spelling_alone(browse):
    """lighttpd makes two equal params of X-A_B and X-A-B, and Caddy keeps the dot of X.Dot."""
    equal = [("HTTP_X_A_B", "1"), ("HTTP_X_A_B", "2")]
    page = Page(browse().gateway.ask([*get().items(), *equal, ("HTTP_X.DOT", "3")]))
    assert (page.seen["HTTP_X_A_B"], page.seen["HTTP_X.DOT"]) == ("1, 2", "3")


# What one web server or the other adds of its own.
OF_THEIRS = {
    "Apache mod_proxy_fcgi": {"PATH": "/usr/bin:/bin", "SCRIPT_FILENAME": "proxy:fcgi://gate/app/x.php", "proxy-nokeepalive": "1"},
    "Apache mod_authnz_fcgi": {"FCGI_APACHE_ROLE": "RESPONDER", "REMOTE_PASSWD": "p", "SCRIPT_NAME": None, "CONTENT_LENGTH": None},
    "nginx": {"HTTP_CONTENT_LENGTH": "0", "HTTP_CONTENT_TYPE": "text/plain", "PATH_INFO": ""},
    "Caddy": {"X_FORWARDED_PROTO": "https", "REMOTE_HOST": "192.0.2.1", "SERVER_PORT": "443"},
    "HAProxy": {"DOCUMENT_URI": None, "AUTH_TYPE": "Basic"},
    "OpenBSD httpd": {"PATH_INFO": "", "CONTENT_LENGTH": None},
}


@pytest.mark.parametrize("server", OF_THEIRS)
def test_R1_31_what_each_web_server_adds_passes_and_decides_nothing(browse, server):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    seen = browser.visit(**OF_THEIRS[server]).seen
    wanted = {name: value for name, value in OF_THEIRS[server].items() if value is not None}
    assert {name: seen[name] for name in wanted} == wanted
    assert seen["SESSION_ATTR_a"] == "1", "the cookie of http was not read: a port or a header of the client made it https"


def test_what_the_web_server_says_passes(browse):
    more = {"DOCUMENT_ROOT": "/srv/www", "SERVER_PORT": "443", "QUERY_STRING": "a=b&c=%20", "EMPTY": "", "HTTP_X_B": "ä"}
    seen = browse().visit(**more).seen
    assert {name: seen[name] for name in more} == more
