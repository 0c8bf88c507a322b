"""Random calls of the whole public surface, each compared with the NumPy reference.

Both give equal results within the promised bounds, or the same class of error, and write nothing but `out`. Functions
along axes and losses are held against true values besides.

Ten thousand by Hypothesis, which makes a failing call small, from the seed that pytest's header shows. A long run::

    python -m pytest tests/test_fuzz.py -s --calls=300000 --fuzz-seed=1

The program of a call is written to .pytest_cache/d/fuzz/call.py before it is made: there it is found after a crash.
"""

import collections
import time

import numpy as np
import pytest
from fuzz.calls import OFTEN, any_call, call_of
from fuzz.compare import ALONG, difference
from fuzz.draws import FromBytes, Generated, Replayed, smaller
from fuzz.memory import snippet
from fuzz.surface import NUMBERS, SIGNATURES, is_gate
from registry import COMPUTING, LOSSES, NATIVE, OTHER_ROWS, SEGMENTS, SPARSE_LOSSES

import fastact
from fastact._reference import table

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import strategies  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:'where' used without 'out'")
# without kernels the reference would be compared with itself, but for what is held against true values
DRAWN = OFTEN if NATIVE else tuple(family for family in OFTEN if family in ALONG)
CALLS = 10_000
KINDS = 60  # different faults after which a long run ends


@pytest.fixture
def judge(request):
    """What finds the difference of a call, whose program it has written to a file first."""
    path = request.config.cache.mkdir("fuzz") / "call.py"
    longest = 0  # spaces cover what is left of a longer program
    with path.open("wb", buffering=0) as file:

        def judged(call):
            nonlocal longest
            text = snippet(call).encode()
            longest = max(longest, len(text))
            file.seek(0)
            file.write(text.ljust(longest))
            return difference(call)

        yield judged


@pytest.fixture
def seed(request):
    return request.config.option.fuzz_seed


def test_calls_by_hypothesis(request, judge, seed):
    if request.config.option.calls:
        pytest.skip("a long run was asked for")

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=CALLS,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
    )
    @hypothesis.given(strategies.binary(min_size=FromBytes.SIZE, max_size=FromBytes.SIZE))
    def is_as_the_reference(given):
        found = judge(any_call(FromBytes(given), DRAWN))
        if found is not None:
            raise AssertionError(f"--fuzz-seed={seed}\n{found}")

    is_as_the_reference()


def test_as_many_calls_as_asked_for(request, judge, seed):
    calls = request.config.option.calls
    if not calls:
        pytest.skip("--calls=N runs N calls")
    found, start = collections.OrderedDict(), time.monotonic()
    for i in range(calls):
        draw = Generated(f"{seed}-{i}")
        wrong = judge(any_call(draw, DRAWN))
        if wrong is not None and (kind := (wrong.call.name, wrong.kind)) not in found:

            def fails(choices, kind=kind):
                draw = Replayed(choices)
                wrong = judge(any_call(draw, DRAWN))
                return draw.made if wrong is not None and (wrong.call.name, wrong.kind) == kind else None

            # what memory happened to hold may make a call fail only once
            found[kind] = judge(any_call(Replayed(smaller(draw.made, fails)), DRAWN)) or wrong
            print(f"call {i}: {found[kind]}", flush=True)
            if len(found) == KINDS:
                break
        if (i + 1) % 10_000 == 0:
            rate = (i + 1) / (time.monotonic() - start)
            print(f"{i + 1} calls, {rate:.0f} a second, {len(found)} kinds of differences", flush=True)
    assert not found, f"--fuzz-seed={seed}: {len(found)} kinds of differences\n" + "\n".join(map(str, found.values()))


# ---- everything is drawn, and what is wrong is found ----


def test_every_function_is_drawn():
    assert set(COMPUTING) - set(OTHER_ROWS) - set(SPARSE_LOSSES) | {*LOSSES, *SEGMENTS} <= set(SIGNATURES)


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_every_parameter_is_drawn(name):
    left = set(SIGNATURES[name].parameters) - {"subok"}  # of subclasses: test_protocols.py
    left -= set(NUMBERS if is_gate(name) else ())
    for i in range(120):
        call = call_of(Generated(f"0-{i}"), name)
        left -= {*list(SIGNATURES[name].parameters)[: len(call.args)], *call.keywords}
    assert not left


def inexact(function, part=2**-20):
    """By default 8 ULP."""

    def wrong(*args, **keywords):
        result = function(*args, **keywords)
        if isinstance(result, np.ndarray) and keywords.get("out") is None and result.dtype == np.float32:
            result *= np.float32(1 + part)
        return result

    return wrong


def late(function):
    """Writes before it raises."""

    def wrong(*args, **keywords):
        try:
            return function(*args, **keywords)
        except (TypeError, ValueError):
            out = keywords.get("out")
            if isinstance(out, np.ndarray) and out.flags.writeable:
                out[...] = 0
            raise

    return wrong


def wide(function):
    """Writes beyond the end of `out`."""

    def wrong(*args, **keywords):
        out = keywords.get("out")
        result = function(*args, **keywords)
        if isinstance(out, np.ndarray) and out.base is not None and out.size and out.flags.c_contiguous:
            root = out.base
            place = out.__array_interface__["data"][0] - root.__array_interface__["data"][0]
            root[place + out.nbytes] = 0
        return result

    return wrong


def forgetful(function):
    """Ignores `out`."""

    def wrong(*args, out=None, **keywords):
        return function(*args, **keywords)

    return wrong


@pytest.mark.parametrize(
    ("fault", "kind"), [(inexact, "values"), (late, "native writes"), (wide, "native writes"), (forgetful, "identity")]
)
@pytest.mark.parametrize("name", ["relu", "softsign", "glu", "softmax"])
def test_a_fault_is_found(monkeypatch, name, fault, kind):
    monkeypatch.setattr(fastact, name, fault(getattr(fastact, name)))
    tried = (difference(call_of(Generated(f"0-{i}"), name)) for i in range(2000))
    assert any(found is not None and found.kind.startswith(kind) for found in tried)


@pytest.mark.parametrize(
    "name", ["logsumexp", "segment_softmax", "cross_entropy", "softmax_focal_loss", "sigmoid_focal_loss"]
)
def test_a_fault_of_both_is_found(monkeypatch, name):
    """Of the reference too, whose code the function may share."""
    for module in (fastact, table):
        monkeypatch.setattr(module, name, inexact(getattr(module, name), 2**-17))
    tried = (difference(call_of(Generated(f"0-{i}"), name)) for i in range(2000))
    assert any(found is not None and "values" in found.kind for found in tried)
