"""softmax and its kin of scale * x + bias under a mask."""

import fractions
import tracemalloc

import numpy as np
import pytest
from registry import NATIVE, ROWS, same, sample

import fastact

rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
NOTHING = {"softmax": 0.0, "log_softmax": -np.inf, "logsumexp": -np.inf}


def expected(f, x, axis=-1, where=None, bias=0.0, scale=1.0):
    """The plain function, in float64, of what is to be taken."""
    given = np.asarray(scale, float) * x.astype(float) + np.asarray(bias, float)
    mask = np.broadcast_to(True if where is None else where, x.shape)
    given = np.where(mask, given, -np.inf)
    with np.errstate(all="ignore"):
        result = f(given, axis)
    none = ~mask.any(axis=axis, keepdims=f.name != "logsumexp")
    return np.where(none, NOTHING[f.name], result)


def close(got, want, dtype):
    tolerance = 40 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@rows
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 2), None])
def test_against_the_plain_function(f, dtype, axis):
    x = sample((5, 6, 7), dtype)
    mask = sample((5, 6, 7), seed=1) > -1
    bias = sample((6, 1), dtype, seed=2)
    scale = sample((7,), dtype, seed=3)
    for options in (
        {"where": mask},
        {"where": mask[0]},
        {"bias": bias},
        {"scale": 0.5},
        {"scale": scale},
        {"where": mask[:, :1], "bias": bias, "scale": -2},
    ):
        got = f(x, axis, **options)
        assert got.dtype == dtype
        close(got, expected(f, x, axis, **options), dtype)


@rows
def test_masked_elements_do_not_matter(f):
    x = sample((40, 50))
    mask = sample((40, 50), seed=1) > 0
    spoiled = x.copy()
    spoiled[~mask] = np.resize([np.nan, np.inf, -np.inf, 1e300], (~mask).sum())
    with np.errstate(all="raise"):
        same(f(spoiled, where=mask), f(x, where=mask))
    if f.name != "logsumexp":
        assert (f(x, where=mask)[~mask] == NOTHING[f.name]).all()


@rows
def test_rows_of_which_nothing_counts(f):
    x = sample((4, 9))
    mask = np.ones((4, 9), bool)
    mask[1:3] = False
    x[0, 0] = np.nan
    got = f(x, where=mask)
    assert np.isnan(got[0]).all()
    assert (got[1:3] == NOTHING[f.name]).all()
    same(got[3], f(x[3]))
    assert np.all(f(x, where=False) == NOTHING[f.name])
    # nothing but -inf is not the same as nothing
    assert f.name == "logsumexp" or np.isnan(f(np.full(3, -np.inf), where=[True, True, False])).any()


@rows
def test_causal_mask_of_attention(f):
    x = sample((2, 3, 33, 33), np.float32)
    mask = np.tril(np.ones((33, 33), bool))
    got = f(x, where=mask)
    close(got, expected(f, x, where=mask), np.float32)
    if NATIVE:  # the last row is whole, and made of the same bits
        same(got[:, :, -1], f(np.ascontiguousarray(x[:, :, -1])))


@rows
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: np.dtype(dtype).name)
def test_out_and_layouts(f, dtype):
    x = sample((8, 9, 10), dtype)
    mask = sample((9, 10), seed=4) > -2
    want = f(x, where=mask, scale=0.25)
    out = np.empty(want.shape, dtype, order="F")
    assert f(x, out=out, where=mask, scale=0.25) is out
    same(out, want)
    same(f(np.asfortranarray(x), where=mask, scale=0.25), want)
    wide = np.repeat(x, 2, axis=-1)[..., ::2]
    same(f(wide, where=np.asfortranarray(mask), scale=0.25), want)
    if f.name != "logsumexp":
        place = x.copy()
        f(place, out=place, where=mask, scale=0.25)
        same(place, want)


def test_bias_that_is_the_output():
    x, bias = sample((300, 700)), sample((300, 700), seed=1)
    want = fastact.softmax(x, bias=bias)
    assert fastact.softmax(x, out=bias, bias=bias) is bias
    same(bias, want)


@rows
def test_large_is_as_small(f):
    x, mask = sample((700, 600), np.float32), sample((700, 600), seed=1) > -3
    whole = f(x, where=mask)
    for i in (0, 333, 699):
        same(whole[i], f(x[i], where=mask[i]))


@rows
def test_bad_options(f):
    x = sample((4, 5))
    out = np.zeros(f(x).shape)
    for options, error in (
        ({"where": np.ones((4, 5))}, TypeError),
        ({"where": np.ones((5, 4), bool)}, ValueError),
        ({"where": np.ones((2, 4, 5), bool)}, ValueError),
        ({"bias": np.ones(5, complex)}, TypeError),
        ({"bias": np.ones(4)}, ValueError),
        ({"scale": "2"}, TypeError),
        ({"scale": None}, TypeError),
        ({"scale": np.ones((3, 1))}, ValueError),
    ):
        with pytest.raises(error, match=rf"fastact\.{f.name}: {next(iter(options))}"):
            f(x, out=out, **options)
    assert (out == 0).all()


# ---- accuracy, range, masks and memory ----

longdouble = np.longdouble
wide_enough = pytest.mark.skipif(np.finfo(longdouble).nmant < 63, reason="longdouble is no wider than double")
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)


def exact(x, scale, bias):
    """softmax, log_softmax and logsumexp of rows of scale*x + bias, and log(sum(exp(x - max(x))))."""
    high = longdouble(scale) * x.astype(longdouble)
    low = np.zeros_like(high)
    if x.dtype == np.float64:  # the product's rounding error, from halves of the factors
        a, b = halves(scale), halves(x)
        low = ((a[0] * b[0] - high) + a[0] * b[1] + a[1] * b[0]) + a[1] * b[1]
    total = high + bias
    added = total - high
    low = low + ((high - (total - added)) + (bias - added))
    m = total.max(axis=-1, keepdims=True)
    below = (total - m) + (low - np.where(total == m, low, -np.inf).max(axis=-1, keepdims=True))
    place = below.argmax(axis=-1)[:, None]
    rest = np.exp(below)
    np.put_along_axis(rest, place, 0, axis=-1)
    rest = rest.sum(axis=-1, keepdims=True)
    log_sum = np.log1p(rest)
    top = np.take_along_axis(total, place, axis=-1) + np.take_along_axis(low, place, axis=-1)
    return np.exp(below) / (1 + rest), below - log_sum, (top + log_sum)[:, 0], log_sum[:, 0]


def halves(v):
    """v in two parts of at most 32 bits, in longdouble."""
    v = np.asarray(v, longdouble)
    large = v * longdouble(2**32 + 1)
    high = large - (large - v)
    return high, v - high


def within(got, want, size, dtype, eps=4 if NATIVE else 12):
    sums = 1 if NATIVE else want.shape[-1]  # NumPy adds subnormal numbers
    least = longdouble(np.finfo(dtype).smallest_subnormal) * sums
    limit = eps * longdouble(np.finfo(dtype).eps) * np.abs(size) + least
    off = np.abs(got.astype(longdouble) - want)
    assert (off <= limit).all(), (off / limit).max()


@wide_enough
@both_types
@pytest.mark.parametrize("n", [*range(1, 20), 33, 64, 65, 300, 1000, 4097, 9001, 70_001, 300_001])
def test_four_eps_of_scaled_and_shifted(dtype, n):
    """The product is not rounded before its exponential is taken."""
    rng = np.random.default_rng(n)
    count = 6 if n < 5000 else 1
    x = rng.normal(0, 40, (count, n)).astype(dtype)
    x[::2] += dtype(300)
    masked = np.full(n, -1e4, dtype)
    wide, narrow = rng.normal(0, 30, (count, n)), rng.normal(0, 9, n)
    for scale, bias in ((1.1, 0), (-0.3, wide), (dtype(7) / 3, masked), (1, narrow)):
        bias = np.asarray(bias).astype(dtype)
        p, logarithm, whole, log_sum = exact(x, dtype(scale), bias)
        size = np.maximum(np.abs(whole), log_sum)
        options = {"scale": scale, "bias": bias}
        within(fastact.softmax(x, **options), p, p, dtype)
        within(fastact.log_softmax(x, **options), logarithm, logarithm, dtype)
        within(fastact.logsumexp(x, **options), whole, size, dtype)
        turned = {"scale": scale, "bias": bias.T if bias.ndim > 1 else bias.reshape(-1, 1) if bias.ndim else bias}
        within(fastact.softmax(x.T, 0, **turned).T, p, p, dtype)
        within(fastact.log_softmax(np.ascontiguousarray(x.T), 0, **turned).T, logarithm, logarithm, dtype)
        within(fastact.logsumexp(x.T, 0, **turned), whole, size, dtype)
        out = np.empty_like(x)
        same(fastact.softmax(x, out=out, where=np.ones((count, n), bool), **options), fastact.softmax(x, **options))
        place = x.copy()
        same(fastact.log_softmax(place, out=place, **options), fastact.log_softmax(x, **options))


@rows
@both_types
def test_no_second_part_no_other_bits(f, dtype):
    """Where nothing is lost, the way in two parts gives the bits of the plain function."""
    if not NATIVE:
        pytest.skip("promised by the kernels")
    for n in (1, 3, 10, 33, 64, 100, 1000, 5000, 70_000, 300_000):
        x = sample((5 if n < 5000 else 1, n), dtype, seed=n) * dtype(10)
        x[0, 0] = -np.inf
        same(f(x, bias=np.zeros(n, dtype)), f(x))
        same(f(x, scale=2.0), f(2 * x))
        same(f(x, scale=0.5), f(x / 2))
        same(f(x.T, 0, bias=np.zeros((n, 1), dtype)).T, f(x))


@both_types
def test_a_bias_that_cancels(dtype):
    """However large it is: the rounding of scale*x + bias may then be larger than the distances in the row."""
    x = np.array([[0, 1, 2.5], [-3, 4, 3.75]], dtype)
    eps = np.finfo(dtype).eps
    for bias in (1e20, -3e34, np.finfo(dtype).max / 4):
        for f in (fastact.softmax, fastact.log_softmax):
            np.testing.assert_allclose(f(x, bias=bias), f(x), rtol=8 * eps)
            np.testing.assert_allclose(f(x.T, 0, bias=bias).T, f(x), rtol=8 * eps)
        np.testing.assert_allclose(fastact.logsumexp(x, bias=bias), np.full(2, dtype(bias)), rtol=2 * eps)


@both_types
def test_finite_operands_make_no_infinity(dtype):
    most = np.finfo(dtype).max
    x = np.array([most, most / 3, 1], dtype)
    for axis in (-1, 0):
        for rows_of in (1, 5):
            tall = np.tile(x, (rows_of, 1)) if axis else np.tile(x[:, None], (1, rows_of))
            got = fastact.softmax(tall, axis, scale=2.0)
            assert (got == (np.array([1, 0, 0]) if axis else np.array([[1], [0], [0]]))).all()
    half = np.array([0.5, 0.5], dtype)
    same(fastact.softmax(np.array([-most, -most], dtype), bias=-most), half)  # two additive masks
    same(fastact.softmax(np.array([-most, -most], dtype), bias=-1e308), half)
    assert fastact.logsumexp(np.array([-most, -most], dtype), bias=-most) == -most
    assert fastact.logsumexp(x, scale=1e300 if dtype == np.float32 else 1e10) == most
    assert (fastact.log_softmax(x, scale=4.0)[:2] == -np.log(dtype(2))).all()  # both end at the largest number
    # what overflows on the way does not
    same(fastact.softmax(np.array([most, 0], dtype), scale=1.5, bias=[-most, 0]), np.array([1, 0], dtype))
    # of a wider type too, with options and without
    for options in ({}, {"where": True}, {"bias": 0.0}):
        for wide in (np.float64([1e300, 1]), np.longdouble([1e300, 1])):
            narrow = {"dtype": np.float32, **options}
            same(fastact.softmax(wide, **narrow), np.float32([1, 0]))
            assert fastact.logsumexp(wide, **narrow) == np.finfo(np.float32).max
    assert fastact.logsumexp(0.0, scale=np.longdouble(-1e300) * 1e300, dtype=np.float32) == 0
    # an infinite operand is what it was
    assert np.isnan(fastact.softmax(np.array([np.inf, 0], dtype), scale=2.0)).all()
    same(fastact.softmax(np.array([1, 0], dtype), bias=[0, -np.inf]), np.array([1, 0], dtype))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bits_are_computed_in_32(dtype):
    """Scale and bias keep the digits of float32, and the result is rounded once."""
    kind = np.dtype(np.float16) if dtype == "float16" else np.dtype(pytest.importorskip("ml_dtypes").bfloat16)
    masks = [{"bias": float(np.finfo(mask).min)} for mask in ("f2", "f4")]
    for shape in ((7, 5), (7, 300), (2, 5000)):
        x = (sample(shape, np.float32) * 10).astype(kind)
        bias = sample(shape[-1:], np.float32, seed=1) * 100
        for options in ({"scale": 0.37}, {"bias": bias}, *masks):
            for f in (fastact.softmax, fastact.log_softmax, fastact.logsumexp):
                got, want = f(x, **options), f(x.astype(np.float32), **options)
                assert got.dtype == kind
                with np.errstate(over="ignore"):
                    if NATIVE:
                        same(got, want.astype(kind))
                    else:  # NumPy rounds float64, once
                        last = 2.0 ** (-10 if kind == np.float16 else -7)
                        np.testing.assert_allclose(got.astype(float), want.astype(kind).astype(float), last, 2**-24)
                assert np.isfinite(got.astype(float)).all() or f is not fastact.softmax


@rows
def test_quiet(f):
    """No warning from options that hold NaN and infinities, bfloat16's among them, which compare NaN with one."""
    kinds = [np.float16, np.float32, np.float64]
    try:
        import ml_dtypes

        kinds.append(ml_dtypes.bfloat16)
    except ImportError:
        pass
    for kind in kinds:
        odd = np.array([np.nan, np.inf, -np.inf, 0, 1, 1e4], kind)
        for x in (odd, odd[::-1], np.stack([odd[3:], odd[:3]])):
            with np.errstate(all="ignore"):
                where, few = x > 0, odd[: x.shape[-1]]
            with np.errstate(all="raise"):
                f(x, scale=few)
                f(x, bias=few)
                f(x, scale=few, bias=few, where=where)


def test_scale_of_any_size():
    """The product of a subnormal and the largest number keeps its digits."""
    for x, scale in ((-1.809807e-318, -np.finfo(np.float64).max), (-3e-320, -1e300), (1e300, 7e-321)):
        want = float(fractions.Fraction(x) * fractions.Fraction(scale))
        got = fastact.logsumexp(np.array([x]), scale=scale)
        assert abs(got - want) <= 4 * np.spacing(abs(want))


@rows
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("spoiler", [np.nan, np.inf])
def test_masked_elements_beside_nan(f, dtype, spoiler):
    """A masked element is 0 (log_softmax: -inf) whatever else stands in its row."""
    if f.name == "logsumexp":
        pytest.skip("one result a row")
    for n in (2, 9, 40, 300, 5000, 70_000, 300_000):
        count = 6 if n < 5000 else 2
        x = sample((count, n), dtype, seed=n)
        mask = np.random.default_rng(n).random((count, n)) > 0.4
        mask[:, 1], mask[:, 0] = True, False
        x[1, 1] = spoiler
        for scale in (0.5, 3.0):
            for axis in (-1, 0, None) if n < 5000 else (-1,):
                given, keep = (x.T, mask.T) if axis == 0 else (x, mask)
                got = f(given, axis, where=keep, scale=scale)
                same(f(given, axis, out=np.empty(given.shape, dtype), where=keep, scale=scale), got)
                assert (got[~keep] == NOTHING[f.name]).all()
                spoiled = np.ones_like(mask) if axis is None else np.arange(count)[:, None] == 1
                spoiled = np.broadcast_to(spoiled, mask.shape)
                spoiled = (spoiled.T if axis == 0 else spoiled) & keep
                np.testing.assert_array_equal(np.isnan(got), spoiled)


@pytest.mark.skipif(not NATIVE, reason="NumPy's own functions make arrays of the size of x")
@pytest.mark.parametrize("options", ["where", "scale and bias", "none"])
@pytest.mark.parametrize("layout", ["row", "axis None", "strided"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32], ids=lambda dtype: dtype.__name__)
def test_no_array_of_the_size_of_x(dtype, layout, options):
    n = 4_000_000
    shape, axis = ((1, n), -1) if layout != "axis None" else ((2000, 2000), None)
    x = sample((64,), dtype)[np.random.default_rng(0).integers(0, 64, 2 * n)]
    x = x[::2].reshape(shape) if layout == "strided" else x[:n].reshape(shape)
    mask = np.zeros(shape, bool)
    mask.flat[::3] = True
    given = {"where": {"where": mask}, "scale and bias": {"scale": 1.3, "bias": x}, "none": {}}[options]
    out = np.empty(shape, dtype)
    for f in (fastact.softmax, fastact.log_softmax, fastact.logsumexp):
        target = {} if f is fastact.logsumexp else {"out": out}
        tracemalloc.start()
        f(x, axis, **target, **given)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 << 20, f.__name__


@rows
@both_types
def test_a_number_scales_alike_everywhere(f, dtype):
    """In any layout, with any mask and however many rows, to the last bit; negative numbers too."""
    if not NATIVE:
        pytest.skip("promised by the kernels")
    for n in (64, 100, 333, 1024, 5000):
        x = sample((7, n), dtype, seed=n) * dtype(9)
        x[3] = -np.inf
        for scale in (0.088, 0.125, 1.7, -0.3, 250.0):
            want = f(x, scale=scale)
            same(f(x.T, 0, scale=scale), want if f.name == "logsumexp" else want.T)
            same(f(np.repeat(x, 2, axis=-1)[:, ::2], scale=scale), want)
            same(f(x[2:3], scale=scale), want[2:3])
            same(f(x, where=np.ones(n, bool), scale=scale), want)
            same(f(x, where=np.ones((7, 1), bool), scale=scale), want)
            if f.name != "logsumexp":
                place = x.copy()
                same(f(place, out=place, scale=scale), want)


@rows
def test_what_a_mask_hides_at_the_end_changes_nothing(f):
    """Rows are computed to the last element that counts: the bits are those of the shorter row."""
    x = sample((130, 300), np.float32)
    mask = np.arange(300) < np.arange(130)[:, None] * 2
    for scale in (1.0, 0.3):
        got = f(x, where=mask, scale=scale)
        assert (got[0] == NOTHING[f.name]).all()
        for i in range(1, 130):
            end = 2 * i
            if not NATIVE or (end < 64 and scale != 1):
                continue
            if f.name == "logsumexp":
                same(got[i], f(x[i, :end], scale=scale))
            else:
                same(got[i, :end], f(x[i, :end], scale=scale))
                assert (got[i, end:] == NOTHING[f.name]).all()


def masks_of_rows(count, n, seed):
    """Of rows of all kinds: holes everywhere, no beginning, no end, whole runs left out, all, one element, none."""
    rng, i = np.random.default_rng(seed), np.arange(n)
    mask = rng.random((count, n)) > 0.3
    mask &= i < rng.integers(1, n + 1, (count, 1))
    mask[1::7], mask[2::7] = i >= n - n // 3, i < n // 3 + 1
    mask[3::7], mask[4::7], mask[5::7] = True, (i < 70) | (i > n - 9), i == n - 1
    mask[6] = False
    return mask


@rows
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("n", [64, 65, 100, 256, 257, 512, 1000, 1025, 5000])
def test_what_does_not_count_is_minus_infinity(f, dtype, n):
    """To the last bit, whatever rows lie beside; in place too, and with a mask that several rows share."""
    if not NATIVE:
        pytest.skip("promised by the kernels")
    x = sample((70 if n < 1000 else 16, n), dtype, seed=n) * dtype(4)
    x[0, n // 2], x[8, 1], x[9] = np.nan, np.inf, -np.inf
    mask = masks_of_rows(*x.shape, seed=n)
    for scale in (1.0, -1.0, 0.37, -3e5):
        with np.errstate(all="ignore"):
            want = f(np.where(mask, x if scale > 0 else -x, dtype(-np.inf)), scale=abs(scale))
        want[~mask.any(axis=1)] = NOTHING[f.name]
        got = f(x, where=mask, scale=scale)
        same(f(x[2:5], where=mask[2:5], scale=scale), got[2:5])
        shared = f(np.stack([x, x[::-1]], axis=1), where=mask[:, None], scale=scale)
        same(shared[:, 0], got)
        if f.name != "logsumexp":
            want = np.where(mask, want, dtype(NOTHING[f.name]))
            place = x.copy()
            same(f(place, out=place, where=mask, scale=scale), got)
        same(got, want)


def biased_rows(dtype, n):
    """Rows of all kinds: near 0, far from it, equal maxima, of tiny numbers, spoiled, without anything."""
    x, bias = sample((12, n), dtype, seed=n), sample((12, n), dtype, seed=n + 1)
    x[1] += 1000
    bias[2, ::3] = -np.inf
    x[3] = bias[3, ::-1] = np.arange(n)[::-1] % 7
    x[4], bias[4] = x[4] * 1e-30, bias[4] * 1e-36
    x[5, n // 2], x[6, 0], bias[7, -1], x[8] = np.nan, np.inf, np.nan, -np.inf
    bias[9] = -x[9]
    x[10, 1::2] = bias[10, 1::2] = -np.finfo(dtype).max
    bias[11] = x[11] * 2**-20
    return x, bias


@rows
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("n", [33, 65, 129, 300, 5000])
@pytest.mark.parametrize("scale", [1, 0.3, -0.125])
def test_where_operands_lie_changes_nothing(f, dtype, n, scale):
    x, bias = biased_rows(dtype, n)
    apart = np.repeat(bias, 2, axis=1)[:, ::2]
    want = f(x, bias=apart, scale=scale)
    same(f(x, bias=bias, scale=scale), want)
    same(f(x, bias=bias[3], scale=scale), f(x, bias=apart[3], scale=scale))
    several, biases = x.reshape(3, 4, n), bias.reshape(3, 4, n)[:, :1]
    same(f(several, bias=biases, scale=scale), f(several, bias=apart.reshape(3, 4, n)[:, :1], scale=scale))
    same(f(np.repeat(x, 2, axis=0)[::2], bias=bias, scale=scale), want)
    if f.name != "logsumexp":
        for out in (x.copy(), bias.copy()):
            a, b = (out, bias) if out[1, 0] > 500 else (x, out)
            same(f(a, bias=b, scale=scale, out=out), want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_distances_beyond_the_range(dtype):
    """Of huge logits, scaled: what lies between them would overflow before it is."""
    x = np.zeros(64, dtype)
    x[:2] = np.finfo(dtype).max * dtype(0.9) * np.array([1, -1], dtype)
    y = fastact.log_softmax(x, scale=0.5)
    assert np.isfinite(y).all()
    np.testing.assert_allclose(y, x / 2 - x[0] / 2, rtol=1e-6)
