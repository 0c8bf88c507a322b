"""The labels of cross_entropy: every integer type, layout and ignore_index; what other threads write; errors."""

import re
import subprocess
import sys

import numpy as np
import pytest
from registry import LOSSES, compiled, same, sample

from fastact import cross_entropy

NATIVE = compiled(LOSSES)
TYPES = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "intp", "longlong", ">i2", ">u4", ">i8", ">u8"]
OPTIONS = [{}, {"weight": np.arange(1.0, 13) / 4}, {"label_smoothing": 0.25}]


def unaligned(a):
    """The same array, one byte behind an aligned address."""
    memory = np.zeros(a.nbytes + 1, np.uint8)[1:]
    found = memory.view(a.dtype).reshape(a.shape)
    found[...] = a
    return found


def read_only(a):
    found = a.copy()
    found.flags.writeable = False
    return found


LAYOUTS = [
    np.copy,
    unaligned,
    read_only,
    np.asfortranarray,
    lambda a: np.repeat(a, 3, axis=-1)[..., ::3],
    lambda a: a[::-1].copy()[::-1],
    lambda a: np.broadcast_to(a, (2, *a.shape))[1],
]


def labels_for(shape, axis):
    return np.random.default_rng(1).integers(0, 12, np.delete(shape, axis))


def expect(logits, labels, is_ignored, **options):
    """Equal to what int64 labels give, those to be ignored as -100."""
    plain = np.where(is_ignored, -100, np.where(is_ignored, 0, labels).astype(np.int64))
    ignore = options.pop("ignore_index")
    for reduction in ("none", "sum", "mean"):
        more = {"reduction": reduction, "return_grad": True, **options}
        loss, gradient = cross_entropy(logits, labels, ignore_index=ignore, **more)
        want, slope = cross_entropy(logits, plain, **more)
        same(loss, want)
        same(gradient, slope)
        same(cross_entropy(logits, labels, ignore_index=ignore, **{**more, "return_grad": False}), want)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble], ids=lambda dtype: dtype.__name__)
def test_every_type(kind, dtype):
    kind = np.dtype(kind)
    limits = np.iinfo(kind)
    # a class, no class, the type's ends, and what it does not hold
    for turn, ignore in enumerate((5, 100, limits.max, limits.min, -1, -100, 255, 2**63 + 7, -(2**70))):
        for i, (shape, axis) in enumerate((((30, 12), -1), ((12, 30), 0), ((3, 12, 10), 1))):
            logits = sample(shape, dtype)
            labels = labels_for(shape, axis).astype(kind)
            is_ignored = labels == kind.type(5) if ignore == 5 else np.zeros(labels.shape, bool)
            if limits.min <= ignore <= limits.max and ignore != 5:
                is_ignored = np.random.default_rng(2).random(labels.shape) < 0.3
                labels[is_ignored] = ignore
                is_ignored = labels == kind.type(ignore)
            expect(logits, labels, is_ignored, axis=axis, ignore_index=ignore, **OPTIONS[(turn + i) % 3])


@pytest.mark.parametrize("change", LAYOUTS)
def test_every_layout(change):
    for kind in ("u1", ">i4", "i8", "u8"):
        for shape, axis in (((30, 12), -1), ((12, 30), 0), ((3, 12, 10), 1)):
            x, labels = sample(shape, np.float32), labels_for(shape, axis).astype(kind)
            for ignore in (5, -100):
                before = labels.copy()
                given = change(labels)
                for options in OPTIONS:
                    expect(x, given, labels == ignore, axis=axis, ignore_index=ignore, **options)
                np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("kind", TYPES)
def test_one_row(kind):
    for dtype in (np.float16, np.float32, np.float64, np.longdouble):
        logits = sample(300, dtype)
        for label in (np.array(7, kind), np.dtype(kind).type(7), 7):
            for reduction in ("none", "sum", "mean"):
                options = {"reduction": reduction, "return_grad": True}
                loss, gradient = cross_entropy(logits, label, **options)
                want, slope = cross_entropy(logits[None], [7], **options)
                assert type(loss) is dtype
                assert loss == np.ravel(want)[0]
                same(gradient, slope[0])
                loss, gradient = cross_entropy(logits, label, ignore_index=7, **options)
                np.testing.assert_array_equal(loss, np.nan if reduction == "mean" else 0)
                assert not gradient.any()


def test_masks_of_images():
    """The usual form: classes in axis 1, a byte a pixel, 255 or a class for what is nothing."""
    logits = sample((2, 21, 40, 50), np.float32)
    labels = np.random.default_rng(3).integers(0, 21, (2, 40, 50)).astype(np.uint8)
    labels[:, ::3] = 255
    expect(logits, labels, labels == 255, axis=1, ignore_index=255)
    expect(sample((2, 300, 40, 50), np.float32), labels, labels == 0, axis=1, ignore_index=0)
    x = np.zeros((2, 1000), np.float32)
    x[1, 255] = 5
    np.testing.assert_allclose(
        cross_entropy(x, np.array([1, 0], "u1"), ignore_index=0, reduction="none"), [np.log(1000), 0], rtol=1e-6
    )


def test_unaligned_weights():
    weight = np.arange(1.0, 13)
    for dtype in (np.float32, np.float64):
        x, labels = sample((30, 12), dtype), np.arange(30) % 12
        shares = np.random.default_rng(4).random((30, 12)).astype(dtype)
        for given in (labels, shares):
            for smoothing in (0.0, 0.25):
                options = {"label_smoothing": smoothing, "return_grad": True}
                want = cross_entropy(x, given, weight=weight, **options)
                single, swapped = weight.astype("f4"), weight.astype(">f8")
                for changed in (unaligned(weight), swapped, unaligned(single), read_only(weight)):
                    found = cross_entropy(unaligned(x), unaligned(given), weight=changed, **options)
                    same(found[0], want[0])
                    same(found[1], want[1])


def test_what_counts_for_nothing():
    """Rows whose class has weight 0, and rows of no probability, whatever they hold."""
    for dtype in (np.float16, np.float32, np.float64, np.longdouble):
        for n in (3, 12, 300):
            clean, labels = sample((5, n), dtype), np.array([0, 1, 2, 1, 0])
            weight = np.ones(n)
            weight[1] = 0
            shares = (labels[:, None] == np.arange(n)).astype(dtype)
            shares[[1, 3]] = 0
            spoiled = clean.copy()
            spoiled[1] = np.nan
            spoiled[3, 0] = np.inf
            for x in (clean, spoiled):
                for view, axis in ((x, -1), (np.ascontiguousarray(x.T), 0)):
                    for reduction in ("none", "sum", "mean"):
                        options = {"axis": axis, "reduction": reduction, "return_grad": True}
                        want, slope = cross_entropy(x[::2], labels[::2], **{**options, "axis": -1})
                        by = dtype(3) / dtype(5) if reduction == "mean" else 1
                        for form, scale in (((labels, weight), 1), ((shares if axis else shares.T.copy(), None), by)):
                            loss, gradient = cross_entropy(view, form[0], weight=form[1], **options)
                            gradient = np.moveaxis(gradient, axis, -1)
                            limit = {"rtol": 8 * np.finfo(dtype).eps, "atol": 4 * np.finfo(dtype).eps}
                            np.testing.assert_allclose(
                                loss[::2] if reduction == "none" else loss, want * dtype(scale), **limit
                            )
                            np.testing.assert_allclose(gradient[::2], slope * dtype(scale), **limit)
                            assert not gradient[[1, 3]].any()
                            assert reduction != "none" or not loss[[1, 3]].any()


# ---- errors ----


def test_labels_that_are_no_class():
    x = sample((3, 1000))
    for labels, place, value in (
        (np.array([0, -1, 2], "i1"), 1, -1),  # as an unsigned byte 255, which is a class
        (np.array([0, 1, -3], "i2"), 2, -3),
        (np.array([0, 2**63 + 1, 2], "u8"), 1, 2**63 + 1),
        (np.array([0, 2**64 - 100, 2], "u8"), 1, 2**64 - 100),  # as a signed number -100
        (np.array([1000, 1, 2], ">u2"), 0, 1000),
        (np.array([0, 2**32, 2], "i8"), 1, 2**32),
    ):
        for ignore in (-100, 5, 2**64 + 3):
            for change in (np.copy, unaligned, lambda a: np.repeat(a, 2)[::2]):
                match = rf"fastact\.cross_entropy: labels\[{place}\] is {value}, .*0 to 999.*ignore_index={ignore}"
                with pytest.raises(ValueError, match=match):
                    cross_entropy(x, change(labels), ignore_index=ignore)


@pytest.mark.parametrize(
    ("logits", "labels", "axis", "instead"),
    [
        ((5, 4), np.zeros((5, 1), int), -1, "labels[:, 0]"),
        ((5, 4), np.zeros((5, 1)), -1, "labels[:, 0].astype(int)"),
        ((5, 4, 6), np.zeros((5, 1, 6), int), 1, "labels.squeeze(1)"),
        ((5, 4), np.zeros((5, 4), int), -1, "labels.argmax(1)"),
        ((5, 4), np.zeros((5, 4), int), -1, "labels.astype(float)"),
        ((5, 4), np.zeros((5, 4), bool), -1, "labels.argmax(1)"),
        ((5, 4), np.zeros(5), -1, "labels.astype(int)"),
        ((5, 4, 6, 7), np.zeros((5, 6, 7), int), -1, "axis=1"),
        ((5, 4), np.zeros(4, int), -1, "axis=0"),
    ],
)
def test_shapes_that_do_not_fit(logits, labels, axis, instead):
    with pytest.raises((TypeError, ValueError), match=rf"fastact\.cross_entropy: labels .*{re.escape(instead)}"):
        cross_entropy(np.zeros(logits), labels, axis=axis)


def test_ignore_index_is_an_int():
    x, labels = sample((3, 4)), [0, 1, 2]
    for wrong in (True, np.True_, 1.0, np.float64(1), None, "1", [1], np.array([1, 2])):
        with pytest.raises(TypeError, match=r"fastact\.cross_entropy: ignore_index must be an int, got"):
            cross_entropy(x, labels, ignore_index=wrong)
    for right in (np.int8(1), np.uint64(1), np.array(1)):
        assert cross_entropy(x, labels, ignore_index=right) == cross_entropy(x, labels, ignore_index=1)
    with pytest.raises(TypeError, match=r"label_smoothing must be a number from 0 to 1, got True"):
        cross_entropy(x, labels, label_smoothing=True)


# ---- other threads ----

WRITER = """
import sys, threading
import numpy as np
import fastact

shape, axis, smoothing, weighted, calls = eval(sys.argv[1])
fastact.set_num_threads(2)
logits = np.zeros(shape, np.float32)
labels = np.zeros(np.delete(shape, axis), np.intp)
done = threading.Event()

def write():
    while not done.is_set():
        for value in (2**40, -(2**40), logits.shape[axis], -1, 1):
            labels[...] = value
            done.wait(1e-4)

options = {"axis": axis, "label_smoothing": smoothing, "weight": np.ones(shape[axis]) if weighted else None}
writer = threading.Thread(target=write)
writer.start()
while calls:
    try:
        loss, gradient = fastact.cross_entropy(logits, labels, return_grad=True, **options)
        calls -= 1
    except ValueError:  # it came upon them in time
        pass
done.set()
writer.join()
print("ended")
"""


@pytest.mark.skipif(not NATIVE, reason="NumPy compares whatever it indexes with")
@pytest.mark.parametrize(
    ("shape", "axis", "smoothing", "weighted", "calls"),
    [
        ((60_000, 20), -1, 0.0, False, 40),
        ((3000, 1000), -1, 0.0, True, 40),
        ((20, 60_000), 0, 0.0, True, 40),
        ((20_000, 50), -1, 0.1, False, 40),
        ((1, 2_000_000), -1, 0.0, True, 40),
    ],
    ids=["short rows", "rows", "columns", "smoothing", "long row"],
)
def test_labels_that_another_thread_writes(shape, axis, smoothing, weighted, calls):
    arguments = repr((shape, axis, smoothing, weighted, calls))
    ended = subprocess.run([sys.executable, "-c", WRITER, arguments], capture_output=True, text=True, timeout=300)
    assert (ended.returncode, ended.stdout) == (0, "ended\n"), ended.stderr
