# SPDX-License-Identifier: Apache-2.0
# Measures how long a fresh guest needs until its owner is in; started by `boot-bench`.
"""Every run is a first boot from a fresh overlay on the same base image, with the same hardware
and the same NoCloud disk (the bare guest ignores it). A login counts when ssh accepted the host
key from what the guest printed on its console. The three kinds take turns, so that a busy
machine is unfair to all of them alike."""

import argparse
import os
import shutil
import statistics
import sys

import guest
import scenarios
from guest import Door, Guest, Net, Trouble

WORDS = {"cloud-init": "Debian's cloud-init, NoCloud disk",
         "bare": "no agent, baked-in user, ssh-keygen -A",
         "doorward": "doorward, NoCloud disk"}
PATIENCE = 400


def seed(public_line):
    scenarios.write("meta-data", "instance-id: i-bench\nlocal-hostname: bench\n")
    scenarios.write("user-data", "#cloud-config\n"
                    "users:\n"
                    "  - name: tester\n"
                    "    shell: /bin/bash\n"
                    "    sudo: ALL=(ALL) NOPASSWD:ALL\n"
                    "    ssh_authorized_keys:\n"
                    "      - %s\n" % public_line)
    scenarios.media("nocloud", "seed.iso", "--meta-data", "meta-data", "--user-data", "user-data")
    return "seed.iso"


def one_boot(kind, image, number, iso, key):
    """Seconds to the login, or None; the console log stays."""
    machine = Guest(image, "%s-%d" % (kind, number), shell=False)
    door = Door("tester", key, known_hosts="%s-%d.known_hosts" % (kind, number))
    try:
        machine.power_on(smbios=scenarios.qemu_dmi(scenarios.FIRST_UUID), cdrom=iso)
        return guest.first_login(machine, door, PATIENCE)
    finally:
        machine.close()
        os.unlink(machine.disk)


def main():
    parser = argparse.ArgumentParser(prog="boot_bench.py")
    parser.add_argument("--work", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("images", nargs="+", metavar="KIND=DIR")
    args = parser.parse_args()
    images = dict(item.split("=", 1) for item in args.images)
    key = os.path.abspath(args.key)
    guest.end_on_signals()
    shutil.rmtree(args.work, ignore_errors=True)
    os.makedirs(args.work)
    os.chdir(args.work)
    seconds = {kind: [] for kind in images}
    net = None
    try:
        net = Net()
        with open(key + ".pub") as stream:
            iso = seed(stream.read().strip())
        for number in range(1, args.runs + 1):
            for kind, image in images.items():
                took = one_boot(kind, image, number, iso, key)
                print("# %-10s run %d: %s" % (
                    kind, number, "no login" if took is None else "%.1f s" % took), flush=True)
                seconds[kind].append(took)
    except Trouble as error:
        print("boot-bench: %s" % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    finally:
        if net:
            net.close()
    print("seconds from power-on to a strict SSH login, first boot, %d runs (load %.1f)"
          % (args.runs, os.getloadavg()[0]))
    print("%-40s %8s  %s" % ("", "median", "runs"))
    for kind, values in seconds.items():
        good = [value for value in values if value is not None]
        print("%-40s %8s  %s" % (
            WORDS[kind], "%.1f" % statistics.median(good) if len(good) == len(values) else "failed",
            " ".join("%.1f" % value if value is not None else "-" for value in values)))
    return 0 if all(None not in values for values in seconds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
