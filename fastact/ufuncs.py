"""The functions as NumPy ufuncs: for `.at`, `.outer`, `.reduce` and `.nin`, and to be pickled by name.

Each takes the operands below by position, all of them, and what every NumPy ufunc takes: `out`, `where`, `dtype`, ...
`hard_sigmoid_sloped` and `swiglu_clamped` are `hard_sigmoid` and `swiglu` with other parameters than their defaults.
They have no defaults, no hints and no masks of their own: call the public functions unless a ufunc is needed. Without
the compiled kernels they are objects that are called as ufuncs are and have none of the methods.

=========================================================  ==========================================================
ufuncs                                                     operands
=========================================================  ==========================================================
sigmoid log_sigmoid logit tanh relu relu6 selu softsign    x
silu gelu gelu_tanh gelu_sigmoid mish hard_sigmoid
hard_silu relu_squared tanh_shrink log1mexp
leaky_relu                                                 x, negative_slope
prelu                                                      x, weight
elu celu                                                   x, alpha
softplus swish                                             x, beta
hard_tanh                                                  x, min_val, max_val
hard_shrink soft_shrink                                    x, lambd
softcap                                                    x, cap
squareplus                                                 x, b
threshold                                                  x, threshold, value
hard_sigmoid_sloped                                        x, slope, offset
glu swiglu geglu reglu logaddexp                           a, b
swiglu_clamped                                             a, b, alpha, limit, offset
<name>_grad                                                dy, then those of <name>
=========================================================  ==========================================================

Gradients have one result, dx; `prelu_grad` has dx and dweight, and those of the gates and of logaddexp have da and db.
Nothing is summed: each result has the shape to which the operands broadcast.
"""

import numpy as _np

from fastact._backend import native as _native
from fastact._reference import table

__all__ = sorted(table.UFUNCS)


def __getattr__(name: str) -> object:
    """All of them at the first look at one. NumPy remembers which loop served a type: bfloat16 gets its own before."""
    if _native is None or name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fastact._arrays.call import meet_bfloat16, operation_of

    try:
        import ml_dtypes
    except ImportError:
        pass
    else:
        meet_bfloat16(_np.dtype(ml_dtypes.bfloat16))
    globals().update({each: operation_of(each).ufunc for each in __all__})
    return globals()[name]


def __dir__() -> list[str]:
    return __all__


if _native is None:
    globals().update(table.UFUNCS)
