"""A behaviour of PHP's sessions: a script, the requests a browser makes of it, and what it answers through the gateway
otherwise than with PHP's own files, with the reason.

The script's first comment is a sentence, and below it TOML:

requests = 3                   so many GETs of ?n=1, ?n=2 …; or a list of them, each the query after ?n=, or a table:
    query, method, headers, body, parallel (so many at once, ?i=0 …), jar (with the cookies as they were after that
    request; 0: none), cookies (more of them)
ini = {"session.name" = "a"}   what stands in the script's .user.ini
files = {"a.inc" = "<?php …"}  what else stands in its folder
names = ["a"]                  cookies that hold a session id, beside PHPSESSID
adapter, application, route    tables of the gateway's configuration that are not as usual
[[differs]]
why = "…"
request = 2
files = "…"                    what is written there with the files handler, to be found once or more
gateway = "…"                  what stands in its place through the gateway"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

COMMENT = re.compile(r"\A<\?php\n/\* (?P<sentence>[^\n]+)\n(?P<toml>.*?)\*/\n", re.S)


@dataclass(frozen=True)
class Request:
    number: int
    query: str = ""
    method: str = "GET"
    headers: dict = field(default_factory=dict)
    body: str = None
    parallel: int = 1
    jar: int = None
    cookies: dict = field(default_factory=dict)

    def path(self, folder, copy):
        more = f"&i={copy}" if self.parallel > 1 else ""
        return f"/{folder}/index.php?n={self.number}{more}{self.query and '&' + self.query}"


@dataclass(frozen=True)
class Difference:
    why: str
    request: int
    files: str
    gateway: str

    def applied(self, text):
        assert self.files in text, f"PHP's own files no longer say {self.files!r}:\n{text}"
        return text.replace(self.files, self.gateway)


class Behaviour:
    def __init__(self, path):
        self.name, text = path.stem, path.read_text()
        comment = COMMENT.match(text)
        assert comment is not None, f"{path} does not begin with a comment that says what it is about"
        self.script = ("<?php\n" + text[comment.end() :]).encode()  # so that no line's number depends on the comment
        self.sentence, said = comment["sentence"], tomllib.loads(comment["toml"])
        self.requests = [_request(number, one) for number, one in enumerate(_listed(said.pop("requests", 2)), 1)]
        self.differences = [Difference(**one) for one in said.pop("differs", [])]
        self.ini, self.files = said.pop("ini", {}), said.pop("files", {})
        self.names = ["PHPSESSID", *said.pop("names", [])]
        self.adapter, self.application, self.route = (said.pop(what, {}) for what in ("adapter", "application", "route"))
        assert not said, f"{path}: {said}"

    def seen(self, text):
        """What matters of an answer: all of it."""
        return text

    def expected(self, number, text):
        """Through the gateway, where PHP's own files answer this request with text."""
        for difference in self.differences:
            if difference.request == number:
                text = difference.applied(text)
        return text


def behaviours(directory):
    return [Behaviour(path) for path in sorted(Path(directory).glob("*.php"))]


def _listed(requests):
    return [""] * requests if isinstance(requests, int) else requests


def _request(number, said):
    return Request(number, said) if isinstance(said, str) else Request(number, **said)
