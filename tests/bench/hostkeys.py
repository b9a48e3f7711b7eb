#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When host keys are safe on the disk: counted from the start of doorward to the last fsync."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import bench  # noqa: E402  pylint: disable=wrong-import-position

GOAL = 0.020
RSA_RUNS = max(10, bench.RUNS)


def fresh(place, seed, *watch):
    """A machine without host keys in PLACE; its /run is in memory, as everywhere."""
    tree = pathlib.Path(tempfile.mkdtemp(dir=place)) / "tree"
    bench.make_tree(tree)
    os.sync()
    command = [*watch, bench.DOORWARD, "provision", "--root", tree, "--datasource", "nocloud",
               "--seed", seed, "--stage", "local"]
    if os.geteuid() != 0:
        return command
    return ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs "$0"/run && exec "$@"', tree,
            *command]


def durable(place, seed, log):
    """{type: (seconds until its two files and their directory are on the disk, of that in fsync)}

    Only three kinds of call are watched, so that watching does not slow down the rest.
    """
    calls = "trace=execve,rename,renameat,renameat2,fsync,fdatasync"
    argv = fresh(place, seed, "strace", "-f", "-qq", "-ttt", "-T", "--seccomp-bpf",
                 "-e", "signal=none", "-e", calls,
                 "-o", log)
    subprocess.run([*map(str, argv)], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    start, when, placed, waited = None, {}, None, 0
    for line in log.read_text().splitlines():
        time = float(re.search(r"\b(\d+\.\d{6})\b", line)[1])
        start = start or time
        took = re.search(r"sync\(.*<(\d+\.\d+)>$", line)
        name = re.search(r'rename.*"ssh_host_(\w+)_key(\.pub)?"', line)
        if took:
            waited += float(took[1])
        if name:
            placed = name[1]
        elif placed and took:
            when[placed] = (time + float(took[1]) - start, waited)
            placed = None
    return when


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def main():
    bench.need("strace", "ssh-keygen", "cc")
    bench.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hostkeys-", dir=bench.CACHE) as scratch:
        compare(pathlib.Path(scratch))


def compare(scratch):
    seed = scratch / "seed"
    bench.make_seed(seed, [bench.make_key(scratch / "a")])

    def ours():
        return bench.measure(fresh(scratch, seed))

    def keygen(*arguments):
        folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        (folder / "etc/ssh").mkdir(parents=True)
        if arguments == ("-A",):
            return bench.measure(["ssh-keygen", "-A", "-f", folder])
        return bench.measure(["ssh-keygen", "-q", "-N", "", "-f", folder / "key", *arguments])

    seen = {"disk": [], "memory": []}
    with tempfile.TemporaryDirectory(prefix="doorward-bench-", dir="/dev/shm") as memory:
        for _ in range(bench.RUNS):
            seen["disk"].append(durable(scratch, seed, scratch / "log"))
            seen["memory"].append(durable(memory, seed, scratch / "log"))
    costs = bench.in_turn({
        "doorward provision --stage local": ours,
        "ssh-keygen, ed25519 alone": lambda: keygen("-t", "ed25519"),
        "ssh-keygen -A": lambda: keygen("-A"),
    }, warm=1)
    bench.title("hostkeys", f"medians of {bench.RUNS}, disk: the one that the build tree lies on")
    rows = []
    for place, runs in seen.items():
        for kind in runs[0]:
            whole = [run[kind][0] for run in runs]
            own = median(run[kind][0] - run[kind][1] for run in runs)
            rows.append([f"{kind}, {place}", bench.ms(median(whole)), bench.ms(max(whole)),
                         bench.ms(own), f"{median(whole) / GOAL:.2f}",
                         bench.verdict(median(whole) <= GOAL)])
    bench.table(["durable after", "median", "slowest", "median without fsync", "goal =1", ""], rows)
    bench.table(["whole command", "wall", "CPU", "ssh-keygen -A =1"],
                [[name, bench.ms(c.wall), bench.ms(c.cpu),
                  f"{c.wall / costs['ssh-keygen -A'].wall:.2f}"] for name, c in costs.items()])
    times = sorted(rsa_times(scratch))
    bench.note(f"RSA 3072, not in the local stage; CPU of {len(times)} ssh-keygen runs (the same "
               f"libcrypto): median {bench.ms(times[len(times) // 2])}, "
               f"p90 {bench.ms(times[len(times) * 9 // 10])}, slowest {bench.ms(times[-1])}")


def rsa_times(scratch):
    for n in range(RSA_RUNS):
        yield bench.measure(["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "",
                             "-f", scratch / f"rsa{n}"]).cpu


if __name__ == "__main__":
    main()
