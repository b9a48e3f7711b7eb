# SPDX-License-Identifier: Apache-2.0
# Requests as they came in and replies as they shall go out, with every lie a reply can tell.
"""
Own code instead of http.server for two reasons: a fault needs to decide about
each byte on the wire, and start-up time matters (http.server loads the e-mail
package).

`Reply` is a description. Faults edit it, then `Reply.segments()` turns it into
(bytes, pause) pairs, and the server sends those.
"""
import time

MAX_HEAD = 64 * 1024
MAX_BODY = 8 * 1024 * 1024

REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
    301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
    411: "Length Required", 413: "Content Too Large", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}


class BadRequest(Exception):
    """A request that cannot be read; carries the status to answer with."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def unquote(text):
    """Percent-decoding to bytes; a stray % stays as it is."""
    raw = text.encode("latin-1")
    parts = raw.split(b"%")
    out = [parts[0]]
    for part in parts[1:]:
        try:
            out.append(bytes([int(part[:2], 16)]) + part[2:]
                       if len(part) >= 2 and part[:2].isalnum() else b"%" + part)
        except ValueError:
            out.append(b"%" + part)
    return b"".join(out)


class Request:
    """One request: method, target, path, query, headers (list of pairs), body."""

    def __init__(self, method, target, version, headers, conn):
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.conn = conn
        self.body = b""
        if target.startswith(("http://", "https://")):
            rest = target.split("://", 1)[1]
            target = "/" + rest.partition("/")[2]
        self.path, _, self.query = target.partition("?")

    def header(self, name):
        """All values of a header joined by comma, or None without one."""
        found = [v for n, v in self.headers if n.lower() == name.lower()]
        return ", ".join(found) if found else None

    def params(self):
        """The query as a list of decoded (name, value) pairs."""
        pairs = []
        for item in self.query.split("&"):
            if item:
                name, _, value = item.replace("+", " ").partition("=")
                pairs.append((unquote(name).decode("utf-8", "replace"),
                              unquote(value).decode("utf-8", "replace")))
        return pairs

    def keep_alive(self):
        tokens = (self.header("connection") or "").lower()
        if self.version == "HTTP/1.0":
            return "keep-alive" in tokens
        return "close" not in tokens


def parse_head(head, conn):
    """The head of a request, without its blank line, into a Request."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest(400, "request line not understood")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(400, "header line not understood")
        headers.append((name, value.strip(" \t")))
    request = Request(words[0], words[1], words[2], headers, conn)
    if request.version != "HTTP/1.0" and request.header("host") is None:
        raise BadRequest(400, "no Host header")
    return request


class Reply:
    """What is going to be sent. Built honest; faults make it lie.

    framing   "length", "eof" (no length, ends with the connection) or "chunked"
    declared  text of Content-Length when it is not the truth
    delay     seconds before the first byte
    head_pace, body_pace   None or (bytes, seconds): send slowly
    stall     None or (body bytes, seconds): stop in the middle, then go on
    cut       None or (bytes, how): stop after so many bytes of the whole answer;
              how = "close", "reset" or "hang". cut_body counts the body only
    silent    None, "close", "reset" or "hang": nothing at all is sent
    raw       None or bytes that replace the whole answer
    before, after, endless   bytes in front, bytes behind, a block sent for ever
    endless_head             a block of header lines sent for ever
    tail      chunked only: what ends the body
    """

    def __init__(self, status, body=b"", content_type=None, headers=()):
        if isinstance(body, str):
            body = body.encode("utf-8")
        self.status = status
        self.version = "HTTP/1.1"
        self.reason = REASONS.get(status, "Unknown")
        self.headers = list(headers)
        if content_type:
            self.headers.insert(0, ("Content-Type", content_type))
        self.body = body
        self.framing = "length"
        self.declared = None
        self.delay = 0.0
        self.head_pace = self.body_pace = None
        self.stall = None
        self.cut = self.cut_body = None
        self.silent = None
        self.raw = None
        self.before = self.after = b""
        self.endless = self.endless_head = None
        self.chunk_size = 4096
        self.tail = b"0\r\n\r\n"
        self.eol = b"\r\n"
        self.close = False
        self.quiet_close = False
        self.faults = []

    def set_header(self, name, value):
        """Replace a header, or add it."""
        self.headers = [h for h in self.headers if h[0].lower() != name.lower()]
        self.headers.append((name, value))

    def recorded_status(self):
        """The status the client could see; 0 when there was none to see."""
        return 0 if self.silent or self.raw is not None else self.status

    def ends_connection(self):
        return bool(self.close or self.quiet_close or self.framing == "eof"
                    or self.silent or self.raw is not None or self.cut
                    or self.cut_body or self.endless or self.endless_head
                    or self.declared is not None)

    def head_bytes(self, announce_close):
        lines = [f"{self.version} {self.status} {self.reason}".encode("latin-1")]
        lines += [f"{n}: {v}".encode("latin-1") for n, v in self.headers]
        if not any(n.lower() == "date" for n, _ in self.headers):
            now = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
            lines.append(b"Date: " + now.encode())
        if self.framing == "chunked":
            lines.append(b"Transfer-Encoding: chunked")
        elif self.framing == "length" and self.status not in (204, 304):
            length = self.declared if self.declared is not None else len(self.body)
            lines.append(f"Content-Length: {length}".encode())
        if announce_close and not self.quiet_close:
            lines.append(b"Connection: close")
        return self.eol.join(lines) + self.eol

    def body_bytes(self):
        if self.status in (204, 304):
            return b""
        if self.framing != "chunked":
            return self.body
        out = []
        for at in range(0, len(self.body), self.chunk_size):
            piece = self.body[at:at + self.chunk_size]
            out.append(b"%x\r\n%s\r\n" % (len(piece), piece))
        return b"".join(out) + self.tail

    def segments(self, head_only=False, announce_close=False):
        """(bytes, seconds to wait afterwards), in the order they are sent."""
        if self.raw is not None:
            yield self.raw, 0
            return
        if self.before:
            yield self.before, 0
        head = self.head_bytes(announce_close)
        if self.endless_head:
            yield head, 0
            while True:
                yield self.endless_head, 0
        yield from paced(head + self.eol, self.head_pace)
        if head_only:
            return
        body = self.body_bytes()
        if self.stall:
            at, seconds = self.stall
            yield body[:at], seconds
            body = body[at:]
        yield from paced(body, self.body_pace)
        if self.after:
            yield self.after, 0
        while self.endless:
            yield self.endless, 0

    def cut_at(self, announce_close=False):
        """None, or (bytes of the whole answer to send, what happens then)."""
        if self.cut:
            return self.cut
        if self.cut_body:
            head = len(self.before) + len(self.head_bytes(announce_close)) + len(self.eol)
            return head + self.cut_body[0], self.cut_body[1]
        return None


def paced(data, pace):
    if not pace:
        yield data, 0
        return
    step = max(1, pace[0])
    for at in range(0, len(data), step):
        yield data[at:at + step], pace[1]


def text_error(status):
    """The plain error page of a server without an opinion."""
    return Reply(status, f"{status} {REASONS.get(status, 'Unknown')}\n", "text/plain")
