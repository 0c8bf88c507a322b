"""What is said to those who know the names of another library."""

import numpy as np
import pytest
from registry import CHOICES, COMPUTING, GATED, LOSSES, ROWS, SEGMENTS, SPARSE_LOSSES, functions, sample

import fastact
from fastact._shared import hints

ROW_NAMES = sorted({case.name for case in ROWS})


@pytest.mark.parametrize(("name", "here"), hints.NAMES.items())
def test_names_of_functions(name, here):
    assert here in {**COMPUTING, **CHOICES, **SEGMENTS}
    assert not hasattr(fastact, name)
    with pytest.raises(AttributeError, match=rf"no '{name}'; it is fastact\.{here}$"):
        getattr(fastact, name)


def test_other_names():
    with pytest.raises(AttributeError, match="module 'fastact' has no attribute 'nothing'"):
        fastact.nothing  # noqa: B018
    with pytest.raises(ImportError):
        exec("from fastact import expit")
    assert set(fastact.__all__) <= set(dir(fastact))


@pytest.mark.parametrize("name", COMPUTING)
def test_out_by_position(name):
    """Nothing is written to it."""
    out = sample((2, 2))
    before = out.copy()
    with pytest.raises(TypeError, match=rf"fastact\.{name}: .*by name"):
        COMPUTING[name](*[out] * 7)
    assert np.array_equal(out, before)


@pytest.mark.parametrize("name", sorted(set(COMPUTING) - set(LOSSES) - set(SPARSE_LOSSES)))
def test_in_place(name):
    with pytest.raises(TypeError, match=rf"fastact\.{name}: unexpected keyword 'inplace'; write out=x"):
        COMPUTING[name](sample(4), inplace=True)


@pytest.mark.parametrize(
    ("names", "keyword", "written"),
    [
        (ROW_NAMES, "dim", "axis="),
        (sorted(GATED), "dim", "axis="),
        (ROW_NAMES, "temperature", "scale=1 / temperature"),
        (ROW_NAMES, "mask", "where="),
        (sorted(functions("casting")), "mask", "where="),
        (["logsumexp"], "keepdim", "keepdims="),
        (["cross_entropy"], "dim", "axis="),
        (["cross_entropy"], "target", "labels="),
        (["binary_cross_entropy_with_logits"], "target", "targets="),
        (sorted(LOSSES | SPARSE_LOSSES), "input", "logits="),
        (["hard_sigmoid"], "beta", "offset="),
        (sorted(functions("x")), "input", "by position"),
        (sorted(functions("x", "casting")), "axis", "element by element"),
    ],
)
def test_keywords(names, keyword, written):
    for name in names:
        with pytest.raises(TypeError, match=rf"fastact\.{name}: unexpected keyword '{keyword}'.*{written}"):
            COMPUTING[name](**{keyword: 1})


def test_other_errors_are_left_alone():
    """An argument's own TypeError, and one of a call that fits."""

    class Wrong:
        def __array__(self, dtype=None, copy=None):
            raise TypeError("its own")

    with pytest.raises(TypeError, match="its own"):
        fastact.softmax(Wrong(), axis=0)
    with pytest.raises(TypeError, match="complex128 is not supported"):
        fastact.sigmoid(1j, where=True)
