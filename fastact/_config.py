"""``python -m fastact config``: what a compiler needs to build programs with the C library."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from fastact._control import get_include, get_library_dir

DESCRIPTION = """\
Prints what a compiler needs, for programs in C and C++:

  cc program.c $(python -m fastact config --cflags --libs) -o program
"""


def compile_flags() -> list[str]:
    """Where the headers are."""
    return [f"-I{get_include()}"]


def link_flags() -> list[str]:
    """Where the library is, for the linker and for the program when it starts."""
    folder = get_library_dir()
    return [f"-L{folder}", "-lfastact", f"-Wl,-rpath,{folder}"]


def pkg_config_dir() -> str:
    """The folder of fastact.pc, for PKG_CONFIG_PATH."""
    return str(Path(get_library_dir(), "pkgconfig"))


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to those of ``python -m fastact``."""
    parser = commands.add_parser(
        "config",
        help="flags for compiling programs in C and C++",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cflags", action="store_true", help="print the flags of the compiler")
    parser.add_argument("--libs", action="store_true", help="print the flags of the linker")
    parser.add_argument(
        "--pkgconfigdir", action="store_true", help="print the folder of fastact.pc, for PKG_CONFIG_PATH"
    )
    parser.set_defaults(run=lambda given: run(given, parser))


def run(given: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Print what is asked for on one line, as pkg-config does; the exit status."""
    if not (given.cflags or given.libs or given.pkgconfigdir):
        parser.error("say what to print: --cflags, --libs or --pkgconfigdir")
    if os.name == "nt":
        parser.error("compilers' flags are not known for Windows; fastact.get_include() has the folder of the headers")
    try:
        flags = compile_flags() if given.cflags else []
        flags += link_flags() if given.libs else []
        flags += [pkg_config_dir()] if given.pkgconfigdir else []
    except RuntimeError as error:  # no library was compiled
        print(error, file=sys.stderr)
        return 1
    print(shlex.join(flags))
    return 0
