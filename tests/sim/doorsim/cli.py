# SPDX-License-Identifier: Apache-2.0
# The command line and the scenario files of the simulator.
"""
A scenario file says in JSON what the options say:

    {"cloud": "azure",
     "admin": "alice", "key": ["alice.pub", "cert.pem"], "no-extended": true,
     "faults": ["404x2", {"kind": "latency", "args": {"seconds": 0.2},
                          "path": "/metadata/*", "first": 3, "last": 5}]}

A key is an option's name without the dashes; a list gives a repeatable option
several times; an object gives NAME=VALUE pairs; true gives a flag. File names in
it are relative to the scenario's own directory. Options on the command line come
after the scenario's: they win, and repeatable ones are added.
"""
import argparse
import json
import os
import signal
import sys

from . import clouds, faults
from .server import Server

EXIT_USAGE = 2
EXIT_NO_PORT = 3


def path(text):
    """The type of an option that names a file or a directory."""
    return text


def base_parser(cloud):
    parser = argparse.ArgumentParser(
        prog=f"sim {cloud}", allow_abbrev=False,
        description="Serves a cloud's metadata until SIGTERM or SIGINT.")
    add = parser.add_argument
    add("--listen", default="127.0.0.1", metavar="ADDR",
        help="numeric address, IPv4 or IPv6 (default %(default)s)")
    add("--port", type=int, default=0, metavar="N", help="0 picks one (default)")
    add("--ready", type=path, metavar="FILE",
        help="written as 'ADDR PORT' once the port is open")
    add("--requests", type=path, metavar="FILE", help="one JSON object per request")
    add("--fault", action="append", default=[], metavar="SPEC",
        help="KIND[:ARGS][@GLOB][#FIRST[-LAST]] (repeatable); see --list-faults")
    add("--scenario", type=path, metavar="FILE", help="options and faults from a JSON file")
    add("--tls-cert", type=path, metavar="FILE", help="serve https with this certificate")
    add("--tls-key", type=path, metavar="FILE", help="and this key")
    add("--lifetime", type=float, metavar="SECONDS",
        help="end by itself after so long, so that a crashed test leaves nothing behind")
    add("--quiet", action="store_true", help="do not tell the address on standard error")
    return parser


def parser_for(name):
    module = clouds.load(name)
    parser = base_parser(name)
    group = parser.add_argument_group(name, module.SUMMARY)
    group.path = path
    module.add_options(group)
    return module, parser


def fail(text):
    sys.stderr.write(f"sim: {text}\n")
    sys.exit(EXIT_USAGE)


def read_scenario(file):
    try:
        with open(file, "rb") as stream:
            scenario = json.load(stream)
    except (OSError, ValueError) as error:
        fail(f"{file}: {error}")
    if not isinstance(scenario, dict):
        fail(f"{file}: an object is wanted")
    return scenario


def scenario_arguments(file, scenario, parser):
    """The scenario as command-line words, its file names made absolute."""
    known = {option: action for action in parser._actions
             for option in action.option_strings}
    here = os.path.dirname(os.path.abspath(file))
    words = []
    for key, value in scenario.items():
        if key in ("cloud", "faults", "comment"):
            continue
        action = known.get("--" + key)
        if action is None or key in ("help", "scenario"):
            fail(f"{file}: unknown key {key!r}")
        if isinstance(value, bool) and action.nargs == 0:
            words += ["--" + key] if value else []
            continue
        if isinstance(value, dict):
            value = [f"{name}={text if isinstance(text, str) else json.dumps(text)}"
                     for name, text in value.items()]
        if isinstance(value, bool):
            value = "true" if value else "false"
        for item in value if isinstance(value, list) else [value]:
            text = str(item)
            if action.type is path:
                text = os.path.join(here, text)
            words.append(f"--{key}={text}")
    return words


def scenario_name(arguments):
    """The value of --scenario, found before the cloud is known."""
    for at, word in enumerate(arguments):
        if word == "--scenario" and at + 1 < len(arguments):
            return arguments[at + 1]
        if word.startswith("--scenario="):
            return word.partition("=")[2]
    return None


def describe_fault(kind):
    args = ",".join(f"{name}={'' if value == faults.FOREVER else repr(value)}"
                    for name, value in kind.defaults.items())
    return f"{kind.name}{':' + args if args else ''}\n        {kind.help}\n"


def overview():
    lines = ["usage: sim CLOUD [options]     sim CLOUD --help     sim --list-faults\n",
             "clouds:\n"]
    lines += [f"  {name:12}{clouds.load(name).SUMMARY}\n" for name in clouds.names()]
    return "".join(lines)


def parse(arguments):
    """(cloud module, options, list of faults) from the words of the command line."""
    file = scenario_name(arguments)
    scenario = read_scenario(file) if file else {}
    if arguments[0].startswith("-"):
        name, rest = scenario.get("cloud"), arguments
        if name is None:
            fail("the first word names a cloud: " + ", ".join(clouds.names()))
    else:
        name, rest = arguments[0], arguments[1:]
        if scenario.get("cloud", name) != name:
            fail(f"{file}: is for {scenario['cloud']}, not for {name}")
    if name not in clouds.names():
        fail(f"no cloud is named {name!r}, only: " + ", ".join(clouds.names()))
    module, parser = parser_for(name)
    words = scenario_arguments(file, scenario, parser) if file else []
    options = parser.parse_args(words + rest)
    if bool(options.tls_cert) != bool(options.tls_key):
        fail("--tls-cert and --tls-key come together")
    try:
        listed = [faults.from_json(item) for item in scenario.get("faults", [])]
        listed += [faults.parse(text) for text in options.fault]
        cloud = module.Cloud(options)
    except (faults.BadFault, ValueError, OSError) as error:
        fail(str(error))
    return cloud, options, listed


def write_ready(file, text):
    """Whole or not at all: a waiting reader must never see half a line."""
    temp = f"{file}.{os.getpid()}"
    with open(temp, "w", encoding="ascii") as stream:
        stream.write(text)
    os.replace(temp, file)


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(overview())
        return 0 if arguments else EXIT_USAGE
    if arguments == ["--list-faults"]:
        for kind in faults.KINDS.values():
            sys.stdout.write(describe_fault(kind))
        return 0
    cloud, options, listed = parse(arguments)
    # blocked before the first thread exists, so that only sigwait sees them
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    if options.ready and os.path.lexists(options.ready):
        os.unlink(options.ready)
    tls = (options.tls_cert, options.tls_key) if options.tls_cert else None
    try:
        server = Server(cloud, listed, options.listen, options.port, options.requests,
                        tls).start()
        if options.ready:
            write_ready(options.ready, f"{server.address} {server.port}\n")
    except OSError as error:
        sys.stderr.write(f"sim: {options.listen} port {options.port}: {error}\n")
        return EXIT_NO_PORT
    if not options.quiet:
        sys.stderr.write(f"sim: {server.base}\n")
    if options.lifetime is None:
        signal.sigwait(ends)
    else:
        signal.sigtimedwait(ends, options.lifetime)
    server.stop()
    return 0
