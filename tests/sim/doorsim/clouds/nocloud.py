# SPDX-License-Identifier: Apache-2.0
# NoCloud's network seed: plain files over HTTP, nothing else.
"""
Any regular file below the seed directory is served, so the same directory can
be the input of `media nocloud`. A name that leads out of the directory, through
dots or through a symbolic link, is a 404 like any other missing name.
Files are read at every request: change one, and the next request sees it.
"""
import os

from ..wire import Reply, text_error, unquote

SUMMARY = "NoCloud seed over HTTP: meta-data, user-data, vendor-data, network-config"


def add_options(group):
    group.add_argument("--seed", type=group.path, metavar="DIR",
                       help="serve the files of this directory")
    group.add_argument("--file", action="append", default=[], metavar="NAME=TEXT",
                       help="serve this text under this name; wins over --seed (repeatable)")
    group.add_argument("--prefix", default="", metavar="PATH",
                       help="the seed lies below this path, not below /")
    group.add_argument("--by-query", metavar="NAME",
                       help="the file's name comes in this query parameter "
                            "(seed URLs with %%s)")


class Cloud:
    def __init__(self, options):
        self.seed = os.path.realpath(options.seed) if options.seed else None
        self.prefix = "/" + options.prefix.strip("/") if options.prefix.strip("/") else ""
        self.by_query = options.by_query
        self.texts = {}
        for item in options.file:
            name, equals, text = item.partition("=")
            if not equals:
                raise ValueError(f"--file {item!r}: NAME=TEXT is wanted")
            self.texts[name] = text.encode("utf-8")
        if self.seed is None and not self.texts:
            raise ValueError("nocloud needs --seed or --file")
        if self.seed is not None and not os.path.isdir(self.seed):
            raise ValueError(f"--seed {options.seed}: no such directory")

    def error(self, status):
        return text_error(status)

    def answer(self, request):
        if request.method not in ("GET", "HEAD"):
            reply = text_error(405)
            reply.set_header("Allow", "GET, HEAD")
            return reply
        body = self.read(self.name(request))
        if body is None:
            return text_error(404)
        return Reply(200, body, "application/octet-stream")

    def name(self, request):
        """The file name that the request asks for, as bytes; None for none."""
        if not request.path.startswith(self.prefix + "/"):
            return None
        if self.by_query:
            for name, value in request.params():
                if name == self.by_query:
                    return value.encode("utf-8")
            return None
        return unquote(request.path[len(self.prefix) + 1:])

    def read(self, name):
        if not name or b"\0" in name or name.startswith(b"/"):
            return None
        text = self.texts.get(name.decode("utf-8", "replace"))
        if text is not None or self.seed is None:
            return text
        root = os.fsencode(self.seed)
        path = os.path.realpath(os.path.join(root, name))
        if os.path.commonpath([root, path]) != root or not os.path.isfile(path):
            return None
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except OSError:
            return None
