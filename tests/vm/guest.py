# SPDX-License-Identifier: Apache-2.0
# One guest seen from outside: its network, its QEMU, its serial console and its SSH door; no assertions.
"""Everything here must run inside a network and pid namespace of its own (the `run` script sees
to that): the link-local addresses are really configured, and whatever is left running dies with
the namespace."""

import os
import re
import select
import signal
import socket
import struct
import subprocess
import threading
import time

GUEST_IP = "10.9.8.10"
HOST_IP = "10.9.8.1"
IMDS_IP = "169.254.169.254"
WIRE_IP = "168.63.129.16"
MAC = "52:54:00:0d:00:01"
AZURE_ASSET_TAG = "7783-7084-3265-9085-8269-3286-77"

BEGIN_FP = "-----BEGIN SSH HOST KEY FINGERPRINTS-----"
END_FP = "-----END SSH HOST KEY FINGERPRINTS-----"
BEGIN_KEYS = "-----BEGIN SSH HOST KEY KEYS-----"
END_KEYS = "-----END SSH HOST KEY KEYS-----"
RULER = "#" * 61

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
KEY_LINE = re.compile(r"^(ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+=*( .*)?$")
FP_LINE = re.compile(r"^\d+ SHA256:[A-Za-z0-9+/]{43} .* \((ED25519|ECDSA|RSA)\)$")
# What the kernel and systemd write between two lines of ours; anything else tears the block.
CHATTER = re.compile(r"^(\[ *\d+\.\d+\] |\[[ A-Z*]{4,8}\] |\s{9}\S|$)")


class Trouble(Exception):
    """The harness itself cannot go on."""


def tool(*argv, **kw):
    """Run a host tool to its end; its output only matters when it fails."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **kw)
    if done.returncode:
        raise Trouble("%s: %s" % (" ".join(argv), done.stdout.strip()))
    return done.stdout


def swap_uuid(text):
    """The other byte order of a UUID's first three fields (what a Gen1 Azure guest shows)."""
    a, b, c, d, e = text.lower().split("-")
    flip = lambda field: bytes.fromhex(field)[::-1].hex()
    return "-".join((flip(a), flip(b), flip(c), d, e))


class Watcher(threading.Thread):
    """Notes every TCP connection the guest opens: set of (address, port)."""

    def __init__(self, ifname):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.sock.bind((ifname, 0))
        self.seen = []

    def run(self):
        while True:
            frame = self.sock.recv(2048)
            if len(frame) < 54 or frame[23] != 6:
                continue
            ihl = (frame[14] & 15) * 4
            source, target = frame[26:30], frame[30:34]
            port = struct.unpack("!H", frame[14 + ihl + 2:14 + ihl + 4])[0]
            flags = frame[14 + ihl + 13]
            if socket.inet_ntoa(source) == GUEST_IP and flags & 0x12 == 0x02:
                self.seen.append((socket.inet_ntoa(target), port))


class Net:
    """A tap device with the metadata addresses on it, DHCP as a cloud gives it, and a watcher."""

    def __init__(self):
        tool("ip", "link", "set", "lo", "up")
        tool("ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
        tool("ip", "address", "add", HOST_IP + "/24", "dev", "tap0")
        for address in (IMDS_IP, WIRE_IP):
            tool("ip", "address", "add", address + "/32", "dev", "tap0")
        tool("ip", "link", "set", "tap0", "up")
        routes = "0.0.0.0/0,%s,%s/32,%s,%s/32,%s" % (HOST_IP, IMDS_IP, HOST_IP, WIRE_IP, HOST_IP)
        self.dnsmasq = subprocess.Popen(
            ["dnsmasq", "--conf-file=/dev/null", "--keep-in-foreground", "--port=0", "--user=root",
             "--interface=tap0", "--bind-interfaces", "--dhcp-authoritative", "--no-ping",
             "--leasefile-ro", "--pid-file", "--log-facility=-",
             "--dhcp-range=%s,%s,1h" % (GUEST_IP, GUEST_IP),
             "--dhcp-host=%s,%s" % (MAC, GUEST_IP),
             "--dhcp-option=3,%s" % HOST_IP,
             "--dhcp-option=121," + routes,
             "--dhcp-option=245," + WIRE_IP],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open("dnsmasq.log", "wb"))
        self.watcher = Watcher("tap0")
        self.watcher.start()
        time.sleep(0.2)
        if self.dnsmasq.poll() is not None:
            raise Trouble("dnsmasq did not start: " + open("dnsmasq.log").read())

    def connections(self):
        return list(self.watcher.seen)

    def forget_connections(self):
        self.watcher.seen.clear()

    def close(self):
        stop(self.dnsmasq)


def stop(process, patience=5):
    """End a process we started, by its handle."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Blocks:
    """What a console log says about host keys, read the way scrapers do."""

    def __init__(self, text):
        self.lines = [ANSI.sub("", line.rstrip("\r")) for line in text.split("\n")]
        self.fingerprints, self.fingerprint_faults = self._last(BEGIN_FP, END_FP, FP_LINE)
        self.keys, self.key_faults = self._last(BEGIN_KEYS, END_KEYS, KEY_LINE)

    def _last(self, begin, end, shape):
        """Body of the last complete block and the lines in it that do not belong there."""
        body = faults = None
        start = prefix = None
        for number, line in enumerate(self.lines):
            if line.endswith(begin):
                start, prefix = number, line[:-len(begin)]
            elif start is not None and line.endswith(end):
                inside = [text[len(prefix):] if prefix and text.startswith(prefix) else text
                          for text in self.lines[start + 1:number]]
                body = [text for text in inside if shape.match(text)]
                faults = [text for text in inside
                          if not shape.match(text) and not CHATTER.match(text)]
                if begin == BEGIN_FP:
                    faults += self._frame_faults(start, number)
                start = None
        return body, faults

    def _frame_faults(self, first, last):
        """The fingerprint block stands between two rulers."""
        def near(numbers):
            for number in numbers:
                if 0 <= number < len(self.lines) and not CHATTER.match(self.lines[number]):
                    return self.lines[number]
            return ""
        faults = []
        if not near(range(first - 1, first - 6, -1)).endswith(RULER):
            faults.append("no ruler before the block")
        if not near(range(last + 1, last + 6)).endswith(RULER):
            faults.append("no ruler after the block")
        return faults

    def known_hosts(self, host):
        """known_hosts lines for host, from the KEYS block alone."""
        return "".join("%s %s\n" % (host, " ".join(line.split(" ")[:2])) for line in self.keys)


class Guest:
    """A QEMU with one disk that outlives power cycles."""

    def __init__(self, image, name, shell=True):
        self.image = image
        self.name = name
        self.shell = shell
        self.disk = name + ".qcow2"
        self.boots = 0
        self.qemu = None
        self.console_path = None
        self.started = None
        tool("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
             "-b", os.path.join(image, "disk.img"), self.disk)

    def power_on(self, smbios=(), cdrom=None, disk=None, append=""):
        """Boot; smbios: list of -smbios values, cdrom: ISO as /dev/sr0, disk: image as /dev/vdb."""
        self.boots += 1
        self.console_path = "%s-console-%d.log" % (self.name, self.boots)
        command = "root=/dev/vda rw console=tty0 console=ttyS0,115200n8 " + append
        argv = ["qemu-system-x86_64", "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max",
                "-smp", "2", "-m", "768", "-nodefaults", "-display", "none", "-no-reboot",
                "-kernel", os.path.join(self.image, "vmlinuz"),
                "-initrd", os.path.join(self.image, "initrd.img"),
                "-append", command + (" vm.shell" if self.shell else ""),
                "-drive", "file=%s,if=virtio,format=qcow2,cache=unsafe" % self.disk,
                "-netdev", "tap,id=n0,ifname=tap0,script=no,downscript=no",
                "-device", "virtio-net-pci,netdev=n0,mac=%s,romfile=" % MAC,
                "-chardev", "file,id=c0,path=%s" % self.console_path, "-serial", "chardev:c0",
                "-chardev", "socket,id=c1,path=%s.shell,server=on,wait=off" % self.name,
                "-serial", "chardev:c1"]
        for value in smbios:
            argv += ["-smbios", value]
        if cdrom:
            argv += ["-drive", "file=%s,media=cdrom,if=ide,format=raw,readonly=on" % cdrom]
        if disk:
            argv += ["-drive", "file=%s,if=virtio,format=raw,readonly=on" % disk]
        self.started = time.monotonic()
        self.qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=open(self.name + "-qemu.log", "ab"))

    def seconds(self):
        return time.monotonic() - self.started

    def alive(self):
        return self.qemu is not None and self.qemu.poll() is None

    def console(self):
        try:
            with open(self.console_path, "rb") as stream:
                return stream.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def wait_off(self, patience):
        """True when the guest powered itself off in time."""
        try:
            self.qemu.wait(patience)
            return True
        except subprocess.TimeoutExpired:
            return False

    def power_cut(self):
        stop(self.qemu)

    def root_shell(self, script, patience=20):
        """Run script in the guest's root shell on the second serial port; None when it is dead.

        For looking inside after a failure only: what is asserted goes over SSH."""
        if not (self.shell and self.alive()):
            return None
        # The terminal echoes the command; the split word keeps the echo from looking like the mark.
        send = "stty -echo 2>/dev/null\n{ %s ; } 2>&1; echo v''m-shell-done\n" % script
        got = b""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(patience)
                line.connect(self.name + ".shell")
                line.sendall(send.encode())
                deadline = time.monotonic() + patience
                while b"\nvm-shell-done" not in got and time.monotonic() < deadline:
                    if select.select([line], [], [], 0.5)[0]:
                        chunk = line.recv(65536)
                        if not chunk:
                            break
                        got += chunk
        except OSError:
            return None
        text = got.decode("utf-8", "replace").replace("\r", "")
        return text.replace("\nvm-shell-done", "").strip() or None

    def close(self):
        self.power_cut()


class Door:
    """SSH to the guest with one identity and one known_hosts file."""

    def __init__(self, user, key, known_hosts="known_hosts"):
        self.user = user
        self.key = key
        self.known_hosts = known_hosts

    def argv(self, *command, key=None, known_hosts=None, options=()):
        argv = ["ssh", "-F", "none", "-i", key or self.key]
        for option in ("BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none",
                       "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "LogLevel=ERROR",
                       "UserKnownHostsFile=" + os.path.abspath(known_hosts or self.known_hosts),
                       "GlobalKnownHostsFile=/dev/null", "ConnectTimeout=5",
                       "ServerAliveInterval=5", "ServerAliveCountMax=6") + tuple(options):
            argv += ["-o", option]
        return argv + ["%s@%s" % (self.user, GUEST_IP), *command]

    def run(self, *command, text=None, patience=60, closed_patience=20, **kw):
        """(exit status, stdout, stderr); status 255 is ssh's own failure, None ran out of time.

        A reload of sshd closes its port for a moment (it executes itself anew), which is long in
        an emulated machine: a refused connection is tried again for closed_patience seconds."""
        until = time.monotonic() + closed_patience
        while True:
            try:
                done = subprocess.run(self.argv(*command, **kw), input=text or "", text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      errors="replace", timeout=patience, check=False)
            except subprocess.TimeoutExpired:
                return None, "", "no answer in %d s" % patience
            if (done.returncode != 255 or "Connection refused" not in done.stderr
                    or time.monotonic() > until):
                return done.returncode, done.stdout, done.stderr
            time.sleep(0.3)


def first_login(guest, door, patience, known_hosts_from=None):
    """Seconds from power-on to the first strict login, or None.

    known_hosts is written from the console's KEYS block as soon as there is a complete one, and
    again when a later block says more. Nothing is ever learned from the network."""
    written = None
    while guest.seconds() < patience and guest.alive():
        blocks = Blocks(guest.console())
        if blocks.keys:
            lines = blocks.known_hosts(GUEST_IP)
            if lines != written:
                with open(door.known_hosts, "w") as stream:
                    stream.write(lines)
                written = lines
            status, _, _ = door.run("true", patience=20, closed_patience=0)
            if status == 0:
                return guest.seconds()
        time.sleep(0.2)
    return None


def keypair(path, kind="ed25519", comment="vm-test"):
    """A fresh SSH key pair at path and path.pub; returns the public line."""
    for stale in (path, path + ".pub"):
        if os.path.exists(stale):
            os.unlink(stale)
    tool("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", path)
    with open(path + ".pub") as stream:
        return stream.read().strip()


def classic_certificate(key, certificate):
    """The key pair of classic Azure: an RSA key and the self-signed certificate around it.

    Returns the one authorized_keys line (type and blob) that the certificate stands for."""
    tool("openssl", "req", "-x509", "-nodes", "-days", "365", "-newkey", "rsa:2048",
         "-subj", "/CN=classic", "-keyout", key, "-out", certificate)
    os.chmod(key, 0o600)
    return " ".join(tool("ssh-keygen", "-y", "-f", key).split()[:2])


def end_on_signals():
    """The first signal unwinds the program, so that every finally runs; more do not disturb that."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def unwind(number, frame):
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt
    for number in numbers:
        signal.signal(number, unwind)
