#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a further key costs: 100 to 10,000 of them, into a new file and into one that has 10,000."""
import base64
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import bench  # noqa: E402  pylint: disable=wrong-import-position

COUNTS = (100, 1000, 3000, 10000)
GOAL = 5e-6
RUNS = max(5, bench.RUNS // 4)


def keys(count, comment):
    """Ed25519 keys: thirty-two bytes are one, whatever they are."""
    head = struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 32)
    return ["ssh-ed25519 " + base64.b64encode(head + os.urandom(32)).decode()
            + f" {comment}{n}" for n in range(count)]


class Case:
    def __init__(self, scratch, count, old):
        self.scratch = scratch
        self.seed = scratch / f"seed-{count}"
        self.count = count
        self.old = old
        if not self.seed.exists():
            bench.make_seed(self.seed, keys(count, "k"))
            with (self.seed / "user-data").open("a") as file:
                file.write("ssh_deletekeys: false\n")

    def run(self):
        tree = pathlib.Path(tempfile.mkdtemp(dir=self.scratch)) / "tree"
        bench.make_tree(tree)
        # Making an RSA key takes longer than all of this, and never the same time twice.
        shutil.copytree(self.scratch / "keygen/etc/ssh", tree / "etc/ssh", dirs_exist_ok=True)
        if self.old:
            uid = 1000 if os.geteuid() == 0 else os.geteuid()
            with (tree / "etc/passwd").open("a") as file:
                file.write(f"alice:x:{uid}:{uid}::/home/alice:/bin/bash\n")
            with (tree / "etc/group").open("a") as file:
                file.write(f"alice:x:{uid}:\n")
            ssh = tree / "home/alice/.ssh"
            ssh.mkdir(parents=True, mode=0o700)
            file = ssh / "authorized_keys"
            file.write_text(self.old)
            file.chmod(0o600)
            if os.geteuid() == 0:
                for path in (ssh.parent, ssh, file):
                    os.chown(path, uid, uid)
            tree.parent.chmod(0o755)
        cost = bench.measure([bench.DOORWARD, "provision", "--root", tree, "--quiet",
                              "--datasource", "nocloud", "--seed", self.seed])
        have = (tree / "home/alice/.ssh/authorized_keys").read_text().count("ssh-ed25519 ")
        if have != self.count + self.old.count("\n"):
            bench.die(f"{have} keys are there, not {self.count} new ones")
        shutil.rmtree(tree.parent)
        return cost


def main():
    bench.need("cc", "ssh-keygen")
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "keygen/etc/ssh").mkdir(parents=True)
        subprocess.run(["ssh-keygen", "-A", "-f", scratch / "keygen"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        old = "\n".join(keys(10000, "old")) + "\n"
        cases = {(where, count): Case(scratch, count, old if where == "merge" else "").run
                 for where in ("new file", "merge") for count in COUNTS}
        costs = bench.in_turn(cases, RUNS, warm=1)
    bench.title("keys", f"CPU of a whole provision --root, medians of {RUNS}, in turn")
    rows = []
    for (where, count), cost in costs.items():
        base = costs[where, COUNTS[0]]
        further = (cost.cpu - base.cpu) / (count - COUNTS[0]) if count > COUNTS[0] else None
        rows.append([where if where == "new file" else "into 10,000 lines", f"{count:,}",
                     bench.ms(cost.cpu), bench.mib(cost.rss),
                     f"{further * 1e6:.2f} µs" if further is not None else "",
                     bench.verdict(further <= GOAL) if further is not None else ""])
    bench.table(["where", "keys", "CPU", "RSS", "each further key", ""], rows)
    bench.note("goal: 5 µs of CPU per further key, from the seed's YAML to the file on the disk")


if __name__ == "__main__":
    main()
