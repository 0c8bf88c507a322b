from fastact._control import (
    __version__ as __version__,
)
from fastact._control import (
    get_include as get_include,
)
from fastact._control import (
    get_num_threads as get_num_threads,
)
from fastact._control import (
    isa as isa,
)
from fastact._control import (
    num_threads as num_threads,
)
from fastact._control import (
    set_num_threads as set_num_threads,
)
from fastact._control import (
    show_config as show_config,
)
from fastact._elementwise import (
    gelu as gelu,
)
from fastact._elementwise import (
    sigmoid as sigmoid,
)
from fastact._elementwise import (
    silu as silu,
)
from fastact._elementwise import (
    tanh as tanh,
)
from fastact._rows import (
    log_softmax as log_softmax,
)
from fastact._rows import (
    logsumexp as logsumexp,
)
from fastact._rows import (
    softmax as softmax,
)

__all__ = [
    "__version__",
    "gelu",
    "get_include",
    "get_num_threads",
    "isa",
    "log_softmax",
    "logsumexp",
    "num_threads",
    "set_num_threads",
    "show_config",
    "sigmoid",
    "silu",
    "softmax",
    "tanh",
]
