#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long the verbs that others call take, beside /bin/true and a bare start of libcrypto."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import bench  # noqa: E402  pylint: disable=wrong-import-position

FACTOR = 3  # times /bin/true, and libcrypto's start on top
RSS_GOAL = 6 * 1024


def main():
    bench.need("ssh-keygen", "cc")
    crypto = bench.compiled("libcrypto_start", "-lcrypto")
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        tree, seed = scratch / "tree", scratch / "seed"
        bench.make_tree(tree)
        keys = [bench.make_key(scratch / "a"), bench.make_key(scratch / "b", "rsa")]
        bench.make_seed(seed, keys)
        subprocess.run([bench.DOORWARD, "provision", "--root", tree, "--datasource", "nocloud",
                        "--seed", seed], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        # detect has to find something: the seed where an image would have it
        home = tree / "var/lib/cloud/seed/nocloud"
        home.mkdir(parents=True)
        for file in seed.iterdir():
            (home / file.name).write_bytes(file.read_bytes())
        compare(tree, scratch / "b.pub", crypto)


def compare(tree, public, crypto):
    root = ["--root", tree]
    commands = {
        "/bin/true": ["/bin/true"],
        "libcrypto, one SHA-256": [crypto],
        "ssh-keygen -lf": ["ssh-keygen", "-lf", tree / "etc/ssh/ssh_host_ecdsa_key.pub"],
        "fingerprints": [bench.DOORWARD, "fingerprints", *root],
        "fingerprints, one short": [bench.DOORWARD, "fingerprints", *root, "--type", "ecdsa",
                                    "--format", "short"],
        "query": [bench.DOORWARD, "query", *root],
        "query hostname": [bench.DOORWARD, "query", *root, "hostname"],
        "convert": [bench.DOORWARD, "convert", public],
        "status": [bench.DOORWARD, "status", *root],
        "detect": [bench.DOORWARD, "detect", *root],
    }
    costs = bench.in_turn({name: lambda argv=argv: bench.measure(argv)
                           for name, argv in commands.items()})
    bench.title("start", f"medians of {bench.RUNS}, in turn; largest RSS of all runs")
    nothing = costs["/bin/true"].wall
    goal = FACTOR * nothing + costs["libcrypto, one SHA-256"].wall - nothing
    rows = []
    for name, cost in costs.items():
        is_ours = commands[name][0] == bench.DOORWARD
        has_goal = is_ours and name != "detect"
        rows.append([
            name, bench.ms(cost.wall), bench.ms(cost.cpu), bench.mib(cost.rss),
            "-" if name == "detect" else bench.millions(bench.instructions(commands[name])),
            f"{cost.wall / nothing:.1f}",
            f"{cost.wall / goal:.2f}" if is_ours else "",
            bench.verdict(cost.wall <= goal and cost.rss <= RSS_GOAL) if has_goal else "",
        ])
    bench.table(["what", "wall", "CPU", "RSS", "instructions", "/bin/true =1", "goal =1", ""],
                rows)
    bench.note(f"goal: {bench.ms(goal)}, {FACTOR} times /bin/true and what libcrypto adds to it, "
               f"and {bench.mib(RSS_GOAL)}")
    bench.note("detect has no goal: it starts the fetcher behind its walls, a second program")
    bench.note("instructions: callgrind's; -: it cannot write, the program has walled itself in")


if __name__ == "__main__":
    main()
