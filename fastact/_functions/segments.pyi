from typing import Any, Protocol, SupportsIndex, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["segment_log_softmax", "segment_logsumexp", "segment_softmax"]

_F = TypeVar("_F", bound=np.floating[Any])
_Out = TypeVar("_Out", bound=NDArray[Any])

class _Segmented(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, x: NDArray[_F], offsets: ArrayLike, /, axis: SupportsIndex = -1, *, out: None = None,
        where: ArrayLike | None = None, bias: ArrayLike | None = None, scale: ArrayLike = 1.0, dtype: None = None,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, offsets: ArrayLike, /, axis: SupportsIndex = -1, *, out: _Out,
        where: ArrayLike | None = None, bias: ArrayLike | None = None, scale: ArrayLike = 1.0,
        dtype: DTypeLike | None = None,
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: Any, offsets: ArrayLike, /, axis: SupportsIndex = -1, *, out: NDArray[Any] | None = None,
        where: ArrayLike | None = None, bias: ArrayLike | None = None, scale: ArrayLike = 1.0,
        dtype: DTypeLike | None = None,
    ) -> Any: ...
    # fmt: on

segment_log_softmax: _Segmented
segment_logsumexp: _Segmented
segment_softmax: _Segmented
