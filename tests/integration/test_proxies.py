"""trusted_proxies: browsers come to a proxy, which comes to nginx, which comes to the gateway. All on loopback, each from an address of
its own: proxies from 127.0.0.1, which is trusted, browsers from others, which are not."""

import itertools
import json
import re

import pytest

from harness import wire
from harness.address import free_port
from harness.chain import temporary_chain, together
from harness.process import wait_until
from harness.scenes import Scenes

BROWSER = "127.0.0.7"
STRANGER = "127.0.0.66"

# plain and secure are where browsers come to; what comes to the latter counts as https, as behind a TLS end.
HAPROXY = """
global
	maxconn 100
defaults
	mode http
	timeout client 60s
	timeout connect 5s
	timeout server 60s
frontend plain
	bind 127.0.0.1:{plain}
	http-request set-header X-Forwarded-Proto http
	default_backend web
frontend secure
	bind 127.0.0.1:{secure}
	http-request set-header X-Forwarded-Proto https
	default_backend web
backend web
	option forwardfor
	http-request set-header X-Forwarded-Host %[req.hdr(host)]
	http-request set-header Host inner.test
	server web 127.0.0.1:{web}
"""

NGINX = """
daemon off; worker_processes 1; pid {dir}/proxy.pid; error_log stderr warn;
events {{ worker_connections 100; }}
http {{
access_log off;
client_body_temp_path {dir}/p1; fastcgi_temp_path {dir}/p2; proxy_temp_path {dir}/p3; uwsgi_temp_path {dir}/p4; scgi_temp_path {dir}/p5;
map $server_port $said {{ {plain} http; {secure} https; }}
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Host $http_host;
proxy_set_header X-Forwarded-Proto $said;
proxy_set_header Host inner.test;
server {{
	listen 127.0.0.1:{plain};
	listen 127.0.0.1:{secure};
	location / {{ proxy_pass http://127.0.0.1:{web}; }}
}}
}}
"""

ROUTES = [
    {"name": "public", "host": "public.test", "path": "/", "application": "app"},
    {"name": "inner", "host": "inner.test", "path": "/", "application": "app"},
]


class Proxied:
    def __init__(self, chain, kind):
        self.chain, self.kind, self.numbers = chain, kind, itertools.count()
        chain.start({"app": chain.scripted(Scenes())}, routes=ROUTES, trusted_proxies=["127.0.0.1", "10.0.0.0/8", "fd00::/8"])
        self.plain, self.secure = self.start_proxy("proxy", kind, chain.port)

    def start_proxy(self, name, kind, web):
        ports = plain, secure = free_port(), free_port()
        text = {"haproxy": HAPROXY, "nginx": NGINX}[kind].format(plain=plain, secure=secure, web=web, dir=self.chain.directory)
        file = self.chain.write(f"{name}.conf", text)
        argv = {"haproxy": ["/usr/sbin/haproxy", "-db", "-f", file], "nginx": ["/usr/sbin/nginx", "-c", file, "-p", self.chain.directory, "-e", "stderr"]}
        self.chain.serve(name, argv[kind], f"127.0.0.1:{plain}")
        return ports

    def ask(self, port, *lines, say="", **how):
        """The answer, the params that the application saw, and the fields of the log's line."""
        path = f"/{next(self.numbers)}"
        answer = wire.ask(port, path, [f"X-Test-Say: {say}", *lines], **{"host": "public.test", "source": BROWSER, **how})
        line = wait_until(lambda: re.search(rf"^.* path={path} .*$", self.chain.gateway.log, re.M), what="the log's line").group()
        fields = dict(field.partition("=")[::2] for field in line.split() if "=" in field)
        assert answer.status == 200, answer
        return answer, json.loads(answer.body)["params"], fields


@pytest.fixture(scope="module", params=[together(f"proxy-{kind}") for kind in ("haproxy", "nginx")])
def proxied(request):
    with temporary_chain() as chain:
        yield Proxied(chain, request.param.removeprefix("proxy-"))


def cookie_names(answer):
    return [line.partition("=")[0] for line in answer.all("Set-Cookie")]


def test_a_trusted_proxy_says_who_comes_how_and_where_to(proxied):
    for port, cookie in ((proxied.plain, "sg_session"), (proxied.secure, "__Host-sg_session")):
        answer, params, log = proxied.ask(port, say="X-Session-Login: alice")
        assert cookie_names(answer) == [cookie]
        assert ("; Secure" in answer.all("Set-Cookie")[0]) == (port == proxied.secure)
        assert (log["address"], log["route"]) == (BROWSER, "public")
        assert (params["REMOTE_ADDR"], params["HTTP_HOST"]) == ("127.0.0.1", "inner.test"), "the params are what the web server said"
        assert params["HTTP_X_FORWARDED_FOR"] == BROWSER
        assert params.get("HTTPS", "") in ("", "off") and params["REQUEST_SCHEME"] == "http"


def test_a_session_of_https_goes_on_and_is_none_over_http(proxied):
    answer, _, _ = proxied.ask(proxied.secure, say="X-Session-Login: alice")
    cookie = answer.all("Set-Cookie")[0].partition(";")[0]
    assert proxied.ask(proxied.secure, f"Cookie: {cookie}")[1]["SESSION_USER"] == "alice"
    params = proxied.ask(proxied.plain, f"Cookie: {cookie}")[1]
    assert "SESSION_USER" not in params and "HTTP_COOKIE" not in params


SPOOFED = ["X-Forwarded-For: 10.1.1.1, 192.0.2.1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: inner.test"]


def test_what_a_browser_says_itself_is_left_of_what_the_proxy_saw(proxied):
    answer, params, log = proxied.ask(proxied.plain, *SPOOFED, say="X-Session-Set: a=1")
    assert (log["address"], log["route"], cookie_names(answer)) == (BROWSER, "public", ["sg_session"])
    assert params["HTTP_X_FORWARDED_FOR"].endswith(BROWSER) and "192.0.2.1" in params["HTTP_X_FORWARDED_FOR"]


def test_who_comes_past_the_proxy_is_not_believed(proxied):
    answer, params, log = proxied.ask(proxied.chain.port, *SPOOFED, "X-Forwarded-Host: x.test", say="X-Session-Set: a=1", source=STRANGER)
    assert (log["address"], log["route"], cookie_names(answer)) == (STRANGER, "public", ["sg_session"])
    assert params["HTTP_X_FORWARDED_PROTO"] == "https", "the application gets what came"


def test_a_chain_of_two(proxied):
    """Whichever stands first: the other one is a proxy of ours as well."""
    other = {"haproxy": "nginx", "nginx": "haproxy"}[proxied.kind]
    plain, _ = proxied.start_proxy("outer", other, proxied.plain)
    _, params, log = proxied.ask(plain, *SPOOFED)
    assert log["address"] == BROWSER
    assert re.sub(" ", "", params["HTTP_X_FORWARDED_FOR"]).endswith(f"{BROWSER},127.0.0.1")


# What only a proxy of another make says: as nginx gets it from a trusted address.
CHAINS = [
    ("203.0.113.9", "203.0.113.9"),
    ("203.0.113.9:4711", "203.0.113.9"),
    ("2001:db8::9", "2001:db8::9"),
    ("[2001:db8::9]:443", "2001:db8::9"),
    ("[2001:db8::9]", "2001:db8::9"),
    ("192.0.2.66, 203.0.113.9, 10.1.2.3, fd00::1", "203.0.113.9"),
    ("192.0.2.66,203.0.113.9:1,\t[fd00::1]:2 ,10.1.2.3:3", "203.0.113.9"),
    ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
    ("192.0.2.66, unknown", "127.0.0.1"),
    ("192.0.2.66, _hidden, 10.1.1.1", "10.1.1.1"),
    ('192.0.2.66, "203.0.113.9"', "127.0.0.1"),
    ("192.0.2.66, 203.0.113.9 203.0.113.10", "127.0.0.1"),
    ("192.0.2.66, ", "127.0.0.1"),
    ("999.0.2.66", "127.0.0.1"),
    ("::ffff:10.1.1.1, 203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9"),
    ("\xff\xfe", "127.0.0.1"),
    ("1" * 4000, "127.0.0.1"),
    ("203.0.113.9," * 200 + " 10.1.1.1", "203.0.113.9"),
    ("", "127.0.0.1"),
]


@pytest.mark.parametrize("said, address", CHAINS, ids=lambda value: ascii(value)[:60])
def test_chains_ports_ipv6_and_garbage(proxied, said, address):
    _, _, log = proxied.ask(proxied.chain.port, f"X-Forwarded-For: {said}", source="127.0.0.1")
    assert log["address"] == address


def test_two_headers_are_one_chain(proxied):
    lines = ["X-Forwarded-For: 192.0.2.66, 203.0.113.9", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-Proto: http", "X-Forwarded-Proto: https"]
    answer, _, log = proxied.ask(proxied.chain.port, *lines, source="127.0.0.1", say="X-Session-Set: a=1")
    assert (log["address"], cookie_names(answer)) == ("203.0.113.9", ["__Host-sg_session"])


@pytest.mark.parametrize("said, route", [("inner.test", "inner"), ("INNER.test:8443", "inner"), ("public.test, inner.test", "inner"), ("", "public")])
def test_the_host_of_the_route(proxied, said, route):
    _, params, log = proxied.ask(proxied.chain.port, f"X-Forwarded-Host: {said}", source="127.0.0.1")
    assert (log["route"], params["HTTP_HOST"]) == (route, "public.test")
