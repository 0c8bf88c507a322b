"""What the benchmarks time, keep and print: no cell is lost, files say what was measured, pages say what files say."""

import sys
from pathlib import Path

import numpy as np
import pytest
from registry import NATIVE

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))
import data_kinds
import heatmap
import report
import results
import selections

import fastact
from fastact._benchmark import arrays, contenders, grid, kinds, processor
from fastact._benchmark.timed import Call
from fastact._benchmark.times import Times, cell_id

DOCS = Path(__file__).resolve().parent.parent / "docs"
FULL = sorted(results.FOLDER.glob("*/full.csv"))


# ---- selections ----


@pytest.mark.parametrize("name", selections.SELECTIONS)
def test_cells_have_names_of_their_own(name):
    cells = selections.SELECTIONS[name](2)
    assert len({cell.id for cell in cells}) == len(cells) > 20


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_no_cell_is_lost(path):
    run = results.read(path)
    assert set(run.times.cells) - {cell.id for cell in selections.full(run.about["cpus"])} == set()


def test_every_function_meets_every_kind():
    met = {(cell.function, cell.dtype, cell.data) for cell in selections.kinds(1)}
    assert met == {(f, d, k) for f in grid.FUNCTIONS.values() for d in ("float32", "float64") for k in kinds.KINDS}


def test_everyday_rows_are_timed():
    timed = {(cell.function.label, cell.shape) for cell in selections.everyday(1)}
    assert set(selections.EVERYDAY) <= timed


# ---- data ----


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", kinds.KINDS)
def test_kinds_are_what_they_say(kind, dtype):
    x = kinds.numbers(kind, 0, (4096,), np.dtype(dtype))
    limits = np.finfo(dtype)
    assert x.dtype == dtype
    assert len(np.unique(x)) > 1000
    size = np.abs(x)
    if kind.startswith("std"):
        assert 0.9 < x.std(dtype=np.float64) / float(kind.split()[1]) < 1.1
    elif kind.startswith("half"):
        value = {"zeros": 0.0, "inf": np.inf, "-inf": -np.inf, "NaN": np.nan, "-1e9": -1e9}[kind.split()[1]]
        same = np.isnan(x) if np.isnan(value) else (size if kind == "half inf" else x) == value
        assert 0.45 < same.mean() < 0.55
    elif kind == "huge":
        assert (np.isfinite(x) & (size > limits.max * 0.49)).all()
    elif kind == "tiny":
        assert ((size > limits.tiny) & (size < limits.tiny * 1.1e8)).all()
    elif kind == "subnormal":
        assert ((size > 0) & (size < limits.tiny)).all()
    else:
        assert kind == "tail"
        assert (
            (np.exp(x.astype(np.longdouble)) < limits.tiny * 2e6) & (x > np.log(limits.smallest_subnormal) - 1)
        ).all()


def test_probabilities_are_of_the_kind():
    x = np.float32([-np.inf, -3, 0, 3, np.inf, 1e-40, np.nan])
    np.testing.assert_array_equal(kinds.probabilities(x)[[0, 2, 4, 5, 6]], np.float32([0, 0, 1, 1e-40, np.nan]))


# ---- ways of storing ----


@pytest.mark.parametrize("library", ["fastact", "numpy", "scipy"])
def test_all_ways_of_storing_give_the_same(library):
    if library not in contenders.installed():
        pytest.skip(f"no {library}")
    for label in contenders.functions(library, "in place"):
        function = grid.FUNCTIONS[label]
        shape = (2, 3, 5) if label.endswith("axis 1") else (6, 6)
        cells = {way: grid.Cell(function, "float32", shape, way) for way in ("new", "out=", "in place")}
        calls = {way: Call(cell, contenders.functions(library, way)[label]) for way, cell in cells.items()}
        with np.errstate(all="ignore"):
            expected = calls["new"].function(*calls["new"].fresh())
            for way in ("out=", "in place"):
                for _ in range(2):  # the second meets fresh operands too
                    given = calls[way].fresh()
                    calls[way].function(*given)
                    np.testing.assert_allclose(given[0], expected, rtol=1e-4, atol=1e-5, err_msg=f"{label} {way}")


@pytest.mark.parametrize("library", ["numpy", "scipy", "torch"])
def test_masked_rows_mean_the_same(library):
    if library not in contenders.installed():
        pytest.skip(f"no {library}")
    for label, function in grid.FUNCTIONS.items():
        if grid.is_masked(function):
            operands = arrays.operands(grid.Cell(function, "float32", (2, 8, 8)))
            mine, theirs = (contenders.functions(name)[label](*operands) for name in ("fastact", library))
            np.testing.assert_allclose(theirs, mine, rtol=1e-4, atol=1e-5, err_msg=label)


# ---- threads ----


def test_a_cell_of_one_thread_does_not_limit_the_next():
    if "torch" not in contenders.installed() or not NATIVE:
        pytest.skip("no torch, or NumPy's one thread")
    before = fastact.get_num_threads()
    try:
        contenders.set_threads("torch", 1)
        contenders.set_threads("fastact", 2)
        assert fastact.get_num_threads() == 2
    finally:
        contenders.set_threads("torch", before)


# ---- data files ----


def test_a_data_file_says_what_was_measured(tmp_path):
    times = Times()
    cells = [grid.Cell(grid.FUNCTIONS["softmax"], "float32", (4, 8), way, 2) for way in ("new", "out=", "in place")]
    for number, cell in enumerate(cells):
        times.add(cell.info, "fastact", 3.2e-6 + number)
        times.add(cell.info, "fastact", 5.0)
    times.add(cells[0].info, "scipy", 6.4e-6)
    results.write(tmp_path / "a" / "full.csv", {"isa": "avx2"}, times)
    run = results.runs("full", tmp_path)["a"]
    assert run.about == {"isa": "avx2"}
    assert list(run.times.cells) == [cell_id(cell.info) for cell in cells]
    assert run.times.nanoseconds(cells[0].id) == pytest.approx(100)
    assert run.times.ratio(cells[0].id) == pytest.approx(2)
    assert run.times.ratio(cells[1].id) is None
    assert run.times.find("softmax", (4, 8), result="in place", threads=2) == cells[2].id


@pytest.mark.parametrize("page", report.PAGES)
def test_pages_say_what_the_data_files_say(page):
    assert (DOCS / page).read_text() == report.text(page)


@pytest.mark.parametrize("path", FULL, ids=lambda path: path.parent.name)
def test_the_picture_shows_every_cell(path):
    times = results.read(path).times
    shown = [cell for panel in heatmap.placed(times) for cell in panel.values()]
    assert sorted(shown) == sorted(cell for cell in times.compared() if times.ratio(cell) is not None)


def test_figures_before_and_after():
    assert data_kinds.shown("std 10", [1.04]) == "1.0"
    assert data_kinds.shown("std 10", [24.0, 1.1]) == "**24.0** → 1.1"
    assert data_kinds.shown("std 10", [1.31, 1.29]) == "1.3"
    assert data_kinds.shown("subnormal", [107.0, 2.0]) == "**107.0** → 2.0"


# ---- processors ----


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("vendor_id : AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n", "zen4"),
        ("vendor_id : AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n", "zen3"),
        ("vendor_id : GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: Xeon\n", "sapphire-rapids"),
        ("vendor_id : GenuineIntel\ncpu family\t: 6\nmodel\t\t: 250\nmodel name\t: Xeon\n", "intel-6-250"),
        ("CPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd40\n", "neoverse-v1"),
        ("", "x86_64"),
    ],
)
def test_processors_have_names(said, slug):
    found, name = processor.describe(said, "x86_64")
    assert found == slug
    assert not said.startswith("vendor_id") or f"family {25 if 'AMD' in said else 6}" in name


def test_a_narrower_instruction_set_holds_the_others_too(monkeypatch):
    for name, value in processor.held("avx2").items():
        monkeypatch.setenv(name, value)
    processor.check_held()
    assert {"onnxruntime", "openvino"}.isdisjoint(contenders.installed())
    monkeypatch.delenv("ATEN_CPU_CAPABILITY")
    with pytest.raises(RuntimeError, match=r"record\.py --isa avx2"):
        processor.check_held()
