from typing import Any, SupportsIndex, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["log_prob", "top_k"]

_F = TypeVar("_F", bound=np.floating[Any])

# fmt: off
@overload
def top_k(
    logits: NDArray[_F], k: SupportsIndex, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
    bias: ArrayLike | None = None, scale: ArrayLike = 1.0, log: bool = False,
) -> tuple[NDArray[_F], NDArray[np.intp]]: ...
@overload
def top_k(
    logits: Any, k: SupportsIndex, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
    bias: ArrayLike | None = None, scale: ArrayLike = 1.0, log: bool = False,
) -> tuple[Any, Any]: ...
def log_prob(
    logits: Any, labels: ArrayLike, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
    bias: ArrayLike | None = None, scale: ArrayLike = 1.0,
) -> Any: ...
# fmt: on
