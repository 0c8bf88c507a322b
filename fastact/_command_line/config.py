"""Print what a compiler needs, for programs in C and C++.

cc program.c $(python -m fastact config --cflags --libs) -o program
"""

import argparse
import os
import shlex
from pathlib import Path

from fastact._command_line.chosen import Refused
from fastact._control import get_include, get_library_dir


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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--cflags", action="store_true", help="print the flags of the compiler")
    parser.add_argument("--libs", action="store_true", help="print the flags of the linker")
    parser.add_argument(
        "--pkgconfigdir", action="store_true", help="print the folder of fastact.pc, for PKG_CONFIG_PATH"
    )


def run(given: argparse.Namespace) -> None:
    """Print what is asked for on one line, as pkg-config does."""
    if not (given.cflags or given.libs or given.pkgconfigdir):
        raise Refused("say what to print: --cflags, --libs or --pkgconfigdir")
    if os.name == "nt":
        raise Refused("compilers' flags are not known for Windows; fastact.get_include() has the folder of the headers")
    try:
        flags = compile_flags() if given.cflags else []
        flags += link_flags() if given.libs else []
        flags += [pkg_config_dir()] if given.pkgconfigdir else []
    except RuntimeError as error:  # no library was compiled
        raise Refused(str(error)) from None
    print(shlex.join(flags))
