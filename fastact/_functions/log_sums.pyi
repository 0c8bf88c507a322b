from typing import Any, Protocol, overload

from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastact._functions.rows import _F, _Alike, _Axis, _Option, _Reducing

__all__ = ["logcumsumexp", "logcumsumexp_grad", "logmeanexp", "logsumexp_grad"]

class _OfSums(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, dy: NDArray[_F] | float, x: NDArray[_F], /, axis: _Axis = -1, *, out: None = None,
        where: _Option = None, bias: _Option = None, scale: ArrayLike = 1.0, extra_logit: _Option = None,
        keepdims: bool = False, dtype: None = None,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, axis: _Axis = -1, *, out: NDArray[Any] | None = None, where: _Option = None,
        bias: _Option = None, scale: ArrayLike = 1.0, extra_logit: _Option = None, keepdims: bool = False,
        dtype: DTypeLike | None = None,
    ) -> Any: ...
    # fmt: on

class _OfCumulated(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, dy: NDArray[_F] | float, x: NDArray[_F], /, axis: _Axis = -1, *, out: None = None,
        where: _Option = None, bias: _Option = None, scale: ArrayLike = 1.0, dtype: None = None,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, axis: _Axis = -1, *, out: NDArray[Any] | None = None, where: _Option = None,
        bias: _Option = None, scale: ArrayLike = 1.0, dtype: DTypeLike | None = None,
    ) -> Any: ...
    # fmt: on

logcumsumexp: _Alike
logcumsumexp_grad: _OfCumulated
logmeanexp: _Reducing
logsumexp_grad: _OfSums
