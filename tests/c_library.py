"""The C library as its headers declare it, and what the tests that call it share."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastact

HEADERS = Path(fastact.get_include(), "fastact")
DECLARATION = re.compile(r"^FA_API ([\w ]*?\*?)(fa_\w+)\(([^;]*)\);", flags=re.M)
REAL = {"f32": np.float32, "f64": np.float64}
PARAMETERS = {"beta": 1.5, "alpha": 0.75, "negative_slope": 0.2, "weight": 0.3, "min_val": -0.5, "max_val": 2.0}
PARAMETERS |= {"b": 2.5, "cap": 3.5, "lambd": 0.75, "threshold": 0.25, "value": -3.0}
PARAMETERS |= {"slope": 0.2, "offset": 0.4, "limit": 2.0}
TYPES = {"size_t": ctypes.c_size_t, "float": ctypes.c_float, "double": ctypes.c_double}


STANDARDS = {"c": "-std=c11", "cpp": "-std=c++17"}
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def compiler(language):
    """The command of a compiler for C or C++; without one the test is skipped."""
    variable, usual = {"c": ("CC", ("cc", "gcc", "clang")), "cpp": ("CXX", ("c++", "g++", "clang++"))}[language]
    wanted = os.environ.get(variable, "").split()[-1:]
    found = next(filter(None, map(shutil.which, [*wanted, *usual])), None)
    if found is None or sys.platform == "win32":
        pytest.skip(f"no compiler for {language} whose options are known")
    return found


def config(*options, folder):
    """What ``python -m fastact config`` prints, as a list; folder: where nothing of the sources lies."""
    run = subprocess.run(
        [sys.executable, "-m", "fastact", "config", *options], cwd=folder, check=True, capture_output=True, text=True
    )
    return run.stdout.split()


def built(source, flags):
    """The program of a source file, beside it."""
    language = source.suffix[1:]
    program = source.with_suffix("")
    command = [compiler(language), STANDARDS[language], *STRICT, source.name, *flags, "-o", program.name]
    subprocess.run(command, cwd=source.parent, check=True)
    return program


def output_of(*command, folder, **environment):
    """What a command prints."""
    run = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, check=True, capture_output=True, text=True, timeout=120
    )
    return run.stdout


def library_file():
    (found,) = Path(fastact.get_library_dir()).glob("*fastact.*")
    return found


def declared():
    """name -> (result, arguments as (type, name)) of every function of every header."""
    found = {}
    for header in sorted(HEADERS.glob("*.h")):
        for result, name, text in DECLARATION.findall(header.read_text()):
            arguments = [] if text == "void" else [" ".join(argument.split()) for argument in text.split(",")]
            assert name not in found
            found[name] = result.strip(), [tuple(re.fullmatch(r"(.*?[ *])(\w+)", a).groups()) for a in arguments]
    return found


class Library:
    """Functions by their names, of arrays and numbers."""

    def __init__(self):
        self.loaded = ctypes.CDLL(str(library_file()))
        self.declared = declared()

    def __getattr__(self, name):
        result, arguments = self.declared[name]
        function = self.loaded[name]
        function.argtypes = [TYPES.get(kind.strip(), ctypes.c_void_p) for kind, _ in arguments]
        function.restype = None if result == "void" else ctypes.c_void_p if result.endswith("*") else ctypes.c_int

        def call(*given):
            return function(*[x.ctypes.data if isinstance(x, np.ndarray) else x for x in given])

        return call


def same_bits(got, want):
    """Whether arrays are of one type and shape and the same to the bit; any NaN is as good as another."""
    want = np.asarray(want)
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    integers = np.uint32 if got.dtype == np.float32 else np.uint64
    equal = (got.view(integers) == want.view(integers)) | (np.isnan(got) & np.isnan(want))
    np.testing.assert_array_equal(got[~equal], want[~equal])
    return bool(equal.all())


def numbers(seed, *shape, T="f32", scale=4.0):
    """Numbers of all sizes, and special ones."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, scale, shape)
    flat = x.reshape(-1)
    if flat.size > 100:
        flat[::17] *= 30
        flat[:6] = 0, -0.0, np.inf, -np.inf, np.nan, 1e-310
    return x.astype(REAL[T])


def python_name(name):
    """The public function of a C function, and the value of `approximate`."""
    base, gradient = re.fullmatch(r"fa_(.*?)(_grad)?_f\d\d", name).groups(default="")
    for kind in ("tanh", "sigmoid"):
        if base == f"gelu_{kind}":
            return f"gelu{gradient}", {"approximate": kind}
    return base.removesuffix("_sloped").removesuffix("_clamped") + gradient, {}


def losses_of(x, labels):
    """The losses and the gradient of their sum, in float64."""
    x = x.astype(np.float64)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    at = np.arange(len(x)), np.maximum(labels, 0)
    loss = np.where(labels < 0, 0, -np.log(p[at]))
    p[at] -= 1
    return loss, np.where(labels[:, None] < 0, 0, p)
