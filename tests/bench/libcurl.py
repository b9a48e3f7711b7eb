#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What loading libcurl costs, and that only a run that asks the network pays for it."""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import bench  # noqa: E402  pylint: disable=wrong-import-position


def libraries(argv):
    """The shared libraries that a command and its children open, and their bytes."""
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(["strace", "-f", "-qq", "-e", "signal=none", "-e", "trace=open,openat",
                        "-o", log.name, *map(str, argv)], check=False, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = set(re.findall(r'"(/[^"]*\.so[^"]*)".* = \d+$', log.read(), re.M))
    found = {path for path in found if not path.endswith("ld.so.cache")}
    return found, sum(pathlib.Path(path).stat().st_size for path in found)


def main():
    bench.need("strace", "cc", "ssh-keygen")
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as scratch:
        compare(pathlib.Path(scratch))


def fetches(scratch):
    """The fetcher's work: a seed, and the same two keys from a simulated Azure."""
    keys = [bench.make_key(scratch / "a"), bench.make_key(scratch / "b")]
    bench.make_seed(scratch / "seed", keys)
    bench.make_tree(scratch / "tree")
    root = [bench.FETCH, "--root", scratch / "tree"]
    simulator = bench.Simulator("azure", "--key", scratch / "a.pub", "--key", scratch / "b.pub",
                                "--admin", "alice")
    return simulator, {
        "doorward-fetch, NoCloud seed": [*root, "--datasource", "nocloud",
                                         "--seed", scratch / "seed"],
        "doorward-fetch, Azure IMDS": [*root, "--datasource", "azure",
                                       "--metadata-url", simulator.url],
    }


def compare(scratch):
    opened = bench.compiled("libcurl_start", "-ldl")
    linked = bench.compiled("libcurl_linked", "-DLINKED", "-Wl,-z,now", "-lcurl",
                            source="libcurl_start.c")
    commands = {"no libcurl": [opened, "none"], "libcurl, opened at run time": [opened, "open"],
                "libcurl, linked": [linked]}
    simulator, ours = fetches(scratch)
    with simulator:
        commands.update(ours)
        costs = bench.in_turn({name: lambda argv=argv: bench.measure(argv)
                               for name, argv in commands.items()})
        loaded = {name: libraries(argv) for name, argv in commands.items()}
    bench.title("libcurl", f"medians of {bench.RUNS}, in turn")
    nothing = costs["no libcurl"]
    bench.table(["what", "wall", "CPU", "RSS", "libraries", "their size", "CPU, none =1"],
                [[name, bench.ms(c.wall), bench.ms(c.cpu), bench.mib(c.rss),
                  len(loaded[name][0]), bench.mib(loaded[name][1] / 1024),
                  f"{c.cpu / nothing.cpu:.1f}"] for name, c in costs.items()])
    maps = any("libcurl" in path for path in loaded["doorward-fetch, NoCloud seed"][0])
    bench.note(f"a NoCloud run opens libcurl: {'yes, MISSED' if maps else 'no, met'}")


if __name__ == "__main__":
    main()
