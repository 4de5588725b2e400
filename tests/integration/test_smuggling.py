"""Line by line what a client may write to each web server to pose as a session, a user or the gateway, and what an application may
answer; as it is run by --print-snippet, and as laxly as it can be made. Conformance has what none of them lets through."""

import itertools
import json
import re

import pytest

from harness import wire
from harness.chain import temporary_chain, together
from harness.process import wait_until
from harness.scenes import Scenes
from harness.webserver import WebServer, apache, caddy, haproxy, lighttpd, nginx

LAX_NGINX = "\tunderscores_in_headers on;\n\tignore_invalid_headers off;\n\troot /srv/www;"
LAX_APACHE = "HttpProtocolOptions Unsafe\n<VirtualHost"
LAX_LIGHTTPD = 'server.http-parseopts = ( "header-strict" => "disable", "host-strict" => "disable" )\nserver.modules +='
LAX_HAPROXY = "frontend web\n\tmode http\n\toption accept-invalid-http-request\n"

SERVERS = {
    "nginx": nginx(),
    "nginx-lax": WebServer("nginx", (("\troot /srv/www;", LAX_NGINX),)),
    "apache": apache(),
    "apache-lax": WebServer("apache", (("<VirtualHost", LAX_APACHE),)),
    "lighttpd": lighttpd(),
    "lighttpd-lax": WebServer("lighttpd", (("server.modules +=", LAX_LIGHTTPD),)),
    "caddy": caddy(),
    "haproxy": haproxy(multiplex=16),
    "haproxy-lax": WebServer("haproxy", (("frontend web\n\tmode http\n", LAX_HAPROXY),)),
}

REALMS = {"intra": {"cookie": {"name": "intra"}, "header": {"name": "Authorization"}}}


class Served:
    """A web server, and behind it alice's session, an application that a test directs, and those of three languages."""

    def __init__(self, chain, server):
        self.chain, self.numbers = chain, itertools.count()
        applications = {
            "app": chain.scripted(Scenes()),
            "c": chain.c(idle_connections=2),
            "perl": chain.perl(),
            "php": chain.php(),
        }
        off = {"path": "/off/", "application": "app", "session": "off"}
        routes = [{"path": "/", "application": "app", "token": "either"}, off] + [
            {"path": f"/{name}/", "application": name, "token": "either"} for name in ("c", "perl", "php")
        ]
        visitor = chain.start(applications, server, routes=routes, realms=REALMS)
        reply = visitor.ask("/", headers={"X-Test-Say": "X-Session-Login: alice|X-Session-Set: role=user"})
        self.token = reply.all("Set-Cookie")[0].partition("=")[2].partition(";")[0]
        assert len(self.token) == 52

    def ask(self, path, *lines, **how):
        lines = [wire.octets(line).replace(b"TOKEN", self.token.encode()) for line in lines]
        return wire.ask(self.chain.port, path, [*lines, "X-Test-Show: all"], **how)

    def seen(self, path, *lines):
        """What arrived, [(name, value)], or None when it was refused."""
        answer = self.ask(path, *lines)
        assert answer.status in (200, 400), f"{lines}: {answer}"
        if answer.status == 400:
            return None
        if path in ("/php/", "/perl/", "/c/"):
            text = answer.body.decode("utf-8", "surrogateescape")
            return [(name, value) for name, _, value in (line.partition("=") for line in text.split("\n") if line)]
        return list(json.loads(answer.body)["params"].items())

    def assert_alive(self):
        assert dict(self.seen("/", "X-A: b"))["HTTP_X_A"] == "b"


@pytest.fixture(scope="module", params=[together(f"smuggling-{name}") for name in SERVERS])
def served(request):
    with temporary_chain() as chain:
        yield Served(chain, SERVERS[request.param.removeprefix("smuggling-")])
        chain.application.assert_framing()


@pytest.fixture
def beside(served):
    """A good request that an application works on all the while."""
    uri = f"/work?{next(served.numbers)}"
    s = wire.send(served.chain.port, uri)

    def find():
        return next((e for e in reversed(served.chain.application.exchanges) if e.params["REQUEST_URI"] == uri and hasattr(e, "go")), None)

    exchange = wait_until(find, what="the good request to arrive")
    assert not exchange.over.is_set()
    yield
    exchange.enough.set()
    exchange.go.set()
    assert wire.receive(s).status == 200
    served.assert_alive()


PAGES = ["/", "/off/", "/c/", "/perl/", "/php/"]


def folded(name):
    """Byte for byte."""
    return re.sub(b"[^A-Z0-9]", b"_", name.encode("utf-8", "surrogateescape").upper()).decode()


def poses(name):
    """Would any program take it for something that only the gateway or the web server says?"""
    name = folded(name).lstrip("_")
    return name.startswith(("SESSION_", "HTTP_X_SESSION_")) or name in ("HTTP_PROXY", "REMOTE_USER", "PHP_VALUE", "PHP_ADMIN_VALUE")


# Names.

NAMES = ["X-Session-User", "X-Session-Attr-role", "X-Session-Set", "Session-User", "Session-Attr-role", "Proxy", "Remote-User", "PHP-Value", "PHP-Admin-Value"]
NAMES += ["HTTP-X-Session-User", "Redirect-Session-User", "Redirect-Remote-User", "Http-Session-User", "-Session-User", "X--Session-User"]


def spellings(name):
    for sign in "-_.~!%`":
        yield f"{name.replace('-', sign)}: evil"
    yield f"{name.lower()}:evil"
    yield f"{name.upper()}:\tevil \t"
    yield f"{name.swapcase().replace('-', '_', 1)}: evil"
    yield f"{name}: evil\r\n{name.replace('-', '_')}: evil\r\n{name.lower()}: evil"
    for sign in (" ", "\t", "\x0b", "\x0c", "\xa0", "\x01", "\0", "[", "=", '"', "\r", "\xe2\x80\x91"):
        yield f"{name.replace('-', sign)}: evil"
    for gap in (" ", "\t", " \t ", "\0", "\xa0", "\r"):
        yield f"{name}{gap}: evil"
        yield f"{gap}{name}: evil"
        yield f"X-A: b\r\n{gap}{name}: evil"
        yield f"X-A: b{gap}\n{name}: evil"
    yield f"{name}:\r\n evil"
    yield f"X-A: b\r{name}: evil"
    yield f"X-A: b\n{name}: evil"
    yield f":{name}: evil"


@pytest.mark.parametrize("page", PAGES)
def test_no_name_poses(served, beside, page):
    """Refused, dropped, or harmless."""
    spelled = [line for name in NAMES for line in spellings(name)]
    if page != "/":  # all of them once; where the web server and the gateway are the same, what programs make of some
        spelled = [line for name in NAMES[:4] + NAMES[6:7] for line in itertools.islice(spellings(name), 0, None, 2)]
    posing, arrived = {}, 0
    for line in spelled:
        pairs = served.seen(page, line)
        arrived += pairs is not None
        found = [(name, value) for name, value in pairs or [] if poses(name) and "evil" in value]
        if found:
            posing[line] = found
    assert not posing
    assert arrived > len(spelled) // 10


def test_nobody_is_a_user_by_credentials_that_nobody_verified(served):
    for line in ("Authorization: Basic ZXZpbDpwYXNz", "Proxy-Authorization: Basic ZXZpbDpwYXNz", "authorization:basic ZXZpbDpwYXNz"):
        for page in PAGES:
            assert not [pair for pair in served.seen(page, line) if pair[0].startswith(("REMOTE_USER", "SESSION_")) and "evil" in pair[1]]


# Tokens.

COOKIES = [
    "Cookie: NAME=TOKEN",
    "cookie:NAME=TOKEN",
    "COOKIE:\t NAME=TOKEN \t",
    "Cookie : NAME=TOKEN",
    "Cookie\t: NAME=TOKEN",
    "Cookie: a=1; NAME=TOKEN; b=2",
    "Cookie: a=1;NAME=TOKEN;b=2",
    "Cookie: a=1\r\nCookie: NAME=TOKEN\r\ncookie: b=2",
    "Cookie: NAME=x\r\nCookie: NAME=TOKEN\r\nCookie: NAME=TOKEN\r\nCookie: NAME=TOKEN\r\nCookie: NAME=TOKEN\r\nCookie: NAME=TOKEN",
    "Cookie: a=1;\r\n NAME=TOKEN",
    "Cookie: a=1;\r\n\tNAME=TOKEN",
    "Cookie: a=1\r\n NAME=TOKEN",
    "Cookie:\r\n NAME=TOKEN",
    "Cookie: a=1, NAME=TOKEN",
    "Cookie: a=1,NAME=TOKEN,b=2",
    "Cookie: a=1 NAME=TOKEN",
    "Cookie: a=1\tNAME=TOKEN",
    "Cookie: a=1;\x0bNAME=TOKEN",
    "Cookie: a=1;\x0cNAME=TOKEN",
    "Cookie: a=1\x0bNAME=TOKEN",
    "Cookie: a=1;\x01NAME=TOKEN",
    "Cookie: NAME = TOKEN",
    "Cookie: NAME\t=\tTOKEN",
    'Cookie: NAME="TOKEN"',
    'Cookie: a="1; NAME=TOKEN; b=2"',
    'Cookie: $Version=1; NAME="TOKEN"; $Path="/"; $Domain=example.test',
    "Cookie: $Version=1, NAME=TOKEN",
    "Cookie: NAME=TOKENx",
    "Cookie: NAME=xTOKEN",
    "Cookie: NAME=TOKEN\xe4\xff",
    "Cookie: \xe4=\xf6; NAME=TOKEN; \xc3\xa4=1",
    "Cookie: a=1\0; NAME=TOKEN",
    "Cookie: NAME=TOKEN\0",
    "Cookie: a=" + "l" * 6000 + "; NAME=TOKEN",
]

COOKIE_NAMES = ["sg_session", "__Host-sg_session", "intra"]

HEADERS = [
    "X-Auth-Token: TOKEN",
    "x-auth-token:TOKEN",
    "X_Auth_Token: TOKEN",
    "X.Auth.Token: TOKEN",
    "X-Auth_Token: TOKEN",
    "X~Auth!Token: TOKEN",
    "X-Auth-Token : TOKEN",
    "X-Auth-Token\t: TOKEN",
    "X-Auth-Token:\r\n TOKEN",
    "X-Auth-Token: \t TOKEN \t",
    "X-Auth-Token: x\r\n TOKEN",
    "X-Auth-Token: TOKEN\r\nX-Auth-Token: TOKEN",
    "X-Auth-Token: x\r\nX_Auth_Token: TOKEN",
    "X-Auth-Token: TOKEN, TOKEN",
    "X-Auth-Token: TOKEN\0",
    "Authorization: Bearer TOKEN",
    "authorization:bearer TOKEN",
    "AUTHORIZATION: BEARER \t TOKEN\t",
    "Authorization: Bearer\tTOKEN",
    "Authorization:\r\n Bearer\r\n\tTOKEN",
    "Authorization : Bearer TOKEN",
    "Authorization: Basic eA==\r\nAuthorization: Bearer TOKEN",
    "Authorization: Bearer TOKEN\r\nAuthorization: Basic eA==",
    "Authorization: Bearer TOKEN\r\nauthorization: Bearer TOKEN",
    "Authorization: Basic eA==, Bearer TOKEN",
]


@pytest.mark.parametrize("page", PAGES)
def test_no_token_reaches_an_application(served, beside, page):
    """Of a session that lives."""
    cookies = [line.replace("NAME", name) for line in COOKIES for name in COOKIE_NAMES]
    if page != "/":
        cookies = [line.replace("NAME", "sg_session") for line in COOKIES]
    shown = {}
    for line in cookies + HEADERS:
        found = [name for name, value in served.seen(page, line) or [] if served.token[20:] in value]
        if found:
            shown[line] = found
    assert not shown


def test_the_session_is_found_where_browsers_put_it(served):
    for line in COOKIES[:3] + COOKIES[5:8] + HEADERS[:2]:
        assert dict(served.seen("/", line.replace("NAME", "sg_session")))["SESSION_USER"] == "alice", line


def test_trailers_are_no_headers(served, beside):
    """Fields behind a chunked body."""
    body = b"3\r\nabc\r\n0\r\nX-Session-User: evil\r\nSession_User: evil\r\nCookie: sg_session=%b\r\nX-Auth-Token: %b\r\n\r\n" % ((served.token.encode(),) * 2)
    for page in ("/", "/off/"):
        answer = served.ask(page, "Transfer-Encoding: chunked", "Trailer: X-Session-User, Cookie", method="POST", body=body)
        assert answer.status == 200
        seen = json.loads(answer.body)
        assert seen["bytes"] == 3
        assert not [name for name, value in seen["params"].items() if "evil" in value or served.token[20:] in value]


# What has every reason to come.

LEGITIMATE = {
    "X-A": "1",
    "x-lower": "x",
    "Session-Id": "their own",
    "X-Sessions": "2",
    "X-Session": "3",
    "X-Proxy": "4",
    "Php-Values": "5",
    "X-Auth-Tokens": "6",
    "Accept": "text/html;q=0.9, */*;q=0.1",
    "Accept-Language": "de, en;q=0.5",
    "User-Agent": 'Mozilla/5.0 (X11; "quoted") \xe4\xff',
    "Referer": "http://example.test/?a=b&c=%20",
    "If-None-Match": '"a", W/"b"',
    "Authorization": 'Digest username="a, Bearer b", realm="c"',
    "Cookie": 'a=1; b="2, 3"; SG_SESSION=4; sg_session2=5; c; d=\xe4; e=f=g;h=%00',
    "X-Long": "l" * 6000,
    "N" * 100: "long",
    "X-Request-Id": "an-id.1",
}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_nobodys_arrives(served, beside, page):
    lines = [f"{name}: {value}" for name, value in LEGITIMATE.items()]
    seen = dict(served.seen(page, *lines))
    wanted = {f"HTTP_{folded(name)}": value.encode("latin-1") for name, value in LEGITIMATE.items()}
    assert {name: seen.get(name, "").encode("utf-8", "surrogateescape") for name in wanted} == wanted
    joined = served.seen(page, "X-A: 1", "X-B: 0", "x-a: 2", "X-A: 3")
    assert re.sub(", ", ",", dict(joined)["HTTP_X_A"]) == "1,2,3"


# What no application may be asked.

REFUSED = [
    "X-A: a\0b",
    "X-A\0: b",
    "=A: b",
    "X-A=B: b",
    "X-A: a\rb",
    "X-A\r: b",
    ": b",
    "N" * 300 + ": b",
]


def test_what_breaks_programs_is_refused_or_never_comes(served, beside):
    """400 by the web server or by us, or the web server makes something harmless of it."""
    came = {}
    for line in REFUSED:
        bad = [
            (name, value)
            for name, value in served.seen("/", line) or []
            if not name or len(name) > 256 or re.search("[=\0\r\n]", name) or re.search("[\0\r\n]", value) and name.startswith("HTTP_")
        ]
        if bad:
            came[line] = bad
    assert not came


@pytest.mark.parametrize("path", ["/a%0ab", "/a%0d%0aX-Session-User:%20root", "/a%7fb", "/a%00b", "/a%01b"])
def test_control_bytes_in_a_path_are_refused(served, beside, path):
    """Where a web server tells the path decoded; else it arrives as it was written, by nobody's name."""
    answer = served.ask(path)
    if answer.status == 200:
        params = json.loads(answer.body)["params"]
        assert not [name for name in ("SCRIPT_NAME", "PATH_INFO", "SCRIPT_FILENAME") if re.search("[\0-\x1f\x7f]", params.get(name, ""))]
        assert params["REQUEST_URI"] == path
    else:
        assert answer.status in (400, 404)


# What an application answers.


def test_an_application_sets_no_token(served):
    said = []
    for name in COOKIE_NAMES:
        for cookie in ("NAME=evil; Path=/", "=NAME=evil", "a=1, NAME=evil", "a=1 NAME=evil", " NAME = evil"):
            said += [f"{field}: {cookie.replace('NAME', name)}" for field in ("Set-Cookie", "set-cookie", "SET-COOKIE")]
    said += ["X-Auth-Token: " + "T" * 52, "x-auth-token: " + "T" * 52, "X_Auth_Token: " + "T" * 52, "Set-Cookie: own=1"]
    for path in ("/", "/off/"):
        answer = served.ask(path, "X-Test-Say: " + "|".join(said))
        assert answer.status == 200
        assert [value for name, value in answer.headers if "cookie" in name.lower()] == ["own=1"]
        assert not [value for name, value in answer.headers if "auth" in name.lower()]


def test_no_directive_reaches_the_browser(served):
    names = ["X-Session-Foo", "x-session-foo", "X-SESSION-FOO", "X_Session_Set", "X-Session_Set", "x_session_login", "X.Session.Set", "X-Session-Idle_Timeout"]
    answer = served.ask("/", "X-Test-Say: " + "|".join(f"{name}: evil" for name in [*names, "X-Sessions"]))
    assert answer.status == 200
    assert [name.lower() for name, value in answer.headers if value == "evil"] == ["x-sessions"]
    for line in ("X-Session-Foo : evil", " X-Session-Foo: evil", "X-Session-Foo\t: evil", "Set-Cookie : sg_session=evil"):
        answer = served.ask("/", f"X-Test-Say: X-A: b|{line}")
        assert answer.status == 502, line
        assert b"evil" not in answer.body and "evil" not in str(answer.headers)


# Apache says all params of a request once more when it redirects internally.

REDIRECTING = """LoadModule setenvif_module /usr/lib/apache2/modules/mod_setenvif.so
SetEnvIf Authorization "(.*)" KEPT=$1
<VirtualHost"""


def test_apache_redirects_internally(chain):
    """To an ErrorDocument that the application makes. What an administrator gives a name of its own is his."""
    edits = (("<VirtualHost", REDIRECTING), ("\tDocumentRoot", "\tProxyErrorOverride On\n\tErrorDocument 404 /error\n\tDocumentRoot"))
    routes = [{"path": "/", "application": "app"}]
    chain.start({"app": chain.scripted(Scenes())}, WebServer("apache", edits), routes=routes, realms=REALMS)
    token = "T" * 52
    sent = ["X-Test-Say: Status: 404", f"Cookie: a=1; sg_session={token}", f"X-Auth-Token: {token}", f"Authorization: Bearer {token}"]
    answer = wire.ask(chain.port, "/gone", [*sent, "X-Session-User: evil", "Proxy: evil", "X-A: stays"])
    seen = json.loads(answer.body)["params"]
    assert (answer.status, seen["REDIRECT_STATUS"], seen["REDIRECT_HTTP_X_A"], seen["HTTP_COOKIE"]) == (404, "404", "stays", "a=1")
    assert "evil" not in seen.values()
    assert {name for name, value in seen.items() if token in value} == {"KEPT", "REDIRECT_KEPT"}
