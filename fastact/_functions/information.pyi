from typing import Any, SupportsIndex

from numpy.typing import ArrayLike

__all__ = ["entropy", "expectation", "kl_divergence"]

# fmt: off
def entropy(
    logits: Any, axis: SupportsIndex = -1, *, where: ArrayLike | None = None, bias: ArrayLike | None = None,
    scale: ArrayLike = 1.0,
) -> Any: ...
def expectation(
    logits: Any, values: ArrayLike, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
    bias: ArrayLike | None = None, scale: ArrayLike = 1.0,
) -> Any: ...
def kl_divergence(
    p_logits: Any, q_logits: Any, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
) -> Any: ...
# fmt: on
