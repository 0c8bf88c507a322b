from fastact import _control
from fastact import ufuncs as ufuncs
from fastact._control import *
from fastact._functions import binary_cross_entropy as _binary_cross_entropy
from fastact._functions import choice as _choice
from fastact._functions import cross_entropy as _cross_entropy
from fastact._functions import elementwise as _elementwise
from fastact._functions import gated as _gated
from fastact._functions import information as _information
from fastact._functions import information_gradients as _information_gradients
from fastact._functions import log_sums as _log_sums
from fastact._functions import rows as _rows
from fastact._functions import sampling as _sampling
from fastact._functions import segments as _segments
from fastact._functions import sigmoid_focal as _sigmoid_focal
from fastact._functions import sparse as _sparse
from fastact._functions import sparse_losses as _sparse_losses
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

__all__ = []
__all__ += _control.__all__
__all__ += _elementwise.__all__
__all__ += _gated.__all__
__all__ += _choice.__all__
__all__ += _information.__all__
__all__ += _information_gradients.__all__
__all__ += _cross_entropy.__all__
__all__ += _binary_cross_entropy.__all__
__all__ += _sigmoid_focal.__all__
__all__ += _rows.__all__
__all__ += _sampling.__all__
__all__ += _segments.__all__
__all__ += _log_sums.__all__
__all__ += _sparse.__all__
__all__ += _sparse_losses.__all__
