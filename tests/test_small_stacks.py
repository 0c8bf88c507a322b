"""Every call lives on the stack of a thread that was given little: 32 KiB is the least that Python allows.

Kernels and their buffers take more than that; they get a stack of their own where the thread's does not suffice.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from registry import FOLDER, NATIVE

NUMPY = tuple(map(int, np.__version__.split(".")[:2]))

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how large frames are is the system's")

SCRIPT = """
import sys, threading, warnings
sys.path[:0] = [{tests!r}]
import numpy as np
import fastact
from calls import calls

warnings.simplefilter("error")
fastact.set_num_threads(2)
failed = []
# made here: NumPy's default_rng takes more than 32 KiB by itself
made = list(calls({elements}, {dtype!r}))[::{every}]

def run():
    for text, call in made:
        print(text, file=sys.stderr, flush=True)  # the last one is the one that died
        try:
            call()
        except BaseException as error:
            failed.append((text, repr(error)))

threading.stack_size({size})
thread = threading.Thread(target=run)
thread.start()
thread.join()
assert not failed, failed[:5]
"""


@pytest.mark.parametrize(
    ("dtype", "elements", "every", "size"),
    [
        ("e", 600, 1, 32),
        ("f", 600, 1, 32),
        ("d", 600, 1, 32),
        ("g", 600, 1, 64),  # computed in NumPy, through more of its functions
        ("f", 40_000, 31, 32),  # on several threads
    ],
)
def test_every_call(dtype, elements, every, size):
    if not NATIVE:
        pytest.skip("NumPy's own frames are NumPy's")
    # the workers' stacks are small, too, where the runtime takes so small a size
    waits = {
        "OMP_STACKSIZE": "64k",
        "OMP_WAIT_POLICY": "passive",
    }  # beside other tests, waiting threads would keep CPUs
    if sys.version_info < (3, 11) or (2, 1) <= NUMPY < (2, 3):
        size += 16  # Python's calls take of the stack, or NumPy dies in the frames of its iterator
    environment = {**os.environ, **waits, "PYTHONPATH": FOLDER}
    script = SCRIPT.format(
        tests=str(Path(__file__).parent), elements=elements, dtype=dtype, every=every, size=size << 10
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
