"""Neural-network activations on NumPy arrays: SIMD kernels with stated accuracy and reproducible bits."""

from fastact import _backend, _control
from fastact._control import *
from fastact._reference import table as _table
from fastact._reference.table import *
from fastact._shared.hints import hint as _hint

if _backend.native is not None:
    from fastact._functions.binary_cross_entropy import *
    from fastact._functions.choice import *
    from fastact._functions.cross_entropy import *
    from fastact._functions.elementwise import *
    from fastact._functions.gated import *
    from fastact._functions.information import *
    from fastact._functions.information_gradients import *
    from fastact._functions.log_sums import *
    from fastact._functions.rows import *
    from fastact._functions.sampling import *
    from fastact._functions.segments import *
    from fastact._functions.sigmoid_focal import *
    from fastact._functions.sparse import *
    from fastact._functions.sparse_losses import *

from fastact import ufuncs as ufuncs

_backend.warn_of_reference()

__all__ = sorted(_control.__all__ + _table.__all__)

for _name in _table.__all__:
    globals()[_name].__module__ = "fastact"  # under which they are pickled
del _name


def __getattr__(name):
    raise AttributeError(_hint(name), name=name)
