"""Random calls of the whole public surface, each compared with the NumPy reference: equal within the promised bounds, or
the same class of error, and nothing written but `out`.

Ten thousand by Hypothesis, which makes a failing call small, from a seed that pytest's header shows. A long run::

    python -m pytest tests/test_fuzz.py -s --calls=300000 --fuzz-seed=1

The program of a call is written to .pytest_cache/d/fuzz/call.py before it is made: there it is found after a crash.
"""

import collections
import time

import numpy as np
import pytest
from fuzz.calls import any_call
from fuzz.compare import difference
from fuzz.draws import Generated, Hypothesis, Replayed, smaller
from fuzz.memory import snippet
from registry import NATIVE

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import strategies  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not NATIVE, reason="the reference would be compared with itself"),
    pytest.mark.filterwarnings("ignore:'where' used without 'out'"),
]
CALLS = 10_000
KINDS = 60  # different faults after which a long run ends


@pytest.fixture
def judge(request):
    """What finds the difference of a call, whose program it has written to a file first."""
    np.dtype  # noqa: B018
    path = request.config.cache.mkdir("fuzz") / "call.py"
    with path.open("wb", buffering=0) as file:

        def judged(call):
            file.seek(0)
            file.write(snippet(call).encode())
            file.truncate()
            return difference(call)

        yield judged


@pytest.fixture
def seed(request):
    return request.config.fuzz_seed


def test_calls_by_hypothesis(request, judge, seed):
    if request.config.option.calls:
        pytest.skip("a long run was asked for")

    @strategies.composite
    def calls(draw):
        return any_call(Hypothesis(draw))

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=CALLS,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
    )
    @hypothesis.given(calls())
    def is_as_the_reference(call):
        found = judge(call)
        assert found is None, f"--fuzz-seed={seed}\n{found}"

    is_as_the_reference()


def test_as_many_calls_as_asked_for(request, judge, seed):
    calls = request.config.option.calls
    if not calls:
        pytest.skip("--calls=N runs N calls")
    found, start = collections.OrderedDict(), time.monotonic()
    for i in range(calls):
        draw = Generated(f"{seed}-{i}")
        wrong = judge(any_call(draw))
        if wrong is not None and (kind := (wrong.call.name, wrong.kind)) not in found:

            def fails(choices, kind=kind):
                draw = Replayed(choices)
                wrong = judge(any_call(draw))
                return draw.made if wrong is not None and (wrong.call.name, wrong.kind) == kind else None

            found[kind] = judge(any_call(Replayed(smaller(draw.made, fails))))
            if len(found) == KINDS:
                break
        if (i + 1) % 10_000 == 0:
            rate = (i + 1) / (time.monotonic() - start)
            print(f"{i + 1} calls, {rate:.0f} a second, {len(found)} kinds of differences", flush=True)
    assert not found, f"--fuzz-seed={seed}: {len(found)} kinds of differences\n" + "\n".join(map(str, found.values()))
