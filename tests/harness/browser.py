"""A visitor: keeps the cookies it is given and asks through a front, one request at a time."""

import json

from . import fastcgi

COOKIE = "sg_session"
HTTPS_COOKIE = "__Host-sg_session"


class Page:
    """An answer, with what the echo application saw."""

    def __init__(self, answer):
        self.answer = answer
        self.status, self.headers, self.body = answer.status, answer.headers, answer.body
        self.header, self.all = answer.header, answer.all

    @property
    def seen(self):
        """The params that the application got."""
        assert self.status == 200, f"{self.status}: {self.body[:300]!r}"
        return json.loads(self.body)["params"]

    @property
    def state(self):
        return self.seen.get("SESSION_STATE")

    @property
    def set_cookies(self):
        """{name: (value, {attribute in lower case: value})} of all Set-Cookie fields."""
        return dict(_parse_set_cookie(line) for line in self.all("Set-Cookie"))

    def token(self, name=COOKIE):
        """The token that this answer sets; None for none, "" for a cleared one."""
        cookie = self.set_cookies.get(name)
        return None if cookie is None else cookie[0]


def _parse_set_cookie(line):
    first, *attributes = [part.strip() for part in line.split(";")]
    name, _, value = first.partition("=")
    return name, (value, {a.partition("=")[0].lower(): a.partition("=")[2] for a in attributes})


class Browser:
    def __init__(self, gateway, cookies=None, https=False):
        self.gateway, self.https = gateway, https
        self.cookies = dict(cookies or {})

    def params(self, uri="/", say=(), **more):
        """Of a GET that asks the echo application to say these header lines."""
        say = [say] if isinstance(say, str) else say
        own = {"TEST_SAY": "\n".join(say) or None, "HTTPS": "on" if self.https else None}
        if self.cookies:
            own["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return fastcgi.get(uri, **{**own, **more})

    def visit(self, uri="/", say=(), **more):
        return self.learn(self.gateway.ask(self.params(uri, say, **more)))

    def learn(self, answer):
        page = Page(answer)
        for name, (value, attributes) in page.set_cookies.items():
            if attributes.get("max-age") == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
                if len(value) == 52:
                    self.gateway.tokens.add(value)
        return page

    def begin(self, uri="/", say=(), **more):
        """Ask, and come back for the page later: what it is called with gives the page."""
        front = self.gateway.front()
        front.send(fastcgi.request(self.params(uri, say, **more)))
        return lambda: self.learn(front.answer())

    def twin(self):
        """The same visitor's other window, from this moment on."""
        return Browser(self.gateway, self.cookies, self.https)

    @property
    def token(self):
        return self.cookies.get(HTTPS_COOKIE if self.https else COOKIE)
