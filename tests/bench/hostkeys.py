#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When host keys are safe on the disk: counted from the start of doorward to the last fsync."""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import bench  # noqa: E402  pylint: disable=wrong-import-position

GOAL = 0.020
RSA_RUNS = max(10, bench.RUNS)


def fresh(scratch, seed):
    """A machine without host keys, on the disk that the build tree lies on."""
    tree = pathlib.Path(tempfile.mkdtemp(dir=scratch)) / "tree"
    bench.make_tree(tree)
    return [bench.DOORWARD, "provision", "--root", tree, "--datasource", "nocloud",
            "--seed", seed, "--stage", "local"]


def durable(argv, log):
    """Seconds until each type's two files, and the directory they are in, are on the disk.

    Only three kinds of call are watched, so that watching does not slow down the rest.
    """
    subprocess.run(["strace", "-f", "-qq", "-ttt", "-T", "--seccomp-bpf", "-e", "signal=none",
                    "-e", "trace=execve,rename,renameat,renameat2,fsync,fdatasync", "-o", log,
                    *map(str, argv)], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    start, when, placed = None, {}, None
    for line in log.read_text().splitlines():
        time = re.search(r"\b(\d+\.\d{6})\b", line)
        start = start or float(time[1])
        name = re.search(r'rename.*"ssh_host_(\w+)_key(\.pub)?"', line)
        if name:
            placed = name[1]
        elif placed and "sync(" in line:
            took = re.search(r"<(\d+\.\d+)>$", line)
            when[placed] = float(time[1]) + (float(took[1]) if took else 0) - start
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

    seen = [durable(fresh(scratch, seed), scratch / "log") for _ in range(bench.RUNS)]
    first = seen[0]
    costs = bench.in_turn({
        "doorward provision --stage local": ours,
        "ssh-keygen, ed25519 alone": lambda: keygen("-t", "ed25519"),
        "ssh-keygen -A": lambda: keygen("-A"),
    }, warm=1)
    bench.title("hostkeys", f"medians of {bench.RUNS}, on the disk of the build tree")
    bench.table(["durable after", "median", "slowest", "goal", ""], [
        [kind, bench.ms(median(run[kind] for run in seen)),
         bench.ms(max(run[kind] for run in seen)), bench.ms(GOAL),
         bench.verdict(median(run[kind] for run in seen) <= GOAL)]
        for kind in first])
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
