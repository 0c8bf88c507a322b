from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["sample"]

# fmt: off
def sample(
    logits: Any, rng: np.random.Generator, *, axis: SupportsIndex = -1,
    size: SupportsIndex | tuple[SupportsIndex, ...] | None = None, where: ArrayLike | None = None,
    bias: ArrayLike | None = None, scale: ArrayLike = 1.0, top_k: SupportsIndex | None = None,
    top_p: float | None = None, min_p: float | None = None,
) -> Any: ...
# fmt: on
