# SPDX-License-Identifier: Apache-2.0
# The threaded HTTP/1.1 server: listens, keeps connections alive, records, applies the faults.
"""
One thread accepts, one thread per connection answers. All threads are daemons:
the process may end while a fault is still holding a client.

The record of a request is written before its first answer byte leaves, so a
client that has its answer can already read it in the file.
"""
import json
import os
import select
import socket
import struct
import threading
import time

from . import wire

IDLE_SECONDS = 120
FOREVER = 1 << 30


class Recorder:
    """Appends one JSON object per request; each line is one write."""

    def __init__(self, path=None):
        self.lock = threading.Lock()
        self.count = 0
        self.start = time.monotonic()
        self.rows = []
        self.fd = None
        if path:
            self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND,
                              0o644)

    def add(self, request, conn, status, faults):
        with self.lock:
            self.count += 1
            row = {"n": self.count, "t": round(time.monotonic() - self.start, 6),
                   "method": None, "path": None, "query": None, "headers": {},
                   "status": status, "conn": conn}
            if request:
                folded = {}
                for name, value in request.headers:
                    name = name.lower()
                    folded[name] = folded[name] + ", " + value if name in folded else value
                row.update(method=request.method, path=request.path,
                           query=request.query, headers=folded)
                if request.body:
                    row["body"] = request.body.decode("utf-8", "backslashreplace")
            if faults:
                row["faults"] = faults
            if self.fd is None:
                self.rows.append(row)
            else:
                os.write(self.fd, json.dumps(row).encode() + b"\n")


class Gone(Exception):
    """The client went away, or the server is ending."""


class Connection:
    """One accepted socket with its read buffer."""

    def __init__(self, sock, number):
        self.sock = sock
        self.number = number
        self.buffer = b""
        self.rude = False

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Gone
        self.buffer += data

    def take(self, count):
        while len(self.buffer) < count:
            self.more()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def take_line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > wire.MAX_HEAD:
                raise wire.BadRequest(400, "line too long")
            self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def read_request(self):
        while self.buffer[:2] == b"\r\n":
            self.buffer = self.buffer[2:]
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > wire.MAX_HEAD:
                raise wire.BadRequest(431, "head too large")
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return wire.parse_head(head, self.number)

    def read_body(self, request):
        """Takes the body that belongs to the request off the connection."""
        coding = (request.header("transfer-encoding") or "").lower()
        length = request.header("content-length")
        if not coding and length is None:
            return
        if (request.header("expect") or "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if coding:
            if coding != "chunked":
                raise wire.BadRequest(501, "transfer coding not known")
            body = b""
            while True:
                try:
                    size = int(self.take_line().split(b";")[0], 16)
                except ValueError:
                    raise wire.BadRequest(400, "chunk size not understood") from None
                if size < 0 or len(body) + size > wire.MAX_BODY:
                    raise wire.BadRequest(413, "body too large")
                if size == 0:
                    break
                body += self.take(size)
                self.take_line()
            while self.take_line():
                pass
            request.body = body
            return
        if not length.isdigit():
            raise wire.BadRequest(400, "Content-Length not understood")
        if int(length) > wire.MAX_BODY:
            raise wire.BadRequest(413, "body too large")
        request.body = self.take(int(length))

    def wait_gone(self, seconds):
        """Waits until the client closes, at most so long."""
        poll = select.poll()
        poll.register(self.sock.fileno(), select.POLLRDHUP)
        poll.poll(min(seconds, 86400) * 1000)

    def pause(self, seconds):
        """A wait that ends early only when the connection is quite dead."""
        if seconds <= 0:
            return
        poll = select.poll()
        poll.register(self.sock.fileno(), 0)
        if poll.poll(seconds * 1000):
            raise Gone

    def reset(self):
        """Close so that the peer gets RST instead of an orderly end."""
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.sock.close()

    def close(self):
        """Orderly end; unread input is drained first, else the kernel sends RST."""
        try:
            if hasattr(self.sock, "unwrap") and not self.rude:
                self.sock.settimeout(0.2)
                self.sock = self.sock.unwrap()
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(0.2)
            while self.sock.recv(65536):
                pass
        except OSError:
            pass
        self.sock.close()


class Server:
    """A simulator that can be started and stopped; used by `sim` and by tests.

    cloud   an object with answer(request) and error(status)
    faults  a list of faults.Fault
    After start(): .address, .port, .base (URL without the final slash).
    """

    def __init__(self, cloud, faults=(), listen="127.0.0.1", port=0, requests=None,
                 tls=None):
        self.cloud = cloud
        self.faults = list(faults)
        self.listen = listen
        self.port = port
        self.recorder = Recorder(requests)
        self.tls = tls
        self.tls_context = None
        self.connections = set()
        self.lock = threading.Lock()
        self.accepted = 0
        self.stopping = False
        self.plugs = []

    def start(self):
        if self.tls:
            import ssl
            self.tls_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls_context.load_cert_chain(*self.tls)
        family, _, _, _, where = socket.getaddrinfo(
            self.listen, self.port, type=socket.SOCK_STREAM,
            flags=socket.AI_NUMERICHOST)[0]
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if self.port:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.sock.bind(where)
        self.address, self.port = self.sock.getsockname()[:2]
        host = f"[{self.address}]" if ":" in self.address else self.address
        self.base = f"{'https' if self.tls else 'http'}://{host}:{self.port}"
        refuse = [f for f in self.faults if f.kind == "refuse"]
        if any(f.kind == "blackhole" for f in self.faults):
            self.plug(family)
        elif refuse:
            threading.Thread(target=self.serve, args=(refuse[0].args["seconds"],),
                             daemon=True).start()
        else:
            self.sock.listen(256)
            threading.Thread(target=self.serve, args=(None,), daemon=True).start()
        return self

    def plug(self, family):
        """Fills the accept queue that nobody empties: further SYNs stay unanswered."""
        self.sock.listen(0)
        for _ in range(4):
            plug = socket.socket(family, socket.SOCK_STREAM)
            plug.setblocking(False)
            plug.connect_ex(self.sock.getsockname())
            self.plugs.append(plug)
        time.sleep(0.02)

    def stop(self):
        """Closes the listener and every connection; safe to call twice."""
        self.stopping = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        with self.lock:
            for sock in self.connections:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        for plug in self.plugs:
            plug.close()

    def serve(self, refuse_seconds):
        if refuse_seconds is not None:
            time.sleep(min(refuse_seconds, FOREVER))
            if self.stopping:
                return
            self.sock.listen(256)
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            with self.lock:
                self.connections.add(sock)
            threading.Thread(target=self.handle, args=(sock, self.accepted),
                             daemon=True).start()

    def handle(self, sock, number):
        """The life of one connection."""
        kept = sock
        conn = Connection(sock, number)
        sock.settimeout(IDLE_SECONDS)
        try:
            for fault in self.faults:
                if fault.stage == "connection" and fault.due(None) is not None:
                    if fault.on_connection(conn):
                        return
            if self.tls_context:
                sock = self.tls_context.wrap_socket(sock, server_side=True)
                conn.sock = sock
                with self.lock:
                    self.connections.add(sock)
            while not self.stopping and self.exchange(conn):
                pass
            conn.close()
        except (Gone, OSError):
            pass
        finally:
            with self.lock:
                self.connections.discard(kept)
                self.connections.discard(sock)
            try:
                sock.close()
            except OSError:
                pass

    def exchange(self, conn):
        """One request and its answer; False when the connection shall end."""
        try:
            request = conn.read_request()
            conn.read_body(request)
        except wire.BadRequest as bad:
            self.recorder.add(None, conn.number, bad.status, [])
            reply = wire.text_error(bad.status)
            reply.close = True
            self.transmit(conn, None, reply)
            return False
        reply = self.answer(request)
        self.recorder.add(request, conn.number, reply.recorded_status(), reply.faults)
        return self.transmit(conn, request, reply)

    def answer(self, request):
        reply = self.cloud.answer(request)
        for fault in self.faults:
            if fault.stage != "reply":
                continue
            turn = fault.due(request)
            if turn is not None:
                reply = fault.on_reply(reply, request, turn, self)
        return reply

    def transmit(self, conn, request, reply):
        conn.pause(reply.delay)
        if reply.silent == "hang":
            conn.wait_gone(FOREVER)
            return False
        if reply.silent == "reset":
            conn.reset()
            return False
        if reply.silent == "close":
            conn.rude = True
            return False
        end = reply.ends_connection() or not (request and request.keep_alive())
        head_only = request is not None and request.method == "HEAD"
        cut = reply.cut_at(end)
        sent = 0
        for data, seconds in reply.segments(head_only, end):
            if cut and sent + len(data) >= cut[0]:
                conn.sock.sendall(data[:cut[0] - sent])
                conn.rude = True
                if cut[1] == "reset":
                    # the bytes must have arrived: RST throws away what is on its way
                    time.sleep(0.02)
                    conn.reset()
                elif cut[1] == "hang":
                    conn.wait_gone(FOREVER)
                return False
            if data:
                conn.sock.sendall(data)
                sent += len(data)
            conn.pause(seconds)
        return not end
