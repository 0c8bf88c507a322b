from typing import Any, Literal, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["sigmoid_focal_loss"]

_Reduction: TypeAlias = Literal["none", "mean", "sum"]
_F = TypeVar("_F", bound=np.floating[Any])

# fmt: off
@overload
def sigmoid_focal_loss(
    logits: NDArray[_F], targets: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, *,
    sample_weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[False] = False,
    return_hess: Literal[False] = False,
) -> _F: ...
@overload
def sigmoid_focal_loss(
    logits: NDArray[_F], targets: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, *,
    sample_weight: ArrayLike | None = None,
    reduction: _Reduction = "mean", return_grad: Literal[True], return_hess: Literal[True],
) -> tuple[Any, NDArray[_F], NDArray[_F]]: ...
@overload
def sigmoid_focal_loss(
    logits: NDArray[_F], targets: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, *,
    sample_weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[_F, NDArray[_F]]: ...
@overload
def sigmoid_focal_loss(
    logits: NDArray[_F], targets: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, *,
    sample_weight: ArrayLike | None = None,
    reduction: Literal["none"], return_grad: Literal[False] = False, return_hess: Literal[False] = False,
) -> NDArray[_F]: ...
@overload
def sigmoid_focal_loss(
    logits: NDArray[_F], targets: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, *,
    sample_weight: ArrayLike | None = None,
    reduction: Literal["none"], return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[NDArray[_F], NDArray[_F]]: ...
@overload
def sigmoid_focal_loss(
    logits: Any, targets: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, *,
    sample_weight: ArrayLike | None = None,
    reduction: _Reduction = "mean", return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[Any, Any]: ...
@overload
def sigmoid_focal_loss(
    logits: Any, targets: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, *,
    sample_weight: ArrayLike | None = None,
    reduction: _Reduction = "mean", return_grad: bool = False, return_hess: bool = False,
) -> Any: ...
# fmt: on
