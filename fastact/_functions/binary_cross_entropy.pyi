from typing import Any, Literal, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["binary_cross_entropy_with_logits"]

_Reduction: TypeAlias = Literal["none", "mean", "sum"]
_F = TypeVar("_F", bound=np.floating[Any])

# fmt: off
@overload
def binary_cross_entropy_with_logits(
    logits: NDArray[_F], targets: ArrayLike, *, weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[False] = False,
    return_hess: Literal[False] = False,
) -> _F: ...
@overload
def binary_cross_entropy_with_logits(
    logits: NDArray[_F], targets: ArrayLike, *, weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    reduction: _Reduction = "mean", return_grad: Literal[True], return_hess: Literal[True],
) -> tuple[Any, NDArray[_F], NDArray[_F]]: ...
@overload
def binary_cross_entropy_with_logits(
    logits: NDArray[_F], targets: ArrayLike, *, weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[_F, NDArray[_F]]: ...
@overload
def binary_cross_entropy_with_logits(
    logits: NDArray[_F], targets: ArrayLike, *, weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    reduction: Literal["none"], return_grad: Literal[False] = False, return_hess: Literal[False] = False,
) -> NDArray[_F]: ...
@overload
def binary_cross_entropy_with_logits(
    logits: NDArray[_F], targets: ArrayLike, *, weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    reduction: Literal["none"], return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[NDArray[_F], NDArray[_F]]: ...
@overload
def binary_cross_entropy_with_logits(
    logits: Any, targets: ArrayLike, *, weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    reduction: _Reduction = "mean", return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[Any, Any]: ...
@overload
def binary_cross_entropy_with_logits(
    logits: Any, targets: ArrayLike, *, weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None,
    reduction: _Reduction = "mean", return_grad: bool = False, return_hess: bool = False,
) -> Any: ...
# fmt: on
