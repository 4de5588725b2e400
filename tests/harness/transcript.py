"""A browser that writes down what it is answered, so that two servers can be compared: what only says by which way an
answer came is left out, dates are told from now, and of the cookies that hold a session what becomes of it."""

import gzip
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

from .browser import COOKIE
from .chain import Visitor

# The connection's, the gateway's own, and what depends on how a body is sent on.
UNCOMPARED = {"server", "date", "connection", "transfer-encoding", "content-length", "keep-alive", "x-request-id", "set-cookie"}
HTTP_DATE = re.compile(r"\w{3}, \d\d[ -]\w{3}[ -]\d{4} \d\d:\d\d:\d\d GMT")
OBJECT_NUMBER = re.compile(r"(?<=\))#\d+ \(")  # of var_dump(): the adapter has objects of its own
CODINGS = {"gzip": gzip.decompress, "deflate": zlib.decompress}


class Browser:
    """Keeps every cookie, also those it had before each request; transcribes what it is answered."""

    def __init__(self, port, names):
        self.port, self.names = port, [COOKIE, *names]
        self.jar, self.jars, self.ids = {}, [{}], []

    def ask(self, request, folder):
        """All answers to it, those of parallel copies in the order of these."""
        jar = self.jar if request.jar is None else dict(self.jars[request.jar])
        if request.parallel == 1:
            transcript = self._transcript(request, folder, jar)
        else:
            with ThreadPoolExecutor(request.parallel) as pool:
                each = pool.map(lambda copy: self._transcript(request, folder, dict(jar), copy), range(request.parallel))
                transcript = "\n---\n".join(each)
        self.jar = jar
        self.jars.append(dict(jar))
        return transcript

    def _transcript(self, request, folder, jar, copy=0):
        cookies = "; ".join(f"{name}={value}" for name, value in {**jar, **request.cookies}.items())
        headers = {**request.headers, **({"Cookie": cookies} if cookies else {})}
        body = request.body and request.body.encode()
        reply = Visitor(self.port).ask(request.path(folder, copy), request.method, body, headers=headers)
        head = [str(reply.status), *sorted(_compared(reply)), *self._kept(reply, jar)]
        return self._without_ids("\n".join(head) + "\n\n" + _text(reply))

    def _kept(self, reply, jar):
        """The cookies, and of those that hold a session what becomes of it."""
        before = dict(jar)
        for line in reply.all("Set-Cookie"):
            pair, *attributes = [part.strip() for part in line.split(";")]
            name, _, value = pair.partition("=")
            if name not in self.names:
                yield f"set-cookie: {_undated(line, reply)}"
            if "max-age=0" in map(str.lower, attributes):
                jar.pop(name, None)
            else:
                jar[name] = value
        for name in self.names:
            if jar.get(name) != before.get(name):
                yield f"session cookie: {self._known(_id_of(name, jar[name])) if name in jar else 'cleared'}"

    def _known(self, id):
        if id in self.ids:
            return "of an id before"
        self.ids.append(id)
        return "of a new id"

    def _without_ids(self, text):
        """Their shape is not the same: only which of them it is can be compared."""
        for number, id in enumerate(self.ids, 1):
            text = text.replace(id, f"<id {number}>")
        return text


def _id_of(name, value):
    """What session_id() says; of ours the cookie also holds the secret."""
    return value[:20] if name == COOKIE else value


def _compared(reply):
    """The lines of its header that must be the same. The gateway adds that a cookie matters."""
    for name, value in reply.headers:
        name = name.lower()
        if name == "vary":
            value = ", ".join(word for word in value.split(", ") if word != "Cookie")
        if value and name not in UNCOMPARED:
            yield f"{name}: {_undated(value, reply)}"


def _undated(text, reply):
    """With each date as minutes from now; one long ago is the same for all."""
    now = parsedate_to_datetime(reply.all("Date")[0])

    def relative(match):
        minutes = round((parsedate_to_datetime(match[0].replace("-", " ")) - now).total_seconds() / 60)
        return f"<{minutes} minutes from now>" if abs(minutes) < 10_000_000 else match[0]

    return HTTP_DATE.sub(relative, text)


def _text(reply):
    coding = reply.all("Content-Encoding")
    body = CODINGS[coding[0]](reply.body) if coding and reply.body else reply.body
    return OBJECT_NUMBER.sub(" (", body.decode("utf-8", "backslashreplace"))
