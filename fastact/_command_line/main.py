"""The commands by name, and what becomes of errors: one line and status 2 for what was given wrongly."""

import argparse
import os
import signal
import sys
from importlib import import_module
from typing import NoReturn

import fastact
from fastact._command_line.chosen import Refused

# name -> module: its docstring is the help, add_arguments(parser) says what it takes, run(given) does it
# and returns the exit status
COMMANDS = {
    name: f"fastact._command_line.{name}" for name in ("check", "bench", "info", "plot", "apply", "config")
}  # fmt: skip
WITHOUT = "fastact._command_line.summary"  # what runs where no command is given

INTERRUPTED = 128 + signal.SIGINT


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; --help says what it takes\n")


def _parser() -> Parser:
    program = "fastact" if os.path.basename(sys.argv[0]).startswith("fastact") else "python -m fastact"
    parser = Parser(prog=program, description=import_module(WITHOUT).__doc__)
    parser.add_argument("--version", action="version", version=f"fastact {fastact.__version__}")
    parser.set_defaults(module=WITHOUT, program=program, commands=", ".join(COMMANDS))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, path in COMMANDS.items():
        module = import_module(path)
        text = (module.__doc__ or "").strip()
        command = commands.add_parser(name, help=text.splitlines()[0].rstrip("."), description=text)
        command.set_defaults(module=path, program=f"{program} {name}")
        module.add_arguments(command)
    return parser


def _run(given: argparse.Namespace) -> int:
    """The command's exit status; what it raises is told in one line."""
    try:
        return import_module(given.module).run(given) or 0
    except Refused as error:
        status, reason = 2, str(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        status, reason = 2, f"{error.filename or 'system'}: {error.strerror or error}"
    except MemoryError as error:
        status, reason = 1, str(error) or "no memory"
    print(f"{given.program}: {' '.join(reason.split())}", file=sys.stderr)
    return status


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        status = _run(_parser().parse_args(arguments))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read has seen enough; what Python flushes at its end goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
