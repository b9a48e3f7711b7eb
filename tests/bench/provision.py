#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One new user with two keys: doorward beside cloud-init and ignition, in the same fresh Debian.

Each run has the machine as it was made, its own namespaces and nothing on the network but the
simulator. The machine lies in memory: what a disk makes of fsync would hide everything else, and
differs from run to run; "hostkeys" is measured on a disk. BENCH_SCRATCH names another place.
Needs root, 1 GiB of memory to spare, and once an apt archive to make the machine.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import bench  # noqa: E402  pylint: disable=wrong-import-position

USER = "alice"
STEPS = ["init --local", "init", "modules --mode=config", "modules --mode=final"]
PEER_RUNS = max(3, bench.RUNS // 4)  # of cloud-init, which takes seconds

IGNITION = "/usr/lib/dracut/modules.d/30ignition/ignition"
RUSAGE = "/bench/rusage /bench/cost"
SEED = "mkdir -p /var/lib/cloud/seed/nocloud; cp /bench/seed/* /var/lib/cloud/seed/nocloud/"
# The program is installed as the package does it: two files and an account.
INSTALL = ("install /bench/doorward /usr/bin/doorward; "
           "install -D /bench/doorward-fetch /usr/libexec/doorward/doorward-fetch; "
           "ln -sf /usr/libexec/doorward/doorward-fetch /usr/bin/doorward-fetch; "
           "useradd -r -M -d / -s /usr/sbin/nologin doorward-fetch")
CHECK = f"grep -c bench$ /home/{USER}/.ssh/authorized_keys | grep -qx 2"
SIMULATOR = ("python3 /bench/sim/sim azure --key /bench/a.pub --key /bench/b.pub --admin alice "
             "--hostname bench --listen 169.254.169.254 --port 80 --ready /run/ready --quiet & "
             "for i in $(seq 200); do [ -s /run/ready ] || sleep 0.05; done")


class Machine:
    """A scratch folder for in-machine; what lies in its bench/ is /bench inside."""

    def __init__(self, chroot, scratch):
        self.chroot, self.scratch = chroot, scratch
        self.bench = scratch / "bench"
        self.bench.mkdir()

    def run(self, script):
        """A fresh machine; the costs of what ran beneath rusage in it."""
        log = self.bench / "cost"
        log.unlink(missing_ok=True)
        done = subprocess.run([bench.LIB / "in-machine", self.chroot, self.scratch, script],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            bench.die(f"{script}:\n{done.stdout.decode(errors='replace')[-3000:]}")
        return [bench.Cost(line) for line in log.read_text().splitlines()] if log.exists() else []

    def total(self, script):
        return bench.add_runs(self.run(script))


def prepare(scratch):
    chroot = bench.CACHE / "chroot"
    if not chroot.exists():
        bench.need("mmdebstrap")
        bench.note("making the machine once, about two minutes")
        subprocess.run([bench.LIB / "make-chroot", chroot], check=True)
    machine = Machine(chroot, scratch)
    into = machine.bench
    bench.compiled("rusage")
    for file in (bench.CACHE / "rusage", bench.DOORWARD, bench.FETCH):
        shutil.copy(file, into)
    shutil.copytree(bench.TOP / "tests/sim", into / "sim")
    keys = [bench.make_key(into / "a"), bench.make_key(into / "b")]
    bench.make_seed(into / "seed", keys, USER)
    with (into / "seed/user-data").open("a") as file:
        # Host keys are present, and stay.
        file.write("ssh_deletekeys: false\nssh_genkeytypes: [rsa, ecdsa, ed25519]\n")
    (into / "config.ign").write_text(json.dumps({
        "ignition": {"version": "3.3.0"},
        "passwd": {"users": [{"name": USER, "groups": ["adm"], "shell": "/bin/bash",
                              "sshAuthorizedKeys": keys}]},
        "storage": {"files": [{"path": f"/etc/sudoers.d/{USER}", "mode": 0o440, "contents": {
            "source": f"data:,{USER}%20ALL=(ALL)%20NOPASSWD:ALL%0A"}}]},
    }))
    return machine


def scripts(machine):
    """What is compared: name -> (script, how many runs)."""
    # A module that fails for want of a disk or a locale fails the step, as it would at a boot.
    cloud_init = "; ".join(f"{RUSAGE} cloud-init {step} || true" for step in STEPS)
    cases = {
        "cloud-init, NoCloud": (
            "mkdir -p /etc/cloud/cloud.cfg.d; "
            "echo 'datasource_list: [NoCloud, None]' >/etc/cloud/cloud.cfg.d/90_dpkg.cfg; "
            f"{SEED}; {cloud_init}; {CHECK}", PEER_RUNS),
        "doorward, NoCloud": (f"{INSTALL}; {SEED}; {RUSAGE} doorward provision; {CHECK}",
                              bench.RUNS),
        "doorward, Azure IMDS": (
            f"{INSTALL}; {SIMULATOR}; {RUSAGE} doorward provision --datasource azure; {CHECK}",
            bench.RUNS),
    }
    if (machine.chroot / IGNITION.lstrip("/")).exists():
        # The first stage puts the configuration where the second finds it; no keys but in a
        # folder of fragments, which is its own way.
        both = " && ".join(
            f"IGNITION_CONFIG_FILE=/bench/config.ign {RUSAGE} {IGNITION} --root=/ "
            f"--platform=file --stage={stage}" for stage in ("fetch", "files"))
        cases["ignition"] = (
# It relabels what it wrote, and fails without a policy and a tool to do that.
            "mkdir -p /etc/selinux; ln -sf /bin/true /usr/sbin/setfiles; "
            "printf 'SELINUX=disabled\\nSELINUXTYPE=default\\n' >/etc/selinux/config; "
            f"{both}; cat /home/{USER}/.ssh/authorized_keys* /home/{USER}/.ssh/*.d/* 2>/dev/null | "
            "grep -c bench$ | grep -qx 2", bench.RUNS)
    return cases


def count_processes(machine, script):
    """The same script, each measured command watched instead."""
    watched = script.replace(
        RUSAGE, "strace -f -qq -e signal=none -e trace=clone,clone3,fork,vfork,execve "
                "-A -o /bench/processes")
    log = machine.bench / "processes"
    log.unlink(missing_ok=True)
    machine.run(watched)
    made, by_useradd = bench.count_made(log.read_text())
    return made + script.count(RUSAGE), by_useradd


def main():
    if os.geteuid() != 0:
        bench.die("provision needs root: it works in namespaces of its own")
    bench.need("cc", "unshare", "ip", "strace", "ssh-keygen")
    place = os.environ.get("BENCH_SCRATCH") or "/dev/shm"
    with tempfile.TemporaryDirectory(prefix="doorward-bench-", dir=place) as scratch:
        compare(prepare(pathlib.Path(scratch)))


def compare(machine):
    cases = scripts(machine)
    seen = {name: [] for name in cases}
    for turn in range(max(runs for _, runs in cases.values())):
        for name, (script, runs) in cases.items():
            if turn < runs:
                seen[name].append(machine.total(script))
    costs = {name: bench.Costs(runs) for name, runs in seen.items()}
    made = {name: count_processes(machine, script) for name, (script, _) in cases.items()}

    bench.title("provision", "one new user, two keys, host keys present; medians, in turn")
    peer = costs["cloud-init, NoCloud"]
    bench.table(["what", "runs", "CPU", "wall", "RSS", "processes", "by useradd",
                 "CPU, cloud-init =1"],
                [[name, c.count, bench.ms(c.cpu), bench.ms(c.wall), bench.mib(c.rss), made[name][0],
                  made[name][1],
                  f"1/{peer.cpu / c.cpu:.0f}"] for name, c in costs.items()])
    goals = []
    for name, part, rss in (("doorward, NoCloud", 100, 8), ("doorward, Azure IMDS", 60, 12)):
        c = costs[name]
        goals += [
            [f"{name}: CPU", f"1/{part} of cloud-init", f"1/{peer.cpu / c.cpu:.0f}",
             bench.verdict(c.cpu * part <= peer.cpu)],
            [f"{name}: RSS", f"{rss} MiB", bench.mib(c.rss), bench.verdict(c.rss <= rss * 1024)],
        ]
    ours = made["doorward, NoCloud"][0] - made["doorward, NoCloud"][1]
    goals.append(["doorward, NoCloud: processes", 6, ours, bench.verdict(ours <= 6)])
    if "ignition" in costs:
        ratio = costs["doorward, NoCloud"].wall / costs["ignition"].wall
        goals.append(["doorward, NoCloud: wall", "0.50 of ignition", f"{ratio:.2f}",
                      bench.verdict(ratio <= 0.5)])
    bench.table(["goal", "wanted", "measured", ""], goals)
    bench.note("by useradd: its own children, which look for nscd and sss_cache; not in the goal")
    bench.note("cloud-init: its four boot steps, one after the other; ignition: fetch and files")


if __name__ == "__main__":
    main()
