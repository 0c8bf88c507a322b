"""Apply a function of one array to an .npy file of any size, through memory maps.

apply softmax logits.npy -o probabilities.npy --axis -1

The result has the type of the input, or that of --dtype. It is written beside its place and renamed when it is whole.
"""

import argparse
import functools
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

import fastact
from fastact import _catalogue as catalogue
from fastact._command_line import screen, streaming
from fastact._command_line.chosen import ONE_ARRAY, Refused, add_parameters, keywords, name_among, refusing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("function", metavar="FUNCTION", help="such as sigmoid, gelu, softmax, logsumexp or glu")
    parser.add_argument("input", type=Path, metavar="IN.npy")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.npy")
    parser.add_argument("--force", action="store_true", help="overwrite OUT.npy; it may be IN.npy")
    parser.add_argument("--dtype", help="of the computation and the result, such as float32")
    parser.add_argument("--threads", type=int, help="at most so many")
    add_parameters(parser)


def _open(path: Path) -> np.ndarray:
    try:
        return streaming.read(path)
    except ValueError as error:
        raise Refused(f"{path} is not an .npy file of numbers: {error}") from None


def _check_target(given: argparse.Namespace) -> None:
    if not given.output.parent.is_dir():
        raise Refused(f"{given.output.parent} is not a folder")
    if given.output.is_dir():
        raise Refused(f"{given.output} is a folder")
    if given.output.exists() and not given.force:
        raise Refused(f"{given.output} exists; --force overwrites it")


def _end(number: int, frame: Any) -> None:
    sys.exit(128 + number)  # an exception, so that what was begun is removed


def run(given: argparse.Namespace) -> None:
    name = name_among(given.function, catalogue.of(*ONE_ARRAY), "function of one array")
    options = keywords(given, name)
    _check_target(given)
    source = _open(given.input)
    if given.dtype:
        try:
            options["dtype"] = np.dtype(given.dtype)
        except TypeError:
            raise Refused(f"--dtype {given.dtype!r} is no type of NumPy's") from None
    function = functools.partial(getattr(fastact, name), **options)
    with refusing():
        if given.threads is not None:
            fastact.set_num_threads(given.threads)
        p = streaming.plan(source, function, catalogue.FAMILIES[name], options.get("axis", -1), "keepdims" in options)
    size = source.nbytes
    del source
    signal.signal(signal.SIGTERM, _end)
    with screen.progress(f"{name} of {given.input.name}", max(1, size)) as advance, refusing():
        streaming.apply(given.input, given.output, p, advance)
    shape = " x ".join(f"{n:,}" for n in p.result_shape) or "one number"
    screen.say(f"{given.output}: {shape}, {p.result_dtype}")
