"""The functions in readable NumPy: their specification, the path for longdouble, and the fallback where the compiled
kernels are missing. This module collects what those of the families define.

Formulas are given blocks of float64 or longdouble; narrower types are computed in float64 and rounded once. Nothing
overflows, and tails keep their relative accuracy until the true result underflows.
"""

from fastact._reference import (
    binary_losses,
    choice,
    exponential,
    exponential_gradients,
    focal_losses,
    gated,
    gaussian,
    hyperbolic,
    information,
    information_gradients,
    log_sums,
    logarithms,
    logistic,
    logistic_gradients,
    losses,
    piecewise,
    piecewise_gradients,
    rows,
    rows_gradients,
    sampling,
    segments,
    sparse,
    sparse_losses,
)
from fastact._reference.activation import ACTIVATIONS
from fastact._reference.binary_losses import *
from fastact._reference.choice import *
from fastact._reference.exponential import *
from fastact._reference.exponential_gradients import *
from fastact._reference.focal_losses import *
from fastact._reference.gated import *
from fastact._reference.gaussian import *
from fastact._reference.hyperbolic import *
from fastact._reference.information import *
from fastact._reference.information_gradients import *
from fastact._reference.log_sums import *
from fastact._reference.logarithms import *
from fastact._reference.logistic import *
from fastact._reference.logistic_gradients import *
from fastact._reference.losses import *
from fastact._reference.piecewise import *
from fastact._reference.piecewise_gradients import *
from fastact._reference.rows import *
from fastact._reference.rows_gradients import *
from fastact._reference.sampling import *
from fastact._reference.segments import *
from fastact._reference.sparse import *
from fastact._reference.sparse_losses import *
from fastact._shared.docs import ufunc_documentation

_FAMILIES = (
    binary_losses,
    choice,
    exponential,
    exponential_gradients,
    focal_losses,
    gated,
    gaussian,
    hyperbolic,
    information,
    information_gradients,
    log_sums,
    logarithms,
    logistic,
    logistic_gradients,
    losses,
    piecewise,
    piecewise_gradients,
    rows,
    rows_gradients,
    sampling,
    segments,
    sparse,
    sparse_losses,
)

# every operation of the C registry by its name, called with all its operands as a ufunc is
UFUNCS = dict(ACTIVATIONS)
for _family in _FAMILIES:
    UFUNCS |= getattr(_family, "_UFUNCS", {})
for _name, _ufunc in UFUNCS.items():
    _ufunc.__name__ = _name
    _ufunc.__doc__ = ufunc_documentation(_name, globals()[_ufunc.name], _ufunc.nin)
del _family, _name, _ufunc

__all__ = sorted(name for family in _FAMILIES for name in getattr(family, "__all__", ()))
