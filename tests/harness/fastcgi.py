"""FastCGI 1.0 as bytes: records and name-value pairs, built with full control, parsed strictly."""

import struct
from dataclasses import dataclass

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = range(1, 12)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
KEEP_CONN = 1
REQUEST_COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = range(4)
HEADER_BYTES = 8
MOST = 65535  # content of one record


@dataclass(frozen=True)
class Record:
    version: int
    type: int
    id: int
    body: bytes
    padding: int = 0


def record(type, id, body=b"", padding=0, version=1):
    return struct.pack("!BBHHBx", version, type, id, len(body), padding) + body + b"\xaa" * padding


def parse(buffer):
    """The record at the front of a bytearray, taken off it; None when it is not whole yet."""
    if len(buffer) < HEADER_BYTES:
        return None
    version, type, id, length, padding = struct.unpack("!BBHHB", buffer[:7])
    end = HEADER_BYTES + length + padding
    if len(buffer) < end:
        return None
    body = bytes(buffer[HEADER_BYTES : HEADER_BYTES + length])
    del buffer[:end]
    return Record(version, type, id, body, padding)


def octets(text):
    return text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogateescape")


def length(n, long=False):
    return struct.pack("!I", n | 1 << 31) if long or n > 127 else bytes([n])


def pair(name, value, long=False):
    name, value = octets(name), octets(value)
    return length(len(name), long) + length(len(value), long) + name + value


def pairs(items, long=False):
    """Of a mapping or of (name, value) tuples; long: the four-byte form for every length."""
    items = items.items() if hasattr(items, "items") else items
    return b"".join(pair(name, value, long) for name, value in items)


def parse_pairs(data):
    """[(name, value)] as bytes; ValueError when a pair is cut off."""
    found, at = [], 0

    def take_length():
        nonlocal at
        if at >= len(data):
            raise ValueError("a pair is cut off")
        if data[at] < 128:
            at += 1
            return data[at - 1]
        if at + 4 > len(data):
            raise ValueError("a length is cut off")
        at += 4
        return struct.unpack("!I", data[at - 4 : at])[0] & 0x7FFFFFFF

    while at < len(data):
        name, value = take_length(), take_length()
        if at + name + value > len(data):
            raise ValueError("a pair is cut off")
        found.append((data[at : at + name], data[at + name : at + name + value]))
        at += name + value
    return found


def begin(id=1, role=RESPONDER, flags=KEEP_CONN, padding=0):
    return record(BEGIN, id, struct.pack("!HB5x", role, flags), padding)


def end(id=1, app_status=0, protocol_status=REQUEST_COMPLETE, padding=0):
    return record(END, id, struct.pack("!IB3x", app_status, protocol_status), padding)


def stream(type, id, data=b"", size=MOST, padding=0, close=True, align=1):
    """Data as records of at most size bytes, and the empty one that ends the stream. Each has that much padding, and what
    is missing to a multiple of align."""
    parts = [data[at : at + size] for at in range(0, len(data), size)] + ([b""] if close else [])
    return b"".join(record(type, id, part, padding + -len(part) % align) for part in parts)


def request(params, body=b"", id=1, role=RESPONDER, flags=KEEP_CONN, padding=0, size=MOST, long=False):
    """A whole request, as a web server would send it."""
    return (
        begin(id, role, flags, padding)
        + stream(PARAMS, id, pairs(params, long), size, padding)
        + stream(STDIN, id, body, size, padding)
    )


def get(uri="/", **more):
    """The params of a small GET; more adds or replaces, None leaves out."""
    path, _, query = uri.partition("?")
    params = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": path,
        "REQUEST_URI": uri,
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "example.test",
        "HTTP_HOST": "example.test",
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_LENGTH": "",
        **more,
    }
    return {name: value for name, value in params.items() if value is not None}


def post(body, uri="/", **more):
    return get(uri, **{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": len(body), **more})
