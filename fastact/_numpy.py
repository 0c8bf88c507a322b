"""The functions in readable NumPy: their specification, the path for longdouble, and the fallback where the compiled
kernels are missing. This module collects what those of the families define.

Formulas are given blocks of float64 or longdouble; narrower types are computed in float64 and rounded once. Nothing
overflows, and tails keep their relative accuracy until the true result underflows.
"""

import sys

from fastact._docs import ufunc_documentation
from fastact._numpy_exponential import *  # noqa: F403
from fastact._numpy_gated import *  # noqa: F403
from fastact._numpy_gaussian import *  # noqa: F403
from fastact._numpy_gradients_exponential import *  # noqa: F403
from fastact._numpy_gradients_logistic import *  # noqa: F403
from fastact._numpy_gradients_piecewise import *  # noqa: F403
from fastact._numpy_logistic import *  # noqa: F403
from fastact._numpy_losses import *  # noqa: F403
from fastact._numpy_piecewise import *  # noqa: F403
from fastact._numpy_rows import *  # noqa: F403
from fastact._numpy_rows_gradients import *  # noqa: F403

# those imported above
_FAMILIES = [sys.modules[name] for name in sorted(sys.modules) if name.startswith("fastact._numpy_")]

# every operation of the C registry by its name, called with all its operands as a ufunc is
UFUNCS = {name: ufunc for family in _FAMILIES for name, ufunc in getattr(family, "_UFUNCS", {}).items()}
for _name, _ufunc in UFUNCS.items():
    _ufunc.__name__ = _name
    _ufunc.__doc__ = ufunc_documentation(_name, globals()[_ufunc.name])
del _name, _ufunc

__all__ = sorted(name for family in _FAMILIES for name in getattr(family, "__all__", ()))
