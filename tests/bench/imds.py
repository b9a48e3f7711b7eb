#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many requests Azure's metadata service gets: a first boot, and a second of the same one."""
import pathlib
import subprocess
import sys
import tempfile
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import bench  # noqa: E402  pylint: disable=wrong-import-position


def main():
    bench.need("ssh-keygen")
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as scratch:
        compare(pathlib.Path(scratch))


def compare(scratch):
    tree, vm_id = scratch / "tree", str(uuid.uuid4())
    bench.make_key(scratch / "a")
    bench.make_tree(tree)
    dmi = tree / "sys/class/dmi/id"
    (dmi / "sys_vendor").write_text("Microsoft Corporation\n")
    (dmi / "chassis_asset_tag").write_text("7783-7084-3265-9085-8269-3286-77\n")
    (dmi / "product_uuid").write_text(f"{vm_id}\n")
    rows = []
    with bench.Simulator("azure", "--key", scratch / "a.pub", "--admin", "alice",
                         "--vm-id", vm_id) as simulator:
        # A boot is both units: the local stage and then the network's.
        for boot in ("first boot", "second boot, same instance"):
            before = simulator.requests()
            for stage in ("local", "network"):
                subprocess.run([bench.DOORWARD, "provision", "--root", tree, "--stage", stage,
                                "--metadata-url", simulator.url], check=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
            made = simulator.requests() - before
            rows.append([boot, "1" if boot == "first boot" else "at most 1", made,
                         bench.verdict(made <= 1 and (made == 1 or boot != "first boot"))])
    bench.title("imds", "requests that the simulated metadata service received")
    bench.table(["when", "goal", "requests", ""], rows)


if __name__ == "__main__":
    main()
