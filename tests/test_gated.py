"""glu, swiglu, geglu and reglu with their gradients: two arrays, or one in halves."""

import numpy as np
import pytest
from oracles import exact_ulp_error, ulp_error
from oracles_gated import ACTIVATIONS, gated, gradient, root
from registry import FLOATS, GATED, INTEGERS, compiled, result_type, same, sample

import fastact
from fastact._check.bounds import BOUNDS

NATIVE = compiled(GATED)

NAMES = sorted(name for name in GATED if not name.endswith("_grad"))
each = pytest.mark.parametrize("name", NAMES)
every = pytest.mark.parametrize("name", sorted(GATED))
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
inf, nan = np.inf, np.nan


def forward(name):
    return getattr(fastact, name)


def vjp(name):
    return getattr(fastact, f"{name}_grad")


def call(name, *operands, **keywords):
    """The results of a function or of a gradient with dy = 1.5, as a tuple."""
    if name.endswith("_grad"):
        result = GATED[name](1.5, *operands, **keywords)
        return result if isinstance(result, tuple) else (result,)
    return (GATED[name](*operands, **keywords),)


def test_every_gate_has_an_oracle():
    assert sorted(ACTIVATIONS) == NAMES
    assert sorted(GATED) == sorted([*NAMES, *(f"{name}_grad" for name in NAMES)])


# ---- accuracy ----


def operands(n, dtype, seed=0):
    """dy, a, b of all magnitudes, a and b mostly where activations bend."""
    rng = np.random.default_rng(seed)
    limits = np.finfo(dtype)
    wide = [np.exp2(rng.uniform(limits.minexp - 4, limits.maxexp - 1, n // 4)) for _ in range(3)]
    parts = [
        [rng.normal(0, 1, n), rng.normal(0, 4, n), rng.normal(0, 4, n)],
        [rng.normal(0, 1, n), rng.uniform(-120, 30, n), np.exp2(rng.uniform(-20, 100, n))],
        [rng.normal(0, 1, n), np.exp2(rng.uniform(-20, 100, n)), rng.uniform(-120, 30, n)],
        [w * rng.choice([-1, 1], w.size) for w in wide],
    ]
    with np.errstate(all="ignore"):
        found = [np.concatenate(column).astype(dtype) for column in zip(*parts, strict=True)]
    keep = np.all([np.isfinite(a) for a in found], axis=0)
    assert keep.sum() > n
    return [a[keep] for a in found]


def near_root(name, a):
    wide = 0.01 if NATIVE else 0.5
    return np.any([np.abs(a - r) < wide * abs(r) for r in root(name)] or [a != a], axis=0)


@each
def test_float32(name):
    dy, a, b = operands(60_000, np.float32)
    wide = [v.astype(np.float64) for v in (dy, a, b)]
    bound = (BOUNDS["GATE"], BOUNDS["GRADIENT"]) if NATIVE else (0.51, 0.51)
    with np.errstate(all="ignore"):
        want = gated(name, "double")(*wide[1:])
        error = ulp_error(forward(name)(a, b), want)
        assert error.max() <= bound[0], f"{error.max()} at {a[error.argmax()]!r}, {b[error.argmax()]!r}"
        for got, want in zip(vjp(name)(dy, a, b), gradient(name, "double")(*wide), strict=True):
            error = ulp_error(got, want)
            limit = np.abs(wide[0] * wide[2]) * 2.0**-24 + 2.0**-150
            error[near_root(name, wide[1]) & (np.abs(got.astype(np.float64) - want) <= limit)] = 0
            assert error.max() <= bound[1], f"{error.max()} at {[v[error.argmax()] for v in (dy, a, b)]}"


@each
def test_float64(name):
    mpmath = pytest.importorskip("mpmath")
    dy, a, b = (v[::7] for v in operands(900, np.float64, seed=1))
    if name == "geglu":  # mpmath's erfc does not reach further
        dy, a, b = (v[np.abs(a) < 1e6] for v in (dy, a, b))
    roots = np.array([r * (1 + d) for r in root(name) for d in (-1e-9, 0, 1e-5, 1e-3)])
    dy, a, b = (np.concatenate([v, w]) for v, w in ((dy, np.ones(roots.size)), (a, roots), (b, np.ones(roots.size))))
    limit = np.finfo(np.float64).max
    found = [
        (
            forward(name)(a, b),
            [gated(name, "exact")(*map(mpmath.mpf, v)) for v in zip(a, b, strict=True)],
            BOUNDS["GATE"],
        )
    ]
    exact = [gradient(name, "exact")(*map(mpmath.mpf, v)) for v in zip(dy, a, b, strict=True)]
    got = vjp(name)(dy, a, b)
    found += [(got[i], [pair[i] for pair in exact], BOUNDS["GRADIENT"]) for i in range(2)]
    close = 2.0**-53 if NATIVE else 2.0**-51
    for results, wants, bound in found:
        near = near_root(name, a)
        for i, (result, want) in enumerate(zip(results, wants, strict=True)):
            if abs(want) > limit * (1 - 1e-12):
                assert np.isinf(result) or abs(result) > limit * (1 - 1e-12)
                continue
            absolute = close * abs(mpmath.mpf(dy[i]) * mpmath.mpf(b[i])) + mpmath.mpf(2) ** -1074
            if near[i] and abs(mpmath.mpf(float(result)) - want) <= absolute:
                continue
            error = exact_ulp_error(result, want)
            assert error <= (bound if NATIVE else 9.0), f"{error} ULP at {dy[i]!r}, {a[i]!r}, {b[i]!r}"


def largest(dtype):
    """The largest finite number of a type of 16 bits."""
    words = np.arange(0x8000, dtype=np.uint16).view(dtype).astype(np.float64)
    return words[np.isfinite(words)].max()


@each
def test_stored_types(name):
    types = [np.float16]
    try:
        import ml_dtypes
    except ImportError:
        pass
    else:
        types.append(ml_dtypes.bfloat16)
    for dtype in types:
        a = np.arange(65536, dtype=np.uint16).view(dtype)
        with np.errstate(all="ignore"):
            a = a[np.isfinite(a.astype(np.float32))]
        b = np.random.default_rng(0).normal(0, 3, a.size).astype(dtype)
        wide = a.astype(np.float64), b.astype(np.float64)
        with np.errstate(all="raise"):
            got = forward(name)(a, b), *vjp(name)(1.0, a, b)
        with np.errstate(all="ignore"):
            wants = gated(name, "double")(*wide), *gradient(name, "double")(1.0, *wide)
            for result, want in zip(got, wants, strict=True):
                assert result.dtype == dtype
                found = result.astype(np.float64)
                error = np.abs(found - want)
                below = np.abs(np.nextafter(result, np.array(0, dtype)).astype(np.float64) - found)
                infinity = np.array(np.inf, dtype)
                smallest = float(np.array(1, np.uint16).view(dtype).astype(np.float64))
                # next to a zero of a derivative float32's own error is absolute
                near = near_root(name, wide[0]) & (error <= np.abs(wide[1]) * 2.0**-23)
                # at a power of two the numbers lie twice as far apart on the outer side
                outer = np.abs(np.nextafter(result, np.copysign(infinity, result)).astype(np.float64) - found)
                spacing = np.maximum(np.where(np.isfinite(outer), outer, below), smallest)
                fine = (found == want) | (error <= 0.51 * spacing)
                overflow = np.isinf(found) & (np.abs(want) > float(largest(dtype)))
                assert (fine | near | overflow).all()


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [
        ("swiglu", -700.0, 1e300),
        ("swiglu", -740.0, -1e305),
        ("swiglu", 5e-324, 1e300),
        ("swiglu", 1e-310, 1e308),
        ("geglu", -38.0, 1e300),
        ("geglu", -37.0, -1e305),
        ("geglu", 5e-324, 1e300),
        ("glu", 1e300, -740.0),
        ("glu", -1e300, -700.0),
        ("reglu", 5e-324, 1e300),
    ],
)
def test_tiny_activation_meets_a_large_operand(name, a, b):
    mpmath = pytest.importorskip("mpmath")
    want = gated(name, "exact")(mpmath.mpf(a), mpmath.mpf(b))
    assert exact_ulp_error(forward(name)(a, b), want) <= (BOUNDS["GATE"] if NATIVE else 9)
    for dy in (1e-3, 1e150):
        wants = gradient(name, "exact")(mpmath.mpf(dy), mpmath.mpf(a), mpmath.mpf(b))
        for got, want in zip(vjp(name)(dy, a, b), wants, strict=True):
            if abs(want) < 1e308:
                assert exact_ulp_error(got, want) <= (BOUNDS["GRADIENT"] if NATIVE else 9)


@each
def test_central_differences(name):
    dy, a, b = (sample(200, seed=seed) for seed in range(3))
    h = 1e-6
    corner = (np.abs(a) < 2 * h) & (name == "reglu")
    da, db = vjp(name)(dy, a, b)
    f = forward(name)
    np.testing.assert_allclose(da[~corner], (dy * (f(a + h, b) - f(a - h, b)) / (2 * h))[~corner], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(db, dy * (f(a, b + h) - f(a, b - h)) / (2 * h), rtol=1e-6, atol=1e-8)


# ---- two forms ----


@every
@each_float
def test_halves(name, dtype):
    for shape, axis in [((6, 8), -1), ((6, 8), 0), ((4, 5, 6), 2), ((5, 4, 6), 1), ((4, 5, 6), -3), ((8,), 0)]:
        x = sample(shape, dtype)
        for view in (x, np.asfortranarray(x), np.repeat(x, 2, axis=-1)[..., ::2]):
            before = view.copy()
            first, second = np.split(x, 2, axis)
            got = call(name, view, axis=axis)
            want = call(name, first, second)
            want = want if len(want) == 1 else (np.concatenate(want, axis),)
            same(got[0], want[0])
            same(view, before)
    x = sample((3, 8), dtype)
    for axis in (np.int64(-1), 1):
        same(call(name, x, axis=axis)[0], call(name, x)[0])


@every
def test_halves_in_place(name):
    for dtype in (np.float16, np.float32, np.float64):
        x = sample((300, 80), dtype)
        want = call(name, x.copy())[0]
        if name.endswith("_grad"):
            dy, out = sample((300, 40), dtype, seed=1), np.empty_like(x)
            want = GATED[name](dy, x.copy())
            assert want.shape == x.shape
            assert GATED[name](dy, x, out=out) is out
            same(out, want)
            assert GATED[name](dy, x, out=x) is x
            same(x, want)
            continue
        for start in (0, 40, 7):
            copy = x.copy()
            target = copy[:, start : start + 40]
            assert GATED[name](copy, out=target) is target
            same(target, want)


@every
def test_bad_halves(name):
    match = rf"fastact\.{name}: .*"
    with pytest.raises(ValueError, match=match + "axis 1 .*length 5"):
        call(name, sample((4, 5)))
    with pytest.raises(ValueError, match=match + "axis 0 .*length 3"):
        call(name, sample((3, 4)), axis=0)
    with pytest.raises(ValueError, match=match + r"shape \(\)"):
        call(name, 1.0)
    with pytest.raises(np.exceptions.AxisError, match=match + "axis 2"):
        call(name, sample((4, 4)), axis=2)
    for axis in (None, (0,), "x", 1.0):
        with pytest.raises(TypeError, match=match + "axis"):
            call(name, sample((4, 4)), axis=axis)
    for axis in (0, 1, -2):
        with pytest.raises(TypeError, match=match + f"axis={axis}"):
            call(name, sample((4, 4)), sample((4, 4)), axis=axis)
    if name.endswith("_grad"):
        out = np.full((4, 5), 7.0)
        for wrong in (out, np.zeros((4, 4), int), (np.zeros((4, 2)), np.zeros((4, 2))), 3):
            with pytest.raises((ValueError, TypeError), match=match):
                GATED[name](1.0, sample((4, 4)), out=wrong)
        assert (out == 7).all()


# ---- as ufuncs ----


@every
@each_float
def test_broadcasting(name, dtype):
    """Gradients are summed to the shapes of a and b."""
    dy = sample((5, 4, 3), dtype, seed=9)
    for shapes in [
        ((4, 3), (4, 3)),
        ((4, 1), (3,)),
        ((), (4, 3)),
        ((5, 1, 3), ()),
        ((1, 3), (5, 4, 1)),
        ((1,), (1, 1)),
    ]:
        a, b = (sample(shape, dtype, seed=i) if shape else dtype(0.75) for i, shape in enumerate(shapes))
        stretched = [np.ascontiguousarray(v) for v in np.broadcast_arrays(a, b)]
        if not name.endswith("_grad"):
            same(GATED[name](a, b), GATED[name](*stretched))
            continue
        whole = [np.ascontiguousarray(v) for v in np.broadcast_arrays(dy, a, b)]
        shares = GATED[name](*whole)
        out = tuple(np.empty(shape, dtype) for shape in shapes)
        into = GATED[name](dy, a, b, out=out)
        for got, given, operand, share, place in zip(GATED[name](dy, a, b), into, (a, b), shares, out, strict=True):
            padded = (1,) * (3 - np.ndim(operand)) + np.shape(operand)
            axes = tuple(i for i, n in enumerate(padded) if n == 1)
            wide = share.astype(np.longdouble)
            total, size = (v.sum(axis=axes, keepdims=True).reshape(np.shape(operand)) for v in (wide, np.abs(wide)))
            assert np.shape(got) == np.shape(operand)
            assert got.dtype == dtype
            # shares may be rounded before they are added up
            assert (np.abs(got - total) <= 2 * np.finfo(dtype).eps * size).all()
            assert given is place
            same(place, np.asarray(got))


@every
def test_types(name):
    assert all(type(y) is np.float64 for y in call(name, 0.5, -0.25))
    assert all(type(y) is np.float64 for y in call(name, 1, 2.0))
    for dtype in INTEGERS:
        x = sample((3, 4), dtype)
        for got, want in zip(call(name, x), call(name, x.astype(np.float64)), strict=True):
            same(got, want)
    x = sample((3, 4), np.float32)
    assert all(y.dtype == np.float32 for y in call(name, x, 2.0))
    assert all(y.dtype == np.float64 for y in call(name, x, sample((3, 4))))
    assert all(y.dtype == np.float32 for y in call(name, x.astype(np.float64), x, dtype=np.float32))
    assert all(y.dtype == result_type(np.float16) for y in call(name, x.astype(np.float16), 1.0))
    for got, want in zip(
        call(name, [[1.0, 2.0]], [[3.0, -1.0]]), call(name, *np.array([[[1.0, 2]], [[3, -1]]])), strict=True
    ):
        same(got, want)
    for got, want in zip(call(name, [1.0, 2.0]), call(name, np.array([1.0, 2.0])), strict=True):
        same(got, want)


@every
def test_where_and_out(name):
    a, b, mask = sample((6, 7)), sample((6, 7), seed=1), sample((6, 7), np.bool_, seed=2)
    want = call(name, a, b)
    outs = tuple(np.full((6, 7), 9.0) for _ in want)
    call(name, a, b, out=outs if len(want) > 1 else outs[0], where=mask)
    for out, expected in zip(outs, want, strict=True):
        same(out, np.where(mask, expected, 9.0))
    if not name.endswith("_grad"):
        place = a.copy()
        assert GATED[name](place, b, out=place) is place
        same(place, want[0])
        return
    dy = sample((6, 7), seed=3)
    want = GATED[name](dy, a, b)
    for order in ((0, 1), (1, 0), (1, 2), (2, 0)):
        copies = [dy.copy(), a.copy(), b.copy()]
        outs = tuple(copies[i] for i in order)
        got = GATED[name](*copies, out=outs)
        for result, out, expected in zip(got, outs, want, strict=True):
            assert result is out
            same(out, expected)
    memory = np.concatenate([a.ravel(), b.ravel(), np.zeros(42)])
    shifted = memory[5:47], memory[50:92]
    GATED[name](dy.ravel(), memory[:42], memory[42:84], out=shifted)
    for out, expected in zip(shifted, want, strict=True):
        same(out, expected.ravel())
    first = np.empty((6, 7))
    da, db = GATED[name](dy, a, b, out=(first, None))
    assert da is first
    same(db, want[1])
    total = GATED[name](dy, a, b[0], where=mask)[1]
    share = np.where(mask, GATED[name](dy, a, np.ascontiguousarray(np.broadcast_to(b[0], (6, 7))))[1], 0)
    np.testing.assert_allclose(total, share.sum(axis=0), rtol=1e-12)


@every
def test_bad_arguments(name):
    a, out = sample((3, 4)), np.full((3, 4), 7.0)
    outs = (out, out) if name.endswith("_grad") else out
    match = f"fastact.{name}"
    for wrong in (1j, "text", np.ones((3, 4), object), np.array(["2026"], "M8[Y]")):
        for pair in ((wrong, a), (a, wrong)):
            with pytest.raises(TypeError, match=match):
                call(name, *pair, out=outs)
    for wrong in (1j, "text", None):
        with pytest.raises(TypeError, match=match):
            call(name, wrong)
    with pytest.raises(ValueError, match="broadcast"):
        call(name, a, sample((3, 5)), out=outs)
    for wrong in (np.zeros((3, 5)), np.zeros((3, 4), int), np.zeros(4)):
        with pytest.raises((ValueError, TypeError)):
            call(name, a, a, out=(out, wrong) if name.endswith("_grad") else wrong)
    locked = np.zeros((3, 4))
    locked.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        call(name, a, a, out=(out, locked) if name.endswith("_grad") else locked)
    with pytest.raises(TypeError):
        call(name, a, a, casting="safe", dtype=np.float32)
    with pytest.raises(TypeError):
        GATED[name]()
    if name.endswith("_grad"):
        for wrong in (out, (out,), (out, None, None), 3):
            with pytest.raises((ValueError, TypeError), match=r"tuple of (2|two)"):
                GATED[name](1.0, a, a, out=wrong)
        for summed in (np.zeros(3), np.zeros(4, int)):
            with pytest.raises((ValueError, TypeError), match=match):
                GATED[name](1.0, a, a[0], out=(out, summed))
        for wrong in (1j, "text", None):
            with pytest.raises(TypeError, match=match):
                GATED[name](wrong, a, a, out=outs)
    assert (out == 7).all()


# ---- special values ----


@each
@each_float
def test_special_values(name, dtype):
    f, g = forward(name), vjp(name)
    one = dtype(0.75)
    for n in (1, 40):
        for pair in ((nan, one), (one, nan), (nan, nan), (nan, inf), (inf, nan)):
            a, b = (np.full(n, v, dtype) for v in pair)
            assert np.isnan(f(a, b)).all()
            by_a, by_b = (np.isnan(d).all() for d in g(1.0, a, b))
            by_gate, by_other = (by_b, by_a) if name == "glu" else (by_a, by_b)
            assert by_gate
            assert by_other == np.isnan(pair[name == "glu"])
        assert all(np.isnan(d).all() for d in g(np.full(n, nan, dtype), one, one))
    gate = (lambda x, y: f(y, x)) if name == "glu" else f  # the gate's argument first
    for value in (2, -2):
        low = gate(dtype(-inf), dtype(value))
        assert low == 0
        if name != "reglu":
            assert np.signbit(low) == (value < 0 if name == "glu" else value > 0)
        high = gate(dtype(inf), dtype(value))
        assert high == (value if name == "glu" else np.sign(value) * inf)
        assert gate(dtype(1), dtype(value * inf)) == np.sign(value) * inf
    assert np.isnan(gate(dtype(-inf), dtype(inf)))
    if name != "glu":
        assert np.isnan(gate(dtype(inf), dtype(0)))
    first, second = (1, 0) if name == "glu" else (0, 1)
    largest = np.finfo(dtype).max
    for x, limit, slope in ((-inf, 0, 0), (inf, 1 if name == "glu" else inf, 0 if name == "glu" else 1)):
        pair = (dtype(3), dtype(x)) if name == "glu" else (dtype(x), dtype(3))
        found = g(1.0, *pair)
        assert found[first] == 3 * slope
        assert found[second] == limit
    assert gate(largest, dtype(1)) == (1 if name == "glu" else largest)
    assert np.isfinite(gate(-largest, dtype(1)))


@every
def test_quiet_and_empty(name):
    for dtype in FLOATS:
        edges = np.array([0, -0.0, inf, -inf, nan, np.finfo(dtype).max, np.finfo(dtype).tiny, -104, 88, 1], dtype)
        a, b = (np.ascontiguousarray(v) for v in np.meshgrid(edges, edges))
        with np.errstate(all="raise"):
            call(name, a, b)
            call(name, a)
            call(name, a, edges)
        for shape in ((0,), (0, 4), (3, 0)):
            for y in (*call(name, np.zeros(shape, dtype)), *call(name, np.zeros(shape, dtype), np.zeros(shape, dtype))):
                assert y.size == 0
                assert y.dtype == dtype
    if name.endswith("_grad"):
        da, db = GATED[name](1.0, np.zeros((0, 3)), np.ones(3))
        assert da.shape == (0, 3)
        same(db, np.zeros(3))


# ---- threads, labels ----


@every
def test_labels(name):
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    values = sample((4, 6), np.float32)
    frame = pandas.DataFrame(values, columns=list("abcdef"))
    array = xarray.DataArray(values, dims=("row", "channel"))
    for labelled in (frame, array):
        for got, want in zip(call(name, labelled, labelled), call(name, values, values), strict=True):
            assert type(got) is type(labelled)
            same(np.asarray(got), want)
        same(np.asarray(call(name, labelled)[0]), call(name, values)[0])
