from fastact import _control, _elementwise, _gated, _losses, _losses_binary, _rows, _rows_gradients
from fastact import ufuncs as ufuncs
from fastact._control import *
from fastact._elementwise import *
from fastact._gated import *
from fastact._losses import *
from fastact._losses_binary import *
from fastact._rows import *
from fastact._rows_gradients import *

__all__ = []
__all__ += _control.__all__
__all__ += _elementwise.__all__
__all__ += _gated.__all__
__all__ += _losses.__all__
__all__ += _losses_binary.__all__
__all__ += _rows.__all__
__all__ += _rows_gradients.__all__
