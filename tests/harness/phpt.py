"""A test of php-src (NAME.phpt) as a behaviour: one request of its script. What it expects to see is left aside: PHP's own
files say it."""

import re

from .behaviour import Request

SECTION = re.compile(r"^--([A-Z_]+)--\n", re.M)
OWN_SETTINGS = ("session.save_path", "session.save_handler")  # are what is compared
ID = re.compile(r'(string\(\d+\) ")?\b[A-Za-z0-9,-]{20,}\b|(string\(\d+\) ")?<id \d>')
TOKEN_LINE = re.compile(r"^(session cookie: .*|set-cookie: .*|cache-control: no-store)\n", re.M)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Phpt:
    adapter, application, route = {}, {}, {}

    def __init__(self, path):
        parts = SECTION.split(path.read_bytes().decode("latin-1"))
        self.sections = dict(zip(parts[1::2], parts[2::2]))
        self.name = re.sub(r"\W", "_", path.stem)
        self.ini = dict(_settings(self._section("INI")))
        self.names = ["PHPSESSID", self.ini.get("session.name", "PHPSESSID")]
        self.files = {include.name: include.read_text("latin-1") for include in path.parent.glob("*.inc")}
        self.script = self._section("FILE").encode("latin-1")
        cookies = (pair.strip().partition("=") for pair in self._section("COOKIE").split(";") if pair.strip())
        how = {"method": "POST", "body": self._section("POST"), "headers": FORM} if "POST" in self.sections else {}
        self.requests = [Request(1, self._section("GET").strip(), cookies={name: value for name, _, value in cookies}, **how)]

    def _section(self, name):
        return self.sections.get(name, "")

    @property
    def answers_a_browser(self):
        """Some are for the command line, or are not written in this file."""
        return self.script and not {"ARGS", "POST_RAW", "REDIRECTTEST"} & self.sections.keys()

    def seen(self, text):
        """Many show their ids, and what becomes of the cookie is php_behaviours' to say."""
        return ID.sub("<id>", TOKEN_LINE.sub("", text))

    def expected(self, number, text):
        return text


def _settings(text):
    for line in text.splitlines():
        name, equals, value = (part.strip() for part in line.partition("="))
        if equals and name not in OWN_SETTINGS:
            yield name, value.strip('"')
