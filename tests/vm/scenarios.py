# SPDX-License-Identifier: Apache-2.0
# The three scenarios and what they assert; started by `run`, which has made the namespaces.
"""Each scenario boots one disk three times: new, again unchanged, and as another instance.
What is asserted is seen from outside: the serial console, the SSH door, the requests that
arrived. Facts from inside come over that same SSH door."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

import guest
from guest import Blocks, Door, Guest, Net, Trouble, swap_uuid

SIM = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "sim")
LOGIN_PATIENCE = 240
FIRST_UUID = "550e8400-e29b-41d4-a716-446655440000"
SECOND_UUID = "7b1d2f60-9c3e-4a58-b1f7-0d6e5a4c3b21"
HOST_KEY_TYPES = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"}

# Runs in the guest as root; each section is one fact with its exit status.
FACTS = r"""
user=%(user)s
home=$(getent passwd "$user" | cut -d: -f6)
fact() { name=$1; shift; printf '@@@ %%s\n' "$name"; "$@" 2>&1; printf '\n@@= %%s\n' $?; }
fact status_json timeout 90 doorward status --wait --json
fact query timeout 30 doorward query --json
fact short doorward fingerprints --type ecdsa --format short
fact keygen_short sh -c "ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub | awk '{print \$2}'"
fact keygen_all sh -c 'for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done'
fact pub_all sh -c 'cat /etc/ssh/ssh_host_*_key.pub'
fact private_modes sh -c "stat -c '%%a %%U:%%G %%n' /etc/ssh/ssh_host_*_key"
fact public_modes sh -c "stat -c '%%a %%U:%%G %%n' /etc/ssh/ssh_host_*_key.pub"
fact host_key_sums sh -c 'sha256sum /etc/ssh/ssh_host_*_key'
fact ssh_dir stat -c '%%a %%U:%%G %%F' "$home/.ssh"
fact keys_file stat -c '%%a %%U:%%G %%F' "$home/.ssh/authorized_keys"
fact keys_stamp stat -c '%%i %%y %%z' "$home/.ssh/authorized_keys"
fact keys_text cat "$home/.ssh/authorized_keys"
fact ssh_entries ls -A "$home/.ssh"
fact sudoers sh -c "grep -lw '$user' /etc/sudoers.d/* | xargs stat -c '%%a %%U:%%G %%n'"
fact visudo visudo -c
fact shadow sh -c "getent shadow '$user' | cut -d: -f2"
fact root_shadow sh -c "getent shadow root | cut -d: -f2"
fact root_keys sh -c 'cat /root/.ssh/authorized_keys 2>/dev/null || true'
fact hostname hostname
fact etc_hostname cat /etc/hostname
fact unit_local systemctl show -p LoadState -p ActiveState -p Result doorward-local.service
fact unit_main systemctl show -p LoadState -p ActiveState -p Result doorward.service
fact failed_units systemctl --failed --plain --no-legend --no-pager
fact issue sh -c 'cat /run/issue.d/* /etc/issue.d/* 2>/dev/null'
fact mounts sh -c "awk '\$3 ~ /^(iso9660|udf|vfat)\$/' /proc/mounts"
fact secrets_modes sh -c "find /var/lib/doorward -maxdepth 0 -printf '%%m %%u:%%g\n'"
fact ovf_copy sh -c "find /var/lib/doorward -name ovf-env.xml -printf '%%m %%u:%%g\n'"
fact boot_times systemd-analyze --no-pager
"""


class Tap:
    """Counts and prints the checks; the first failure of a boot is followed by evidence."""

    def __init__(self):
        self.passed = self.failed = 0
        self.evidence = None
        self.stage = ""

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def check(self, good, name, *details):
        number = self.passed + self.failed + 1
        name = "%s: %s" % (self.stage, name) if self.stage else name
        print("%sok %d - %s" % ("" if good else "not ", number, name), flush=True)
        if good:
            self.passed += 1
            return True
        self.failed += 1
        for detail in details:
            self.note(detail)
        if self.evidence:
            show, self.evidence = self.evidence, None
            show()
        return False

    def same(self, got, wanted, name):
        return self.check(got == wanted, name, "got:    %r" % (got,), "wanted: %r" % (wanted,))

    def end(self):
        print("1..%d" % (self.passed + self.failed))
        print("%d passed, %d failed" % (self.passed, self.failed), flush=True)


class Simulator:
    """The metadata service on the address where guests look for it."""

    def __init__(self, *options):
        self.requests_path = "requests.jsonl"
        for stale in (self.requests_path, "sim.ready"):
            if os.path.exists(stale):
                os.unlink(stale)
        self.log = open("sim.log", "ab")
        self.process = subprocess.Popen(
            [os.path.join(SIM, "sim"), "azure", "--listen", guest.IMDS_IP, "--port", "80",
             "--ready", "sim.ready", "--requests", self.requests_path, *options],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 10
        while not os.path.exists("sim.ready"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Trouble("the simulator did not start: " + open("sim.log").read()[-1000:])
            time.sleep(0.05)

    def requests(self):
        with open(self.requests_path) as stream:
            return [json.loads(line) for line in stream if line.strip()]

    def close(self):
        guest.stop(self.process)
        self.log.close()


def media(*argv):
    guest.tool(os.path.join(SIM, "media"), *argv)


def write(path, text):
    with open(path, "w") as stream:
        stream.write(text)
    return path


def find_member(value, name):
    """The first member called name anywhere in a JSON value."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            found = find_member(item, name)
            if found is not None:
                return found
    return None


def blob(line):
    """Type and base64 of an authorized_keys line without options."""
    return " ".join(line.split()[:2])


class Run:
    """One scenario under way: the net, the guest, the door, and the checks common to all."""

    def __init__(self, tap, image, user, key, public_line, hostname):
        self.tap = tap
        self.user = user
        self.public_line = public_line
        self.hostname = hostname
        self.net = Net()
        self.guest = Guest(image, "guest")
        self.door = Door(user, key)
        self.sim = None
        self.platform = self.instance = None    # what the agent should find; the boots set it
        guest.keypair("stranger")

    def close(self):
        self.guest.close()
        if self.sim:
            self.sim.close()
        self.net.close()

    def evidence(self):
        note = self.tap.note
        note("---- the last lines of the console (%s) ----" % self.guest.console_path)
        note("\n".join(Blocks(self.guest.console()).lines[-40:]))
        inside = self.guest.root_shell(
            "journalctl -b --no-pager -o short-monotonic -u 'doorward*' | tail -n 60;"
            " journalctl -b --no-pager -o short-monotonic -u ssh | tail -n 12;"
            " systemctl --no-pager --plain --failed; doorward status --json")
        note("---- from inside ----")
        note(inside if inside else "the guest's root shell does not answer")
        note("----")

    # -- one boot --------------------------------------------------------------------------

    def boot(self, stage, **hardware):
        """Power on and get in; False when there is no way in."""
        tap = self.tap
        tap.stage = stage
        tap.evidence = self.evidence
        if os.path.exists(self.door.known_hosts):
            os.unlink(self.door.known_hosts)
        self.net.forget_connections()
        self.guest.power_on(**hardware)
        seconds = guest.first_login(self.guest, self.door, LOGIN_PATIENCE)
        blocks = Blocks(self.guest.console())
        tap.check(seconds is not None or "login: " in self.guest.console(), "boots")
        tap.check(blocks.keys, "the console shows a host key block")
        if not tap.check(seconds is not None,
                         "strict SSH login with the keys printed on the console",
                         "no login within %d s; the last attempt:" % LOGIN_PATIENCE,
                         self.last_attempt()):
            return False
        tap.note("%s: %.1f s from power-on to the first strict SSH login" % (stage, seconds))
        status, _, errors = self.door.run("sudo", "-n", "true")
        tap.check(status == 0, "sudo -n true works", errors)
        self.facts = self.read_facts()
        self.blocks = Blocks(self.guest.console())
        return True

    def last_attempt(self):
        if not os.path.exists(self.door.known_hosts):
            return "none: there was no complete host key block"
        return self.door.run("true", options=("LogLevel=VERBOSE",))[2]

    def read_facts(self):
        status, out, errors = self.door.run("sudo", "-n", "sh", "-s",
                                            text=FACTS % {"user": self.user}, patience=150)
        facts = {}
        name = None
        for line in out.splitlines():
            if line.startswith("@@@ "):
                name = line[4:]
                facts[name] = ""
            elif line.startswith("@@= ") and name:
                facts[name] = facts[name].strip("\n")
                facts[name + "?"] = int(line[4:])
                name = None
            elif name:
                facts[name] += line + "\n"
        self.tap.check("boot_times?" in facts, "facts are read from inside", "exit %s" % status,
                       errors, out[-500:])
        return facts

    def fact(self, name):
        return self.facts.get(name, "")

    def power_off(self):
        self.door.run("sudo", "-n", "systemctl", "poweroff", patience=20)
        self.tap.check(self.guest.wait_off(90), "powers off when told")
        self.guest.power_cut()

    # -- checks ----------------------------------------------------------------------------

    def check_console(self):
        """The blocks are whole, true, and all that sshd serves."""
        tap, blocks = self.tap, self.blocks
        tap.check(blocks.fingerprints is not None and not blocks.fingerprint_faults,
                  "the fingerprint block is exact", "not ours: %r" % blocks.fingerprint_faults)
        tap.check(blocks.keys is not None and not blocks.key_faults,
                  "the key block is exact", "not ours: %r" % blocks.key_faults)
        tap.same(sorted(blocks.fingerprints or []), sorted(self.fact("keygen_all").splitlines()),
                 "the console's fingerprints are ssh-keygen's")
        tap.same(sorted(map(blob, blocks.keys or [])),
                 sorted(map(blob, self.fact("pub_all").splitlines())),
                 "the console's keys are the files'")
        tap.same({line.split()[0] for line in blocks.keys or []}, HOST_KEY_TYPES,
                 "Ed25519, ECDSA and RSA host keys are there")
        write(self.door.known_hosts, blocks.known_hosts(guest.GUEST_IP) if blocks.keys else "")
        for algorithm, name in (("ssh-ed25519", "Ed25519"), ("ecdsa-sha2-nistp256", "ECDSA"),
                                ("rsa-sha2-512,rsa-sha2-256", "RSA")):
            status, _, errors = self.door.run("true", options=("HostKeyAlgorithms=" + algorithm,))
            tap.check(status == 0, "strict login holding sshd to its %s key" % name, errors)

    def check_refusals(self):
        tap = self.tap
        other = guest.keypair("wrong-host-key")
        wrong = write("known_hosts.wrong", "%s %s\n" % (guest.GUEST_IP, blob(other)))
        status, _, errors = self.door.run("true", known_hosts=wrong)
        tap.check(status == 255 and "verification failed" in errors,
                  "a wrong known_hosts line fails", "exit %s" % status, errors)
        status, _, errors = self.door.run("true", key="stranger")
        tap.check(status == 255 and "Permission denied" in errors,
                  "another key is refused", "exit %s" % status, errors)

    def check_inside(self):
        tap, fact, user = self.tap, self.fact, self.user
        owner = "%s:%s" % (user, user)
        tap.same(fact("ssh_dir"), "700 %s directory" % owner, "~/.ssh is 0700 and the user's")
        tap.same(fact("keys_file"), "600 %s regular file" % owner,
                 "authorized_keys is 0600 and the user's")
        tap.same([blob(line) for line in fact("keys_text").splitlines()
                  if line.strip() and not line.startswith("#")],
                 [blob(self.public_line)], "authorized_keys holds the one key, once")
        tap.same(fact("ssh_entries").split(), ["authorized_keys"], "nothing else is left in ~/.ssh")
        for name, mode, what in (("private_modes", "600 root:root", "private host keys are 0600"),
                                 ("public_modes", "644 root:root", "public host keys are 0644")):
            rows = fact(name).splitlines()
            tap.check(len(rows) == 3 and all(row.startswith(mode) for row in rows), what, *rows)
        rows = fact("sudoers").splitlines()
        tap.check(len(rows) == 1 and rows[0].startswith("440 root:root /etc/sudoers.d/"),
                  "one sudoers file, 0440", *rows)
        tap.check(self.facts.get("visudo?") == 0, "visudo -c is content", fact("visudo"))
        tap.same(fact("shadow"), "*", "the account's password is *")
        tap.check(fact("root_shadow")[:1] in ("*", "!"), "root stays locked")
        tap.same(fact("root_keys"), "", "root got no key")
        tap.same((fact("hostname"), fact("etc_hostname")), (self.hostname, self.hostname),
                 "the host name is set")
        tap.same(fact("mounts"), "", "no provisioning medium is left mounted")
        tap.same(fact("secrets_modes"), "700 root:root", "/var/lib/doorward is 0700")

    def check_agent(self):
        tap, fact = self.tap, self.fact
        for name, unit in (("unit_local", "doorward-local"), ("unit_main", "doorward")):
            state = fact(name).split()
            tap.check("LoadState=loaded" in state and "Result=success" in state
                      and "ActiveState=failed" not in state, unit + ".service has not failed",
                      fact(name))
        tap.same(fact("failed_units"), "", "no unit has failed")
        try:
            status = json.loads(fact("status_json"))
        except ValueError:
            status = None
        tap.check(status is not None and self.facts.get("status_json?") == 0,
                  "status --json answers, exit 0", "exit %s" % self.facts.get("status_json?"),
                  fact("status_json"))
        try:
            record = json.loads(fact("query"))
        except ValueError:
            record = {}
        tap.same((record.get("platform"), record.get("instance_id")),
                 (self.platform, self.instance), "query --json knows platform and instance")
        walls = find_member(status, "walls") or {}
        tap.check(walls.get("uid") is True and walls.get("seccomp") is True
                  and type(walls.get("landlock")) is int and walls["landlock"] >= 1,
                  "status reports the walls: uid, landlock, seccomp", "walls: %r" % walls)
        tap.check(fact("short").startswith("SHA256:") and fact("short") == fact("keygen_short"),
                  "fingerprints --type ecdsa --format short is ssh-keygen's",
                  "doorward:   " + fact("short"), "ssh-keygen: " + fact("keygen_short"))
        fingerprints = [line.split()[1] for line in fact("keygen_all").splitlines()]
        tap.check(fingerprints and all(text in fact("issue") for text in fingerprints),
                  "the login banner shows the fingerprints", fact("issue"))

    def check_unchanged(self, before):
        """After a reboot of the same instance."""
        tap, fact = self.tap, self.fact
        tap.same(fact("host_key_sums"), before["host_key_sums"], "the host keys are the same")
        tap.same(fact("keys_stamp"), before["keys_stamp"],
                 "authorized_keys was not written: same inode, mtime and ctime")
        tap.same(fact("hostname"), before["hostname"], "the host name is the same")

    def check_renewed(self, before):
        """After the disk became another instance."""
        old = {line.split()[0] for line in before["host_key_sums"].splitlines()}
        new = {line.split()[0] for line in self.fact("host_key_sums").splitlines()}
        self.tap.check(len(new) == 3 and not old & new, "every host key is new",
                       "kept: %r" % (old & new), "now: %d keys" % len(new))
        write("known_hosts.old", "".join(
            "%s %s\n" % (guest.GUEST_IP, blob(line)) for line in before["pub_all"].splitlines()))
        status, _, errors = self.door.run("true", known_hosts="known_hosts.old")
        self.tap.check(status == 255 and "verification failed" in errors,
                       "the old instance's keys no longer verify", "exit %s" % status, errors)

    # -- the story -------------------------------------------------------------------------

    def tell(self, first, again, renewed, *, requests=None):
        """Three boots; each argument is the hardware of one, or a function that makes it."""
        hardware = first()
        if not self.boot("first boot", **hardware):
            return
        self.check_console()
        self.check_refusals()
        self.check_inside()
        self.check_agent()
        if requests:
            requests("first")
        before = dict(self.facts)
        self.power_off()

        if not self.boot("reboot", **again()):
            return
        self.check_unchanged(before)
        self.check_console()
        self.check_agent()
        if requests:
            requests("again")
        self.power_off()

        if not self.boot("new instance", **renewed()):
            return
        self.check_renewed(before)
        self.check_console()
        self.check_inside()
        self.check_agent()
        if requests:
            requests("renewed")


# ---- NoCloud -----------------------------------------------------------------------------------

def qemu_dmi(uuid):
    return ["type=1,manufacturer=QEMU,product=Standard PC (i440FX + PIIX 1996),uuid=" + uuid]


def nocloud(tap, image):
    """Labelled media: an ISO on the CD-ROM drive, for the new instance a VFAT disk."""
    line = guest.keypair("owner", comment="owner@desk")
    run = Run(tap, image, "ops", "owner", line, "door-one")

    run.platform = "nocloud"

    def seed(instance, out, *options):
        run.instance = instance
        write("meta-data", "instance-id: %s\nlocal-hostname: %s\n" % (instance, run.hostname))
        write("user-data", "#cloud-config\n"
              "users:\n"
              "  - name: ops\n"
              "    gecos: Operations\n"
              "    shell: /bin/bash\n"
              "    sudo: ALL=(ALL) NOPASSWD:ALL\n"
              "    lock_passwd: true\n"
              "    ssh_authorized_keys:\n"
              "      - %s\n" % line)
        media("nocloud", out, "--meta-data", "meta-data", "--user-data", "user-data", *options)
        return out

    def first():
        return {"smbios": qemu_dmi(FIRST_UUID), "cdrom": seed("i-0001", "seed-1.iso")}

    def again():
        return {"smbios": qemu_dmi(FIRST_UUID), "cdrom": "seed-1.iso"}

    def renewed():
        run.hostname = "door-two"
        disk = seed("i-0002", "seed-2.img", "--format", "vfat", "--label", "CIDATA")
        return {"smbios": qemu_dmi(SECOND_UUID), "disk": disk}

    def requests(_stage):
        tap.same(run.net.connections(), [], "the guest opened no connection to anywhere")

    return run, lambda: run.tell(first, again, renewed, requests=requests)


# ---- Azure -------------------------------------------------------------------------------------

def azure_dmi(uuid):
    return ["type=1,manufacturer=Microsoft Corporation,product=Virtual Machine,version=7.0,"
            "serial=0000-0008-4571-3562-2015-6137-69,uuid=" + uuid,
            "type=3,manufacturer=Microsoft Corporation,asset=" + guest.AZURE_ASSET_TAG]


def imds_checks(tap, run):
    def requests(stage):
        rows = run.sim.requests()
        shown = ["%s %s?%s -> %s" % (row["method"], row["path"], row["query"], row["status"])
                 for row in rows]
        if stage == "again":
            tap.check(len(rows) <= 1, "at most one request to IMDS", *shown)
        else:
            tap.check(len(rows) == 1, "one request to IMDS, for the whole answer", *shown)
        tap.check(all(row["headers"].get("metadata", "").lower() == "true" for row in rows),
                  "every request has Metadata: true", *shown)
        if rows:
            tap.check((guest.IMDS_IP, 80) in run.net.connections(),
                      "the watcher on the wire saw the request")
        elsewhere = [to for to in run.net.connections() if to[0] not in
                     (guest.IMDS_IP, guest.WIRE_IP)]
        tap.same(elsewhere, [], "nothing but the platform was called")
    return requests


def azure_boots(run, keys, cdrom=None, late_keys=None, late_cdrom=None):
    """The hardware of the three boots; a guest without UEFI is Gen1: its DMI shows swapped ids."""
    def start(uuid, options):
        if run.sim:
            run.sim.close()
        run.platform, run.instance = "azure", swap_uuid(uuid)
        run.sim = Simulator("--vm-id", swap_uuid(uuid), "--hostname", run.hostname,
                            "--admin", run.user, *options)
        return {"smbios": azure_dmi(uuid)}

    def first():
        return dict(start(FIRST_UUID, keys), cdrom=cdrom() if cdrom else None)

    def again():
        # The platform takes the provisioning disk away after the first boot.
        return start(FIRST_UUID, keys)

    def renewed():
        run.hostname += "-two"
        return dict(start(SECOND_UUID, keys if late_keys is None else late_keys),
                    cdrom=late_cdrom() if late_cdrom else None)

    return first, again, renewed


def azure(tap, image):
    """IMDS alone, with an OpenSSH key."""
    line = guest.keypair("owner", kind="rsa", comment="owner@portal")
    run = Run(tap, image, "azureuser", "owner", line, "azvm")
    first, again, renewed = azure_boots(run, ["--key", "owner.pub"])
    return run, lambda: run.tell(first, again, renewed, requests=imds_checks(tap, run))


def azure_classic(tap, image):
    """A certificate instead of a key: from IMDS beside the OVF disk, then from the disk alone."""
    line = guest.classic_certificate("myPrivateKey.key", "myCert.pem")
    run = Run(tap, image, "azureuser", "myPrivateKey.key", line, "classicvm")

    def disk():
        media("ovf-xml", "--out", "ovf-env.xml", "--hostname", run.hostname,
              "--user", run.user, "--key-value", "myCert.pem")
        media("ovf", "provisioning.iso", "--xml", "ovf-env.xml", "--format", "udf")
        return "provisioning.iso"

    first, again, renewed = azure_boots(
        run, ["--key", "myCert.pem"], cdrom=disk,
        late_keys=["--drop", "compute/publicKeys"], late_cdrom=disk)
    imds = imds_checks(tap, run)

    def requests(stage):
        imds(stage)
        tap.same(run.fact("ovf_copy"), "600 root:root", "a copy of ovf-env.xml is kept, 0600")

    return run, lambda: run.tell(first, again, renewed, requests=requests)


SCENARIOS = {"nocloud": nocloud, "azure": azure, "azure-classic": azure_classic}


def keep_running(run):
    """Say how to reach the guest and wait until the user has seen enough."""
    outer = os.environ.get("VM_OUTER_PID", "PID")
    here = os.getcwd()
    ssh = run.door.argv()
    ssh[ssh.index("-i") + 1] = os.path.join(here, run.door.key)
    print("\n# The guest is still running. From another root terminal:\n"
          "#   nsenter -t %s -n %s\n"
          "#   console:    tail -f %s/%s\n"
          "#   root shell: socat - UNIX-CONNECT:%s/%s.shell   (no SSH needed)\n"
          "# Ctrl-C here, or kill %s, ends it." % (
              outer, " ".join(ssh), here, run.guest.console_path, here, run.guest.name,
              os.environ.get("VM_RUN_PID", "the run")),
          flush=True)
    try:
        run.guest.qemu.wait()
    except KeyboardInterrupt:
        pass


def main():
    parser = argparse.ArgumentParser(prog="scenarios.py")
    parser.add_argument("scenario")
    parser.add_argument("--image", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    if args.scenario not in SCENARIOS:
        parser.error("no scenario %r; there are: %s" % (args.scenario, ", ".join(SCENARIOS)))
    guest.end_on_signals()
    # A directory of the run's own: short names for sockets, and nothing of the last run left.
    shutil.rmtree(args.work, ignore_errors=True)
    os.makedirs(args.work)
    os.chdir(args.work)
    tap = Tap()
    run = None
    started = time.monotonic()
    trouble = False
    try:
        run, story = SCENARIOS[args.scenario](tap, os.path.abspath(args.image))
        story()
        tap.note("%s took %d s; logs in %s" % (args.scenario, time.monotonic() - started,
                                               os.getcwd()))
        tap.end()
        if args.keep and run.guest.alive():
            keep_running(run)
    except Trouble as error:
        trouble = True
        print("Bail out! %s" % error, flush=True)
        tap.end()
    except KeyboardInterrupt:
        trouble = True
        print("Bail out! interrupted", flush=True)
    finally:
        if run:
            run.close()
            if not args.keep and os.path.exists(run.guest.disk):
                os.unlink(run.guest.disk)
    return 1 if trouble or tap.failed or not tap.passed else 0


if __name__ == "__main__":
    sys.exit(main())
