"""The bounds of errors in ULP that the kernels are promised to stay within, from include/fastact/bounds.h."""

import re
from pathlib import Path

import fastact

HEADER = Path(fastact.get_include(), "fastact", "bounds.h")
BOUNDS = {name: float(ulp) for name, ulp in re.findall(r"^BOUND\((\w+), ([\d.]+)\)", HEADER.read_text(), re.M)}


def bound(op, inputs):
    """Of an operation of the C registry: inputs are "usual", "any dy" or "any parameters"."""
    if "focal" in op:
        return BOUNDS["FOCAL" if inputs == "usual" else "FOCAL_ANY"]
    if "entropy" in op:
        return BOUNDS["LOSS"]
    if "_grad" in op:
        return BOUNDS["DERIVATIVE" if inputs == "usual" else "GRADIENT"]
    return BOUNDS["VALUE" if inputs == "usual" else "GATE" if "glu" in op else "PARAMETERS"]
