from typing import Any, Literal, SupportsIndex, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["cross_entropy", "softmax_focal_loss"]

_Reduction: TypeAlias = Literal["none", "mean", "sum"]
_F = TypeVar("_F", bound=np.floating[Any])

# fmt: off
@overload
def cross_entropy(
    logits: NDArray[_F], labels: ArrayLike, *, axis: SupportsIndex = -1, weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100, label_smoothing: float = 0.0,
    extra_logit: ArrayLike | None = None, reduction: Literal["mean", "sum"] = "mean",
    return_grad: Literal[False] = False,
    return_hess: Literal[False] = False,
) -> _F: ...
@overload
def cross_entropy(
    logits: NDArray[_F], labels: ArrayLike, *, axis: SupportsIndex = -1, weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100, label_smoothing: float = 0.0,
    extra_logit: ArrayLike | None = None, reduction: _Reduction = "mean", return_grad: Literal[True],
    return_hess: Literal[True],
) -> tuple[Any, NDArray[_F], NDArray[_F]]: ...
@overload
def cross_entropy(
    logits: NDArray[_F], labels: ArrayLike, *, axis: SupportsIndex = -1, weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100, label_smoothing: float = 0.0,
    extra_logit: ArrayLike | None = None, reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[True],
    return_hess: Literal[False] = False,
) -> tuple[_F, NDArray[_F]]: ...
@overload
def cross_entropy(
    logits: NDArray[_F], labels: ArrayLike, *, axis: SupportsIndex = -1, weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100, label_smoothing: float = 0.0,
    extra_logit: ArrayLike | None = None, reduction: Literal["none"], return_grad: Literal[True],
    return_hess: Literal[False] = False,
) -> tuple[Any, NDArray[_F]]: ...
@overload
def cross_entropy(
    logits: Any, labels: ArrayLike, *, axis: SupportsIndex = -1, weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100, label_smoothing: float = 0.0,
    extra_logit: ArrayLike | None = None, reduction: _Reduction = "mean", return_grad: Literal[True],
    return_hess: Literal[False] = False,
) -> tuple[Any, Any]: ...
@overload
def cross_entropy(
    logits: Any, labels: ArrayLike, *, axis: SupportsIndex = -1, weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100, label_smoothing: float = 0.0,
    extra_logit: ArrayLike | None = None, reduction: _Reduction = "mean", return_grad: bool = False,
    return_hess: bool = False,
) -> Any: ...
@overload
def softmax_focal_loss(
    logits: NDArray[_F], labels: ArrayLike, gamma: float = 2.0, *, axis: SupportsIndex = -1,
    weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100,
    reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[False] = False,
    return_hess: Literal[False] = False,
) -> _F: ...
@overload
def softmax_focal_loss(
    logits: NDArray[_F], labels: ArrayLike, gamma: float = 2.0, *, axis: SupportsIndex = -1,
    weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100,
    reduction: _Reduction = "mean", return_grad: Literal[True], return_hess: Literal[True],
) -> tuple[Any, NDArray[_F], NDArray[_F]]: ...
@overload
def softmax_focal_loss(
    logits: NDArray[_F], labels: ArrayLike, gamma: float = 2.0, *, axis: SupportsIndex = -1,
    weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100,
    reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[_F, NDArray[_F]]: ...
@overload
def softmax_focal_loss(
    logits: NDArray[_F], labels: ArrayLike, gamma: float = 2.0, *, axis: SupportsIndex = -1,
    weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100,
    reduction: Literal["none"], return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[Any, NDArray[_F]]: ...
@overload
def softmax_focal_loss(
    logits: Any, labels: ArrayLike, gamma: float = 2.0, *, axis: SupportsIndex = -1,
    weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100,
    reduction: _Reduction = "mean", return_grad: Literal[True], return_hess: Literal[False] = False,
) -> tuple[Any, Any]: ...
@overload
def softmax_focal_loss(
    logits: Any, labels: ArrayLike, gamma: float = 2.0, *, axis: SupportsIndex = -1,
    weight: ArrayLike | None = None, sample_weight: ArrayLike | None = None, ignore_index: SupportsIndex = -100,
    reduction: _Reduction = "mean", return_grad: bool = False, return_hess: bool = False,
) -> Any: ...
# fmt: on
