"""Somebody at a browser, before real pages: keeps cookies, follows redirections, fills in forms and sends them."""

import http.client
import time
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from .process import PATIENCE_S

REDIRECTIONS = 10


class Form:
    def __init__(self, attributes):
        self.action, self.method = attributes.get("action") or "", (attributes.get("method") or "get").upper()
        self.id, self.name, self.fields = attributes.get("id"), attributes.get("name"), {}


class _Forms(HTMLParser):
    """What a browser would send of each form if nothing were filled in; no buttons."""

    def __init__(self):
        super().__init__()
        self.forms, self._textarea, self._select = [], None, None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append(Form(attributes))
        elif self.forms:
            self._field(tag, attributes, self.forms[-1].fields)

    def _field(self, tag, attributes, fields):
        name, kind = attributes.get("name"), (attributes.get("type") or "text").lower()
        if tag == "input" and name and kind not in ("submit", "button", "image", "reset", "file"):
            if kind not in ("checkbox", "radio") or "checked" in attributes:
                fields[name] = attributes.get("value") or ("on" if kind in ("checkbox", "radio") else "")
        elif tag == "textarea" and name:
            self._textarea = name
            fields[name] = ""
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and ("selected" in attributes or self._select not in fields):
            fields[self._select] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data


class Sheet:
    """A page as it came, after redirections."""

    def __init__(self, url, status, headers, body):
        self.url, self.status, self.headers, self.body = url, status, headers, body
        self.text = body.decode("utf-8", "replace")

    def all(self, name):
        return [value for n, value in self.headers if n.lower() == name.lower()]

    @property
    def forms(self):
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms

    def form(self, has):
        """The first that has a field, an id or a name of this name."""
        for form in self.forms:
            if has in form.fields or has in (form.id, form.name):
                return form
        raise AssertionError(f"{self.url}: no form with {has} ({self.status}):\n{self.text[:3000]}")


def _is_over(attributes):
    if "max-age" in attributes:
        return int(attributes["max-age"]) <= 0
    return "expires" in attributes and parsedate_to_datetime(attributes["expires"]).timestamp() < time.time()


class Person:
    def __init__(self, port, cookies=None, headers=None):
        """cookies: {(name, path): value}; headers go with every request."""
        self.port, self.cookies = port, dict(cookies or {})
        self.headers = {"Accept": "text/html,*/*", "Accept-Language": "en", "User-Agent": "Mozilla/5.0 (X11) Firefox/115.0", **(headers or {})}

    def twin(self):
        """The same browser's other window, whose cookies go their own way from here."""
        return Person(self.port, self.cookies, self.headers)

    def get(self, url, **how):
        return self.ask("GET", url, **how)

    def post(self, url, fields, **how):
        return self.ask("POST", url, urlencode(fields), **how)

    def submit(self, sheet, has, values, **how):
        """The form with that field, filled in; None as a value leaves the field out."""
        form = sheet.form(has)
        fields = {name: value for name, value in {**form.fields, **values}.items() if value is not None}
        url = urljoin(sheet.url, form.action)
        if form.method == "POST":
            return self.post(url, fields, headers={"Referer": self._absolute(sheet.url)}, **how)
        return self.get(url.partition("?")[0] + "?" + urlencode(fields), **how)

    def ask(self, method, url, body=None, headers=None, follow=True):
        for _ in range(REDIRECTIONS):
            sheet = self._once(method, url, body, headers)
            location = next(iter(sheet.all("Location")), None)
            if not follow or location is None or sheet.status not in (301, 302, 303, 307, 308):
                return sheet
            url = urljoin(sheet.url, location)
            if sheet.status in (301, 302, 303):
                method, body = "GET", None
        raise AssertionError(f"{url}: redirected for ever")

    def _absolute(self, url):
        return urljoin(f"http://127.0.0.1:{self.port}/", url)

    def _once(self, method, url, body, headers):
        parts = urlsplit(self._absolute(url))
        assert parts.port == self.port, f"sent elsewhere: {url}"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {**self.headers, **(headers or {})}
        cookies = [f"{name}={value}" for (name, of), value in self.cookies.items() if self._within(parts.path, of)]
        if cookies:
            sent["Cookie"] = "; ".join(cookies)
        if isinstance(body, str):
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if method not in ("GET", "HEAD"):
            sent["Origin"], sent["Sec-Fetch-Site"] = f"http://127.0.0.1:{self.port}", "same-origin"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=4 * PATIENCE_S)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            sheet = Sheet(path, response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        for line in sheet.all("Set-Cookie"):
            self._learn(line, parts.path)
        return sheet

    @staticmethod
    def _within(path, of):
        return path == of or path.startswith(of if of.endswith("/") else of + "/")

    def _learn(self, line, path):
        first, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = first.partition("=")
        attributes = {a.partition("=")[0].lower(): a.partition("=")[2] for a in attributes}
        at = attributes.get("path") or path.rpartition("/")[0] or "/"
        if _is_over(attributes):
            self.cookies.pop((name, at), None)
        else:
            self.cookies[name, at] = value

    def cookie(self, name):
        return next((value for (n, _), value in self.cookies.items() if n == name), None)
