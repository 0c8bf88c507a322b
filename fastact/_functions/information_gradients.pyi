from typing import Any, SupportsIndex

from numpy.typing import ArrayLike

__all__ = ["entropy_grad", "expectation_grad", "kl_divergence_grad"]

# fmt: off
def entropy_grad(
    dy: Any, logits: Any, /, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
    bias: ArrayLike | None = None, scale: ArrayLike = 1.0,
) -> Any: ...
def expectation_grad(
    dy: Any, logits: Any, values: ArrayLike, /, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
    bias: ArrayLike | None = None, scale: ArrayLike = 1.0,
) -> Any: ...
def kl_divergence_grad(
    dy: Any, p_logits: Any, q_logits: Any, /, axis: SupportsIndex = -1, *, where: ArrayLike | None = None,
) -> tuple[Any, Any]: ...
# fmt: on
