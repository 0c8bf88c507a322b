from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["log_softmax", "log_softmax_grad", "logsumexp", "softmax", "softmax_grad"]

_Axis: TypeAlias = SupportsIndex | tuple[SupportsIndex, ...] | None
_Option: TypeAlias = ArrayLike | None
_F = TypeVar("_F", bound=np.floating[Any])
_Out = TypeVar("_Out", bound=NDArray[Any])

class _Alike(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, x: float, /, axis: _Axis = -1, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, dtype: None = None,
        return_logsumexp: Literal[False] = False,
    ) -> np.float64: ...
    @overload
    def __call__(
        self, x: _F, /, axis: _Axis = -1, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, dtype: None = None,
        return_logsumexp: Literal[False] = False,
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, axis: _Axis = -1, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, dtype: None = None,
        return_logsumexp: Literal[False] = False,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, axis: _Axis = -1, *, out: _Out, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, dtype: DTypeLike | None = None,
        return_logsumexp: Literal[False] = False,
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, axis: _Axis = -1, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, dtype: None = None, return_logsumexp: Literal[True],
    ) -> tuple[NDArray[_F], Any]: ...
    @overload
    def __call__(
        self, x: Any, /, axis: _Axis = -1, *, out: NDArray[Any] | None = None, where: _Option = None,
        bias: _Option = None, scale: ArrayLike = 1.0, extra_logit: _Option = None, dtype: DTypeLike | None = None,
        return_logsumexp: Literal[True],
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self, x: Any, /, axis: _Axis = -1, *, out: NDArray[Any] | None = None, where: _Option = None,
        bias: _Option = None, scale: ArrayLike = 1.0, extra_logit: _Option = None, dtype: DTypeLike | None = None,
        return_logsumexp: bool = False,
    ) -> Any: ...
    # fmt: on

class _Reducing(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, x: float, /, axis: _Axis = -1, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: bool = False, dtype: None = None,
        b: _Option = None,
        return_sign: Literal[False] = False,
    ) -> np.float64: ...
    @overload
    def __call__(
        self, x: _F, /, axis: _Axis = -1, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: bool = False, dtype: None = None,
        b: _Option = None,
        return_sign: Literal[False] = False,
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, axis: None, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: Literal[False] = False, dtype: None = None,
        b: _Option = None,
        return_sign: Literal[False] = False,
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, axis: _Axis = -1, *, out: None = None, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: Literal[True], dtype: None = None,
        b: _Option = None,
        return_sign: Literal[False] = False,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, axis: _Axis = -1, *, out: _Out, where: _Option = None, bias: _Option = None,
        scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: bool = False, dtype: DTypeLike | None = None,
        b: _Option = None,
        return_sign: Literal[False] = False,
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: Any, /, axis: _Axis = -1, *, out: NDArray[Any] | None = None, where: _Option = None,
        bias: _Option = None, scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: bool = False,
        dtype: DTypeLike | None = None, b: _Option = None, return_sign: Literal[True],
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self, x: Any, /, axis: _Axis = -1, *, out: NDArray[Any] | None = None, where: _Option = None,
        bias: _Option = None, scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: bool = False,
        dtype: DTypeLike | None = None, b: _Option = None,
        return_sign: bool = False,
    ) -> Any: ...
    # fmt: on

softmax: _Alike
log_softmax: _Alike
logsumexp: _Reducing

class _Gradient(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, dy: float, y: float, /, axis: _Axis = -1, *, out: None = None, dtype: None = None,
    ) -> np.float64: ...
    @overload
    def __call__(
        self, dy: float | _F, y: _F, /, axis: _Axis = -1, *, out: None = None, dtype: None = None,
    ) -> _F: ...
    @overload
    def __call__(
        self, dy: float | NDArray[_F], y: NDArray[_F], /, axis: _Axis = -1, *, out: None = None, dtype: None = None,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: ArrayLike, y: ArrayLike, /, axis: _Axis = -1, *, out: _Out, dtype: DTypeLike | None = None,
    ) -> _Out: ...
    @overload
    def __call__(
        self, dy: Any, y: Any, /, axis: _Axis = -1, *, out: NDArray[Any] | None = None,
        dtype: DTypeLike | None = None,
    ) -> Any: ...
    # fmt: on

softmax_grad: _Gradient
log_softmax_grad: _Gradient
