"""Neural-network activations on NumPy arrays: SIMD kernels with stated accuracy and reproducible bits."""

from fastact import _backend, _control, _numpy
from fastact._control import *
from fastact._hints import hint as _hint
from fastact._numpy import *

if _backend.native is not None:
    from fastact._elementwise import *
    from fastact._gated import *
    from fastact._losses import *
    from fastact._losses_binary import *
    from fastact._rows import *
    from fastact._rows_gradients import *

from fastact import ufuncs as ufuncs

_backend.warn_of_reference()

__all__ = sorted(_control.__all__ + _numpy.__all__)

for _name in _numpy.__all__:
    globals()[_name].__module__ = "fastact"  # under which they are pickled
del _name


def __getattr__(name):
    raise AttributeError(_hint(name), name=name)
