"""The C contract: what headers declare is what the library exports, no shared object exports more, and a change of it
has a number."""

import hashlib
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
from c_library import HEADERS, declared, library_file

import fastact

ROOT = Path(__file__).parent.parent
PACKAGE = Path(fastact.__file__).parent
CONTRACT = Path(__file__).parent / "c_contract.txt"
MODULES = sorted(PACKAGE.rglob("*.so"))
nm = pytest.mark.skipif(not shutil.which("nm"), reason="no nm")


def exported(path):
    listed = subprocess.run(["nm", "-D", "--defined-only", path], check=True, capture_output=True, text=True)
    return {line.split()[-1] for line in listed.stdout.splitlines()}


@nm
@pytest.mark.skipif(not (PACKAGE / "lib" / "libfastact.so").is_file(), reason="no shared library of that kind")
def test_the_library_exports_what_headers_declare():
    assert len(declared()) > 150
    assert exported(library_file()) == set(declared())


@nm
@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name.partition(".")[0])
def test_modules_export_their_start_alone(path):
    if path.name != "libfastact.so":
        assert exported(path) == {f"PyInit_{path.name.partition('.')[0]}"}


def test_every_declaration_is_found():
    """What the other tests read with a pattern is all that is marked."""
    marked = sum(len(re.findall(r"^FA_API", header.read_text(), flags=re.M)) for header in HEADERS.glob("*.h"))
    assert marked == len(declared())


@pytest.mark.skipif(not (ROOT / "tools").is_dir(), reason="no checkout")
def test_the_written_header_is_current():
    tool = runpy.run_path(str(ROOT / "tools" / "c_header.py"))
    assert tool["HEADER"].read_text() == tool["text"](), "python tools/c_header.py writes it anew"


def contract():
    """The number of the interface, and a digest of all that a compiler reads of it."""
    texts = [path.read_text() for path in sorted(HEADERS.glob("*.h")) if path.name != "bounds.h"]
    bare = " ".join(re.sub(r"/\*.*?\*/|\\\n", " ", "\n".join(texts), flags=re.S).split())
    bare = re.sub(r" X\((\w+), [^)]*\)", r" \1", bare)  # of operations names and order, not how they are computed
    (number,) = re.findall(r"#define FASTACT_ABI (\d+)", bare)
    return f"FASTACT_ABI {number}, {hashlib.sha256(bare.encode()).hexdigest()[:16]}\n"


def test_a_changed_interface_has_a_new_number():
    assert contract() == CONTRACT.read_text(), (
        "the headers have changed: where a release has had this FASTACT_ABI, raise it in include/fastact/fastact.h; "
        f"then write to tests/{CONTRACT.name}: {contract()}"
    )
