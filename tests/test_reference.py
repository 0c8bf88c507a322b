"""The NumPy reference, also where the kernels are in use: its blocks, its longdouble."""

import itertools

import numpy as np
import pytest
from registry import ELEMENTWISE, same, sample

import fastact
from fastact import ufuncs
from fastact._reference import table, ufunc

BLOCK = ufunc.BLOCK
inf, nan = np.inf, np.nan
SPECIAL = [0, -0.0, 1, -1, 0.5, -2, 30, -30, 200, -200, -800, 1e20, -1e20, 1e-20, -1e-20, inf, -inf, nan]
TAILED = {"sigmoid", "log_sigmoid_grad", "silu", "swish", "gelu-tanh", "gelu-sigmoid"}


def test_formulas_are_given_blocks():
    """In double precision at least, one-dimensional, without gaps: whatever the operands are."""
    seen = []

    def formula(*operands):
        seen.extend(operands)
        return operands[0] + operands[1]

    f = ufunc.Ufunc("probe", formula, 2)
    x = sample((300, 401), np.float32)
    for operands in ((x, x), (x.T, x[:, 0]), (x[::-1, ::3], 2.0), (x.astype(">f4"), x.astype(np.float16))):
        same(f(*operands), np.add(*(np.asarray(a, np.float32) for a in operands)))
    assert {(a.ndim, a.dtype.str, a.flags.c_contiguous) for a in seen} == {(1, np.dtype(float).str, True)}
    assert max(a.size for a in seen) <= BLOCK < x.size / 2


@pytest.mark.parametrize("prelu", [fastact.prelu, table.UFUNCS["prelu"]], ids=["public", "reference"])
def test_types_meet_as_in_numpy(prelu):
    """Also by the rule that it had before version 2, where arrays of no dimension count less than others."""
    operands = [np.ones(shape, dtype) for shape in [(), (3,)] for dtype in (np.float16, np.float32, np.float64)]
    for x, weight in itertools.product(operands, repeat=2):
        assert prelu(x, weight).dtype == np.add(x, weight).dtype, (x, weight)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", table.UFUNCS)
def test_bits_do_not_depend_on_blocks(name, dtype):
    f = table.UFUNCS[name]
    x = [sample(2 * BLOCK + 77, dtype, seed=seed) for seed in range(f.nin)]
    for start, end in ((1, 40), (BLOCK - 5, BLOCK + 9), (2 * BLOCK + 3, None)):
        whole, part = f(*x), f(*(a[start:end] for a in x))
        for a, b in zip(*((whole, part) if f.nout > 1 else ((whole,), (part,))), strict=True):
            same(a[start:end], b)


@pytest.mark.parametrize("shape", [(3 * BLOCK + 1,), (2, BLOCK + 1), (BLOCK // 2 + 1, 3), (5, BLOCK // 2)], ids=str)
def test_softmax_in_blocks(shape):
    # np.exp is wrong by up to 0.67 ULP, and before NumPy 2 by 1.5
    for dtype, bound in ((np.float32, 0.501), (np.float64, 5)):
        x = sample(shape, dtype)
        e = np.exp(x.astype(np.longdouble) - x.max(axis=-1, keepdims=True))
        want = e / e.sum(axis=-1, keepdims=True)
        assert (np.abs(table.softmax(x) - want) <= bound * np.spacing(want.astype(dtype))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_softmax_of_extremes(dtype):
    """Rows whose differences overflow, or are rounded, or do not exist; each alone and beside the others."""
    inf, nan, most = np.inf, np.nan, np.finfo(dtype).max
    cases = [
        ([most, -most], [1, 0]), ([-most, -inf], [1, 0]), ([-most, -most], [0.5, 0.5]), ([-most, -most / 2], [0, 1]),
        ([most, most / 2], [1, 0]), ([1.0, -inf], [1, 0]), ([-inf, -inf], [nan, nan]), ([1.0, inf], [nan, nan]),
        ([nan, -inf], [nan, nan]), ([inf, -inf], [nan, nan]),
    ]  # fmt: skip
    rows, want = (np.array(part, dtype) for part in zip(*cases, strict=True))
    same(table.softmax(rows), want)
    for row, result in zip(rows, want, strict=True):
        same(table.softmax(row), result)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant != 63, reason="longdouble is not that of x87")
@pytest.mark.parametrize("f", [f for f in ELEMENTWISE if f.id in TAILED], ids=lambda f: f.id)
def test_longdouble_tails(f):
    """exp(-x) overflows before exp(x) underflows."""
    mpmath = pytest.importorskip("mpmath")
    end = {"gelu-tanh": 54.0, "gelu-sigmoid": 6670.0}.get(f.id, 11350.0)  # where results are still normal
    x = np.random.default_rng(0).uniform(-end, -0.98 * end, 300).astype(np.longdouble)
    x *= -1 if f.name == "log_sigmoid_grad" else 1
    with mpmath.workprec(200):
        for given, got in zip(x, f(x), strict=True):
            want = f.oracle.exact(mpmath.mpf(float(given)))
            m, exponent = np.frexp(got)
            high = float(m)
            got = (mpmath.mpf(high) + mpmath.mpf(float(m - high))) * mpmath.mpf(2) ** int(exponent)
            assert abs(got / want - 1) <= 8 * mpmath.mpf(2) ** -63


@pytest.mark.parametrize("name", table.UFUNCS)
def test_results_may_be_written_to(name):
    ufunc = table.UFUNCS[name]
    for operands in ([sample(5, seed=i) for i in range(ufunc.nin)], [sample((3, 5)), *[0.5] * (ufunc.nin - 1)]):
        results = ufunc(*operands)
        for result in results if ufunc.nout > 1 else (results,):
            assert result.flags.writeable
            assert not any(np.shares_memory(result, operand) for operand in operands)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", table.UFUNCS)
def test_special_operands(name, dtype):
    """The public ufuncs agree with the reference in longdouble on all pairs and triples of special operands, and on
    many of more.

    An infinite operand beside a factor that underflows is either NaN or an infinity, or 0.
    """
    f, reference, limits = getattr(ufuncs, name), table.UFUNCS[name], np.finfo(dtype)
    values = np.array(SPECIAL[:8] + SPECIAL[-3:] if f.nin > 3 else [*SPECIAL, limits.tiny, limits.smallest_subnormal])
    if f.nin > 4:  # of a million combinations some
        x = list(np.random.default_rng(f.nin).choice(values, (f.nin, 20_000)).astype(dtype))
    else:
        x = [a.ravel().astype(dtype) for a in np.meshgrid(*[values] * f.nin)]

    def results(function, operands):
        y = function(*operands)
        return y if f.nout > 1 else (y,)

    wide = [a.astype(np.longdouble) for a in x]
    # those in which an operand, or all but one, are 1 instead of infinite
    one = [np.where(np.isinf(a), np.copysign(1, a), a) for a in wide]
    finite = [results(reference, [*wide[:i], one[i], *wide[i + 1 :]]) for i in range(f.nin)]
    finite += [results(reference, [*one[:i], wide[i], *one[i + 1 :]]) for i in range(f.nin)]
    for output, (y, want) in enumerate(zip(results(f, x), results(reference, wide), strict=True)):
        with np.errstate(all="ignore"):
            rounded = want.astype(dtype)
            step = np.maximum(np.spacing(np.abs(rounded)), limits.smallest_subnormal)
            close = (y == rounded) | (np.abs(y - want) <= 8 * step) | (np.isnan(y) & np.isnan(want))
            close |= (y == want.clip(limits.min, limits.max)) & np.isinf(rounded)
            for outputs in finite:
                close |= np.isinf(wide).any(axis=0) & (outputs[output].astype(dtype) == 0)
        i = np.flatnonzero(~close)
        assert not i.size, (output, [a[i[:5]] for a in x], y[i[:5]], want[i[:5]])
