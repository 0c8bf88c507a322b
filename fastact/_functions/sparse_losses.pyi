from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["entmax15_loss", "sparsemax_loss"]

_Reduction: TypeAlias = Literal["none", "mean", "sum"]
_F = TypeVar("_F", bound=np.floating[Any])

# fmt: off
class _Loss(Protocol):
    __name__: str
    @overload
    def __call__(
        self, logits: NDArray[_F], labels: ArrayLike, *, axis: SupportsIndex = -1, ignore_index: SupportsIndex = -100,
        reduction: Literal["mean", "sum"] = "mean", return_grad: Literal[False] = False,
    ) -> _F: ...
    @overload
    def __call__(
        self, logits: NDArray[_F], labels: ArrayLike, *, axis: SupportsIndex = -1, ignore_index: SupportsIndex = -100,
        reduction: _Reduction = "mean", return_grad: Literal[True],
    ) -> tuple[Any, NDArray[_F]]: ...
    @overload
    def __call__(
        self, logits: Any, labels: ArrayLike, *, axis: SupportsIndex = -1, ignore_index: SupportsIndex = -100,
        reduction: _Reduction = "mean", return_grad: bool = False,
    ) -> Any: ...
# fmt: on

entmax15_loss: _Loss
sparsemax_loss: _Loss
