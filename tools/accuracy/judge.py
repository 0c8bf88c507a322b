"""The C comparison of tests/c for callers in Python: builds it, and judges results of elementwise operations (judge.h),
of row functions and of losses (judge_rows.c)."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
INPUTS = 6  # FA_MAX_INPUTS
FORMATS = {"float32": 0, "float64": 1, "float16": 2, "bfloat16": 3}


class Tally(ctypes.Structure):
    """judge.h"""

    _fields_ = [
        ("max", ctypes.c_double),
        ("at", ctypes.c_double * INPUTS),
        ("count", ctypes.c_uint64),
        ("over_half", ctypes.c_uint64),
        ("over_1", ctypes.c_uint64),
        ("by_root", ctypes.c_uint64),
    ]


def make(target):
    """The path of a built target of tests/c."""
    folder = ROOT / "tests" / "c"
    build = subprocess.run(
        ["make", "-s", "--no-print-directory", "-C", folder, "where"], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run(["make", "-s", "-C", folder, f"{build}/{target}"], check=True, capture_output=True)
    return folder / build / target


def run(op, step, samples):
    """The C program on one operation, finished: its exit status says whether the bounds hold."""
    call = [make("accuracy"), "-", str(step), str(samples), op]
    return subprocess.run(call, check=False, capture_output=True, text=True)


def pointers(arrays):
    """The addresses of C-contiguous arrays."""
    return (ctypes.c_void_p * max(len(arrays), INPUTS))(*[a.ctypes.data for a in arrays])


class Judge:
    """Operations by their names in the registry; arrays of float64, or of float32 that hold what `kind` holds."""

    def __init__(self, library=None):
        self.library = ctypes.CDLL(str(library or make("libjudge.so")))

    def knows(self, op):
        """Whether it is an elementwise operation that has an oracle."""
        none = pointers([]), None, ctypes.c_size_t(0)
        return bool(self.library.judge_op(op.encode(), 0, 0, *none, 0, ctypes.byref(Tally())))

    def __call__(self, op, kind, inputs, y, output=0):
        """The Tally of results y."""
        arrays = [np.ascontiguousarray(a) for a in (*inputs, y)]
        tally, n, addresses = Tally(), ctypes.c_size_t(arrays[-1].size), pointers(arrays)
        y = ctypes.c_void_p(arrays[-1].ctypes.data)
        given = (op.encode(), output, FORMATS[kind], addresses, y, n, 0, ctypes.byref(tally))
        if not self.library.judge_op(*given):
            raise KeyError(op)
        return tally

    def oracle(self, op, kind, inputs):
        """The oracle's values in float64, of gradients for dy = 1."""
        arrays = [np.ascontiguousarray(a) for a in inputs]
        want = np.empty(arrays[0].size)
        y, size = ctypes.c_void_p(want.ctypes.data), ctypes.c_size_t(want.size)
        if not self.library.oracle_op(op.encode(), 0, FORMATS[kind], pointers(arrays), y, size):
            raise KeyError(op)
        return want

    def rows(self, op, x, y, other=None, labels=None):
        """The Tally of results y of finite rows x, all of one type; other is dy, or the classes' probabilities."""
        kind = FORMATS[x.dtype.name]
        arrays = [None if a is None else np.ascontiguousarray(a, x.dtype) for a in (x, other, y)]
        labels = None if labels is None else np.ascontiguousarray(labels, np.intp)
        x_at, other_at, y_at, labels_at = (
            None if a is None else ctypes.c_void_p(a.ctypes.data) for a in (*arrays, labels)
        )
        tally, sizes = Tally(), [ctypes.c_size_t(n) for n in x.shape]
        given = (op.encode(), kind, x_at, other_at, labels_at, y_at, *sizes, ctypes.byref(tally))
        if not self.library.judge_rows(*given):
            raise KeyError(op)
        return tally
