"""What a client or an application says in some other spelling: application.md sections 1 and 2, in bytes that no web server here lets
through by itself, or only one of them. tests/integration/test_smuggling.py has what they do let through."""

import json
import re

import pytest

from harness import fastcgi
from harness.browser import COOKIE, HTTPS_COOKIE, Browser, Page
from harness.fastcgi import get
from harness.problem import problem
from harness.process import wait_until

TOKEN = "T" * 52
REALMS = {"intra": {"cookie": {"name": "intra"}, "header": {"name": "Authorization"}}}
SESSIONS = ("on", "peek", "observe", "off")


def folded(name):
    return re.sub("[^A-Z0-9]", "_", name.upper())


def ask(browser, pairs, **more):
    """A GET with these pairs besides, which may have one name twice."""
    return Page(browser.gateway.ask([*get(**more).items(), *pairs]))


def assert_no_token(seen):
    assert not [name for name, value in seen.items() if TOKEN in value]


# Names.

SPELLINGS = {
    "as it is": str,
    "lower case": str.lower,
    "mixed case": str.title,
    "hyphens": lambda name: name.replace("_", "-"),
    "dots": lambda name: name.replace("_", "."),
    "blanks": lambda name: name.replace("_", " "),
    "tabs": lambda name: name.replace("_", "\t"),
    "PHP's brackets": lambda name: name.replace("_", "["),
    "a control byte": lambda name: name.replace("_", "\x0b"),
    "latin 1": lambda name: name.encode().replace(b"_", b"\xa0"),
    "each another": lambda name: re.sub("_", lambda _, signs=iter("~!#%&+"): next(signs), name),
    "redirected": lambda name: "REDIRECT_" + name,
    "redirected twice, in lower case": lambda name: ("redirect_redirect_" + name).lower(),
}


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_names_of_ours_in_every_spelling(browse, spelling, session):
    names = ["SESSION_USER", "SESSION_ATTR_role", "SESSION_", "HTTP_X_SESSION_SET", "HTTP_X_SESSION_", "HTTP_PROXY"]
    pairs = [(SPELLINGS[spelling](name), "evil") for name in names]
    page = ask(browse(route={"session": session}), pairs)
    assert "evil" not in page.seen.values()
    assert page.seen.get("SESSION_STATE") == ("none" if session in ("on", "peek") else None)


@pytest.mark.parametrize("rule", ["session", "drop"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_remote_user_in_every_spelling(browse, spelling, rule):
    page = ask(browse(route={"remote_user": rule}), [(SPELLINGS[spelling]("REMOTE_USER"), "evil")])
    assert "evil" not in page.seen.values()


# What looks like ours and is not, and what has every reason to come: (name, value) as they are sent and as they arrive.
LEGITIMATE = [
    ("HTTP_SESSION_USER", "a client's own header Session-User"),
    ("HTTP_HTTP_X_SESSION_USER", "and one named HTTP_X_Session_User"),
    ("HTTP_X_SESSION", "x"),
    ("HTTP_X_SESSIONS_SET", "x"),
    ("HTTP_XSESSION_SET", "x"),
    ("HTTP__X_SESSION_SET", "x"),
    ("HTTP_PROXY_CONNECTION", "keep-alive"),
    ("HTTP_PROXY_AUTHORIZATION", "Basic eA=="),
    ("HTTP_REMOTE_USER", "a client's header"),
    ("HTTP_PHP_VALUE", "a client's header"),
    ("HTTP_X_AUTH_TOKENS", TOKEN),
    ("HTTP_COOKIE2", "$Version=1"),
    ("SESSION", "x"),
    ("SESSIONS_X", "x"),
    ("MY_SESSION_USER", "x"),
    ("SSL_SESSION_ID", "0011"),
    ("PHP_VALUE", "memory_limit=1M\nprecision=3"),
    ("PHP_ADMIN_VALUE", "open_basedir=/srv"),
    ("REDIRECT_STATUS", "200"),
    ("REDIRECT_URL", "/x?a=b"),
    ("REDIRECT_HTTP_ACCEPT", "*/*"),
    ("REDIRECTED_SESSION_X", "x"),
    ("HTTP_X.DOT", "Caddy's"),
    ("http_x_lower", "x"),
    ("HTTP_X_BYTES", "\udcff\udcfe\x01\x7f\t ä;,=\"'"),
    ("HTTP_X_EMPTY", ""),
    ("HTTP_X_LONG", "l" * 60000),
    ("HTTP_X_" + "N" * 249, "the longest name"),
    ("QUERY_STRING", "a=%00&SESSION_USER=x&PHP_VALUE=y"),
    ("DOCUMENT_ROOT", "/srv/a\tb"),
    ("AUTH_TYPE", "Basic"),
    ("HTTP_AUTHORIZATION", "Digest username=\"a, Bearer b\", realm=\"c\""),
    ("HTTP_COOKIE", " a=1;; b =\"2, sg_sessions=3\"; SG_SESSION=4;c ; sg.session=5; $Version=1 "),
]


@pytest.mark.parametrize("session", SESSIONS)
def test_what_is_nobodys_arrives_as_it_came(browse, session):
    params = dict(LEGITIMATE)
    page = ask(browse(route={"session": session}, realms=REALMS), [], **params)
    assert {name: value for name, value in page.seen.items() if name in params} == params


# Tokens on their way in.

COOKIES = {
    "alone": "{name}={token}",
    "among others": "a=1; {name}={token}; b=2",
    "several": "{name}={token}; {name}={token}; {name}={token}; {name}={token}; {name}={token}",
    "no blanks": "a=1;{name}={token};b=2",
    "blanks around =": "a=1; {name} \t= {token}; b=2",
    "blanks of PHP": "a=1;\x0b\x0c {name}={token}; b=2",
    "control bytes": "a=1;\x01\x1f{name}={token}",
    "behind a comma": "a=1,{name}={token}, b=2",
    "behind commas": "a=1,, ,{name}={token},,b=2",
    "behind a blank": "a=1 {name}={token}",
    "behind a tab": "a=1\t{name}={token}",
    "behind a vertical tab": "a=1\x0b{name}={token}",
    "quoted": 'a=1; {name}="{token}"; b=2',
    "half a quote": 'a="1; {name}={token}; b=2"',
    "a quote around a comma": 'a="1, {name}={token}"; b=2',
    "$Version": '$Version="1"; {name}="{token}"; $Path="/"; $Domain="example.test"; b=2',
    "with a tail": "{name}={token}tail",
    "with a head": "{name}=x{token}",
    "a cookie behind it without a separator": "{name}={token} b=2",
    "UTF-8 around": "ä=ö; {name}={token}; ü=\xa0",
    "very long": "a=" + "l" * 40000 + "; {name}={token}; b=2",
}


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("case", COOKIES)
def test_cookies_of_ours_in_every_spelling(browse, case, session):
    """Of both schemes and all realms; what others sent stays."""
    browser = browse(route={"session": session}, realms=REALMS)
    for name in (COOKIE, HTTPS_COOKIE, "intra"):
        seen = ask(browser, [("HTTP_COOKIE", COOKIES[case].format(name=name, token=TOKEN))]).seen
        assert_no_token(seen)
        left = seen.get("HTTP_COOKIE", "")
        assert name not in left
        assert ("a=" in COOKIES[case]) <= ("a=" in left)
        assert (" b=2" in COOKIES[case].replace("} b", "}b")) <= ("b=2" in left)


@pytest.mark.parametrize("name", ["http_cookie", "HTTP-COOKIE", "Http.Cookie", "REDIRECT_HTTP_COOKIE", "REDIRECT_REDIRECT_HTTP_COOKIE", "redirect.http.cookie"])
def test_other_names_for_the_cookie_header(browse, name):
    seen = ask(browse(), [("HTTP_COOKIE", "a=1"), (name, f"b=2; {COOKIE}={TOKEN}")]).seen
    assert_no_token(seen)
    assert seen["HTTP_COOKIE"] == "a=1"


HEADERS = [
    [("HTTP_X_AUTH_TOKEN", TOKEN)],
    [("HTTP_X_AUTH_TOKEN", f" \t{TOKEN}\t")],
    [("HTTP_X_AUTH_TOKEN", f"x {TOKEN}")],
    [("HTTP_X_AUTH_TOKEN", TOKEN), ("HTTP_X_AUTH_TOKEN", TOKEN)],
    [("http_x_auth_token", TOKEN)],
    [("HTTP_X.AUTH-TOKEN", TOKEN)],
    [("HTTP_X\xa0AUTH\xa0TOKEN".encode("latin-1"), TOKEN)],
    [("REDIRECT_HTTP_X_AUTH_TOKEN", TOKEN)],
    [("HTTP_AUTHORIZATION", f"Bearer {TOKEN}")],
    [("HTTP_AUTHORIZATION", f" bEARER \t {TOKEN} ")],
    [("HTTP_AUTHORIZATION", f"Bearer\t{TOKEN}")],
    [("HTTP_AUTHORIZATION", f"Basic eA==, Bearer {TOKEN}")],
    [("HTTP_AUTHORIZATION", "Basic eA=="), ("HTTP_AUTHORIZATION", f"Bearer {TOKEN}")],
    [("HTTP_AUTHORIZATION", f"Bearer {TOKEN}"), ("HTTP_AUTHORIZATION", f"Bearer {TOKEN}")],
    [("http-authorization", f"Bearer {TOKEN}")],
    [("REDIRECT_HTTP_AUTHORIZATION", f"Bearer {TOKEN}")],
]


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("pairs", HEADERS, ids=lambda pairs: repr(pairs).replace(TOKEN, "TOKEN"))
def test_token_headers_in_every_spelling(browse, pairs, session):
    browser = browse(route={"session": session, "token": "header"}, realms=REALMS)
    page = ask(browser, [*pairs, ("HTTP_X_A", "stays")])
    assert_no_token(page.seen)
    assert page.seen["HTTP_X_A"] == "stays"


def test_a_token_before_a_redirect_is_not_read(browse):
    """It is the same request's, or an older one's; HTTP_COOKIE says which."""
    browser = browse()
    token = browser.visit(say="X-Session-Set: a=1").token()
    assert ask(browser, [("REDIRECT_HTTP_COOKIE", f"{COOKIE}={token}")]).state == "none"


# What is refused, with a good request on the same connection, before, beside and after it.

REFUSED = {
    "an empty name": [("", "x")],
    "= in a name": [("HTTP_A=B", "x")],
    "= in front": [("=A", "x")],
    "NUL in a name": [("HTTP_A\0", "x")],
    "NUL in a value": [("A", "\0")],
    "CR in a name": [("HTTP_A\r", "x")],
    "LF in a name": [("A\n", "x")],
    "CR in a header": [("HTTP_A", "x\r")],
    "LF in a header": [("http.a", "x\ny")],
    "CRLF in a header": [("HTTP_A", "x\r\nX-Session-User: root")],
    "a control byte in SCRIPT_NAME": [("SCRIPT_NAME", "/\x1f")],
    "a line in PATH_INFO": [("PATH_INFO", "/a\nb")],
    "DEL in SCRIPT_FILENAME": [("SCRIPT_FILENAME", "/\x7f")],
    "a name over 256 bytes": [("N" * 257, "x")],
} | {
    f"two of {name}": [(name, "1"), (name, "2")]
    for name in ("CONTENT_LENGTH", "REQUEST_METHOD", "SCRIPT_NAME", "SCRIPT_FILENAME", "PATH_INFO", "HTTPS", "REMOTE_USER", "REMOTE_ADDR")
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_and_the_good_request_beside_it(gateway, app, held, case):
    names = {name for name, _ in REFUSED[case]}
    pairs = [(name, value) for name, value in get("/bad").items() if name not in names] + REFUSED[case]
    front = gateway.front()
    front.send(fastcgi.request(get("/slow"), id=1))
    held.until(1)
    front.send(fastcgi.request(pairs, id=3))
    assert problem(front.answer(3)) == (400, "bad-request")
    held.release()
    assert json.loads(front.answer(1).body)["params"]["REQUEST_URI"] == "/slow"
    front.assert_alive()
    assert [params["REQUEST_URI"] for params in app.requests] == ["/slow", "/alive"]


# An application's answers.

SET_COOKIES = [
    "{name}=evil",
    "{name}=evil; Path=/; Domain=example.test",
    "{name} = evil",
    "{name}=",
    " \t{name}=evil",
    "={name}=evil",
    "= {name}=evil",
    "a=1, {name}=evil",
    "a=1,{name}=evil; Path=/",
    "a=1 {name}=evil",
    "a=1\t{name}=evil",
    "a=1,,\t {name}=evil",
    '{name}="evil"',
]


@pytest.mark.parametrize("field", ["Set-Cookie", "set-cookie", "SET-COOKIE", "sEt-cOOkie"])
def test_an_application_sets_no_cookie_of_ours(browse, field):
    """Nor one that the browser brings back so that we would take a part of it for ours."""
    for session in SESSIONS:
        browser = browse(route={"session": session}, realms=REALMS)
        for name in (COOKIE, HTTPS_COOKIE, "intra"):
            say = [f"{field}: {cookie.format(name=name)}" for cookie in SET_COOKIES]
            page = browser.visit(say=[*say, f"{field}: own=1; Path=/{name}", f"{field}: my{name}=2"])
            assert page.all("Set-Cookie") == [f"own=1; Path=/{name}", f"my{name}=2"]
        wait_until(lambda: f"dropped {len(SET_COOKIES)} Set-Cookie" in browser.gateway.log, what="the log's word of it")
        assert "evil" not in browser.gateway.log


def test_what_a_browser_brings_back_of_other_cookies_is_no_token(browse):
    """A session of the attacker's, in a cookie of another name."""
    attacker = browse()
    token = attacker.visit(say="X-Session-Login: mallory").token()
    visitor = Browser(attacker.gateway)
    visitor.visit(say=[f"Set-Cookie: a=1,{COOKIE}={token}", f"Set-Cookie: b=1 {COOKIE}={token}", f"Set-Cookie: ={COOKIE}={token}"])
    assert visitor.visit().state == "none"


@pytest.mark.parametrize("session", SESSIONS)
def test_an_application_says_no_token_in_a_header(browse, session):
    """A client that keeps what X-Auth-Token says would be in another's session, or out of its own."""
    browser = browse(route={"session": session, "token": "header"}, realms=REALMS)
    say = [f"X-Auth-Token: {TOKEN}", f"x-auth-token: {TOKEN}", f"X_Auth.Token: {TOKEN}", "X-Auth-Token:", "X-Own: 1"]
    page = browser.visit(say=say)
    assert [value for name, value in page.headers if "auth" in name] == []
    assert page.header("X-Own") == "1"
    assert browser.visit(say="X-Auth-Token: of its own").header("X-Auth-Token") == "of its own"


@pytest.mark.parametrize("session", ["on", "peek"])
def test_directives_never_reach_the_browser(browse, session):
    browser = browse(route={"session": session})
    names = ["X-Session-Foo", "x-session-foo", "X-SESSION-FOO", "X_Session_Set", "x_session-set", "X-Session_Set", "X.Session.Login", "X~Session!Login", "X-Session-"]
    page = browser.visit(say=[f"{name}: a=1" for name in names] + ["X-Sessions: 1", "X-Session: 2", "XSession-Set: 3"])
    assert [(name, value) for name, value in page.headers if "session" in folded(name).lower()] == [("x-sessions", "1"), ("x-session", "2"), ("xsession-set", "3")]
    assert page.all("Set-Cookie") == [], "what is no directive asks for nothing"


@pytest.mark.parametrize("line", ["X-Session-Set : a=1", "X-Session-Set\t: a=1", " X-Session-Set: a=1", "X-A: 1\n X-Session-Set: a=1", "X-Session-Set\0: a=1", "Set-Cookie : sg_session=evil", "X\xa0Session: 1"])
def test_a_directive_that_is_no_header_is_a_broken_answer(gateway, app, line):
    """Some web servers would make one of it."""
    app.play = lambda exchange: (exchange.read_body(), exchange.reply("Content-Type: text/plain", line.encode("latin-1"), body="x"))
    answer = gateway.ask(get())
    assert problem(answer) == (502, "bad-response")
    assert answer.all("Set-Cookie") == []
