"""What commands print: colours and bars on a terminal where rich is installed, plain text elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

try:
    import rich  # noqa: F401
except ImportError:
    HAS_RICH = False
else:
    HAS_RICH = True


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _console(stream: TextIO | None) -> Any:
    """rich's, for a terminal; None where text stays plain."""
    if not HAS_RICH or not _is_terminal(stream):
        return None
    from rich.console import Console

    return Console(file=stream, highlight=False, soft_wrap=True)


def say(text: str = "", style: str = "") -> None:
    """Print a line in a style of rich's, such as "bold green"."""
    parts(((text, style),))


def parts(pieces: Sequence[tuple[str, str]]) -> None:
    """Print a line made of pieces, each a text and its style."""
    console = _console(sys.stdout)
    if console is None:
        print("".join(text for text, _ in pieces), flush=True)
        return
    from rich.text import Text

    console.print(Text.assemble(*((text, style) for text, style in pieces)))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1, style: str = "bold") -> None:
    """Print columns: the first `words` of them are set left, numbers right; the heads in a style."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        placed = [
            cell.ljust(width) if i < words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(placed).rstrip()

    say(line(heads), style)
    for row in rows:
        say(line(row))


def bar(length: float, longest: float, width: int) -> str:
    """A bar of at most `width` characters."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return ("\N{FULL BLOCK}" if encoding.startswith("utf") else "#") * max(1, round(width * length / longest))


@contextmanager
def progress(text: str, total: float) -> Iterator[Callable[[float], None]]:
    """A bar on stderr while that is a terminal; what is given is called with each advance."""
    console = _console(sys.stderr)
    if console is not None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as shown:
            task = shown.add_task(text, total=total)
            yield lambda amount: shown.advance(task, amount)
    elif _is_terminal(sys.stderr):
        with _percent(text, total) as advance:
            yield advance
    else:
        yield lambda amount: None


@contextmanager
def _percent(text: str, total: float) -> Iterator[Callable[[float], None]]:
    """Without rich: a line that is written over, and erased at the end."""
    done = 0.0

    def advance(amount: float) -> None:
        nonlocal done
        done += amount
        print(f"\r{text} {100 * done / total:3.0f} %", end="", file=sys.stderr, flush=True)

    try:
        yield advance
    finally:
        print("\r" + " " * (len(text) + 6) + "\r", end="", file=sys.stderr, flush=True)
