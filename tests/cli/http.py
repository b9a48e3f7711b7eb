#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Every fault of the simulator against reach/http.c: the right outcome, bounded in time and memory.
"""Prints TAP. Uses $DW_BUILDDIR/tests/harness/http-get (or HTTP_GET)."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
TOP = os.environ.get("DW_SRCDIR") or os.path.join(os.path.dirname(__file__), "..", "..")
HTTP_GET = os.environ.get("HTTP_GET") or os.path.join(
    os.environ.get("DW_BUILDDIR", "."), "tests", "harness", "http-get")
sys.path.insert(0, os.path.join(TOP, "tests", "sim"))

from doorsim import faults  # noqa: E402
from doorsim.server import Server  # noqa: E402
from doorsim.wire import Reply  # noqa: E402

BODY = b'{"a":"' + b"x" * 200 + b'"}'
MAX = 65536
DEADLINE_MS = 3000
SLACK_MS = 4000     # of a busy machine, beyond the deadline
LIBRARY_KIB = 16384  # libcurl and its 31 libraries take 10 MiB; answers must not add to that

OK = r"status=200 bytes=208 "
BROKEN = r"error=DW_MALFORMED .*after \d+ tries"
MALFORMED = r"error=DW_MALFORMED "
TOO_BIG = r"error=DW_TOO_BIG "
TIMEOUT = r"error=DW_TIMEOUT "
CONTENT = r"status=200 "    # whole and well framed: for the parsers to judge

# Fault: outcome, and how many requests at most (None: as many as the deadline allows).
EXPECTED = {
    "refuse": (r"error=DW_UNREACHABLE .*after \d+ tries", 0),
    "refuse:1": (OK, 1),
    "blackhole": (TIMEOUT, 0),
    "accept-hang": (TIMEOUT, 0),
    "accept-close": (BROKEN, 0),
    # The reset may overtake the end of connect(2): either word is right.
    "accept-reset": (r"error=DW_(MALFORMED|UNREACHABLE) .*after \d+ tries", 0),
    "accept-banner": (MALFORMED, 0),

    "status": (OK, 2),
    "status:503x*": (r"error=DW_NOT_YET .*status 503", None),
    "status:404": (r"status=404 ", 1),
    "status:401": (r"status=401 ", 1),
    "status:204": (r"status=204 bytes=0 ", 1),
    "status:429(Retry-After=1)": (OK, 2),
    "status:503(Retry-After=soon)": (OK, 2),
    "status:429(Retry-After=100)": (r"error=DW_NOT_YET .*status 429", 1),
    "status:503(Retry-After=Fri, 31 Dec 2999 23:59:59 GMT)": (r"error=DW_NOT_YET ", 1),
    "status:503(Retry-After=Sun, 06 Nov 1994 08:49:37 GMT)": (OK, 2),
    "status-for": (r"status=410 ", 1),
    "rate": (OK, 1),
    "redirect": (r"status=302 ", 1),
    "redirect:file:///etc/passwd": (r"status=302 ", 1),
    "redirect-loop": (r"status=302 ", 1),
    "redirect-chain": (r"status=302 ", 1),
    "portal": (CONTENT, 1),
    "file": (r"error=DW_NOT_YET .*status 500", None),

    "latency": (OK, 1),
    "stall": (OK, 1),
    "drip": (TIMEOUT, None),
    "drip-head": (TIMEOUT, None),
    "hang": (TIMEOUT, None),

    "close": (BROKEN, None),
    "reset": (BROKEN, None),
    "reset-body": (BROKEN, None),
    "cut-head": (MALFORMED, None),
    "truncate": (BROKEN, None),
    "truncate#1": (OK, 2),
    "truncate-hang": (TIMEOUT, None),
    "eof-body": (MALFORMED, 1),
    "eof-truncate": (MALFORMED, 1),
    "no-keepalive": (OK, 1),
    "quiet-close": (OK, 1),
    "http10": (MALFORMED, 1),

    "empty-body": (r"status=200 bytes=0 ", 1),
    "declared-length": (TOO_BIG, 1),
    "short-length": (r"status=200 bytes=104 ", 1),
    "bad-length": (MALFORMED, 1),
    "two-lengths": (MALFORMED, 1),
    "length-and-chunked": (MALFORMED, 1),
    "big-body": (TOO_BIG, 1),
    f"big-body:{MAX + 1}": (TOO_BIG, 1),
    f"big-body:{MAX}": (rf"status=200 bytes={MAX} ", 1),
    "endless-body": (TOO_BIG, 1),
    "chunked": (OK, 1),
    "chunked-bad-size": (BROKEN, None),
    "chunked-cut": (BROKEN, None),
    "chunked-endless": (TOO_BIG, 1),
    "chunked-trailers": (TOO_BIG, 1),
    "extra-bytes": (OK, 1),

    "garbage-status": (MALFORMED, 1),
    "http09": (MALFORMED, 1),
    "status-line": (MALFORMED, 1),
    "binary-head": (MALFORMED, 1),
    "many-headers": (TOO_BIG, 1),
    "many-headers:150": (OK, 1),
    "long-header": (TOO_BIG, 1),
    "endless-headers": (TOO_BIG, 1),
    "endless-header": (TOO_BIG, 1),
    "folded-header": (OK, 1),
    "bare-lf": (OK, 1),
    "informational": (TOO_BIG, 1),
    "informational:20": (OK, 1),
    "content-type": (OK, 1),
    "header": (OK, 1),

    # Unasked compression is handed on as it came: a small body stays small.
    "gzip": (r"status=200 bytes=\d\d ", 1),
    "gzip-unlabelled": (r"status=200 bytes=\d\d ", 1),
    "gzip-bomb": (r"status=200 bytes=6\d{4} ", 1),

    "long-string": (TOO_BIG, 1),
    "depth": (TOO_BIG, 1),
    "depth-object": (TOO_BIG, 1),
}
for kind in ("invalid-utf8 nul escape bom utf16 crlf cr-only half trailing duplicate-keys blank "
             "null numbers lists wrap yaml-bomb controls").split():
    EXPECTED[kind] = (CONTENT, 1)

PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
           "no_proxy", "NO_PROXY")


class Cloud:
    """One document under every path."""

    def answer(self, _request):
        return Reply(200, BODY, "application/json")

    def error(self, status):
        return Reply(status, b"no\n", "text/plain")


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, name, is_fine, detail=""):
        self.count += 1
        self.failed += not is_fine
        print(("ok" if is_fine else "not ok"), self.count, "-", name, flush=True)
        if not is_fine:
            print("#", str(detail).replace("\n", "\n# "))


def serve(*listed, **more):
    return Server(Cloud(), [faults.parse(f) for f in listed], **more).start()


def get(*words, env=None):
    start = time.monotonic()
    run = subprocess.run([HTTP_GET, "--max", str(MAX), "--deadline-ms", str(DEADLINE_MS), *words],
                         capture_output=True, text=True, errors="replace", timeout=60,
                         env={**os.environ, **(env or {})}, check=False)
    return run.stdout + run.stderr, (time.monotonic() - start) * 1000


def strike(fault):
    """(outcome, milliseconds, requests) of one GET that meets this fault."""
    server = serve(fault)
    try:
        told, ms = get(f"http://127.0.0.1:{server.port}/x")
        return told, ms, len(server.recorder.rows)
    finally:
        server.stop()


def check_faults(tap, is_sanitized):
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(strike, EXPECTED))
    for (fault, (pattern, at_most)), (told, ms, requests) in zip(EXPECTED.items(), results):
        rss = re.search(r"rss_kib=(\d+)", told)
        tap.check(fault, re.search(pattern, told) and "\n" not in told.strip()
                  and ms < DEADLINE_MS + SLACK_MS
                  and (at_most is None or requests <= at_most)
                  and rss and (is_sanitized or 0 < int(rss[1]) < LIBRARY_KIB),
                  f"{told} {ms:.0f} ms, {requests} requests; wanted {pattern}, at most {at_most}")
    missing = set(faults.KINDS) - {faults.parse(f).kind for f in EXPECTED}
    tap.check("every fault of the simulator is in the table", not missing, missing)


def check_requests(tap):
    sink, server = serve(), serve()
    proxy = f"http://127.0.0.1:{sink.port}"
    told, _ = get("--header", "Metadata: true", f"http://127.0.0.1:{server.port}/x",
                  env={name: "" if name.lower() == "no_proxy" else proxy for name in PROXIES})
    tap.check("proxies of the environment are ignored",
              told.startswith("status=200") and not sink.recorder.rows and sink.accepted == 0,
              (told, sink.recorder.rows))
    headers = server.recorder.rows[0]["headers"]
    tap.check("what is sent: our name, the caller's header, no coding, no cookie",
              headers.get("metadata") == "true"
              and headers["user-agent"].startswith("doorward/")
              and set(headers) == {"host", "user-agent", "accept", "metadata"}, headers)
    url = f"http://127.0.0.1:{server.port}/x"
    told, _ = get(url, url, url)
    tap.check("one connection for all requests",
              told.count("status=200") == 3
              and len({row["conn"] for row in server.recorder.rows[1:]}) == 1, told)
    told, _ = get("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "/x")
    tap.check("only http and https", told.count("error=DW_UNSUPPORTED") == 4, told)
    sink.stop()
    server.stop()


def check_retries(tap):
    server = serve("404x2,410,200")
    told, _ = get("--retry", "404", "--retry", "410", "--pause-ms", "100",
                  f"http://127.0.0.1:{server.port}/x")
    ms = int(re.search(r" ms=(\d+)", told)[1])
    tap.check("the caller's statuses are retried after the caller's pause",
              told.startswith("status=200") and 300 <= ms < 1500
              and len(server.recorder.rows) == 4, told)
    server.stop()
    server = serve("404x2,200")
    told, _ = get("--retry", "404", "--deadline-ms", "400", "--pause-ms", "300",
                  f"http://127.0.0.1:{server.port}/x")
    tap.check("no time left is told as not yet", "error=DW_NOT_YET" in told, told)
    server.stop()
    server = serve("status-for:410,60")
    told, _ = get("--retry", "410", "--deadline-ms", "1000", "--pause-ms", "300",
                  f"http://127.0.0.1:{server.port}/x")
    tap.check("410 until the end is told as gone", "error=DW_GONE" in told, told)
    server.stop()
    server = serve("refuse")
    told, ms = get("--connect-tries", "3", f"http://127.0.0.1:{server.port}/x")
    tap.check("refused connections are counted", "after 3 tries" in told and ms < 1500, told)
    server.stop()


def check_redirects(tap):
    # The true server is asked first for /x, then for what the redirect names.
    server = serve("redirect-loop")
    url = f"http://127.0.0.1:{server.port}/x"
    told, _ = get("--redirect", url)
    tap.check("redirects have an end", "error=DW_REFUSED" in told
              and len(server.recorder.rows) == 4, (told, len(server.recorder.rows)))
    told, _ = get("--redirect", "--header", "X-Token: secret", url)
    tap.check("a request with headers follows none", "status=302" in told, told)
    server.stop()
    server = serve("redirect:/y@/x")
    told, _ = get("--redirect", f"http://127.0.0.1:{server.port}/x")
    tap.check("a redirect is followed where it may be", "status=200 bytes=208" in told, told)
    server.stop()
    server = serve("redirect:file:///etc/passwd")
    told, _ = get("--redirect", f"http://127.0.0.1:{server.port}/x")
    tap.check("never to a file", "error=DW_REFUSED" in told and "root:" not in told, told)
    server.stop()


def check_tls(tap):
    openssl = shutil.which("openssl")
    if not openssl:
        tap.count += 1
        print(f"ok {tap.count} - TLS # SKIP needs the openssl program to make a certificate")
        return
    with tempfile.TemporaryDirectory() as folder:
        cert, key = os.path.join(folder, "cert"), os.path.join(folder, "key")
        subprocess.run([openssl, "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                       check=True, capture_output=True)
        server = serve("redirect:http://127.0.0.1:9/@/down", tls=(cert, key))
        url = f"https://127.0.0.1:{server.port}"
        told, _ = get(url + "/x")
        tap.check("a certificate nobody vouches for is refused at once",
                  "error=DW_REFUSED" in told and "after" not in told
                  and not server.recorder.rows, told)
        told, _ = get("--ca-file", cert, url + "/x")
        tap.check("with the right bundle it is accepted", "status=200 bytes=208" in told, told)
        told, _ = get("--ca-file", cert, f"https://localhost:{server.port}/x")
        tap.check("not for another name", "error=DW_REFUSED" in told, told)
        told, _ = get("--ca-file", cert, "--redirect", url + "/down")
        tap.check("https is never redirected to http", "error=DW_REFUSED" in told, told)
        server.stop()


def main():
    tap = Tap()
    with open(HTTP_GET, "rb") as stream:
        is_sanitized = b"__asan_init" in stream.read()
    check_requests(tap)
    check_retries(tap)
    check_redirects(tap)
    check_tls(tap)
    check_faults(tap, is_sanitized)
    print(f"1..{tap.count}")
    return tap.failed != 0


if __name__ == "__main__":
    sys.exit(main())
