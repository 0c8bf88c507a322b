"""The largest errors of row functions and of losses, fastact's and its peers', on the same rows: relative to what their
bounds are relative to (judge_rows.c)."""

import numpy as np
from peers import libraries

import fastact
from fastact._benchmark.contenders import functions
from fastact._check import bounds

LENGTHS = [2, 3, 10, 33, 100, 1000, 5000]
MOST = 2048  # elements of one length and width; 512 rows
LARGER = "eps of the larger of the result and log(sum(exp(x - max(x))))"
BCE = "binary_cross_entropy_with_logits"
ROW, LOSS = bounds.BOUNDS["ROW"], bounds.BOUNDS["LOSS"]
# operation -> bound, in what
BOUNDS = {
    "softmax": (ROW, "eps"),
    "log_softmax": (ROW, "eps"),
    "logsumexp": (ROW, LARGER),
    "softmax_grad": (2.5, "ULP, beside 2^-40 (float64: 2^-90) of abs(y) sum(abs(dy y))"),
    "log_softmax_grad": (2.5, "ULP of the larger of abs(dx) and abs(exp(y) sum(dy))"),
    "cross_entropy": (LOSS, "eps"),
    "cross_entropy gradient": (LOSS, "eps"),
    "cross_entropy of probabilities": (LOSS, "eps"),
    "cross_entropy of probabilities gradient": (LOSS, "eps of the parts"),
    BCE: (LOSS, "eps"),
    f"{BCE} gradient": (LOSS, "eps"),
}


def widths(dtype):
    """Of logits: alike, usual, wide, and so that most probabilities underflow."""
    return [0.1, 3, 30, 100 if dtype == np.float32 else 700]


def samples(dtype):
    """(width, x, dy, labels, probabilities) of every length and width: finite rows, every fourth confident, every
    fourth dominated by one element."""
    rng = np.random.default_rng(1)
    for n in LENGTHS:
        for width in widths(dtype):
            count = max(2, min(512, MOST // n))
            x = rng.uniform(-width, width, (count, n)).astype(dtype)
            labels = rng.integers(0, n, count)
            labels[::4] = x[::4].argmax(axis=-1)
            dominated = x[1::4]  # one element far above the others
            dominated[np.arange(len(dominated)), labels[1::4]] += dtype.type(rng.uniform(1, 4) * width)
            dy = rng.normal(0, 1, (count, n))
            dy[::3] = 1 + dy[::3] / 1024  # where it hardly varies softmax_grad cancels
            yield width, x, dy.astype(dtype), labels, fastact.softmax(rng.normal(0, 3, (count, n))).astype(dtype)


def one_by_one(theirs, x, others, gradient):
    """A loss that gives means, called on one row or element at a time."""
    found = [theirs(x[i : i + 1], others[i : i + 1]) for i in range(len(x))]
    if gradient:
        return np.concatenate([np.asarray(dx).reshape(1, *x.shape[1:]) for _, dx in found])
    return np.array([np.asarray(y).reshape(()) for y in found])


def call(library, op, x, dy, labels, probabilities):
    """The library's result for an operation on these rows, None where it has none; and what it is a function of."""
    gradient = op.endswith(" gradient")
    if op.startswith("cross_entropy"):
        given = probabilities if "probabilities" in op else labels
        if library == "fastact":
            return fastact.cross_entropy(x, given, reduction="none", return_grad=True)[gradient], x
        theirs = functions(library).get("cross_entropy" + " with gradient" * gradient)
        return theirs and one_by_one(theirs, x, given, gradient), x
    theirs = getattr(fastact, op) if library == "fastact" else functions(library).get(op)
    if op.endswith("_grad"):
        y = getattr(fastact, op.removesuffix("_grad"))(x)
        return theirs and theirs(dy, y), y
    return theirs and theirs(x), x


def of_rows(judge, library, op, dtype):
    """The largest error, and the length and width of its row; None where the library has no such function."""
    worst = (0.0, "")
    for width, *sample in samples(dtype):
        x, dy, labels, probabilities = sample
        try:
            with np.errstate(all="ignore"):
                y, of = call(library, op, *sample)
        except (TypeError, ValueError, RuntimeError, IndexError):
            return None
        if y is None or np.asarray(y).dtype != dtype:
            return None
        t = judge.rows(op, of, np.asarray(y), probabilities if "probabilities" in op else dy, labels)
        worst = max(worst, (t.max, f"n = {x.shape[1]}, width {width:g}"))
    return worst


def of_elements(judge, library, op, dtype):
    """The same of binary cross entropy: targets 0 and 1."""
    rng, reach = np.random.default_rng(2), 100 if dtype == np.float32 else 700
    x = np.r_[rng.normal(0, 3, 2000), rng.uniform(-reach, reach, 2000)].astype(dtype).repeat(2)
    targets, ones = np.tile(np.array([0, 1], dtype), x.size // 2), np.ones_like(x)
    gradient = op.endswith(" gradient")
    if library == "fastact":
        y = fastact.binary_cross_entropy_with_logits(x, targets, reduction="none", return_grad=True)[gradient]
    else:
        theirs = functions(library).get(BCE + " with gradient" * gradient)
        if theirs is None:
            return None
        with np.errstate(all="ignore"):
            y = one_by_one(theirs, x, targets, gradient)
    if y.dtype != dtype:
        return None
    t = judge("binary_cross_entropy_and_grad", dtype.name, [x, targets, ones, ones], y, int(gradient))
    return t.max, f"x = {t.at[0]:.4g}"


def measured(judge):
    """(operation, type, {library: (error, where)}) of all."""
    for op in BOUNDS:
        for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
            measure = of_elements if op.startswith(BCE) else of_rows
            names = ["fastact", *libraries(dtype.name)]
            found = {name: measure(judge, name, op, dtype) for name in names}
            yield op, dtype.name, {name: worst for name, worst in found.items() if worst}
