# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: measured runs, medians, tables, the simulator, a scratch machine."""
import os
import pathlib
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = TOP / "build"
LIB = TOP / "tests" / "bench" / "lib"
CACHE = BUILD / "bench"
DOORWARD = pathlib.Path(os.environ.get("DOORWARD") or BUILD / "doorward").resolve()
FETCH = pathlib.Path(os.environ.get("DOORWARD_FETCH") or BUILD / "doorward-fetch").resolve()
RUNS = int(os.environ.get("BENCH_RUNS") or 20)


def die(text):
    sys.exit(f"bench: {text}")


def need(*programs):
    missing = [p for p in programs if shutil.which(p) is None]
    if missing:
        die("not installed: " + ", ".join(missing))


def title(name, about):
    load = os.getloadavg()
    print(f"\n== {name}: {about}")
    print(f"   {os.cpu_count()} cores, {machine()}, Linux {platform.release()}; "
          f"load average {load[0]:.1f}")


def machine():
    """What kind of machine this is, as systemd sees it."""
    if shutil.which("systemd-detect-virt") is None:
        return "machine of unknown kind"
    kind = subprocess.run(["systemd-detect-virt", "--vm"], capture_output=True, text=True,
                          check=False).stdout.strip()
    return "bare metal" if kind == "none" else f"virtual machine ({kind})"


def note(text):
    print(f"   {text}")


# -- measuring --

class Cost:
    """One run: seconds and KiB."""

    def __init__(self, line):
        wall, user, system, rss, status = (int(word) for word in line.split())
        self.wall = wall / 1e6
        self.cpu = (user + system) / 1e6
        self.rss = rss
        self.status = status


class Costs:
    """The medians of several runs of one thing."""

    def __init__(self, runs):
        self.count = len(runs)
        self.wall = statistics.median(run.wall for run in runs)
        self.cpu = statistics.median(run.cpu for run in runs)
        self.rss = max(run.rss for run in runs)


def add_runs(runs):
    """Several programs that ran one after the other, as one."""
    total = Cost("0 0 0 0 0")
    for run in runs:
        total.wall += run.wall
        total.cpu += run.cpu
        total.rss = max(total.rss, run.rss)
        total.status = total.status or run.status
    return total


def compiled(name, *flags, source=None):
    """A helper in C, built into the cache when its source is newer."""
    source = LIB / (source or f"{name}.c")
    target = CACHE / name
    CACHE.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        subprocess.run([os.environ.get("CC") or "cc", "-std=gnu17", "-O2", "-D_GNU_SOURCE",
                        "-o", target, source, *flags], check=True)
    return str(target)


def measure(argv, may_fail=False, **options):
    """One run. Its output goes nowhere unless it fails."""
    helper = compiled("rusage")
    with tempfile.NamedTemporaryFile("r") as log:
        options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run([helper, log.name, *map(str, argv)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, **options)
        line = log.read()
    if not line or (done.returncode != 0 and not may_fail):
        die(f"{' '.join(map(str, argv))}: exit status {done.returncode}\n"
            + done.stdout.decode(errors="replace"))
    return Cost(line)


def in_turn(candidates, runs=None, warm=2):
    """{name: function that returns a Cost}: each in turn, RUNS times; {name: Costs}."""
    seen = {name: [] for name in candidates}
    for turn in range(-warm, runs or RUNS):
        for name, run in candidates.items():
            cost = run()
            if turn >= 0:
                seen[name].append(cost)
    return {name: Costs(costs) for name, costs in seen.items()}


def count_made(trace):
    """Processes made, and those of them that useradd made; threads are not counted.

    TRACE is a log of strace -f -e trace=clone,clone3,fork,vfork,execve.
    """
    program, count, by_useradd = {}, 0, 0
    for line in trace.splitlines():
        pid = line.split()[0]
        run = re.search(r'execve\("([^"]+)"', line)
        if run:
            program[pid] = run[1]
        made = re.search(r"(?:clone3?|v?fork)(?:\(| resumed).*= ([1-9][0-9]*)$", line)
        if made and "CLONE_THREAD" not in line:
            count += 1
            by_useradd += program.get(pid, "").endswith("/useradd")
    return count, by_useradd


def instructions(argv, **options):
    """Instructions of a command and its children, from callgrind: the same on a busy machine."""
    need("valgrind")
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["valgrind", "-q", "--tool=callgrind", "--trace-children=yes",
                        f"--callgrind-out-file={scratch}/out.%p", *map(str, argv)],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False, **options)
        total = 0
        for out in pathlib.Path(scratch).iterdir():
            found = re.findall(r"^(?:summary|totals): (\d+)", out.read_text(errors="replace"), re.M)
            total += max(map(int, found), default=0)
    return total


# -- printing --

def millions(count):
    """Of instructions; callgrind cannot write where a program has walled itself in."""
    return f"{count / 1e6:.2f} M" if count else "-"


def ms(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 10 else f"{seconds:.2f} s"


def mib(kib):
    return f"{kib / 1024:.1f} MiB"


def verdict(is_met):
    return "met" if is_met else "MISSED"


def table(head, rows):
    rows = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    print()
    for n, row in enumerate(rows):
        cells = [cell.ljust(w) if i == 0 else cell.rjust(w)
                 for i, (cell, w) in enumerate(zip(row, widths))]
        print("   " + "  ".join(cells).rstrip())
        if n == 0:
            print("   " + "  ".join("-" * w for w in widths))
    print()


# -- the simulator --

class Simulator:
    """tests/sim/sim in the background: Simulator("azure", "--key", FILE) as a context."""

    def __init__(self, *arguments):
        self.dir = tempfile.mkdtemp(prefix="doorward-bench-")
        self.log = pathlib.Path(self.dir, "requests")
        ready = pathlib.Path(self.dir, "ready")
        python = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
        self.child = subprocess.Popen(
            [python, TOP / "tests/sim/sim", *map(str, arguments), "--port", "0",
             "--ready", ready, "--requests", self.log, "--lifetime", "1800", "--quiet"])
        until = time.monotonic() + 20
        while not ready.exists():
            if time.monotonic() > until or self.child.poll() is not None:
                self.__exit__()
                die("the simulator did not start")
            time.sleep(0.02)
        self.url = "http://{}:{}".format(*ready.read_text().split())

    def requests(self):
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


# -- a scratch machine --

def make_key(path, kind="ed25519", comment="bench"):
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", path],
                   check=True)
    return pathlib.Path(f"{path}.pub").read_text().strip()


def make_tree(path):
    """A tree like a freshly installed Debian's, for --root."""
    for folder in ("bin", "dev", "etc/ssh", "etc/sudoers.d", "home", "proc", "run",
                   "sys/class/dmi/id", "var/lib"):
        (path / folder).mkdir(parents=True)
    files = {
        "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
        "etc/shadow": "root:*:19000:0:99999:7:::\n",
        "etc/group": "root:x:0:\nadm:x:4:\nsudo:x:27:\n",
        "etc/login.defs": "UID_MIN 1000\nUID_MAX 60000\nHOME_MODE 0700\n",
        "etc/sudoers": "@includedir /etc/sudoers.d\n",
        "etc/os-release": "ID=debian\n",
        "proc/cmdline": "console=ttyS0\n",
        "dev/console": "",
        "bin/bash": "",
    }
    for name, text in files.items():
        (path / name).write_text(text)
    (path / "bin/bash").chmod(0o755)


def make_seed(path, keys, user="alice", instance="bench-1"):
    path.mkdir(parents=True, exist_ok=True)
    (path / "meta-data").write_text(f"instance-id: {instance}\nlocal-hostname: bench\n")
    lines = ["#cloud-config", "users:", f"  - name: {user}", "    shell: /bin/bash",
             "    groups: [adm]", "    sudo: ALL=(ALL) NOPASSWD:ALL", "    lock_passwd: true",
             "    ssh_authorized_keys:"]
    lines += [f"      - {key}" for key in keys]
    (path / "user-data").write_text("\n".join(lines) + "\n")
