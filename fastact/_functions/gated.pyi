# fmt: off
from typing import Any, Protocol, SupportsIndex, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from typing_extensions import Unpack

from fastact._functions.elementwise import _Alike as _UfuncAlike
from fastact._functions.elementwise import _Keywords as _UfuncKeywords

__all__ = [
    "geglu", "geglu_grad", "glu", "glu_grad", "logaddexp", "logaddexp_grad", "reglu", "reglu_grad", "swiglu",
    "swiglu_grad",
]

_F = TypeVar("_F", bound=np.floating[Any])
_Out = TypeVar("_Out", bound=NDArray[Any])
_Pair: TypeAlias = tuple[NDArray[Any] | None, NDArray[Any] | None]

class _Alike(_UfuncAlike, total=False):
    axis: SupportsIndex

class _Keywords(_Alike, total=False):
    dtype: DTypeLike | None

class _Gate(Protocol):
    __name__: str
    @overload
    def __call__(self, a: float, b: float, /, *, out: None = None, **keywords: Unpack[_Alike]) -> np.float64: ...
    @overload
    def __call__(self, a: _F, b: _F | float, /, *, out: None = None, **keywords: Unpack[_Alike]) -> _F: ...
    @overload
    def __call__(
        self, a: NDArray[_F], b: NDArray[_F] | float | None = None, /, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, a: ArrayLike, b: ArrayLike | None = None, /, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(self, a: Any, b: Any = None, /, *, out: Any = None, **keywords: Unpack[_Keywords]) -> Any: ...

class _GateGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, a: float, b: float, /, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> tuple[np.float64, np.float64]: ...
    @overload
    def __call__(
        self, dy: _F | float, a: _F, b: _F | float, /, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> tuple[_F, _F]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, a: NDArray[_F], b: _F | float, /, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], _F]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, a: NDArray[_F], b: None = None, /, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, a: NDArray[_F], b: NDArray[_F], /, *, out: _Pair | None = None,
        **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], NDArray[_F]]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, a: ArrayLike, b: None = None, /, *, out: _Out | tuple[_Out],
        **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(self, dy: Any, a: Any, b: Any = None, /, *, out: Any = None, **keywords: Unpack[_Keywords]) -> Any: ...

class _SwiGlu(Protocol):
    __name__: str
    @overload
    def __call__(
        self, a: float, b: float, /, alpha: float = 1.0, limit: float = ..., offset: float = 0.0, *,
        out: None = None, **keywords: Unpack[_Alike],
    ) -> np.float64: ...
    @overload
    def __call__(
        self, a: _F, b: _F | float, /, alpha: float = 1.0, limit: float = ..., offset: float = 0.0, *,
        out: None = None, **keywords: Unpack[_Alike],
    ) -> _F: ...
    @overload
    def __call__(
        self, a: NDArray[_F], b: NDArray[_F] | float | None = None, /, alpha: float = 1.0, limit: float = ...,
        offset: float = 0.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, a: ArrayLike, b: ArrayLike | None = None, /, alpha: float = 1.0, limit: float = ...,
        offset: float = 0.0, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, a: Any, b: Any = None, /, alpha: float = 1.0, limit: float = ..., offset: float = 0.0, *,
        out: Any = None, **keywords: Unpack[_Keywords],
    ) -> Any: ...

class _SwiGluGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, a: float, b: float, /, alpha: float = 1.0, limit: float = ..., offset: float = 0.0, *,
        out: None = None, **keywords: Unpack[_Alike],
    ) -> tuple[np.float64, np.float64]: ...
    @overload
    def __call__(
        self, dy: _F | float, a: _F, b: _F | float, /, alpha: float = 1.0, limit: float = ...,
        offset: float = 0.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> tuple[_F, _F]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, a: NDArray[_F], b: _F | float, /, alpha: float = 1.0,
        limit: float = ..., offset: float = 0.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], _F]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, a: NDArray[_F], b: None = None, /, alpha: float = 1.0,
        limit: float = ..., offset: float = 0.0, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | _F | float, a: NDArray[_F], b: NDArray[_F], /, alpha: float = 1.0,
        limit: float = ..., offset: float = 0.0, *, out: _Pair | None = None, **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], NDArray[_F]]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, a: ArrayLike, b: None = None, /, alpha: float = 1.0, limit: float = ...,
        offset: float = 0.0, *, out: _Out | tuple[_Out], **keywords: Unpack[_Keywords],
    ) -> _Out: ...
    @overload
    def __call__(
        self, dy: Any, a: Any, b: Any = None, /, alpha: float = 1.0, limit: float = ..., offset: float = 0.0,
        *, out: Any = None, **keywords: Unpack[_Keywords],
    ) -> Any: ...

geglu: _Gate
glu: _Gate
reglu: _Gate
swiglu: _SwiGlu
geglu_grad: _GateGrad
glu_grad: _GateGrad
reglu_grad: _GateGrad
swiglu_grad: _SwiGluGrad

class _LogAddExp(Protocol):
    __name__: str
    @overload
    def __call__(self, a: float, b: float, /, *, out: None = None, **keywords: Unpack[_UfuncAlike]) -> np.float64: ...
    @overload
    def __call__(self, a: _F, b: _F | float, /, *, out: None = None, **keywords: Unpack[_UfuncAlike]) -> _F: ...
    @overload
    def __call__(
        self, a: NDArray[_F], b: NDArray[_F] | float, /, *, out: None = None, **keywords: Unpack[_UfuncAlike],
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, a: ArrayLike, b: ArrayLike, /, *, out: _Out | tuple[_Out], **keywords: Unpack[_UfuncKeywords],
    ) -> _Out: ...
    @overload
    def __call__(self, a: Any, b: Any, /, *, out: Any = None, **keywords: Unpack[_UfuncKeywords]) -> Any: ...

class _LogAddExpGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, a: float, b: float, /, *, out: None = None, **keywords: Unpack[_UfuncAlike],
    ) -> tuple[np.float64, np.float64]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | float, a: NDArray[_F], b: NDArray[_F], /, *, out: None = None,
        **keywords: Unpack[_UfuncAlike],
    ) -> tuple[NDArray[_F], NDArray[_F]]: ...
    @overload
    def __call__(
        self, dy: Any, a: Any, b: Any, /, *, out: _Pair | None = None, **keywords: Unpack[_UfuncKeywords],
    ) -> tuple[Any, Any]: ...

logaddexp: _LogAddExp
logaddexp_grad: _LogAddExpGrad
