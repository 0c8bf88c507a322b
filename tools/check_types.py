"""What the stubs promise, for a type checker: ``python -m mypy tools/check_types.py`` finds nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

import fastact

Array = NDArray[np.float32]
a = np.ones(4, np.float32)
x: Array = a
one: np.float32 = a[0]
out: NDArray[np.float64] = np.empty(4)

assert_type(fastact.silu(1.0), np.float64)
assert_type(fastact.silu(one), np.float32)
assert_type(fastact.silu(x), Array)
assert_type(fastact.elu(x, x, out=out), NDArray[np.float64])
assert_type(fastact.elu(x, alpha=0.5), Array)
assert_type(fastact.leaky_relu(x, 0.2), Array)
assert_type(fastact.gelu(x, "tanh"), Array)
assert_type(fastact.hard_tanh(x, -2.0, 2.0, where=None), Array)
assert_type(fastact.prelu(x, x), Array)
assert_type(fastact.prelu(x, weight=x), Array)
assert_type(fastact.silu_grad(1.0, 1.0), np.float64)
assert_type(fastact.silu_grad(1.0, one), np.float32)
assert_type(fastact.elu_grad(x, x, alpha=2.0), Array)
assert_type(fastact.prelu_grad(1.0, x, x), tuple[Array, Array])
assert_type(fastact.prelu_grad(1.0, x, 0.25), tuple[Array, np.float32])
assert_type(fastact.prelu_grad(1.0, 1.0, 0.25), tuple[np.float64, np.float64])

assert_type(fastact.swiglu(1.0, 2.0), np.float64)
assert_type(fastact.swiglu(x, x), Array)
assert_type(fastact.swiglu(x, axis=0), Array)
assert_type(fastact.swiglu(x, out=out), NDArray[np.float64])
assert_type(fastact.swiglu_grad(1.0, 1.0, 2.0), tuple[np.float64, np.float64])
assert_type(fastact.swiglu_grad(x, x, x), tuple[Array, Array])
assert_type(fastact.swiglu_grad(x, x, 2.0), tuple[Array, np.float32])
assert_type(fastact.swiglu_grad(1.0, x), Array)

assert_type(fastact.softmax(1.0), np.float64)
assert_type(fastact.softmax(x), Array)
assert_type(fastact.logsumexp(x, None), np.float32)
assert_type(fastact.logsumexp(x, axis=None), np.float32)
assert_type(fastact.logsumexp(x, keepdims=True), Array)
assert_type(fastact.softmax_grad(1.0, x), Array)
assert_type(fastact.softmax_grad(1.0, one), np.float32)

assert_type(fastact.cross_entropy(x, 1), np.float32)
assert_type(fastact.cross_entropy(logits=x, labels=1), np.float32)
assert_type(fastact.cross_entropy(x, 1, return_grad=True), tuple[np.float32, Array])
assert_type(fastact.cross_entropy(x, 1, reduction="none", return_grad=True), tuple[Any, Array])
assert_type(fastact.cross_entropy([1.0, 2.0], 1, return_grad=True), tuple[Any, Any])
assert_type(fastact.binary_cross_entropy_with_logits(x, 1), np.float32)
assert_type(fastact.binary_cross_entropy_with_logits(x, 1, return_grad=True), tuple[np.float32, Array])
assert_type(fastact.binary_cross_entropy_with_logits(x, 1, reduction="none"), Array)
assert_type(fastact.top_k(x, 2), tuple[Array, NDArray[np.intp]])
assert_type(fastact.log_prob(x, 1), Any)
assert_type(fastact.get_num_threads(), int)
