"""The examples in Markdown do what they say: the README's and docs', all blocks of Python on a page in turn."""

import doctest
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

import fastact

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^(<!-- not run: .+ -->\n+)?```(?:python|pycon|py)\n(.*?)^```$", flags=re.M | re.S)
# compiled and run by a test of its own
OTHERS = {"docs/c_and_cython.md"}


def pages():
    """Those that people write; what sphinx has written is not looked at."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        name = path.relative_to(ROOT).as_posix()
        if (
            not re.match(r"docs/(_|learn/|recipes/)", name)
            and name not in OTHERS
            and BLOCK.search(path.read_text("utf-8"))
        ):
            yield name


def blocks(text):
    """Line and source of every block that is run."""
    for found in BLOCK.finditer(text):
        if found[1] is None:
            yield text.count("\n", 0, found.start(2)) + 1, found[2]


PAGES = list(pages()) if (ROOT / "docs").is_dir() and (ROOT / "README.md").is_file() else []


@pytest.mark.skipif(not PAGES, reason="no checkout")
@pytest.mark.parametrize("name", PAGES)
def test_page(name, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    namespace, threads = {}, fastact.get_num_threads()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report = []
    with np.printoptions(legacy=False):
        for line, source in blocks((ROOT / name).read_text("utf-8")):
            if ">>>" in source:
                test = doctest.DocTestParser().get_doctest(source, namespace, f"{name}:{line}", name, line - 1)
                runner.run(test, out=report.append, clear_globs=False)
                namespace = test.globs
            else:
                exec(compile("\n" * (line - 1) + source, name, "exec"), namespace)
    fastact.set_num_threads(threads)
    assert not runner.failures, "".join(report)


@pytest.mark.skipif(not PAGES, reason="no checkout")
def test_one_line_each():
    """The recipes' first page."""
    _, block = (ROOT / "examples" / "GALLERY_HEADER.rst").read_text("utf-8").split(".. code-block:: python\n")
    lines = textwrap.dedent(block[: re.search(r"^\S", block, flags=re.M).start()])
    assert lines.count("fastact.") > 20
    exec(compile(lines, "GALLERY_HEADER.rst", "exec"), {})


def test_blocks_are_found():
    texts = [
        "```python\n>>> 1\n1\n```\n",
        "<!-- not run: why -->\n```python\nraise\n```\n```sh\nls\n```\n",
        "```python\nx = 1\n```\n",
    ]
    assert list(blocks("\n".join(texts))) == [(2, ">>> 1\n1\n"), (15, "x = 1\n")]
