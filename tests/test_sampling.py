"""sample draws from the distribution, and from what filters leave of it; the same indices for the same Generator with
any kernels, threads and layout; no row is refused for its rounding."""

import numpy as np
import pytest
from registry import FLOATS, NATIVE, same, sample

import fastact
from fastact._reference import table

pytestmark = pytest.mark.each_isa

each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)


def generator(seed=1):
    return np.random.default_rng(seed)


def check_frequencies(index, p):
    """Chi-square of draws along the first axis against probabilities: within 5 deviations of what is expected."""
    draws, freedom = len(index), (p > 0).sum() - 1
    counts = np.bincount(index, minlength=len(p))
    assert (counts[p == 0] == 0).all()
    counts, p = counts[p > 0], p[p > 0]
    statistic = ((counts - draws * p) ** 2 / (draws * p)).sum()
    assert abs(statistic - freedom) <= 5 * np.sqrt(2 * max(freedom, 1))


def left(p, top_k=None, top_p=None, min_p=None):
    """What filters leave of a row's probabilities, one element after the other."""
    order = sorted(range(len(p)), key=lambda i: -p[i])[:top_k]
    whole, total, kept = sum(p[i] for i in order), 0.0, []
    for i in order:
        if top_p is not None and total >= top_p * whole:
            break
        kept.append(i)
        total += p[i]
    kept = [i for i in kept if p[i] >= (min_p or 0) * p[order[0]]]
    result = np.zeros_like(p)
    result[kept] = p[kept]
    return result / result.sum()


FILTERS = [
    {},
    {"top_k": 3},
    {"top_p": 0.8},
    {"min_p": 0.2},
    {"top_k": 5, "top_p": 0.7},
    {"top_k": 6, "top_p": 0.95, "min_p": 0.1},
    {"top_k": 100},
    {"top_p": 1.0, "min_p": 0.0},
]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_frequencies(filters, dtype):
    x = sample((3, 9), dtype, seed=2, scale=1.0)
    x[1, 4] = -np.inf
    index = fastact.sample(x, generator(), size=20_000, **filters)
    assert index.shape == (20_000, 3)
    assert index.dtype == np.intp
    wide = np.exp(x.astype(np.float64))
    for row in range(3):
        check_frequencies(index[:, row], left(wide[row] / wide[row].sum(), **filters))


def test_frequencies_of_long_rows():
    """Draws within blocks, and between them."""
    x = np.full((1, 20_000), -30.0, np.float32)
    places = np.array([0, 4095, 4096, 9000, 19_999])
    x[0, places] = np.log(np.float32([1, 2, 3, 4, 5]))
    index = fastact.sample(x, generator(3), size=20_000)[:, 0]
    drawn = np.searchsorted(places, index)
    same(places[drawn], index)
    check_frequencies(drawn, np.array([1, 2, 3, 4, 5]) / 15)
    flat = fastact.sample(np.zeros(10_000, np.float32), generator(4), size=50_000)
    check_frequencies(flat // 500, np.full(20, 1 / 20))
    nucleus = fastact.sample(np.zeros(10_000, np.float32), generator(4), size=50_000, top_p=0.25)
    assert nucleus.max() == 2499
    check_frequencies(nucleus // 125, np.full(20, 1 / 20))


def test_options():
    x = sample((2, 6), seed=5, scale=1.0)
    where = np.array([True, False, True, True, False, True])
    index = fastact.sample(x, generator(), size=20_000, where=where, scale=0.5, bias=np.arange(6) / 4)
    p = fastact.softmax(x, where=where, scale=0.5, bias=np.arange(6) / 4)
    for row in range(2):
        check_frequencies(index[:, row], p[row])
    index = fastact.sample(x, generator(), size=2000, where=where, top_k=2)
    assert set(index[:, 0]) == set(np.argsort(np.where(where, -x[0], np.inf))[:2])


@each_float
def test_the_same_everywhere(dtype):
    x = sample((40, 300), dtype)
    for filters in ({}, {"top_k": 7}, {"top_p": 0.9}, {"top_k": 50, "min_p": 0.01}):
        want = fastact.sample(x, generator(), size=(2, 3), **filters)
        assert want.shape == (2, 3, 40)
        changes = [np.asfortranarray, lambda a: a.astype(a.dtype.newbyteorder()), lambda a: a[::-1].copy()[::-1]]
        for change in changes:
            same(fastact.sample(change(x), generator(), size=(2, 3), **filters), want)
        same(fastact.sample(np.ascontiguousarray(x.T), generator(), axis=0, size=(2, 3), **filters), want)
        for n in (1, 2, 7):
            with fastact.num_threads(n):
                same(fastact.sample(x, generator(), size=(2, 3), **filters), want)
    wide = sample((3, 70_000), np.float32)
    same(fastact.sample(wide, generator()), fastact.sample(wide, generator(), size=1)[0])


@pytest.mark.skipif(not NATIVE, reason="no kernels")
def test_the_reference_draws_the_same():
    x = sample((200, 30))
    for filters in FILTERS:
        same(fastact.sample(x, generator(), **filters), table.sample(x, generator(), **filters))


KEPT = [[3, 7, 5, 2], [1, 5, 5, 3]]


def test_kept():
    """What the generator of a seed gives does not change unseen."""
    x = np.sin(np.arange(32.0)).reshape(4, 8)
    same(fastact.sample(x, generator(7)), np.intp(KEPT[0]))
    same(fastact.sample(x, generator(7), top_k=4, scale=2), np.intp(KEPT[1]))


def test_one_draw_takes_one_number():
    rng, other = generator(), generator()
    fastact.sample(np.zeros((5, 3)), rng, size=2, scale=np.inf)
    other.random(10)
    assert rng.random() == other.random()


def test_infinite_scale():
    x = np.float32([[1, 3, 3, 2], [np.inf, 0, -np.inf, 5]])
    same(fastact.sample(x, generator(), scale=np.inf), np.intp([1, 0]))
    same(fastact.sample(x, generator(), scale=-np.inf), np.intp([0, 2]))
    same(fastact.sample(x, generator(), scale=np.inf, where=[True, False, True, True], size=2), np.intp([[2, 0]] * 2))
    mixed = fastact.sample(x[:1].repeat(2, 0), generator(), scale=np.array([[np.inf], [1.0]]), size=500)
    assert set(mixed[:, 0]) == {1}
    assert len(set(mixed[:, 1])) > 2
    with pytest.raises(ValueError, match="an infinite scale must be that of a whole row"):
        fastact.sample(x, generator(), scale=[1, np.inf, 1, 1])


def test_small():
    assert isinstance(fastact.sample([0.0, 1.0], generator()), np.intp)
    assert fastact.sample(np.zeros((0, 3)), generator()).shape == (0,)
    assert fastact.sample(np.zeros((2, 3)), generator(), size=0).shape == (0, 2)
    assert fastact.sample(np.zeros((2, 3), np.int8), generator(), size=()).shape == (2,)
    p = np.float32([1e-30, 1, 1e-30])
    assert set(fastact.sample(np.log(p), generator(), size=1000)) == {1}
    with np.errstate(all="raise"):
        fastact.sample(np.float32([[0, 1e38, -np.inf]]), generator(), top_p=0.5)


class Edge(np.random.Generator):
    """A generator of numbers just below 1."""

    def random(self, size):
        return np.full(size, np.nextafter(1, 0))


def test_the_last_number_draws_what_counts():
    rng = Edge(np.random.PCG64(1))
    for n in (3, 100, 5000, 20_000):
        x = np.full(n, -np.inf, np.float32)
        x[: n // 2] = 0
        index = fastact.sample(x, rng)
        assert 0 <= index < n // 2
        assert 0 <= fastact.sample(x, rng, top_p=0.9) < n // 2


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (
            {"rng": 7},
            TypeError,
            r"rng must be a .*Generator, got int; write numpy.random.default_rng\(seed\)",
        ),
        ({"rng": np.random.RandomState(1)}, TypeError, "rng must be"),
        ({"size": 1.5}, TypeError, "size must be None, an int"),
        ({"size": -1}, ValueError, "size must not be negative"),
        ({"top_k": 0}, ValueError, "top_k must be 1 at least"),
        ({"top_k": 1.5}, TypeError, "top_k must be an int"),
        ({"top_p": 0.0}, ValueError, "top_p must be above 0 and at most 1"),
        ({"top_p": "a"}, TypeError, "top_p must be a number"),
        ({"min_p": 1.5}, ValueError, "min_p must be from 0 to 1"),
        ({"logits": [[0.0, 1.0], [np.nan, 1.0]]}, ValueError, r"row \(1,\) has no distribution"),
        ({"logits": [-np.inf, -np.inf]}, ValueError, r"row \(\) has no distribution"),
        ({"where": [[True, True], [False, False]]}, ValueError, r"row \(1,\) has no distribution"),
        ({"where": [[True, True], [False, False]], "scale": np.inf}, ValueError, r"row \(1,\) has no distribution"),
        ({"logits": np.zeros((2, 0))}, ValueError, "has no distribution"),
        ({"logits": np.ma.zeros((2, 2))}, TypeError, "whose mask would be ignored"),
    ],
)
def test_errors(given, error, said):
    with pytest.raises(error, match=rf"^fastact\.sample: .*{said}"):
        fastact.sample(**{"logits": np.zeros((2, 2)), "rng": generator(), **given})


def test_other_libraries():
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame(sample((3, 4)), index=list("abc"))
    index = fastact.sample(x, generator(), scale=np.inf)
    assert index.index.equals(x.index)
    same(index.to_numpy(), x.to_numpy().argmax(1))
    assert fastact.sample(x, generator(), size=2).shape == (2, 3)


def test_dask_is_refused():
    array = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=r"which is lazy; pass logits.compute\(\)"):
        fastact.sample(array.zeros((3, 4)), generator())
