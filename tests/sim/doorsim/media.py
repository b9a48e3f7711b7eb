# SPDX-License-Identifier: Apache-2.0
# Makes NoCloud and OVF images with genisoimage, mkfs.vfat and mcopy; nothing is mounted.
"""
An image is built under a temporary name beside its place and renamed, so a
failure leaves no half image. No root is needed.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from . import ovf

EXIT_USAGE = 2
EXIT_TOOL = 3
PACKAGE = {"genisoimage": "genisoimage", "mkfs.vfat": "dosfstools", "mcopy": "mtools"}
SEED = ("meta-data", "user-data", "vendor-data", "network-config")


class Failed(Exception):
    """A tool is missing or has failed."""


def run(*words):
    """Runs one tool; what it says is shown only when it fails."""
    # mkfs.vfat is in sbin, which a user's PATH may lack
    found = shutil.which(words[0], path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Failed(f"{words[0]} is missing: install {PACKAGE[words[0]]}")
    done = subprocess.run([found, *words[1:]], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, "LC_ALL": "C", "MTOOLS_SKIP_CHECK": "1"})
    if done.returncode:
        raise Failed(f"{words[0]} ended with {done.returncode}:\n"
                     + done.stdout.decode("utf-8", "replace"))


def stage(directory, files):
    """Copies the files, a list of (name, source), under their names into the directory."""
    for name, source in files:
        target = os.path.join(directory, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
            os.chmod(target, 0o644)


def make_iso(out, directory, label, names):
    """names: the genisoimage options that decide which names the image can carry."""
    run("genisoimage", "-quiet", "-V", label, *names, "-o", out, directory)


def make_vfat(out, directory, label, boot_label_only):
    size = sum(os.path.getsize(os.path.join(top, name))
               for top, _, names in os.walk(directory) for name in names)
    kib = max(1024, size * 5 // 4 // 1024 + 512)
    run("mkfs.vfat", "-C", "-n", label, out, str(kib))
    for name in sorted(os.listdir(directory)):
        run("mcopy", "-s", "-i", out, os.path.join(directory, name), "::/")
    if boot_label_only:
        drop_root_label(out)


def drop_root_label(image):
    """Marks the label's entry in the root directory (FAT12/16) as deleted."""
    with open(image, "r+b") as stream:
        boot = stream.read(512)
        sector = int.from_bytes(boot[11:13], "little")
        reserved = int.from_bytes(boot[14:16], "little")
        entries = int.from_bytes(boot[17:19], "little")
        per_fat = int.from_bytes(boot[22:24], "little")
        if entries == 0:
            raise Failed("--boot-label-only: the image is FAT32, too large for it")
        start = (reserved + boot[16] * per_fat) * sector
        for at in range(start, start + entries * 32, 32):
            stream.seek(at)
            entry = stream.read(32)
            if entry[11] == 0x08 and entry[0] not in (0, 0xE5):
                stream.seek(at)
                stream.write(b"\xe5")
                return
    raise Failed("--boot-label-only: no label entry was found")


def build(out, files, make):
    """Runs make(image, directory) on a staged directory and puts the image in place."""
    where = os.path.dirname(os.path.abspath(out))
    with tempfile.TemporaryDirectory(prefix=".media-", dir=where) as temp:
        directory = os.path.join(temp, "files")
        os.mkdir(directory)
        stage(directory, files)
        image = os.path.join(temp, "image")
        make(image, directory)
        os.replace(image, out)


def extra_files(options):
    pairs = []
    for item in options.extra:
        name, equals, source = item.partition("=")
        parts = name.split("/")
        if not equals or "" in parts or ".." in parts:
            raise Failed(f"--extra {item!r}: NAME=FILE is wanted, NAME inside the image")
        pairs.append((name, source))
    return pairs


def nocloud(options):
    files = []
    for name in SEED:
        source = getattr(options, name.replace("-", "_"))
        if source:
            files.append((name, source))
    files += extra_files(options)

    def make(image, directory):
        if options.format == "vfat":
            make_vfat(image, directory, options.label, options.boot_label_only)
        else:
            make_iso(image, directory, options.label,
                     [] if options.plain_iso else ["-J", "-R"])

    build(options.out, files, make)


def ovf_image(options):
    files = [("ovf-env.xml", options.xml)]
    if options.custom_data_bin:
        files.append(("CustomData.bin", options.custom_data_bin))
    files += extra_files(options)
    names = ["-J", "-R"] + (["-udf"] if options.format == "udf" else [])
    build(options.out, files, lambda image, directory: make_iso(
        image, directory, options.label, names))


def ovf_xml(options):
    data = ovf.document(options)
    if options.out:
        with open(options.out, "wb") as stream:
            stream.write(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


def parser():
    top = argparse.ArgumentParser(prog="media", allow_abbrev=False,
                                  description="Makes provisioning media without mounting.")
    verbs = top.add_subparsers(required=True, metavar="VERB")

    verb = verbs.add_parser("nocloud", allow_abbrev=False, help="a labelled NoCloud seed disk")
    verb.set_defaults(run=nocloud)
    verb.add_argument("out", metavar="OUT")
    for name in SEED:
        verb.add_argument("--" + name, metavar="FILE")
    verb.add_argument("--format", choices=["iso", "vfat"], default="iso")
    verb.add_argument("--label", default="cidata", help="cidata (default), CIDATA, …")
    verb.add_argument("--plain-iso", action="store_true",
                      help="no Joliet and no Rock Ridge: names are cut to 8.3")
    verb.add_argument("--boot-label-only", action="store_true",
                      help="vfat: the label is in the boot sector only")
    verb.add_argument("--extra", action="append", default=[], metavar="NAME=FILE",
                      help="one more file or directory (repeatable)")

    verb = verbs.add_parser("ovf", allow_abbrev=False, help="a disk with ovf-env.xml")
    verb.set_defaults(run=ovf_image)
    verb.add_argument("out", metavar="OUT")
    verb.add_argument("--xml", required=True, metavar="FILE", help="becomes ovf-env.xml")
    verb.add_argument("--format", choices=["udf", "iso"], default="udf",
                      help="udf is a bridge disk: UDF and ISO 9660 on the same files")
    verb.add_argument("--label", default="rd_rdfe_stable.250101-0000")
    verb.add_argument("--custom-data-bin", metavar="FILE", help="becomes CustomData.bin")
    verb.add_argument("--extra", action="append", default=[], metavar="NAME=FILE",
                      help="one more file or directory (repeatable)")

    verb = verbs.add_parser("ovf-xml", allow_abbrev=False, help="print an ovf-env.xml")
    verb.set_defaults(run=ovf_xml)
    verb.add_argument("--out", metavar="FILE", help="write there instead of to standard output")
    ovf.add_options(verb)
    return top


def main(arguments):
    options = parser().parse_args(arguments)
    if getattr(options, "format", None) == "iso" and getattr(options, "boot_label_only", False) \
            or getattr(options, "format", None) == "vfat" and options.plain_iso:
        sys.stderr.write("media: --boot-label-only is for vfat, --plain-iso for iso\n")
        return EXIT_USAGE
    try:
        options.run(options)
    except (Failed, ValueError, OSError) as error:
        sys.stderr.write(f"media: {error}\n")
        return EXIT_TOOL
    return 0
