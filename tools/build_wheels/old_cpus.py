"""The wheel on processors that this machine is not: models of QEMU's, an interpreter in user mode on each.

Each imports fastact, chooses an instruction set, and computes smoke.py's results. They have to be those that this
machine has on the same instruction set, bit for bit.
"""

import json
import shutil
import sys
from pathlib import Path

from shell import run

SMOKE = Path(__file__).with_name("smoke.py")
# model -> what it should choose. QEMU has no AVX-512 so far: models with it run as if it were switched off.
MODELS = {
    "Nehalem": ["numpy"],
    "Haswell": ["avx2"],
    "Skylake-Server": ["avx512", "avx2"],
    "max": ["avx512", "avx2"],
}
# and what may be asked for there
FORCED = {"Nehalem": "portable"}
EMULATORS = ("qemu-x86_64", "qemu-x86_64-static")


def _smoke(installed, isa=None, *emulator):
    env = {**installed.environment, **({"FASTACT_ISA": isa} if isa else {})}
    return json.loads(run(*emulator, installed.python, SMOKE, env=env, cwd=installed.python.parent).splitlines()[-1])


def check(installed):
    """A line for each model: what it chose."""
    emulator = next(filter(None, map(shutil.which, EMULATORS)), None)
    if emulator is None:
        sys.exit(f"not found: {' or '.join(EMULATORS)}")
    own = _smoke(installed, "portable")
    for model, choices in MODELS.items():
        for forced in [None, *([FORCED[model]] if model in FORCED else [])]:
            got = _smoke(installed, forced, emulator, "-cpu", model)
            expected = [forced] if forced else choices
            if got["isa"] not in expected:
                sys.exit(f"on {model} fastact chose {got['isa']}, not {' or '.join(expected)}")
            if got["isa"] != "numpy" and got["digest"] != own["digest"]:
                sys.exit(f"on {model} {got['isa']} has other results than portable kernels have here")
            yield f"{model:15} {got['isa']:9} {'forced' if forced else 'chosen'}, {got['results']} results"
