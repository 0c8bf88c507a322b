"""What is taken of each row of logits, the largest probabilities or those of labels, has the bits of softmax or
log_softmax; the order is that of a stable sort."""

import numpy as np
import pytest
from registry import CHOICES, FLOATS, INTEGERS, NATIVE, result_type, same, sample

import fastact
from fastact._reference import table

pytestmark = pytest.mark.each_isa

TYPES = [np.float32, np.float64]
each_type = pytest.mark.parametrize("dtype", TYPES, ids=lambda dtype: dtype.__name__)
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)

KINDS = {
    "random": lambda x, rng: x,
    "far apart": lambda x, rng: x * 40,
    "ties": lambda x, rng: np.round(x),
    "rising": lambda x, rng: np.sort(x, axis=-1),
    "falling": lambda x, rng: np.sort(x, axis=-1)[:, ::-1].copy(),
    "few that count": lambda x, rng: np.where(rng.random(x.shape) < 0.7, -np.inf, x),
    "some NaN": lambda x, rng: np.where(rng.random(x.shape) < 0.1, np.nan, x),
    "infinite": lambda x, rng: np.where(rng.random(x.shape) < 0.1, np.inf, x),
    "constant": lambda x, rng: np.where(np.arange(len(x))[:, None] % 2, -np.inf, x * 0 + 3),
}
LENGTHS = [1, 2, 8, 9, 16, 17, 33, 100, 129, 1000, 4097]


def order(x, where=None):
    """The places of a row's elements, by Python's stable sort: NaN, numbers, what does not count."""
    where = np.ones(x.shape, bool) if where is None else np.broadcast_to(where, x.shape)

    def key(row, counts):
        return lambda i: (2, 0) if not counts[i] else (0, 0) if row[i] != row[i] else (1, -row[i])

    rows, masks = x.astype(np.float64).tolist(), where.tolist()
    sorted_rows = [sorted(range(len(r)), key=key(r, m)) for r, m in zip(rows, masks, strict=True)]
    return np.array(sorted_rows, np.intp).reshape(x.shape)


def check(x, k, log=False, **options):
    """top_k, of which the probabilities must be those of softmax at its indices."""
    p, i = fastact.top_k(x, k, log=log, **options)
    whole = (fastact.log_softmax if log else fastact.softmax)(x, **options)
    same(p, np.take_along_axis(whole, i, -1))
    return i


@each_type
@pytest.mark.parametrize("kind", KINDS)
def test_order_and_bits(kind, dtype):
    for n in LENGTHS:
        rng = np.random.default_rng(n)
        x = KINDS[kind](rng.normal(0, 3, (7, n)).astype(dtype), rng).astype(dtype)
        if kind == "some NaN":
            x[0] = np.nan
        places = order(x)
        for k in sorted({c for c in (1, 2, 5, 9, 50, 200, n) if c <= n}):
            for log in (False, True):
                same(check(x, k, log), places[:, :k])
        labels = rng.integers(0, n, len(x))
        same(fastact.log_prob(x, labels), np.take_along_axis(fastact.log_softmax(x), labels[:, None], -1)[:, 0])


OPTIONS = {
    "scale": {"scale": 0.7},
    "negative scale": {"scale": -2.0},
    "no scale": {"scale": 0},
    "scale of each row": {"scale": np.linspace(0.5, 2, 11)[:, None]},
    "bias": {"bias": np.float32(0.25)},
    "where": {"where": True},
    "where of each column": {"where": "columns"},
    "all": {"where": True, "scale": 0.3, "bias": 1.5},
}


@each_float
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_options(options, dtype):
    for n in (5, 70, 200):
        rng = np.random.default_rng(n)
        x = rng.normal(0, 3, (11, n)).astype(dtype)
        given = dict(options)
        if given.get("where") is True:
            given["where"] = rng.random(x.shape) < 0.4
            given["where"][:2] = [[False], [True]]
            x[3, ~given["where"][3]] = np.nan
        elif "where" in given:
            given["where"] = np.arange(n) % 3 > 0
        scale = np.asarray(given.get("scale", 1.0))
        compared = x * np.sign(scale) if scale.ndim == 0 and "bias" not in given else None
        for k in (1, 3, n):
            i = check(x, k, **given)
            check(x, k, True, **given)
            if compared is not None:
                same(i, order(compared, given.get("where"))[:, :k])
        labels = rng.integers(0, n, len(x))
        whole = fastact.log_softmax(x, **given)
        same(fastact.log_prob(x, labels, **given), np.take_along_axis(whole, labels[:, None], -1)[:, 0])


def test_probabilities_are_right():
    x = sample((50, 1000), np.float32)
    wide = np.exp(x.astype(np.longdouble))
    p, i = fastact.top_k(x, 20)
    want = np.take_along_axis(wide / wide.sum(-1, keepdims=True), i, -1)
    assert (np.abs(p - want) <= 4 * np.finfo(np.float32).eps * want).all()
    labels = np.arange(50)
    want = np.log(np.take_along_axis(wide / wide.sum(-1, keepdims=True), labels[:, None], -1))[:, 0]
    assert (np.abs(fastact.log_prob(x, labels) - want) <= -4 * np.finfo(np.float32).eps * want).all()


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_threads(n):
    x = sample((300, 1000), np.float32)
    labels = np.arange(300)
    with fastact.num_threads(1):
        want = [*fastact.top_k(x, 40), *fastact.top_k(x, 3, scale=0.5), fastact.log_prob(x, labels)]
    with fastact.num_threads(n):
        found = [*fastact.top_k(x, 40), *fastact.top_k(x, 3, scale=0.5), fastact.log_prob(x, labels)]
    for a, b in zip(found, want, strict=True):
        same(a, b)


def unaligned(a):
    memory = np.empty(a.nbytes + 1, np.uint8)[1:].view(a.dtype).reshape(a.shape)
    memory[...] = a
    return memory


@each_float
def test_layouts(dtype):
    x, labels = sample((6, 5, 37), dtype), np.random.default_rng(1).integers(0, 37, (6, 5))
    p, i = fastact.top_k(x, 4)
    q = fastact.log_prob(x, labels)
    assert p.dtype == q.dtype == dtype
    assert i.dtype == np.intp
    assert p.shape == i.shape == (6, 5, 4)
    same(fastact.softmax(x)[np.arange(6)[:, None, None], np.arange(5)[:, None], i], p)
    changes = [np.asfortranarray, unaligned, lambda a: a.astype(a.dtype.newbyteorder()), lambda a: a[::-1].copy()[::-1]]
    for change in changes:
        for a, b in zip(fastact.top_k(change(x), 4), (p, i), strict=True):
            same(a, b)
        same(fastact.log_prob(change(x), change(labels)), q)
    for axis in (0, 1):
        moved = np.ascontiguousarray(np.moveaxis(x, -1, axis))
        for a, b in zip(fastact.top_k(moved, 4, axis), (p, i), strict=True):
            same(a, np.moveaxis(b, -1, axis))
            assert a.flags.c_contiguous
        same(fastact.log_prob(moved, labels, axis), q)


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS], ids=lambda dtype: dtype.__name__)
def test_types(dtype):
    x = sample((4, 9), dtype)
    kind = result_type(dtype)
    p, _ = fastact.top_k(x, 2)
    q = fastact.log_prob(x, np.uint8([1, 2, 3, 8]))
    assert p.dtype == q.dtype == kind
    if np.dtype(dtype).kind != "f":
        same(p, fastact.top_k(x.astype(np.float64), 2)[0])


def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = sample((5, 40), np.float32).astype(ml_dtypes.bfloat16)
    p, i = fastact.top_k(x, 3)
    assert p.dtype == x.dtype
    assert (p == np.take_along_axis(fastact.softmax(x), i, -1)).all()
    assert (fastact.log_prob(x, np.arange(5)) == fastact.log_softmax(x)[np.arange(5), np.arange(5)]).all()


def test_small():
    p, i = fastact.top_k([1.0, 3.0, 2.0], 2)
    same(i, np.intp([1, 2]))
    assert p.shape == (2,)
    assert [a.shape for a in fastact.top_k([[1.0, 2.0]], 0)] == [(1, 0), (1, 0)]
    assert [a.shape for a in fastact.top_k(np.empty((0, 4)), 2)] == [(0, 2), (0, 2)]
    assert [a.shape for a in fastact.top_k(np.empty((3, 0)), 0)] == [(3, 0), (3, 0)]
    assert fastact.log_prob(np.empty((0, 4)), np.empty(0, int)).shape == (0,)
    one = fastact.log_prob([1.0, 3.0], 1)
    assert isinstance(one, np.float64)
    same(one, fastact.log_softmax([1.0, 3.0])[1])


def test_nothing_is_changed():
    x = sample((5, 200), np.float32)
    before = x.copy()
    x.flags.writeable = False
    fastact.top_k(x, 5, where=x > 0, scale=2)
    same(x, before)
    with np.errstate(all="raise"):
        fastact.top_k(np.float32([[np.nan, 1e38, -np.inf, 1e-45]] * 3), 2, scale=1e30)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"k": 5}, ValueError, r"k is 5, but there are 4 logits along axis 1; write k=min\(5, logits.shape\[1\]\)"),
        ({"k": -1}, ValueError, "k must not be negative"),
        ({"k": 2.0}, TypeError, "k must be an int, got 2.0"),
        ({"k": True}, TypeError, "k must be an int"),
        ({"axis": 2}, np.exceptions.AxisError, "axis 2 is out of bounds"),
        ({"axis": None}, TypeError, "axis must be an int"),
        ({"where": np.ones((2, 4))}, TypeError, "where must be bool"),
        ({"bias": np.ones(3)}, ValueError, r"bias of shape \(3,\) does not broadcast to logits"),
        ({"logits": np.ones((2, 4), complex)}, TypeError, "complex128 is not supported; logits"),
        ({"logits": np.ma.ones((2, 4))}, TypeError, "whose mask would be ignored"),
        ({"logits": 1.0}, ValueError, "has no axis"),
    ],
)
def test_errors_of_top_k(given, error, said):
    with pytest.raises(error, match=rf"^fastact\.top_k: .*{said}"):
        fastact.top_k(**{"logits": np.ones((2, 4)), "k": 1, **given})


@pytest.mark.parametrize(
    ("labels", "error", "said"),
    [
        ([0, 4], ValueError, r"labels\[1\] is 4, which is no class, 0 to 3"),
        ([-1, 0], ValueError, r"labels\[0\] is -1, which is no class"),
        (np.uint8([200, 0]), ValueError, r"labels\[0\] is 200"),
        ([0.0, 1.0], TypeError, r"labels must be integers, got float64; write labels.astype\(int\)"),
        ([True, False], TypeError, "labels must be integers, got bool"),
        (np.ones((2, 4)), TypeError, r"write labels.argmax\(1\)"),
        ([0, 1, 2], ValueError, r"labels have shape \(3,\), expected \(2,\)"),
        ([[0], [1]], ValueError, r"write labels\[:, 0\]"),
    ],
)
def test_errors_of_log_prob(labels, error, said):
    with pytest.raises(error, match=rf"^fastact\.log_prob: .*{said}"):
        fastact.log_prob(np.ones((2, 4)), labels)


def test_random_calls():
    """Kernels and NumPy choose alike, whatever is asked."""
    rng = np.random.default_rng(2026)
    for _ in range(300):
        shape = tuple(rng.integers(1, 40, rng.integers(1, 4)))
        axis = int(rng.integers(-len(shape), len(shape)))
        x = np.round(rng.normal(0, 10 ** rng.uniform(-1, 2), shape), int(rng.integers(0, 4)))
        x = x.astype(rng.choice([np.float16, np.float32, np.float64]))
        x[rng.random(shape) < rng.choice([0, 0, 0.3])] = rng.choice([np.nan, np.inf, -np.inf])
        options = {}
        if rng.random() < 0.5:
            options["where"] = rng.random(shape) < 0.6
        if rng.random() < 0.5:
            options["scale"] = rng.choice([0.5, 2.0, -1.0])
        k = int(rng.integers(0, x.shape[axis] + 1))
        p, i = fastact.top_k(x, k, axis, **options)
        want, places = table.top_k(x, k, axis, **options)
        same(i, places)
        np.testing.assert_allclose(p.astype(float), want.astype(float), rtol=4 * np.finfo(x.dtype).eps, atol=1e-7)


# ---- arrays of other libraries ----


def test_pandas():
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame(sample((3, 4)), index=list("abc"), columns=list("wxyz"))
    p, i = fastact.top_k(x, 2)
    want, places = fastact.top_k(x.to_numpy(), 2)
    assert p.index.equals(x.index)
    assert list(p.columns) == [0, 1]
    same(p.to_numpy(), want)
    same(i.to_numpy(), places)
    labels = pandas.Series([1, 2, 0], index=list("cab"))
    q = fastact.log_prob(x, labels)
    assert q.index.equals(x.index)
    same(q.to_numpy(), fastact.log_prob(x.to_numpy(), [2, 0, 1]))
    with pytest.raises(ValueError, match="other labels"):
        fastact.log_prob(x, labels.reset_index(drop=True))


def test_xarray():
    xarray = pytest.importorskip("xarray")
    x = xarray.DataArray(sample((3, 4)), dims=("row", "class"), coords={"row": list("abc"), "class": list("wxyz")})
    p, i = fastact.top_k(x, 2)
    assert p.dims == i.dims == ("row", "class")
    assert list(p.coords) == ["row"]
    labels = xarray.DataArray([1, 2, 0], dims="row", coords={"row": list("abc")})
    q = fastact.log_prob(x.T, labels, 0)
    assert q.dims == ("row",)
    same(q.values, fastact.log_prob(x.values, [1, 2, 0]))


def test_dask():
    array = pytest.importorskip("dask.array")
    x, labels = sample((6, 5), np.float32), np.arange(6) % 5
    lazy = array.from_array(x, chunks=(2, 5))
    p, i = fastact.top_k(lazy, 2, where=x > -1)
    assert p.shape == i.shape == (6, 2)
    want, places = fastact.top_k(x, 2, where=x > -1)
    same(p.compute(), want)
    same(i.compute(), places)
    same(fastact.top_k(lazy, 3)[1][:, 2].compute(), fastact.top_k(x, 3)[1][:, 2])
    same(fastact.log_prob(lazy, labels).compute(), fastact.log_prob(x, labels))
    same(fastact.log_prob(lazy, array.from_array(labels, chunks=3)).compute(), fastact.log_prob(x, labels))
    with pytest.raises(ValueError, match="rechunk"):
        fastact.top_k(lazy, 1, 0)


def test_torch():
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(sample((6, 5), np.float32))
    p, i = fastact.top_k(x, 2)
    want = torch.softmax(x, 1).topk(2)
    assert torch.equal(i, want.indices)
    torch.testing.assert_close(p, want.values)
    labels = torch.arange(6) % 5
    loss = torch.nn.functional.cross_entropy(x, labels, reduction="none")
    torch.testing.assert_close(fastact.log_prob(x, labels), -loss)


def test_polars():
    polars = pytest.importorskip("polars")
    x = polars.Series("s", [1.0, 3.0, 2.0])
    p, i = fastact.top_k(x, 2)
    assert i.to_list() == [1, 2]
    assert p.name == "s"


def test_all_are_tested():
    assert {"top_k", "log_prob"} <= set(CHOICES)
    assert NATIVE or fastact.isa() == "numpy"
