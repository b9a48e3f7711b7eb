#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Tests of the simulator and the media maker: their lies must be exactly those promised.
"""
Prints one TAP line per test and at the end `N passed, N failed`. A test of a
fault is named after it; test_every_fault_has_a_test holds that.
"""
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

from doorsim import cli, faults  # noqa: E402
from doorsim.server import Server  # noqa: E402

META = b"instance-id: i-1\nlocal-hostname: door\n"
INSTANCE = "/metadata/instance?api-version=2021-08-01&extended=true"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHxYqCOvjWBXY4MNAUGGqGmS9fH5Zx7bC3UPzrCAmlB9 a@b\n"
NS = {"o": "http://schemas.dmtf.org/ovf/environment/1",
      "w": "http://schemas.microsoft.com/windowsazure"}
SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Answer:
    """All bytes of an answer, how it ended, and how long it took."""

    def __init__(self, raw, end, seconds):
        self.raw = raw
        self.end = end
        self.seconds = seconds
        self.head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = self.head.split(b"\r\n")
        words = lines[0].split(b" ")
        self.status = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
        self.headers = [tuple(x.strip().decode("latin-1") for x in line.split(b":", 1))
                        for line in lines[1:] if b":" in line]

    def header(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)


def receive(sock, start, timeout, limit):
    raw, end = b"", "eof"
    while True:
        sock.settimeout(max(0.001, start + timeout - time.monotonic()))
        try:
            data = sock.recv(1 << 18)
        except ConnectionResetError:
            end = "reset"
            break
        except TimeoutError:
            end = "timeout"
            break
        if not data:
            break
        raw += data
        if len(raw) >= limit:
            end = "limit"
            break
    return Answer(raw, end, time.monotonic() - start)


def request_bytes(target, method="GET", headers=(), keep=False, body=b""):
    lines = [f"{method} {target} HTTP/1.1", "Host: sim", *headers]
    if not keep:
        lines.append("Connection: close")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Base(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.mkdtemp(prefix="doorsim-")
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)

    def put(self, name, data):
        path = os.path.join(self.temp, name)
        with open(path, "wb") as stream:
            stream.write(data if isinstance(data, bytes) else data.encode())
        return path

    def serve(self, words, listed=(), **more):
        """A running server from command-line words and fault texts."""
        cloud, _, more_faults = cli.parse(words)
        server = Server(cloud, more_faults + [faults.parse(f) for f in listed], **more)
        server.start()
        self.addCleanup(server.stop)
        return server

    def nocloud(self, *listed):
        return self.serve(["nocloud", "--file", "meta-data=" + META.decode(),
                           "--file", "user-data=#cloud-config\n"], listed)

    def azure(self, *words, faults_=()):
        return self.serve(["azure", "--key-text", KEY, *words], faults_)

    def connect(self, server, timeout=3):
        sock = socket.create_connection((server.address, server.port), timeout)
        self.addCleanup(sock.close)
        return sock

    def ask(self, server, target="/meta-data", timeout=3, limit=1 << 30, raw=None, **more):
        start = time.monotonic()
        sock = self.connect(server, timeout)
        try:
            sock.sendall(raw if raw is not None else request_bytes(target, **more))
        except OSError:
            # a fault may have ended the connection already; what came is still read
            pass
        answer = receive(sock, start, timeout, limit)
        sock.close()
        return answer

    def imds(self, server, target=INSTANCE, headers=("Metadata: true",), **more):
        return self.ask(server, target, headers=headers, **more)


class Core(Base):
    def test_a_true_answer(self):
        answer = self.ask(self.nocloud())
        self.assertEqual((answer.status, answer.body, answer.end), (200, META, "eof"))
        self.assertEqual(answer.header("content-length"), [str(len(META))])
        self.assertEqual(answer.header("connection"), ["close"])
        self.assertEqual(len(answer.header("date")), 1)

    def test_keep_alive_and_pipelining(self):
        server = self.nocloud()
        answer = self.ask(server, raw=request_bytes("/meta-data", keep=True)
                          + request_bytes("/user-data"))
        self.assertEqual(answer.raw.count(b"HTTP/1.1 200 OK"), 2)
        self.assertTrue(answer.raw.endswith(b"#cloud-config\n"))
        self.assertEqual([(r["path"], r["conn"]) for r in server.recorder.rows],
                         [("/meta-data", 1), ("/user-data", 1)])

    def test_http10_request_closes(self):
        answer = self.ask(self.nocloud(), raw=b"GET /meta-data HTTP/1.0\r\n\r\n")
        self.assertEqual((answer.status, answer.body, answer.end), (200, META, "eof"))

    def test_head_has_no_body(self):
        answer = self.ask(self.nocloud(), method="HEAD")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(answer.header("content-length"), [str(len(META))])

    def test_bad_requests(self):
        server = self.nocloud()
        for raw in (b"GET /meta-data\r\n\r\n", b"GET /meta-data HTTP/1.1\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
                    b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n"):
            self.assertEqual(self.ask(server, raw=raw).status, 400, raw)
        long = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70000
        self.assertEqual(self.ask(server, raw=long).status, 431)
        self.assertEqual([r["status"] for r in server.recorder.rows], [400] * 5 + [431])

    def test_request_bodies_are_taken_and_recorded(self):
        server = self.nocloud()
        chunked = (b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                   b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: x\r\n\r\n")
        answer = self.ask(server, raw=chunked + request_bytes("/b", "POST", body=b"hello"))
        self.assertEqual(answer.raw.count(b"HTTP/1.1 405 "), 2)
        self.assertEqual([r["body"] for r in server.recorder.rows], ["abcde", "hello"])

    def test_record(self):
        file = os.path.join(self.temp, "requests")
        cloud, _, _ = cli.parse(["nocloud", "--file", "meta-data=x"])
        server = Server(cloud, [faults.parse("503@/meta-data")], requests=file).start()
        self.addCleanup(server.stop)
        self.ask(server, "/meta-data?a=b", headers=("X-One: 1", "x-one: 2"))
        with open(file, encoding="utf-8") as stream:
            row = json.loads(stream.read())
        self.assertEqual((row["n"], row["method"], row["path"], row["query"], row["status"],
                          row["conn"], row["headers"]["x-one"], row["faults"]),
                         (1, "GET", "/meta-data", "a=b", 503, 1, "1, 2", ["status"]))
        self.assertGreaterEqual(row["t"], 0)

    def test_many_clients_at_once(self):
        server = self.nocloud()
        bodies = []

        def client():
            bodies.append(self.ask(server).body)

        threads = [threading.Thread(target=client) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(bodies, [META] * 40)
        self.assertEqual(sorted(r["n"] for r in server.recorder.rows), list(range(1, 41)))

    def test_ipv6(self):
        try:
            probe = socket.socket(socket.AF_INET6)
            probe.bind(("::1", 0))
            probe.close()
        except OSError:
            # Containers without IPv6 are common; what is tested is the listening, not the machine.
            self.skipTest("this machine has no ::1")
        server = self.serve(["nocloud", "--file", "meta-data=six"], listen="::1")
        self.assertEqual(self.ask(server).body, b"six")
        self.assertTrue(server.base.startswith("http://[::1]:"))

    def test_absolute_target(self):
        answer = self.ask(self.nocloud(), "http://sim/meta-data")
        self.assertEqual(answer.body, META)


class Program(Base):
    """The executable itself."""

    def start(self, *words, ready=True):
        file = os.path.join(self.temp, "ready")
        command = [sys.executable, os.path.join(HERE, "sim"), *words]
        if ready:
            command += ["--ready", file]
        self.began = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        end = time.monotonic() + 10
        while ready and not os.path.exists(file):
            self.assertIsNone(child.poll(), "the simulator ended early")
            self.assertLess(time.monotonic(), end, "no ready file")
            time.sleep(0.002)
        if ready:
            with open(file, encoding="ascii") as stream:
                self.ready = stream.read()
        return child

    def fetch(self, target, *headers):
        address, port = self.ready.split()
        with socket.create_connection((address, int(port)), 3) as sock:
            sock.sendall(request_bytes(target, headers=headers))
            return receive(sock, time.monotonic(), 3, 1 << 30)

    def test_start_ready_record_and_end(self):
        requests = os.path.join(self.temp, "requests")
        child = self.start("azure", "--key", self.put("k", KEY), "--requests", requests)
        took = time.monotonic() - self.began
        self.assertRegex(self.ready, r"^127\.0\.0\.1 [0-9]+\n$")
        # 150 ms is the promise on a quiet machine; a busy one gets ten times that
        self.assertLess(took, 1.5)
        answer = self.fetch(INSTANCE, "Metadata: true")
        self.assertEqual(answer.json()["compute"]["publicKeys"][0]["keyData"], KEY)
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(5), 0)
        with open(requests, encoding="utf-8") as stream:
            self.assertEqual([json.loads(line)["status"] for line in stream], [200])

    def test_ends_cleanly_while_clients_hang(self):
        child = self.start("nocloud", "--file", "a=b", "--fault", "hang")
        address, port = self.ready.split()
        with socket.create_connection((address, int(port)), 3) as sock:
            sock.sendall(request_bytes("/a"))
            time.sleep(0.05)
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(5), 0)

    def test_stale_ready_file_goes_away_when_the_port_is_taken(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        ready = self.put("ready", "127.0.0.1 1\n")
        child = self.start("nocloud", "--file", "a=b", "--port", str(taken.getsockname()[1]),
                           "--ready", ready, ready=False)
        self.assertEqual(child.wait(5), cli.EXIT_NO_PORT)
        self.assertFalse(os.path.exists(ready))

    def test_lifetime(self):
        child = self.start("nocloud", "--file", "a=b", "--lifetime", "0.05")
        self.assertEqual(child.wait(5), 0)

    def test_scenario(self):
        os.mkdir(os.path.join(self.temp, "s"))
        self.put("s/alice.pub", KEY)
        scenario = self.put("s/case.json", json.dumps({
            "comment": "as README.md describes it", "cloud": "azure", "admin": "alice",
            "key": ["alice.pub"], "no-extended": True, "disable-password": False,
            "set": {"compute/tags": "\"\""},
            "faults": ["404x1", {"kind": "status", "args": {"schedule": "429"},
                                 "path": "/metadata/instance", "first": 2}]}))
        self.start("--scenario", scenario, "--hostname", "door")
        plain = INSTANCE.partition("&")[0]
        seen = [self.fetch(plain, "Metadata: true") for _ in range(3)]
        self.assertEqual([a.status for a in seen], [404, 429, 200])
        compute = seen[2].json()["compute"]
        self.assertEqual((compute["osProfile"], compute["tags"]),
                         ({"adminUsername": "alice", "computerName": "door",
                           "disablePasswordAuthentication": "false"}, ""))
        self.assertEqual(compute["publicKeys"][0]["keyData"], KEY)
        self.assertEqual(self.fetch(INSTANCE, "Metadata: true").status, 400)

    def test_usage_errors(self):
        bad = self.put("bad.json", '{"cloud": "azure", "colour": 1}')
        for words in (["venus"], ["azure", "--fault", "nonsense"], ["--scenario", bad],
                      ["azure", "--fault", "404xx"], ["azure", "--fault", "drip:1,2,3"],
                      ["azure", "--fault", "drip:bytes=many"], ["azure", "--fault", "404#3-2"],
                      ["azure", "--key", "/nonexistent"], ["nocloud"],
                      ["azure", "--set", "nothing"], ["azure", "--set", "compute/x/y=1"],
                      ["azure", "--tls-cert", bad], ["azure", "--newest-version", "1999"],
                      ["azure", "--lo", "x"]):
            done = subprocess.run([sys.executable, os.path.join(HERE, "sim"), *words],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=10,
                                  check=False)
            self.assertEqual(done.returncode, cli.EXIT_USAGE, words)
            self.assertTrue(done.stderr.startswith((b"sim", b"usage: sim")), done.stderr)
            self.assertNotIn(b"Traceback", done.stderr)

    def test_list_and_help(self):
        done = subprocess.run([sys.executable, os.path.join(HERE, "sim"), "--list-faults"],
                              capture_output=True, timeout=10, check=True)
        for name in faults.KINDS:
            self.assertIn(("\n" + name).encode(), b"\n" + done.stdout)
        for cloud in ("azure", "nocloud"):
            done = subprocess.run([sys.executable, os.path.join(HERE, "sim"), cloud, "--help"],
                                  capture_output=True, timeout=10, check=True)
            self.assertIn(b"--ready", done.stdout)

    def test_tls(self):
        if not shutil.which("openssl"):
            # ./dev check installs it; run by hand, the simulator itself needs Python alone.
            self.skipTest("the openssl command makes the certificate and is not installed")
        cert, key = os.path.join(self.temp, "c"), os.path.join(self.temp, "k")
        subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout", key,
                        "-out", cert], check=True, capture_output=True)
        import ssl
        self.start("nocloud", "--file", "meta-data=secret", "--tls-cert", cert,
                   "--tls-key", key, "--fault", "eof-body#1", "--fault", "truncate#2",
                   "--fault", "accept-banner#3")
        address, port = self.ready.split()
        context = ssl.create_default_context(cafile=cert)
        # Python asks OpenSSL to overlook a missing end mark; here it is the point
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF

        def fetch():
            with socket.create_connection((address, int(port)), 3) as raw:
                with context.wrap_socket(raw, server_hostname=address,
                                         suppress_ragged_eofs=False) as sock:
                    sock.sendall(request_bytes("/meta-data"))
                    data = b""
                    while True:
                        more = sock.recv(65536)
                        if not more:
                            return data
                        data += more

        self.assertTrue(fetch().endswith(b"\r\n\r\nsecret"))
        # the connection of a truncated answer ends without TLS's own end mark
        self.assertRaisesRegex(ssl.SSLError, "(?i)eof", fetch)
        self.assertRaisesRegex(ssl.SSLError, "(?i)version|record", fetch)
        self.assertTrue(fetch().endswith(b"\r\n\r\nsecret"))


class NoCloud(Base):
    def seed(self):
        seed = os.path.join(self.temp, "seed")
        os.makedirs(os.path.join(seed, "sub"))
        self.put("outside", "secret")
        for name in ("meta-data", "user-data", "vendor-data", "network-config", "sub/x y"):
            self.put("seed/" + name, "this is " + name)
        self.put("seed/bytes", bytes(range(256)))
        os.symlink("../outside", os.path.join(seed, "link"))
        os.symlink("meta-data", os.path.join(seed, "inner"))
        return seed

    def test_files(self):
        server = self.serve(["nocloud", "--seed", self.seed()])
        for name in ("meta-data", "user-data", "vendor-data", "network-config"):
            self.assertEqual(self.ask(server, "/" + name).body, b"this is " + name.encode())
        self.assertEqual(self.ask(server, "/sub/x%20y").body, b"this is sub/x y")
        self.assertEqual(self.ask(server, "/inner").body, b"this is meta-data")
        self.assertEqual(self.ask(server, "/bytes").body, bytes(range(256)))

    def test_nothing_else(self):
        server = self.serve(["nocloud", "--seed", self.seed()])
        for target in ("/", "/none", "/sub", "/../outside", "/%2e%2e/outside", "/link",
                       "/sub/../../outside", "/..%2foutside", "//etc/passwd",
                       "/%2fetc/passwd", "/meta-data%00", "/" + "x" * 5000,
                       "/meta-data/", "/meta-data/x"):
            answer = self.ask(server, target)
            want = 200 if target == "/meta-data/" else 404
            if target == "/meta-data/":
                # realpath drops the slash: harmless, and pinned down here
                self.assertEqual(answer.body, b"this is meta-data")
            self.assertEqual(answer.status, want, target)

    def test_files_are_read_at_each_request(self):
        server = self.serve(["nocloud", "--seed", self.seed()])
        self.put("seed/meta-data", "changed")
        self.assertEqual(self.ask(server).body, b"changed")

    def test_prefix_and_query(self):
        server = self.serve(["nocloud", "--file", "meta-data=m", "--prefix", "/a/b/"])
        self.assertEqual(self.ask(server, "/a/b/meta-data").body, b"m")
        self.assertEqual(self.ask(server, "/meta-data").status, 404)
        server = self.serve(["nocloud", "--file", "meta-data=m", "--by-query", "f"])
        self.assertEqual(self.ask(server, "/get?x=1&f=meta-data").body, b"m")
        self.assertEqual(self.ask(server, "/meta-data").status, 404)

    def test_only_get_and_head(self):
        answer = self.ask(self.nocloud(), method="POST")
        self.assertEqual((answer.status, answer.header("allow")), (405, ["GET, HEAD"]))


class Azure(Base):
    def url(self, path, version="2021-08-01", more=""):
        return f"/metadata/{path}?api-version={version}{more}"

    def test_metadata_header(self):
        server = self.azure()
        for headers in ((), ("Metadata: false",), ("Metadata:",)):
            answer = self.imds(server, headers=headers)
            self.assertEqual((answer.status, answer.json()["error"]),
                             (400, "Bad request. Required metadata header not specified"))
        self.assertEqual(self.imds(server, headers=("metadata: True",)).status, 200)
        self.assertEqual(self.imds(server, "/metadata/versions", headers=()).status, 400)

    def test_forwarded_requests_are_refused(self):
        answer = self.imds(self.azure(), headers=("Metadata: true", "X-Forwarded-For: 1.2.3.4"))
        self.assertEqual(answer.status, 400)

    def test_versions(self):
        server = self.azure()
        versions = self.imds(server, "/metadata/versions").json()["apiVersions"]
        self.assertEqual((versions[0], versions[-1], len(versions), versions),
                         ("2017-03-01", "2025-04-07", 35, sorted(versions)))
        for query in ("", "?api-version=", "?api-version=2021-08-02",
                      "?api-version=2099-01-01"):
            answer = self.imds(server, "/metadata/instance" + query)
            self.assertEqual(answer.status, 400)
            self.assertEqual(answer.json(), {
                "error": "Bad request. api-version is invalid or was not specified in the "
                         "request. For more information refer to aka.ms/azureimds",
                "newest-versions": ["2025-04-07", "2024-07-17", "2024-03-15"]})
        for version in versions:
            self.assertEqual(self.imds(server, self.url("instance", version)).status, 200)

    def test_ladder(self):
        server = self.azure("--newest-version", "2021-01-01")
        status = [self.imds(server, self.url("instance", v)).status
                  for v in ("2021-08-01", "2021-02-01", "2021-01-01", "2018-04-02")]
        self.assertEqual(status, [400, 400, 200, 200])
        self.assertEqual(self.imds(server).json()["newest-versions"][0], "2021-01-01")

    def test_extended(self):
        server = self.azure("--has-custom-data", "--pps-type", "Running")
        whole = self.imds(server).json()
        self.assertEqual(whole["extended"],
                         {"compute": {"hasCustomData": True, "ppsType": "Running"}})
        self.assertNotIn("extended", self.imds(server, self.url("instance")).json())
        for version, status in (("2021-05-01", 400), ("2021-08-01", 200), ("2023-11-15", 200)):
            target = self.url("instance", version, "&extended=true")
            self.assertEqual(self.imds(server, target).status, status, version)
        refusing = self.azure("--no-extended")
        self.assertEqual(self.imds(refusing).status, 400)
        self.assertEqual(self.imds(refusing, self.url("instance")).status, 200)

    def test_fields_by_version(self):
        server = self.azure()

        def has(path, version):
            value = self.imds(server, self.url("instance", version)).json()
            for name in path.split("/"):
                if name not in value:
                    return False
                value = value[name]
            return True

        # written out again, not taken from the simulator's own table
        for path, before, since in (
                ("compute/vmId", "2017-03-01", "2017-04-02"),
                ("compute/tags", "2017-04-02", "2017-08-01"),
                ("compute/zone", "2017-10-01", "2017-12-01"),
                ("compute/publicKeys", "2018-02-01", "2018-04-02"),
                ("compute/azEnvironment", "2018-04-02", "2018-10-01"),
                ("compute/customData", "2018-10-01", "2019-02-01"),
                ("compute/resourceId", "2019-02-01", "2019-03-11"),
                ("compute/storageProfile", "2019-04-30", "2019-06-01"),
                ("compute/tagsList", "2019-06-01", "2019-06-04"),
                ("compute/securityProfile/secureBootEnabled", "2019-11-01", "2020-06-01"),
                ("compute/osProfile/adminUsername", "2020-06-01", "2020-07-15"),
                ("compute/licenseType", "2020-07-15", "2020-09-01"),
                ("compute/osProfile/disablePasswordAuthentication", "2020-09-01", "2020-10-01"),
                ("compute/priority", "2020-10-01", "2020-12-01"),
                ("compute/userData", "2020-12-01", "2021-01-01"),
                ("compute/extendedLocation", "2021-02-01", "2021-03-01"),
                ("compute/virtualMachineScaleSet/id", "2021-02-01", "2021-03-01"),
                ("compute/platformSubFaultDomain", "2021-08-01", "2021-10-01"),
                ("compute/additionalCapabilities", "2021-10-01", "2021-11-01"),
                ("compute/securityProfile/encryptionAtHost", "2021-10-01", "2021-11-01"),
                ("compute/host/id", "2021-11-01", "2021-11-15"),
                ("compute/securityProfile/securityType", "2021-11-15", "2021-12-13"),
                ("compute/physicalZone", "2023-07-01", "2023-11-15")):
            self.assertEqual((has(path, before), has(path, since)), (False, True), path)

    def test_scalars_are_strings(self):
        whole = self.imds(self.azure(), self.url("instance", "2025-04-07")).json()
        seen = []

        def walk(value):
            for member in value.values() if isinstance(value, dict) else value:
                if isinstance(member, (dict, list)):
                    walk(member)
                else:
                    seen.append(member)

        walk(whole)
        self.assertGreater(len(seen), 60)
        self.assertEqual({type(v) for v in seen}, {str})

    def test_keys_are_unchanged(self):
        odd = [KEY, KEY.strip() + "\r\n", "-----BEGIN CERTIFICATE-----\nMIIB\n"
               "-----END CERTIFICATE-----\n", "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"x\\\"\n"
               "AAAA\n---- END SSH2 PUBLIC KEY ----", "", 'command="x" ssh-rsa AA\tÄ\x01\n']
        words = []
        for n, text in enumerate(odd):
            words += ["--key", self.put(f"k{n}", text)]
        server = self.serve(["azure", "--admin", "alice", *words])
        keys = self.imds(server).json()["compute"]["publicKeys"]
        self.assertEqual([k["keyData"] for k in keys], odd)
        self.assertEqual({k["path"] for k in keys}, {"/home/alice/.ssh/authorized_keys"})
        self.put("k0", "new")
        self.assertEqual(self.imds(server, self.url(
            "instance/compute/publicKeys/0/keyData", more="&format=text")).body, b"new")
        server = self.serve(["azure", "--key", self.put("der", b"0\x82\xff\xfe")])
        self.assertIn(b'"keyData":"0\x82\xff\xfe"', self.imds(server).body)

    def test_options(self):
        data = self.put("ud", b"\xffdata\n")
        server = self.azure("--admin", "bob", "--hostname", "h1", "--location", "moon",
                            "--vm-id", "550e8400-e29b-41d4-a716-446655440000",
                            "--disable-password", "", "--user-data", data,
                            "--key-path", "$HOME/x")
        compute = self.imds(server).json()["compute"]
        self.assertEqual(
            (compute["osProfile"], compute["name"], compute["location"], compute["vmId"],
             compute["userData"], compute["publicKeys"][0]["path"]),
            ({"adminUsername": "bob", "computerName": "h1", "disablePasswordAuthentication": ""},
             "h1", "moon", "550e8400-e29b-41d4-a716-446655440000", "/2RhdGEK", "$HOME/x"))

    def test_set_and_drop(self):
        server = self.azure("--set", 'compute/tags=["a"]', "--drop", "compute/publicKeys",
                            "--set", "network/interface/0/macAddress=null",
                            "--drop", "compute/nothing/here")
        whole = self.imds(server).json()
        self.assertEqual(whole["compute"]["tags"], ["a"])
        self.assertNotIn("publicKeys", whole["compute"])
        self.assertIsNone(whole["network"]["interface"][0]["macAddress"])
        none = self.serve(["azure"])
        self.assertEqual(self.imds(none).json()["compute"]["publicKeys"], [])

    def test_leaves(self):
        server = self.azure()
        for path, text in (("osProfile/adminUsername", "azureuser"), ("name", "temp-vm"),
                           ("osProfile/computerName", "temp-vm"),
                           ("publicKeys/0/keyData", KEY), ("customData", "")):
            answer = self.imds(server, self.url("instance/compute/" + path,
                                                more="&format=text"))
            self.assertEqual((answer.status, answer.body.decode()), (200, text))
            self.assertTrue(answer.header("content-type")[0].startswith("text/plain"))
            for form in ("", "&format=json"):
                self.assertEqual(self.imds(server, self.url(
                    "instance/compute/" + path, more=form)).status, 400)
        self.assertEqual(self.imds(server, self.url(
            "instance/network/interface/0/ipv4/ipAddress/0/privateIpAddress",
            more="&format=text")).body, b"10.0.0.4")

    def test_branches(self):
        server = self.azure()
        self.assertEqual(self.imds(server, self.url("instance/compute/publicKeys")).json(),
                         [{"keyData": KEY, "path": "/home/azureuser/.ssh/authorized_keys"}])
        self.assertEqual(self.imds(server, self.url("instance/", more="&format=text")).body,
                         b"compute/\nnetwork/")
        for path in ("instance/none", "instance/compute/publicKeys/1", "none", "",
                     "instance/compute/name/x", "instance/compute/publicKeys/-1"):
            self.assertEqual(self.imds(server, self.url(path)).status, 404, path)
        self.assertEqual(self.imds(server, "/latest/meta-data/").status, 404)
        self.assertEqual(self.imds(server, self.url("instance", more="&format=xml")).status, 400)

    def test_repeated_parameters_and_other_verbs(self):
        server = self.azure()
        self.assertEqual(self.imds(server, self.url("instance",
                                                    more="&api-version=2021-08-01")).status, 400)
        answer = self.imds(server, method="POST", body=b"x")
        self.assertEqual((answer.status, answer.header("allow")), (405, ["GET"]))

    def test_request_id_comes_back(self):
        answer = self.imds(self.azure(), headers=("Metadata: true", "x-ms-client-request-id: 7"))
        self.assertEqual(answer.header("x-ms-client-request-id"), ["7"])

    def test_stack(self):
        server = self.azure("--stack", "--disable-password", "")
        versions = self.imds(server, "/metadata/versions").json()["apiVersions"]
        self.assertEqual(versions[-1], "2021-05-01")
        self.assertEqual(self.imds(server).status, 400)
        compute = self.imds(server, self.url("instance", "2021-01-01")).json()["compute"]
        self.assertEqual((compute["azEnvironment"],
                          compute["osProfile"]["disablePasswordAuthentication"]),
                         ("AzureStack", ""))
        self.assertEqual(self.imds(server, self.url("loadbalancer", "2021-01-01")).status, 404)

    def test_neighbours(self):
        bare = self.azure()
        self.assertEqual(self.imds(bare, self.url("reprovisiondata", "2019-06-01")).status, 404)
        self.assertEqual(self.imds(bare, self.url("attested/document")).status, 404)
        token = self.url("identity/oauth2/token", "2018-02-01", "&resource=https%3A%2F%2Fv%2F")
        self.assertEqual(self.imds(bare, token).status, 400)
        self.assertEqual(self.imds(bare, self.url("scheduledevents", "2020-07-01")).json(),
                         {"DocumentIncarnation": 1, "Events": []})
        full = self.azure("--reprovision", self.put("r", "<Environment/>"), "--identity", "T",
                          "--attested", self.put("a", b"\x30\x00"))
        answer = self.imds(full, self.url("reprovisiondata", "2019-06-01"))
        self.assertEqual(answer.body, b"<Environment/>")
        self.assertEqual(self.imds(full, self.url("attested/document")).json(),
                         {"encoding": "pkcs7", "signature": "MAA="})
        answer = self.imds(full, token).json()
        self.assertEqual((answer["access_token"], answer["resource"]), ("T", "https://v/"))

    def test_injected_errors_look_like_its_own(self):
        answer = self.imds(self.azure(faults_=["410"]))
        self.assertEqual(answer.status, 410)
        self.assertIn("error", answer.json())


class Faults(Base):
    """One test per fault; the name of the test is the name of the fault."""

    def one(self, fault, **more):
        """The answer of a NoCloud server with one fault."""
        return self.ask(self.nocloud(fault), **more)

    def az(self, fault, **more):
        return self.imds(self.azure(faults_=[fault]), **more)

    def test_every_fault_has_a_test(self):
        missing = [name for name in faults.KINDS
                   if not hasattr(self, "test_fault_" + name.replace("-", "_"))]
        self.assertEqual(missing, [])
        self.assertGreater(len(faults.KINDS), 30)
        with open(os.path.join(HERE, "README.md"), encoding="utf-8") as stream:
            readme = stream.read()
        self.assertEqual([name for name in faults.KINDS if f"`{name}`" not in readme], [])

    # how a fault is written

    def test_where_and_when(self):
        server = self.nocloud("portal@/user-data#2-3", "503@/*#5-", "empty-body@/meta*=x")
        status = []
        for target in ["/user-data"] * 4 + ["/meta-data"] * 2 + ["/meta-data?a=x"]:
            answer = self.ask(server, target)
            status.append((answer.status, b"html" in answer.body, len(answer.body) > 0))
        self.assertEqual(status[:4], [(200, False, True), (200, True, True),
                                      (200, True, True), (200, False, True)])
        self.assertEqual(status[4][0], 503)
        self.assertEqual(status[5], (200, False, True))
        self.assertEqual(status[6], (200, False, False))

    def test_texts(self):
        fault = faults.parse("redirect:http://u@h:1/a,b=c?d@/x*#4")
        self.assertEqual((fault.args["url"], fault.glob, fault.first, fault.last),
                         ("http://u@h:1/a,b=c?d", "/x*", 4, 4))
        fault = faults.parse("drip:seconds=2,bytes=4k@*")
        self.assertEqual((fault.args, fault.glob, fault.last),
                         ({"bytes": 4096, "seconds": 2.0}, "*", None))
        fault = faults.parse("drip:3,0.5")
        self.assertEqual(fault.args, {"bytes": 3, "seconds": 0.5})
        self.assertEqual(faults.parse("404x2,429x1(Retry-After=1;body=a),500x*").steps,
                         [(404, 2, []), (429, 1, [("Retry-After", "1"), ("body", "a")]),
                          (500, faults.FOREVER, [])])
        for bad in ("99", "4040", "404x", "404#0", "drip:bytes=1,colour=2", ""):
            self.assertRaises(faults.BadFault, faults.parse, bad)
        self.assertRaises(faults.BadFault, faults.from_json, {"kind": "hang", "when": 1})

    def test_they_add_up(self):
        answer = self.ask(self.nocloud("404", "latency:0.1", "truncate:3"))
        self.assertEqual((answer.status, answer.body), (404, b"404"))
        self.assertGreaterEqual(answer.seconds, 0.1)
        server = self.nocloud("404", "latency:0")
        self.ask(server)
        self.assertEqual(server.recorder.rows[0]["faults"], ["status", "latency"])

    # the faults, in the order of the table

    def test_fault_refuse(self):
        server = self.nocloud("refuse:0.6")
        with self.assertRaises(ConnectionRefusedError):
            self.ask(server)
        time.sleep(0.8)
        self.assertEqual(self.ask(server).body, META)
        with self.assertRaises(ConnectionRefusedError):
            self.one("refuse")

    def test_fault_blackhole(self):
        with self.assertRaises(TimeoutError):
            self.one("blackhole", timeout=0.3)

    def test_fault_accept_hang(self):
        self.assertEqual(self.one("accept-hang", timeout=0.2).end, "timeout")
        answer = self.one("accept-hang:0.1")
        self.assertEqual((answer.raw, answer.end in ("eof", "reset")), (b"", True))

    def test_fault_accept_close(self):
        server = self.nocloud("accept-close#1-2")
        self.assertEqual([len(self.ask(server).body) for _ in range(3)], [0, 0, len(META)])

    def test_fault_accept_reset(self):
        sock = self.connect(self.nocloud("accept-reset"))
        time.sleep(0.1)
        self.assertRaises(ConnectionResetError, sock.recv, 1)

    def test_fault_accept_banner(self):
        self.assertTrue(self.one("accept-banner").raw.startswith(b"SSH-2.0-"))

    def test_fault_status(self):
        server = self.nocloud("404x2,429(Retry-After=7;body=slow),200,503")
        answers = [self.ask(server) for _ in range(6)]
        self.assertEqual([a.status for a in answers], [404, 404, 429, 200, 503, 200])
        self.assertEqual((answers[2].header("retry-after"), answers[2].body), (["7"], b"slow"))
        self.assertEqual([r.get("faults") for r in server.recorder.rows],
                         [["status"]] * 3 + [None, ["status"], None])
        server = self.nocloud("500x*")
        self.assertEqual([self.ask(server).status for _ in range(3)], [500] * 3)
        self.assertEqual(self.one("204").raw.partition(b"\r\n\r\n")[2], b"")

    def test_fault_status_for(self):
        server = self.nocloud("status-for:410,0.6")
        self.assertEqual([self.ask(server).status for _ in range(2)], [410, 410])
        time.sleep(0.65)
        self.assertEqual(self.ask(server).status, 200)

    def test_fault_rate(self):
        server = self.nocloud("rate:3,2")
        answers = [self.ask(server) for _ in range(5)]
        self.assertEqual([a.status for a in answers], [200, 200, 200, 429, 429])
        self.assertEqual(answers[4].header("retry-after"), ["2"])
        time.sleep(1.05)
        self.assertEqual(self.ask(server).status, 200)

    def test_fault_redirect(self):
        self.assertEqual(self.one("redirect").header("location"), ["http://198.51.100.1/"])
        answer = self.one("redirect:file:///etc/passwd")
        self.assertEqual((answer.status, answer.header("location")),
                         (302, ["file:///etc/passwd"]))

    def test_fault_redirect_loop(self):
        answer = self.one("redirect-loop", target="/meta-data?a=b")
        self.assertEqual((answer.status, answer.header("location")), (302, ["/meta-data?a=b"]))

    def test_fault_redirect_chain(self):
        server = self.nocloud("redirect-chain")
        seen = [self.ask(server).header("location")[0] for _ in range(2)]
        self.assertEqual(seen, [server.base + "/meta-data?hop=0", server.base + "/meta-data?hop=1"])

    def test_fault_portal(self):
        answer = self.az("portal")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.header("content-type")[0].startswith("text/html"))
        self.assertTrue(answer.body.startswith(b"<!DOCTYPE html>"))

    def test_fault_file(self):
        self.assertEqual(self.one("file:" + self.put("f", b"\0own")).body, b"\0own")
        self.assertEqual(self.one("file:/nonexistent").status, 500)

    def test_fault_latency(self):
        answer = self.one("latency:0.2")
        self.assertEqual(answer.body, META)
        self.assertGreaterEqual(answer.seconds, 0.2)

    def test_fault_stall(self):
        answer = self.one("stall:5,0.3")
        self.assertEqual(answer.body, META)
        self.assertGreaterEqual(answer.seconds, 0.3)
        self.assertEqual(self.one("stall:5,9", timeout=0.5).body, META[:5])

    def test_fault_drip(self):
        answer = self.one("drip:10,0.05")
        self.assertEqual(answer.body, META)
        self.assertGreaterEqual(answer.seconds, 0.15)
        self.assertLess(len(self.one("drip:1,0.05", timeout=0.3).body), 10)

    def test_fault_drip_head(self):
        answer = self.one("drip-head:20,0.02")
        self.assertEqual(answer.body, META)
        self.assertGreaterEqual(answer.seconds, 0.1)
        self.assertLess(len(self.one("drip-head", timeout=0.3).raw), 10)

    def test_fault_hang(self):
        server = self.nocloud("hang")
        answer = self.ask(server, timeout=0.2)
        self.assertEqual((answer.raw, answer.end), (b"", "timeout"))
        self.assertEqual(server.recorder.rows[0]["status"], 0)

    def test_fault_close(self):
        answer = self.one("close")
        self.assertEqual((answer.raw, answer.end), (b"", "eof"))

    def test_fault_reset(self):
        answer = self.one("reset")
        self.assertEqual((answer.raw, answer.end), (b"", "reset"))
        answer = self.one("reset:30")
        self.assertEqual((len(answer.raw), answer.end), (30, "reset"))

    def test_fault_reset_body(self):
        answer = self.one("reset-body:7")
        self.assertEqual((answer.body, answer.end), (META[:7], "reset"))
        self.assertEqual(answer.header("content-length"), [str(len(META))])

    def test_fault_cut_head(self):
        answer = self.one("cut-head:25")
        self.assertEqual((len(answer.raw), answer.end), (25, "eof"))

    def test_fault_truncate(self):
        answer = self.one("truncate:4")
        self.assertEqual((answer.body, answer.end), (META[:4], "eof"))
        self.assertEqual(answer.header("content-length"), [str(len(META))])
        self.assertEqual(self.one("truncate").body, META[:len(META) // 2])
        self.assertEqual(self.one("truncate:0").body, b"")

    def test_fault_truncate_hang(self):
        answer = self.one("truncate-hang:4", timeout=0.5)
        self.assertEqual((answer.body, answer.end), (META[:4], "timeout"))

    def test_fault_eof_body(self):
        answer = self.one("eof-body", keep=True)
        self.assertEqual((answer.body, answer.end), (META, "eof"))
        self.assertEqual(answer.header("content-length"), [])

    def test_fault_eof_truncate(self):
        answer = self.one("eof-truncate:6", keep=True)
        self.assertEqual((answer.body, answer.end), (META[:6], "eof"))
        self.assertEqual(answer.header("content-length"), [])

    def test_fault_no_keepalive(self):
        answer = self.one("no-keepalive", keep=True)
        self.assertEqual((answer.body, answer.end), (META, "eof"))
        self.assertEqual(answer.header("connection"), ["close"])

    def test_fault_quiet_close(self):
        answer = self.one("quiet-close", keep=True)
        self.assertEqual((answer.body, answer.end, answer.header("connection")),
                         (META, "eof", []))

    def test_fault_http10(self):
        answer = self.one("http10")
        self.assertTrue(answer.raw.startswith(b"HTTP/1.0 200 OK\r\n"))
        self.assertEqual((answer.body, answer.header("content-length")), (META, []))

    def test_fault_empty_body(self):
        answer = self.one("empty-body")
        self.assertEqual((answer.status, answer.body, answer.header("content-length")),
                         (200, b"", ["0"]))

    def test_fault_declared_length(self):
        answer = self.one("declared-length", timeout=0.5)
        self.assertEqual((answer.body, answer.end, answer.header("content-length")),
                         (META, "timeout", [str(1 << 40)]))

    def test_fault_short_length(self):
        answer = self.one("short-length:5")
        self.assertEqual((answer.body, answer.header("content-length")), (META, ["5"]))

    def test_fault_bad_length(self):
        self.assertEqual(self.one("bad-length").header("content-length"), ["-1"])
        answer = self.one("bad-length:99999999999999999999")
        self.assertEqual(answer.header("content-length"), ["99999999999999999999"])

    def test_fault_two_lengths(self):
        lengths = self.one("two-lengths").header("content-length")
        self.assertEqual(sorted(map(int, lengths)), [len(META) - 1, len(META)])

    def test_fault_length_and_chunked(self):
        answer = self.one("length-and-chunked")
        self.assertEqual((answer.header("content-length"), answer.header("transfer-encoding")),
                         ([str(len(META))], ["chunked"]))
        self.assertTrue(answer.body.endswith(b"0\r\n\r\n"))

    def test_fault_big_body(self):
        answer = self.az("big-body:1m")
        self.assertEqual((len(answer.body), answer.header("content-length")),
                         (1 << 20, [str(1 << 20)]))
        self.assertIn("compute", answer.json())

    def test_fault_endless_body(self):
        answer = self.one("endless-body:ab", limit=3 << 20)
        self.assertEqual((answer.end, answer.body[:len(META) + 4]), ("limit", META + b"abab"))

    def dechunk(self, data):
        out = b""
        while True:
            size, data = data.split(b"\r\n", 1)
            if int(size, 16) == 0:
                return out, data
            out, data = out + data[:int(size, 16)], data[int(size, 16) + 2:]

    def test_fault_chunked(self):
        answer = self.one("chunked:5")
        self.assertTrue(answer.body.startswith(b"5\r\n" + META[:5] + b"\r\n"))
        self.assertEqual(self.dechunk(answer.body), (META, b"\r\n"))
        self.assertEqual(answer.header("content-length"), [])

    def test_fault_chunked_bad_size(self):
        self.assertIn(b"\r\nzz\r\n", self.one("chunked-bad-size").body)
        self.assertIn(b"\r\nffffffffffffffff\r\n",
                      self.one("chunked-bad-size:ffffffffffffffff").body)

    def test_fault_chunked_cut(self):
        answer = self.one("chunked-cut", keep=True)
        self.assertEqual(answer.end, "eof")
        self.assertTrue(answer.body.endswith(META + b"\r\n"))

    def test_fault_chunked_endless(self):
        answer = self.one("chunked-endless", limit=2 << 20)
        self.assertEqual((answer.end, answer.body.count(b"\r\n2000\r\n") > 100), ("limit", True))

    def test_fault_chunked_trailers(self):
        body, rest = self.dechunk(self.one("chunked-trailers:50").body)
        self.assertEqual((body, rest.count(b"X-T")), (META, 50))

    def test_fault_extra_bytes(self):
        answer = self.one("extra-bytes")
        self.assertEqual(answer.header("content-length"), [str(len(META))])
        self.assertTrue(answer.body.startswith(META + b"HTTP/1.1 200 OK"))

    def test_fault_garbage_status(self):
        self.assertTrue(self.one("garbage-status").raw.startswith(b"lorem ipsum"))

    def test_fault_http09(self):
        self.assertEqual(self.one("http09").raw, META)

    def test_fault_status_line(self):
        answer = self.one("status-line:HTTP/9.9 200 OK")
        self.assertTrue(answer.raw.startswith(b"HTTP/9.9 200 OK\r\n"))
        self.assertEqual(answer.body, META)

    def test_fault_binary_head(self):
        answer = self.one("binary-head")
        self.assertEqual((answer.status, answer.body, b"\0" in answer.head), (200, META, True))

    def test_fault_many_headers(self):
        answer = self.one("many-headers")
        self.assertGreaterEqual(len(answer.headers), 100000)
        self.assertEqual(answer.body, META)

    def test_fault_long_header(self):
        self.assertEqual(len(self.one("long-header:200k").header("x-long")[0]), 200 << 10)

    def test_fault_endless_headers(self):
        answer = self.one("endless-headers", limit=1 << 20)
        self.assertEqual((answer.end, b"\r\n\r\n" in answer.raw), ("limit", False))

    def test_fault_endless_header(self):
        answer = self.one("endless-header", limit=1 << 20)
        self.assertEqual((answer.end, answer.raw.endswith(b"x" * 4096)), ("limit", True))

    def test_fault_folded_header(self):
        self.assertIn(b"X-Folded: one\r\n\ttwo\r\n", self.one("folded-header").raw)

    def test_fault_bare_lf(self):
        answer = self.one("bare-lf")
        self.assertNotIn(b"\r", answer.raw)
        self.assertTrue(answer.raw.endswith(b"\n\n" + META))

    def test_fault_informational(self):
        answer = self.one("informational:20")
        self.assertEqual(answer.raw.count(b"HTTP/1.1 103 "), 20)
        self.assertEqual(answer.raw.count(b"HTTP/1.1 200 "), 1)

    def test_fault_content_type(self):
        answer = self.az("content-type:image/png")
        self.assertEqual((answer.header("content-type"), answer.status), (["image/png"], 200))

    def test_fault_header(self):
        self.assertEqual(self.one("header:X-A: b, c").header("x-a"), ["b, c"])

    def test_fault_gzip(self):
        answer = self.one("gzip")
        self.assertEqual((gzip.decompress(answer.body), answer.header("content-encoding")),
                         (META, ["gzip"]))

    def test_fault_gzip_unlabelled(self):
        answer = self.one("gzip-unlabelled")
        self.assertEqual((gzip.decompress(answer.body), answer.header("content-encoding")),
                         (META, []))

    def test_fault_gzip_bomb(self):
        answer = self.one("gzip-bomb:8m")
        self.assertLess(len(answer.body), 100000)
        self.assertEqual(len(gzip.decompress(answer.body)), len(META) + (8 << 20))

    def test_fault_invalid_utf8(self):
        self.assertRaises(UnicodeDecodeError, self.az("invalid-utf8").body.decode)
        self.assertRaises(UnicodeDecodeError, self.one("invalid-utf8").body.decode)

    def test_fault_nul(self):
        body = self.az("nul").body
        self.assertEqual(json.loads(body.replace(b"\0", b"")), self.az("latency:0").json())
        self.assertEqual(self.one("nul").body.count(b"\0"), 1)

    def test_fault_escape(self):
        self.assertIn("\0", self.az("escape").body.decode().replace("\\u0000", "\0"))
        self.assertIn(b"\\ud800", self.az("escape:\\ud800").body)

    def test_fault_bom(self):
        self.assertEqual(self.one("bom").body, b"\xef\xbb\xbf" + META)

    def test_fault_utf16(self):
        self.assertEqual(self.one("utf16").body.decode("utf-16"), META.decode())

    def test_fault_crlf(self):
        self.assertEqual(self.one("crlf").body, META.replace(b"\n", b"\r\n"))

    def test_fault_cr_only(self):
        self.assertEqual(self.one("cr-only").body, META.replace(b"\n", b"\r"))

    def test_fault_half(self):
        answer = self.az("half")
        self.assertEqual(answer.header("content-length"), [str(len(answer.body))])
        self.assertRaises(ValueError, answer.json)
        self.assertEqual(self.one("half:3").body, META[:3])

    def test_fault_trailing(self):
        answer = self.az("trailing")
        self.assertTrue(answer.body.endswith(b"}} trailing"))
        self.assertEqual(answer.header("content-length"), [str(len(answer.body))])

    def test_fault_depth(self):
        self.assertEqual(self.one("depth:3").body, b"[[[]]]")
        self.assertEqual(len(self.one("depth").body), 200000)

    def test_fault_depth_object(self):
        self.assertEqual(self.one("depth-object:2").body, b'{"a":{"a":1}}')

    def test_fault_duplicate_keys(self):
        body = self.az("duplicate-keys").body
        pairs = json.loads(body, object_pairs_hook=list)
        self.assertEqual([name for name, _ in pairs],
                         [n for n in ("compute", "network", "extended") for _ in "12"])
        self.assertEqual(self.one("duplicate-keys").body, META + META)

    def test_fault_blank(self):
        server = self.azure(faults_=["blank#1"])
        compute = self.imds(server).json()["compute"]
        self.assertEqual((compute["vmId"], compute["publicKeys"][0]["keyData"]), ("", ""))
        self.assertEqual(self.imds(server).json()["compute"]["publicKeys"][0]["keyData"], KEY)

    def test_fault_null(self):
        self.assertIsNone(self.az("null").json()["compute"]["vmId"])

    def test_fault_numbers(self):
        self.assertGreater(self.az("numbers").json()["compute"]["vmId"], 1 << 64)

    def test_fault_lists(self):
        self.assertIsInstance(self.az("lists").json()["compute"]["vmId"], list)

    def test_fault_wrap(self):
        self.assertEqual(list(self.az("wrap").json()[0]), ["compute", "network", "extended"])

    def test_fault_long_string(self):
        answer = self.az("long-string:1m")
        self.assertGreater(len(answer.body), 1 << 20)
        self.assertIn("compute", answer.json())

    def test_fault_yaml_bomb(self):
        body = self.one("yaml-bomb:3").body
        self.assertEqual((body.count(b"&a"), body.count(b"*a1")), (3, 9))

    def test_fault_controls(self):
        text = json.dumps(self.az("controls").json(), ensure_ascii=False)
        self.assertIn("\\u001b[2J", text)
        self.assertIn(b"\x1b[2J", self.one("controls").body)


class Media(Base):
    def media(self, *words, code=0):
        done = subprocess.run([sys.executable, os.path.join(HERE, "media"), *words],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                              check=False)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        self.assertNotIn(b"Traceback", done.stderr)
        return done.stdout

    def tool(self, *words):
        found = shutil.which(words[0], path=SBIN)
        if not found:
            # A judge from outside (isoinfo, blkid, mdir): without it there is no verdict to give.
            self.skipTest(f"{words[0]} is not installed")
        return subprocess.run([found, *words[1:]], capture_output=True, check=True,
                              env={**os.environ, "LC_ALL": "C"}).stdout.decode("latin-1")

    def need(self, *tools):
        for tool in tools:
            if not shutil.which(tool, path=SBIN):
                # The media maker runs these; the rest of the simulator needs Python alone.
                self.skipTest(f"{tool} is not installed")

    def probe(self, image):
        return dict(line.split("=", 1) for line in
                    self.tool("blkid", "-p", "-o", "export", image).splitlines() if "=" in line)

    def seed_words(self):
        return [word for name in ("meta-data", "user-data", "vendor-data", "network-config")
                for word in ("--" + name, self.put(name, "this is " + name))]

    def test_nocloud_iso(self):
        self.need("genisoimage", "isoinfo", "blkid")
        image = os.path.join(self.temp, "iso")
        self.media("nocloud", image, *self.seed_words())
        facts = self.probe(image)
        self.assertEqual((facts["TYPE"], facts["LABEL"]), ("iso9660", "cidata"))
        self.assertEqual(self.tool("isoinfo", "-R", "-f", "-i", image).split(),
                         ["/meta-data", "/network-config", "/user-data", "/vendor-data"])
        self.assertEqual(self.tool("isoinfo", "-J", "-f", "-i", image).split(),
                         ["/meta-data", "/network-config", "/user-data", "/vendor-data"])
        self.assertEqual(self.tool("isoinfo", "-R", "-x", "/user-data", "-i", image),
                         "this is user-data")

    def test_nocloud_plain_iso(self):
        self.need("genisoimage", "isoinfo", "blkid")
        image = os.path.join(self.temp, "iso")
        self.media("nocloud", image, *self.seed_words(), "--plain-iso", "--label", "CIDATA")
        self.assertEqual(self.probe(image)["LABEL"], "CIDATA")
        self.assertEqual(self.tool("isoinfo", "-f", "-i", image).split(),
                         ["/META_DAT.;1", "/NETWORK_.;1", "/USER_DAT.;1", "/VENDOR_D.;1"])
        self.assertNotIn("meta-data", self.tool("isoinfo", "-R", "-f", "-i", image))

    def test_nocloud_vfat(self):
        self.need("mkfs.vfat", "mcopy", "mdir", "blkid")
        image = os.path.join(self.temp, "fat")
        self.media("nocloud", image, *self.seed_words(), "--format", "vfat",
                   "--label", "CIDATA", "--extra", "sub/x=" + self.put("x", "extra"))
        facts = self.probe(image)
        self.assertEqual((facts["TYPE"], facts["LABEL"]), ("vfat", "CIDATA"))
        self.assertEqual(sorted(self.tool("mdir", "-b", "-i", image, "::").split()),
                         ["::/meta-data", "::/network-config", "::/sub/", "::/user-data",
                          "::/vendor-data"])
        self.assertEqual(self.tool("mtype", "-i", image, "::/meta-data"), "this is meta-data")
        self.assertEqual(self.tool("mtype", "-i", image, "::/sub/x"), "extra")

    def test_nocloud_vfat_boot_label_only(self):
        self.need("mkfs.vfat", "mcopy", "blkid")
        image = os.path.join(self.temp, "fat")
        self.media("nocloud", image, *self.seed_words(), "--format", "vfat",
                   "--boot-label-only")
        facts = self.probe(image)
        self.assertEqual((facts["LABEL_FATBOOT"], facts.get("LABEL")), ("cidata", None))
        self.assertEqual(self.tool("mtype", "-i", image, "::/meta-data"), "this is meta-data")

    def test_nocloud_vfat_large(self):
        self.need("mkfs.vfat", "mcopy", "mdir")
        image = os.path.join(self.temp, "fat")
        self.media("nocloud", image, "--meta-data", self.put("m", "x"), "--user-data",
                   self.put("u", os.urandom(6 << 20)), "--format", "vfat")
        self.assertIn("6291456", self.tool("mdir", "-i", image, "::").replace(" ", ""))

    def test_ovf_udf(self):
        self.need("genisoimage", "blkid")
        image = os.path.join(self.temp, "udf")
        xml = self.put("x", "<Environment/>")
        self.media("ovf", image, "--xml", xml, "--custom-data-bin", self.put("c", "data"))
        facts = self.probe(image)
        self.assertEqual((facts["TYPE"], facts["LABEL"]),
                         ("udf", "rd_rdfe_stable.250101-0000"))
        with open(image, "rb") as stream:
            data = stream.read()
        # the names as UDF records them: compression id 8, then the letters
        self.assertIn(b"\x08ovf-env.xml", data)
        self.assertIn(b"\x08CustomData.bin", data)
        self.assertIn(b"<Environment/>", data)

    def test_ovf_iso(self):
        self.need("genisoimage", "isoinfo", "blkid")
        image = os.path.join(self.temp, "iso")
        self.media("ovf", image, "--xml", self.put("x", "<Environment/>"), "--format", "iso",
                   "--label", "OVF")
        facts = self.probe(image)
        self.assertEqual((facts["TYPE"], facts["LABEL"]), ("iso9660", "OVF"))
        self.assertEqual(self.tool("isoinfo", "-R", "-x", "/ovf-env.xml", "-i", image),
                         "<Environment/>")

    def test_failures(self):
        self.media("nocloud", os.path.join(self.temp, "i"), "--meta-data", "/nonexistent", code=3)
        self.media("nocloud", os.path.join(self.temp, "i"), "--extra", "../x=/etc/passwd", code=3)
        self.media("nocloud", os.path.join(self.temp, "i"), "--boot-label-only", code=2)
        self.media("nocloud", os.path.join(self.temp, "i"), "--format", "vfat",
                   "--plain-iso", code=2)
        self.assertEqual(os.listdir(self.temp), [])

    def test_ovf_xml(self):
        key = self.put("k", KEY)
        text = self.media("ovf-xml", "--hostname", "door", "--user", "alice", "--password",
                          "a<b&c", "--disable-password", "false", "--fingerprint", "EB0C",
                          "--key-value", key, "--keyed", "AA", key, "--key-pair", "BB",
                          "--custom-data", self.put("c", "data"))
        root = ElementTree.fromstring(text)
        self.assertEqual(root.tag, "{%s}Environment" % NS["o"])
        config = root.find("w:ProvisioningSection/w:LinuxProvisioningConfigurationSet", NS)
        self.assertEqual([(e.tag.split("}")[1], e.text) for e in config if not len(e)],
                         [("ConfigurationSetType", "LinuxProvisioningConfiguration"),
                          ("HostName", "door"), ("UserName", "alice"),
                          ("UserPassword", "a<b&c"),
                          ("DisableSshPasswordAuthentication", "false"),
                          ("CustomData", "ZGF0YQ==")])
        path = "/home/alice/.ssh/authorized_keys"
        self.assertEqual([[(e.tag.split("}")[1], e.text) for e in k]
                          for k in config.findall("w:SSH/w:PublicKeys/w:PublicKey", NS)],
                         [[("Fingerprint", "EB0C"), ("Path", path)],
                          [("Path", path), ("Value", KEY.strip())],
                          [("Fingerprint", "AA"), ("Path", path), ("Value", KEY.strip())]])
        self.assertEqual(config.findtext("w:SSH/w:KeyPairs/w:KeyPair/w:Path", None, NS),
                         "/home/alice/.ssh/id_rsa")
        settings = root.find("w:PlatformSettingsSection/w:PlatformSettings", NS)
        self.assertEqual([(e.tag.split("}")[1], e.text) for e in settings],
                         [("KmsServerHostname", "kms.core.windows.net"),
                          ("ProvisionGuestAgent", "true"), ("GuestAgentPackageName", None),
                          ("RetainWindowsPEPassInUnattend", "true"),
                          ("RetainOfflineServicingPassInUnattend", "true"),
                          ("PreprovisionedVm", "false"), ("PreprovisionedVMType", "None"),
                          ("EnableTrustedImageIdentifier", "false"),
                          ("ProvisionGuestProxyAgent", "false")])
        self.assertIn(b'<LinuxProvisioningConfigurationSet xmlns="' + NS["w"].encode(), text)

    def test_ovf_xml_odd_shapes(self):
        plain = self.media("ovf-xml")

        def odd(*shapes):
            return self.media("ovf-xml", *[w for s in shapes for w in ("--odd", s)])

        def same(text):
            return ElementTree.canonicalize(text, strip_text=True, rewrite_prefixes=True)

        self.assertEqual(odd("bom"), b"\xef\xbb\xbf" + plain)
        renamed = odd("ns0")
        self.assertIn(b"<ns1:HostName>", renamed)
        self.assertEqual([e.tag for e in ElementTree.fromstring(renamed).iter()],
                         [e.tag for e in ElementTree.fromstring(plain).iter()])
        self.assertEqual(same(odd("comments", "spaces").decode()), same(plain.decode()))
        self.assertEqual(odd("crlf"), plain.replace(b"\n", b"\r\n"))
        self.assertEqual(odd("nul"), plain + b"\0")
        self.assertIn(b"Novelty", odd("unknown"))
        self.assertEqual(odd("duplicate").count(b"<HostName>"), 2)
        self.assertRaises(ElementTree.ParseError, ElementTree.fromstring, odd("truncated"))
        self.assertNotIn(b"ProvisioningSection", odd("vmware"))
        self.assertIn(b"&b8;" * 10, odd("entity-bomb"))
        self.assertIn(b'SYSTEM "file:///etc/passwd"', odd("external-entity"))
        self.assertNotIn(b"<DisableSsh", self.media("ovf-xml", "--disable-password", "absent"))
        self.assertIn(b"<wa:PreprovisionedVm>true<", self.media("ovf-xml", "--pps-type",
                                                                "Running"))


class Tap(unittest.TestResult):
    """Prints a TAP line per test; keeps the counts."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.failed = 0

    def say(self, word, test, note=""):
        print(f"{word} {self.passed + self.failed} - {test.id().removeprefix('__main__.')}{note}",
              flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self.say("ok", test)

    def addSkip(self, test, reason):
        self.passed += 1
        self.say("ok", test, f" # SKIP {reason}")

    def fail(self, test, error):
        self.failed += 1
        self.say("not ok", test)
        for line in self._exc_info_to_string(error, test).splitlines():
            print("# " + line)

    def addFailure(self, test, err):
        self.fail(test, err)

    def addError(self, test, err):
        self.fail(test, err)

    def addSubTest(self, test, subtest, err):
        if err:
            self.fail(subtest, err)


def main(names):
    loader = unittest.defaultTestLoader
    module = sys.modules["__main__"]
    suite = loader.loadTestsFromNames(names, module) if names \
        else loader.loadTestsFromModule(module)
    result = Tap()
    suite.run(result)
    print(f"1..{result.passed + result.failed}")
    print(f"{result.passed} passed, {result.failed} failed")
    return 1 if result.failed or not result.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
