"""Each folder imports only what its rule names: Python's imports, Cython's cimports and C's includes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# folder of fastact/ -> the folders whose modules its own may import; "" is the package, whose functions chunks call
PACKAGE = {
    "_shared": set(),
    "_containers": {"_shared", ""},
    "_reference": {"_containers", "_shared"},
    "_arrays": {"_containers", "_shared"},
    "_functions": {"_arrays", "_containers", "_reference", "_shared"},
    "_benchmark": {"_catalogue", ""},
    "_check": {"_backend", "_reference", ""},
    "_command_line": {"_backend", "_benchmark", "_catalogue", "_check", "_control", "_shared", ""},
}
# folder of src/ -> the folders whose files its own may include; "fastact" is include/
LIBRARY = {
    "simd": set(),
    "tables": {"simd"},
    "math": {"simd", "tables", "fastact"},
    "elementwise": {"math", "tables", "fastact"},
    "rows": {"math", "tables", "fastact"},
    "kernels": {"elementwise", "rows", "math", "simd", "fastact"},
    "engine": {"fastact"},
    "functions": {"engine", "fastact"},
}
IMPORTED = re.compile(r"^\s*(?:from|c?import) fastact(?:\.(\w+))?(?:\.\w+)* ?(?:c?import \(?([\w, ]*))?", flags=re.M)
DECLARED = re.compile(r'^cdef extern from "(\w+)/', flags=re.M)
INCLUDED = re.compile(r'^#include "(\w+)/', flags=re.M)
USABLE = {"engine", "fastact"}  # of the C library, by Cython

pytestmark = pytest.mark.skipif(not (ROOT / "src").is_dir(), reason="no checkout")


def sources(folder, *suffixes):
    found = sorted(path for path in folder.iterdir() if path.suffix in suffixes)
    assert found
    return found


def imported(text):
    """The folders, and modules beside them, that Python or Cython code imports from."""
    for module, names in IMPORTED.findall(text):
        yield from [module] if module else [name.split(" ")[0] for name in names.split(", ")]


def test_every_folder_has_its_rule():
    assert {path.parent.name for path in (ROOT / "fastact").glob("*/__init__.py")} == set(PACKAGE)
    assert {path.name for path in (ROOT / "src").iterdir() if path.is_dir()} == set(LIBRARY)


@pytest.mark.parametrize("room", PACKAGE)
def test_imports(room):
    for path in sources(ROOT / "fastact" / room, ".py", ".pyx", ".pxd", ".pxi"):
        text = path.read_text()
        assert set(imported(text)) <= PACKAGE[room] | {room}, path
        assert not set(DECLARED.findall(text)) - USABLE - {"numpy"}, path
        if room in ("_shared", "_containers", "_reference"):
            assert path.suffix == ".py"


@pytest.mark.parametrize("room", LIBRARY)
def test_includes(room):
    for path in sources(ROOT / "src" / room, ".h", ".inc", ".c"):
        assert set(INCLUDED.findall(path.read_text())) <= LIBRARY[room] | {room}, path


def test_the_contract_stands_alone():
    for path in sources(ROOT / "include" / "fastact", ".h"):
        assert not INCLUDED.findall(path.read_text()), path


def test_nothing_imports_the_functions_but_the_package():
    for room in PACKAGE:
        if room != "_functions":
            for path in sources(ROOT / "fastact" / room, ".py", ".pyx", ".pxi"):
                assert "_functions" not in set(imported(path.read_text())), path


def test_what_a_rule_forbids_is_found():
    assert set(imported("from fastact._arrays.call cimport call\nfrom fastact import _backend, ufuncs")) == {
        "_arrays",
        "_backend",
        "ufuncs",
    }
    assert INCLUDED.findall('#include <math.h>\n#include "rows/rows.h"\n') == ["rows"]


def test_only_the_engine_has_parallel_regions():
    """A parallel loop that Cython writes would ask for the GIL in its threads."""
    found = [path for path in (ROOT / "src").rglob("*.*") if "#pragma omp" in path.read_text()]
    assert [path.name for path in found] == ["parallel.c"]
    assert not [path for path in (ROOT / "fastact").rglob("*.pyx") if "prange" in path.read_text()]


def test_every_table_is_read():
    """A constant array of src/tables/ that no formula names is dead weight."""
    library = {path: path.read_text() for path in (ROOT / "src").rglob("*.*")}
    tables = {
        name: path
        for path, text in library.items()
        if path.parent.name == "tables"
        for name in re.findall(r"static const FA_ALIGNED \w+ (\w+)\[", text)
    }
    assert len(tables) > 10
    unread = [
        name
        for name, home in tables.items()
        if not any(re.search(rf"\b{name}\b", text) for path, text in library.items() if path != home)
    ]
    assert unread == []
