# SPDX-License-Identifier: Apache-2.0
# The faults: how one is written down, when it strikes, and the table of all of them.
"""
A fault is written  KIND[:ARGS][@GLOB][#FIRST[-LAST]]

    KIND   a name from the table below (`sim --list-faults`)
    ARGS   values in the order of the table, or name=value, separated by commas
    GLOB   only requests whose path (or path?query) matches; starts with / or *
    #      only the FIRST to LAST matching request, counted from 1;
           `#2` is the second only, `#2-` everything from the second on

A word that begins with a digit is a status schedule: `404x2,429(Retry-After=1),200`.
Faults that strike the same request are applied in the order they were given.

Adding one: write a function below `@fault`. Its keyword defaults are its
arguments and give their types.
"""
import collections
import fnmatch
import json
import re
import threading
import time

from . import wire

KINDS = {}
HEAD = re.compile(r"^(?P<word>.*?)(?:@(?P<glob>[/*][^#]*))?"
                  r"(?:#(?P<first>\d+)(?P<dash>-(?P<last>\d*))?)?$", re.S)
SIZE = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
FOREVER = 1 << 30


class BadFault(Exception):
    """A fault that was written wrongly."""


class Kind:
    def __init__(self, name, stage, function):
        self.name = name
        self.stage = stage
        self.function = function
        self.help = " ".join(function.__doc__.split())
        self.defaults = dict(function.__kwdefaults__ or {})


def fault(name, stage="reply"):
    def enter(function):
        KINDS[name] = Kind(name, stage, function)
        return function
    return enter


def convert(value, default, where):
    """Text or a JSON value into the type of the argument's default."""
    try:
        if isinstance(default, int):
            match = re.fullmatch(r"(-?\d+)([kmg]?)", str(value).lower())
            return int(match[1]) * SIZE[match[2]]
        return type(default)(value)
    except (TypeError, ValueError):
        raise BadFault(f"{where}: {value!r} is not a value for it") from None


class Fault:
    """One fault of one run, with its own count of the requests it has met."""

    def __init__(self, word, args=None, path=None, first=1, last=None):
        if word not in KINDS:
            raise BadFault(f"no fault is named {word!r}; see --list-faults")
        kind = KINDS[word]
        self.kind = word
        self.stage = kind.stage
        self.function = kind.function
        self.args = dict(kind.defaults)
        for name, value in (args or {}).items():
            if name not in self.args:
                raise BadFault(f"{word} has no argument {name!r}, only: "
                               + (", ".join(self.args) or "none"))
            self.args[name] = convert(value, kind.defaults[name], f"{word}:{name}")
        if word == "status":
            self.steps = parse_schedule(self.args["schedule"])
        self.glob = path
        self.first = first
        self.last = last
        self.met = 0
        self.lock = threading.Lock()
        self.memory = {}

    def matches(self, request):
        if self.glob is None or request is None:
            return True
        return (fnmatch.fnmatchcase(request.path, self.glob)
                or fnmatch.fnmatchcase(request.target, self.glob))

    def due(self, request):
        """How many times it has struck before if it strikes now, else None."""
        if not self.matches(request):
            return None
        with self.lock:
            self.met += 1
            if self.met < self.first or (self.last and self.met > self.last):
                return None
            return self.met - self.first

    def on_reply(self, reply, request, turn, server):
        """The reply after this fault; the name is noted for the record."""
        told = reply.faults
        strike = Strike(self, request, turn, server)
        new = self.function(reply, strike, **self.args)
        if new is not None:
            reply = new
        reply.faults = told + ([self.kind] if strike.struck else [])
        return reply

    def on_connection(self, conn):
        """True when the connection is finished with."""
        return self.function(conn, **self.args)


class Strike:
    """What a fault function may want to know. struck = False: it let this one pass."""

    def __init__(self, fault_, request, turn, server):
        self.fault = fault_
        self.memory = fault_.memory
        self.lock = fault_.lock
        self.request = request
        self.turn = turn
        self.server = server
        self.struck = True


def parse(text):
    """A fault as it is written on the command line."""
    match = HEAD.match(text)
    word, colon, rest = match["word"].partition(":")
    if word[:1].isdigit():
        word, colon, rest = "status", ":", match["word"]
    if word not in KINDS:
        raise BadFault(f"no fault is named {word!r}; see --list-faults")
    names = list(KINDS[word].defaults)
    args = {}
    if len(names) == 1 and isinstance(KINDS[word].defaults[names[0]], str):
        if colon:
            args[names[0]] = rest.removeprefix(names[0] + "=")
    elif rest:
        for at, item in enumerate(rest.split(",")):
            name, equals, value = item.partition("=")
            if not equals:
                if at >= len(names):
                    raise BadFault(f"{word} takes {len(names)} arguments at most")
                name, value = names[at], item
            args[name] = value
    first = int(match["first"] or 1)
    last = None
    if match["first"]:
        last = int(match["last"]) if match["last"] else (None if match["dash"] else first)
    if first < 1 or (last is not None and last < first):
        raise BadFault(f"{text!r}: the range counts from 1 upwards")
    return Fault(word, args, match["glob"], first, last)


def from_json(value):
    """A fault as a scenario file has it: the same text, or an object with
    kind and optionally args, path, first, last."""
    if isinstance(value, str):
        return parse(value)
    unknown = set(value) - {"kind", "args", "path", "first", "last"}
    if unknown or "kind" not in value:
        raise BadFault(f"fault object {value!r}: has kind, args, path, first, last")
    return Fault(value["kind"], value.get("args"), value.get("path"),
                 value.get("first", 1), value.get("last"))


STEP = re.compile(r"([2-5]\d\d)(?:x(\d+|\*))?(?:\((.*)\))?", re.S)


def parse_schedule(text):
    """`404x2,429(Retry-After=1;body=later),200` into (status, how often, extras)."""
    steps = []
    for item in re.findall(r"(?:[^,(]|\([^)]*\))+", text):
        match = STEP.fullmatch(item.strip())
        if not match:
            raise BadFault(f"status schedule: {item!r} is not CODE[xN|x*][(Header=Value;…)]")
        extras = [tuple(p.strip() for p in e.partition("=")[::2])
                  for e in (match[3] or "").split(";") if e.strip()]
        steps.append((int(match[1]), FOREVER if match[2] == "*" else int(match[2] or 1),
                      extras))
    if not steps:
        raise BadFault("status schedule: empty")
    return steps


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def as_json(body):
    """The parsed body, or None when it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def into_value(body, insert):
    """Puts bytes into the first string value of a JSON text, else into the middle."""
    match = re.search(rb'":\s*"(?=[^"])', body)
    at = match.end() if match else len(body) // 2
    return body[:at] + insert + body[at:]


def map_scalars(value, change):
    if isinstance(value, dict):
        return {k: map_scalars(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [map_scalars(v, change) for v in value]
    return change(value)


# --- the server cannot be reached ------------------------------------------------

@fault("refuse", "listen")
def refuse(server, *, seconds=float(FOREVER)):
    """the port refuses connections for so many seconds from the start, then answers"""


@fault("blackhole", "listen")
def blackhole(server):
    """connecting is never answered: SYNs are dropped because the queue is full"""


# --- a connection goes wrong before any request (#FIRST-LAST count connections) ----

@fault("accept-hang", "connection")
def accept_hang(conn, *, seconds=float(FOREVER)):
    """the connection is accepted, nothing is read or sent for so long, then closed"""
    conn.wait_gone(seconds)
    return True


@fault("accept-close", "connection")
def accept_close(conn):
    """the connection is accepted and closed at once"""
    return True


@fault("accept-reset", "connection")
def accept_reset(conn):
    """the connection is accepted and reset at once"""
    conn.reset()
    return True


@fault("accept-banner", "connection")
def accept_banner(conn, *, text="SSH-2.0-OpenSSH_9.2\r\n"):
    """another protocol speaks first, then closes (with TLS: no handshake either)"""
    conn.sock.sendall(text.encode("latin-1"))
    conn.wait_gone(1)
    return True


# --- status ------------------------------------------------------------------------

@fault("status")
def status(reply, strike, *, schedule="500"):
    """status codes in turn: CODE[xN|x*][(Header=Value;body=TEXT)],…; 200 and whatever
    follows the schedule are answered truthfully; short form: the schedule alone"""
    turn = strike.turn
    for code, times, extras in strike.fault.steps:
        if turn >= times:
            turn -= times
            continue
        if code != 200:
            reply = strike.server.cloud.error(code)
        for name, value in extras:
            if name == "body":
                reply.body = value.encode("utf-8")
            else:
                reply.set_header(name, value)
        strike.struck = code != 200 or bool(extras)
        return reply
    strike.struck = False
    return None


@fault("status-for")
def status_for(reply, strike, *, code=410, seconds=70.0):
    """this status until so many seconds after the first request that it met"""
    with strike.lock:
        start = strike.memory.setdefault("start", time.monotonic())
    if time.monotonic() - start < seconds:
        return strike.server.cloud.error(code)
    strike.struck = False
    return None


@fault("rate")
def rate(reply, strike, *, per_second=5, retry_after=1):
    """429 with Retry-After for what goes beyond so many requests in one second"""
    now = time.monotonic()
    with strike.lock:
        seen = strike.memory.setdefault("seen", collections.deque())
        while seen and now - seen[0] >= 1:
            seen.popleft()
        if len(seen) < per_second:
            seen.append(now)
            strike.struck = False
            return None
    reply = strike.server.cloud.error(429)
    if retry_after >= 0:
        reply.set_header("Retry-After", str(retry_after))
    return reply


@fault("redirect")
def redirect(reply, strike, *, url="http://198.51.100.1/"):
    """302 to a URL; the default is another host; try file:///etc/passwd"""
    new = wire.Reply(302, b"")
    new.set_header("Location", url)
    return new


@fault("redirect-loop")
def redirect_loop(reply, strike):
    """302 to the very same URL"""
    new = wire.Reply(302, b"")
    new.set_header("Location", strike.request.target)
    return new


@fault("redirect-chain")
def redirect_chain(reply, strike):
    """302 to an ever new URL of this server"""
    new = wire.Reply(302, b"")
    new.set_header("Location", f"{strike.server.base}{strike.request.path}?hop={strike.turn}")
    return new


@fault("portal")
def portal(reply, strike):
    """a captive portal: 200 and an HTML page"""
    return wire.Reply(200, "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>"
                           "<body><h1>Please log in to use this network</h1></body></html>\n",
                      "text/html; charset=utf-8")


@fault("file")
def file_(reply, strike, *, path=""):
    """200 with the bytes of a file instead of the true body"""
    try:
        with open(path, "rb") as stream:
            reply.body = stream.read()
    except OSError as error:
        return wire.Reply(500, f"{error}\n", "text/plain")
    reply.status, reply.reason = 200, "OK"


# --- time ----------------------------------------------------------------------------

@fault("latency")
def latency(reply, strike, *, seconds=1.0):
    """a wait before the first byte"""
    reply.delay += seconds


@fault("stall")
def stall(reply, strike, *, bytes=16, seconds=1.0):
    """a wait after so many bytes of the body, then the rest"""
    reply.stall = (bytes, seconds)


@fault("drip")
def drip(reply, strike, *, bytes=1, seconds=0.05):
    """the body comes in pieces of so many bytes, so many seconds apart"""
    reply.body_pace = (bytes, seconds)


@fault("drip-head")
def drip_head(reply, strike, *, bytes=1, seconds=0.05):
    """status line and headers come in pieces"""
    reply.head_pace = (bytes, seconds)


@fault("hang")
def hang(reply, strike):
    """the request is read and never answered"""
    reply.silent = "hang"


# --- the connection ends early or late ------------------------------------------------

@fault("close")
def close(reply, strike):
    """the request is read and the connection closed without an answer"""
    reply.silent = "close"


@fault("reset")
def reset(reply, strike, *, bytes=0):
    """RST after so many bytes of the whole answer, headers included"""
    if bytes:
        reply.cut = (bytes, "reset")
    else:
        reply.silent = "reset"


@fault("reset-body")
def reset_body(reply, strike, *, bytes=16):
    """RST after so many bytes of the body"""
    reply.cut_body = (bytes, "reset")


@fault("cut-head")
def cut_head(reply, strike, *, bytes=20):
    """orderly close in the middle of the headers"""
    reply.cut = (bytes, "close")


@fault("truncate")
def truncate(reply, strike, *, bytes=-1):
    """Content-Length is right, but the connection ends after so many bytes of the body
    (-1: half of it)"""
    reply.cut_body = (bytes if bytes >= 0 else len(reply.body) // 2, "close")


@fault("truncate-hang")
def truncate_hang(reply, strike, *, bytes=-1):
    """so many bytes of the body (-1: half), then silence on an open connection"""
    reply.cut_body = (bytes if bytes >= 0 else len(reply.body) // 2, "hang")


@fault("eof-body")
def eof_body(reply, strike):
    """no Content-Length; the end of the connection ends the body"""
    reply.framing = "eof"


@fault("eof-truncate")
def eof_truncate(reply, strike, *, bytes=-1):
    """no Content-Length and the body ends after so many bytes (-1: half): only the
    content can tell"""
    reply.framing = "eof"
    reply.body = reply.body[:bytes if bytes >= 0 else len(reply.body) // 2]


@fault("no-keepalive")
def no_keepalive(reply, strike):
    """Connection: close after every answer"""
    reply.close = True


@fault("quiet-close")
def quiet_close(reply, strike):
    """the connection is closed after the answer without having said so"""
    reply.quiet_close = True


@fault("http10")
def http10(reply, strike):
    """an HTTP/1.0 server without length"""
    reply.version = "HTTP/1.0"
    reply.framing = "eof"


# --- length and framing -----------------------------------------------------------------

@fault("empty-body")
def empty_body(reply, strike):
    """200 with Content-Length: 0"""
    reply.body = b""


@fault("declared-length")
def declared_length(reply, strike, *, bytes=1 << 40):
    """Content-Length declares so many bytes, the true body comes, then nothing more"""
    reply.declared = str(bytes)
    reply.cut_body = (len(reply.body), "hang")


@fault("short-length")
def short_length(reply, strike, *, bytes=-1):
    """Content-Length is smaller than what is sent (-1: half)"""
    reply.declared = str(bytes if bytes >= 0 else len(reply.body) // 2)


@fault("bad-length")
def bad_length(reply, strike, *, text="-1"):
    """Content-Length is this text"""
    reply.declared = text


@fault("two-lengths")
def two_lengths(reply, strike):
    """two Content-Length headers that contradict each other"""
    reply.set_header("Content-Length", str(max(0, len(reply.body) - 1)))
    reply.close = True


@fault("length-and-chunked")
def length_and_chunked(reply, strike):
    """Content-Length and Transfer-Encoding: chunked in one answer"""
    reply.set_header("Content-Length", str(len(reply.body)))
    reply.framing = "chunked"
    reply.close = True


@fault("big-body")
def big_body(reply, strike, *, bytes=5 << 20):
    """the true body followed by blanks up to so many bytes, all of it declared"""
    reply.body = reply.body.ljust(bytes)


@fault("endless-body")
def endless_body(reply, strike, *, text=" "):
    """no length, the true body, then this text for ever"""
    reply.framing = "eof"
    reply.endless = (text or " ").encode("utf-8") * 8192


@fault("chunked")
def chunked(reply, strike, *, bytes=7):
    """a correct chunked body in pieces of so many bytes"""
    reply.framing = "chunked"
    reply.chunk_size = max(1, bytes)


@fault("chunked-bad-size")
def chunked_bad_size(reply, strike, *, size="zz"):
    """a chunk whose size is this text; try ffffffffffffffff"""
    reply.framing = "chunked"
    reply.tail = size.encode("latin-1") + b"\r\nxx\r\n0\r\n\r\n"
    reply.close = True


@fault("chunked-cut")
def chunked_cut(reply, strike):
    """a chunked body without its last chunk"""
    reply.framing = "chunked"
    reply.tail = b""
    reply.close = True


@fault("chunked-endless")
def chunked_endless(reply, strike):
    """chunks of blanks for ever"""
    reply.framing = "chunked"
    reply.tail = b""
    reply.endless = b"2000\r\n" + b" " * 8192 + b"\r\n"


@fault("chunked-trailers")
def chunked_trailers(reply, strike, *, count=100000):
    """so many trailer lines after a chunked body"""
    reply.framing = "chunked"
    reply.tail = b"0\r\n" + b"".join(b"X-T%d: x\r\n" % n for n in range(count)) + b"\r\n"


@fault("extra-bytes")
def extra_bytes(reply, strike):
    """a second answer nobody asked for follows at once"""
    reply.after = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra"


# --- head --------------------------------------------------------------------------------

@fault("garbage-status")
def garbage_status(reply, strike, *, text="lorem ipsum dolor"):
    """a first line that is not HTTP"""
    reply.raw = text.encode("latin-1") + b"\r\n\r\n" + reply.body


@fault("http09")
def http09(reply, strike):
    """the bare body without status line and headers"""
    reply.raw = reply.body


@fault("status-line")
def status_line(reply, strike, *, line="HTTP/1.1 999 Odd"):
    """this status line over the true headers and body; try HTTP/9.9 200 OK"""
    head = reply.head_bytes(True)
    reply.raw = (line.encode("latin-1") + b"\r\n" + head.split(b"\r\n", 1)[1]
                 + b"\r\n" + reply.body)


@fault("binary-head")
def binary_head(reply, strike):
    """a status line and headers with NUL, ESC and bytes above 127"""
    reply.raw = (b"HTTP/1.1 200 \x00\x1b[31mOK\xff\r\nX-\x00: \x80\xff\x00\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(reply.body) + reply.body)


@fault("many-headers")
def many_headers(reply, strike, *, count=100000):
    """so many headers"""
    reply.headers += [(f"X-{n}", "x") for n in range(count)]


@fault("long-header")
def long_header(reply, strike, *, bytes=1 << 20):
    """one header of this size"""
    reply.set_header("X-Long", "x" * bytes)


@fault("endless-headers")
def endless_headers(reply, strike):
    """header lines for ever"""
    reply.endless_head = b"X-More: and-more\r\n" * 512


@fault("endless-header")
def endless_header(reply, strike):
    """one header line for ever"""
    reply.endless_head = b"x" * 8192


@fault("folded-header")
def folded_header(reply, strike):
    """a header continued on the next line, as once was allowed"""
    reply.headers.insert(0, ("X-Folded", "one\r\n\ttwo"))


@fault("bare-lf")
def bare_lf(reply, strike):
    """header lines end in LF alone"""
    reply.eol = b"\n"


@fault("informational")
def informational(reply, strike, *, count=1000):
    """so many 103 answers before the true one"""
    reply.before = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * count


@fault("content-type")
def content_type(reply, strike, *, value="text/html"):
    """this Content-Type over the true body"""
    reply.set_header("Content-Type", value)


@fault("header")
def header(reply, strike, *, line="X-Extra: 1"):
    """one more header"""
    name, _, value = line.partition(":")
    reply.headers.append((name, value.strip()))


# --- coding ---------------------------------------------------------------------------------

@fault("gzip")
def gzip(reply, strike):
    """a gzip body with Content-Encoding although nobody asked"""
    import gzip as module
    reply.body = module.compress(reply.body, 1)
    reply.set_header("Content-Encoding", "gzip")


@fault("gzip-unlabelled")
def gzip_unlabelled(reply, strike):
    """a gzip body without Content-Encoding"""
    import gzip as module
    reply.body = module.compress(reply.body, 1)


@fault("gzip-bomb")
def gzip_bomb(reply, strike, *, bytes=64 << 20):
    """a small gzip body that grows to so many bytes"""
    import zlib

    def raw(data):
        coder = zlib.compressobj(9, zlib.DEFLATED, -15)
        return coder.compress(data) + coder.flush(zlib.Z_FULL_FLUSH)

    # One block, compressed once and repeated: a busy machine must not make this a slow answer.
    block = b" " * (8 << 20)
    count = bytes >> 23
    crc = zlib.crc32(reply.body)
    for _ in range(count):
        crc = zlib.crc32(block, crc)
    size = (len(reply.body) + (count << 23)) & 0xffffffff
    reply.body = (b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + raw(reply.body) + raw(block) * count + b"\x03\0"
                  + crc.to_bytes(4, "little") + size.to_bytes(4, "little"))
    reply.set_header("Content-Encoding", "gzip")


@fault("invalid-utf8")
def invalid_utf8(reply, strike):
    """broken UTF-8 inside the first value"""
    reply.body = into_value(reply.body, b"\xff\xc3\x28\xed\xa0\x80\xf5")


@fault("nul")
def nul(reply, strike):
    """a NUL byte inside the first value"""
    reply.body = into_value(reply.body, b"\0")


@fault("escape")
def escape(reply, strike, *, text="\\u0000"):
    """this JSON escape inside the first value; try \\ud800 or \\n"""
    reply.body = into_value(reply.body, text.encode("utf-8"))


@fault("bom")
def bom(reply, strike):
    """a UTF-8 byte order mark in front of the body"""
    reply.body = b"\xef\xbb\xbf" + reply.body


@fault("utf16")
def utf16(reply, strike):
    """the body in UTF-16 with byte order mark"""
    reply.body = reply.body.decode("utf-8", "replace").encode("utf-16")


@fault("crlf")
def crlf(reply, strike):
    """every LF of the body becomes CR LF"""
    reply.body = reply.body.replace(b"\n", b"\r\n")


@fault("cr-only")
def cr_only(reply, strike):
    """every LF of the body becomes CR"""
    reply.body = reply.body.replace(b"\n", b"\r")


# --- content ----------------------------------------------------------------------------------

@fault("half")
def half(reply, strike, *, bytes=-1):
    """the body ends after so many bytes (-1: half) and Content-Length agrees"""
    reply.body = reply.body[:bytes if bytes >= 0 else len(reply.body) // 2]


@fault("trailing")
def trailing(reply, strike, *, text="}} trailing"):
    """the true body, then this text, all of it declared"""
    reply.body += text.encode("utf-8")


@fault("depth")
def depth(reply, strike, *, levels=100000):
    """a JSON (and YAML) document of so many nested lists"""
    reply.body = b"[" * levels + b"]" * levels


@fault("depth-object")
def depth_object(reply, strike, *, levels=100000):
    """a JSON document of so many nested objects"""
    reply.body = b'{"a":' * levels + b"1" + b"}" * levels


@fault("duplicate-keys")
def duplicate_keys(reply, strike):
    """every JSON key twice, the second time with another value; other bodies twice"""
    if as_json(reply.body) is None:
        reply.body += reply.body
        return

    def write(value):
        if isinstance(value, Pairs):
            return "{" + ",".join(f"{json.dumps(k)}:{write(v)},{json.dumps(k)}:\"other\""
                                  for k, v in value.pairs) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(write, value)) + "]"
        return json.dumps(value)

    reply.body = write(json.loads(reply.body, object_pairs_hook=Pairs)).encode()


class Pairs:
    """A JSON object as it was written."""

    def __init__(self, pairs):
        self.pairs = pairs


@fault("blank")
def blank(reply, strike):
    """every string of a JSON body is empty, as seen early in a boot"""
    value = as_json(reply.body)
    if value is not None:
        reply.body = dump(map_scalars(value, lambda v: "" if isinstance(v, str) else v))


@fault("null")
def null(reply, strike):
    """every scalar of a JSON body is null"""
    value = as_json(reply.body)
    if value is not None:
        reply.body = dump(map_scalars(value, lambda v: None))


@fault("numbers")
def numbers(reply, strike):
    """every scalar of a JSON body is a number that does not fit in 64 bits"""
    value = as_json(reply.body)
    if value is not None:
        reply.body = re.sub(rb'"<number>"', b"1" + b"0" * 400,
                            dump(map_scalars(value, lambda v: "<number>")))


@fault("lists")
def lists(reply, strike):
    """every scalar of a JSON body is a list"""
    value = as_json(reply.body)
    if value is not None:
        reply.body = dump(map_scalars(value, lambda v: [v]))


@fault("wrap")
def wrap(reply, strike):
    """the JSON body inside a list"""
    reply.body = b"[" + reply.body + b"]"


@fault("long-string")
def long_string(reply, strike, *, bytes=4 << 20):
    """the first value gets so many letters more"""
    reply.body = into_value(reply.body, b"a" * bytes)


@fault("yaml-bomb")
def yaml_bomb(reply, strike, *, levels=9):
    """YAML aliases that grow nine-fold per level"""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    for n in range(1, levels):
        lines.append(f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 9) + "]")
    reply.body = ("\n".join(lines) + "\n").encode()


@fault("controls")
def controls(reply, strike):
    """terminal escapes and direction marks inside the first value"""
    reply.body = into_value(reply.body, "\\u001b[2J\\u202e\\u0007".encode()
                            if as_json(reply.body) is not None
                            else "\x1b[2J\u202e\x07".encode("utf-8"))
