# fmt: off
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from typing_extensions import Unpack

__all__ = [
    "celu", "celu_grad", "elu", "elu_grad", "gelu", "gelu_grad", "hard_sigmoid", "hard_sigmoid_grad", "hard_silu",
    "hard_silu_grad", "hard_tanh", "hard_tanh_grad", "leaky_relu", "leaky_relu_grad", "log_sigmoid",
    "log_sigmoid_grad", "logit", "logit_grad", "mish", "mish_grad", "prelu", "prelu_grad", "relu", "relu6",
    "relu6_grad", "relu_grad", "selu", "selu_grad", "sigmoid", "sigmoid_grad", "silu", "silu_grad", "softplus",
    "softplus_grad", "softsign", "softsign_grad", "swish", "swish_grad", "tanh", "tanh_grad",
]

_Approximation: TypeAlias = Literal["none", "tanh", "sigmoid"]
_F = TypeVar("_F", bound=np.floating[Any])
_Out = TypeVar("_Out", bound=NDArray[Any])
_Pair: TypeAlias = tuple[NDArray[Any] | None, NDArray[Any] | None]

# The keywords of every ufunc. Those that leave the type of the arrays alone:
class _Alike(TypedDict, total=False):
    where: ArrayLike | None
    casting: Literal["no", "equiv", "safe", "same_kind", "unsafe"]
    order: Literal["K", "A", "C", "F"]
    subok: bool

class _Keywords(_Alike, total=False):
    dtype: DTypeLike | None

class _One(Protocol):
    __name__: str
    @overload
    def __call__(self, x: float, /, *, out: None = None, **keywords: Unpack[_Alike]) -> np.float64: ...
    @overload
    def __call__(self, x: _F, /, *, out: None = None, **keywords: Unpack[_Alike]) -> _F: ...
    @overload
    def __call__(self, x: NDArray[_F], /, *, out: None = None, **keywords: Unpack[_Alike]) -> NDArray[_F]: ...
    @overload
    def __call__(self, x: ArrayLike, /, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords]) -> _Out: ...
    @overload
    def __call__(self, x: Any, /, *, out: Any = None, **keywords: Unpack[_Keywords]) -> Any: ...

class _OneGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, dy: _F | float, x: _F, /, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, x: NDArray[_F], /, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, x: ArrayLike, /, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(self, dy: Any, x: Any, /, *, out: Any = None, **keywords: Unpack[_Keywords]) -> Any: ...

class _Slope(Protocol):
    __name__: str
    @overload
    def __call__(
        self, x: float, /, negative_slope: float = 0.01, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, x: _F, /, negative_slope: float = 0.01, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, negative_slope: float = 0.01, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, negative_slope: ArrayLike = 0.01, *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: Any, /, negative_slope: ArrayLike = 0.01, *, out: Any = None, **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _SlopeGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, negative_slope: float = 0.01, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, dy: _F | float, x: _F, /, negative_slope: float = 0.01, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, x: NDArray[_F], /, negative_slope: float = 0.01, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, x: ArrayLike, /, negative_slope: ArrayLike = 0.01, *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, negative_slope: ArrayLike = 0.01, *, out: Any = None, **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _Alpha(Protocol):
    __name__: str
    @overload
    def __call__(
        self, x: float, /, alpha: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(self, x: _F, /, alpha: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike]) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, alpha: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, alpha: ArrayLike = 1.0, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(self, x: Any, /, alpha: ArrayLike = 1.0, *, out: Any = None, **keywords: Unpack[_Keywords]) -> Any: ...

class _AlphaGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, alpha: float = 1.0, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, dy: _F | float, x: _F, /, alpha: float = 1.0, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, x: NDArray[_F], /, alpha: float = 1.0, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, x: ArrayLike, /, alpha: ArrayLike = 1.0, *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, alpha: ArrayLike = 1.0, *, out: Any = None, **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _Beta(Protocol):
    __name__: str
    @overload
    def __call__(
        self, x: float, /, beta: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(self, x: _F, /, beta: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike]) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, beta: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, beta: ArrayLike = 1.0, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(self, x: Any, /, beta: ArrayLike = 1.0, *, out: Any = None, **keywords: Unpack[_Keywords]) -> Any: ...

class _BetaGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, beta: float = 1.0, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, dy: _F | float, x: _F, /, beta: float = 1.0, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, x: NDArray[_F], /, beta: float = 1.0, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, x: ArrayLike, /, beta: ArrayLike = 1.0, *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, beta: ArrayLike = 1.0, *, out: Any = None, **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _Approximate(Protocol):
    __name__: str
    @overload
    def __call__(
        self, x: float, /, approximate: _Approximation = "none", *, out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, x: _F, /, approximate: _Approximation = "none", *, out: None = None, **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, approximate: _Approximation = "none", *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, approximate: _Approximation = "none", *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: Any, /, approximate: _Approximation = "none", *, out: Any = None, **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _ApproximateGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, approximate: _Approximation = "none", *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, dy: _F | float, x: _F, /, approximate: _Approximation = "none", *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, x: NDArray[_F], /, approximate: _Approximation = "none", *,
        out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, x: ArrayLike, /, approximate: _Approximation = "none", *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, approximate: _Approximation = "none", *, out: Any = None,
        **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _Bounds(Protocol):
    __name__: str
    @overload
    def __call__(
        self, x: float, /, min_val: float = -1.0, max_val: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, x: _F, /, min_val: float = -1.0, max_val: float = 1.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, min_val: float = -1.0, max_val: float = 1.0, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, min_val: ArrayLike = -1.0, max_val: ArrayLike = 1.0, *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: Any, /, min_val: ArrayLike = -1.0, max_val: ArrayLike = 1.0, *, out: Any = None,
        **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _BoundsGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, min_val: float = -1.0, max_val: float = 1.0, *,
        out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, dy: _F | float, x: _F, /, min_val: float = -1.0, max_val: float = 1.0, *,
        out: None = None, **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, x: NDArray[_F], /, min_val: float = -1.0, max_val: float = 1.0, *,
        out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, x: ArrayLike, /, min_val: ArrayLike = -1.0, max_val: ArrayLike = 1.0, *,
        out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, min_val: ArrayLike = -1.0, max_val: ArrayLike = 1.0, *, out: Any = None,
        **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _Prelu(Protocol):
    __name__: str
    @overload
    def __call__(self, x: float, /, weight: float, *, out: None = None, **keywords: Unpack[_Alike]) -> np.float64: ...
    @overload
    def __call__(self, x: _F, /, weight: float, *, out: None = None, **keywords: Unpack[_Alike]) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, weight: NDArray[_F] | float, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, weight: ArrayLike, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(self, x: Any, /, weight: Any, *, out: Any = None, **keywords: Unpack[_Keywords]) -> Any: ...

class _PreluGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, weight: float, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> tuple[np.float64, np.float64]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | float, x: NDArray[_F], /, weight: NDArray[_F], *,
        out: NDArray[_F] | _Pair | None = None,
        **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], NDArray[_F]]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | float, x: NDArray[_F], /, weight: float, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], _F]: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, weight: Any, *, out: NDArray[Any] | tuple[NDArray[Any]] | _Pair | None = None,
        **keywords: Unpack[_Keywords],
    ) -> tuple[Any, Any]: ...

sigmoid: _One
log_sigmoid: _One
logit: _One
tanh: _One
relu: _One
relu6: _One
selu: _One
softsign: _One
silu: _One
mish: _One
hard_sigmoid: _One
hard_silu: _One
sigmoid_grad: _OneGrad
log_sigmoid_grad: _OneGrad
logit_grad: _OneGrad
tanh_grad: _OneGrad
relu_grad: _OneGrad
relu6_grad: _OneGrad
selu_grad: _OneGrad
softsign_grad: _OneGrad
silu_grad: _OneGrad
mish_grad: _OneGrad
hard_sigmoid_grad: _OneGrad
hard_silu_grad: _OneGrad
leaky_relu: _Slope
leaky_relu_grad: _SlopeGrad
elu: _Alpha
celu: _Alpha
elu_grad: _AlphaGrad
celu_grad: _AlphaGrad
softplus: _Beta
swish: _Beta
softplus_grad: _BetaGrad
swish_grad: _BetaGrad
gelu: _Approximate
gelu_grad: _ApproximateGrad
hard_tanh: _Bounds
hard_tanh_grad: _BoundsGrad
prelu: _Prelu
prelu_grad: _PreluGrad
