"""The size of the last-level cache, as the system tells it: Linux, from files of its own and from faked ones."""

import sys

import pytest

import fastact

pytestmark = [
    pytest.mark.skipif(fastact.isa() == "numpy", reason="NumPy has no cache to mind"),
    pytest.mark.skipif(sys.platform != "linux", reason="read on Linux alone"),
]

MIB = 1 << 20


def kernels():
    from fastact._arrays import kernels

    return kernels


def fake(root, *caches):
    """A system whose CPU 0 has caches of these levels and sizes."""
    for index, (level, size) in enumerate(caches):
        folder = root / "sys" / "devices" / "system" / "cpu" / "cpu0" / "cache" / f"index{index}"
        folder.mkdir(parents=True)
        (folder / "level").write_text(f"{level}\n")
        if size is not None:
            (folder / "size").write_text(f"{size}\n")
    return kernels().cache_of_system(str(root))


def test_the_largest_level(tmp_path):
    assert fake(tmp_path, (1, "32K"), (1, "48K"), (2, "2048K"), (3, "33792K")) == 33 * MIB


def test_a_unit_of_its_own(tmp_path):
    assert fake(tmp_path, (3, "24M"), (1, "32K")) == 24 * MIB


@pytest.mark.parametrize(
    "caches",
    [(), ((1, "32K"), (2, "1024K")), ((3, None),), ((3, "unknown"),)],
    ids=["no files", "a third level that is hidden", "no size", "no number"],
)
def test_what_the_system_does_not_say(tmp_path, caches):
    assert fake(tmp_path, *caches) == 0


def test_the_engine_goes_by_it():
    assert kernels().last_level() == (kernels().cache_of_system() or 32 * MIB)
