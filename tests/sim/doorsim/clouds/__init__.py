# SPDX-License-Identifier: Apache-2.0
# One module per cloud; the file's name is the word on the command line.
"""
A cloud module offers:

    SUMMARY             one line for --help
    add_options(group)  argparse options of its own
    Cloud(options)      with answer(request) -> Reply and error(status) -> Reply

`error` makes the body that this cloud sends with a failing status; the fault
schedules use it, so an injected 404 looks like the cloud's own 404.
Nothing else has to be touched to add one: the directory is the list.
"""
import importlib
import os


def names():
    """The clouds there are, sorted."""
    here = os.path.dirname(__file__)
    return sorted(f[:-3] for f in os.listdir(here)
                  if f.endswith(".py") and not f.startswith("_"))


def load(name):
    """The module of one cloud; KeyError when there is none."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module("." + name, __name__)
