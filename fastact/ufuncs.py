"""The functions as NumPy ufuncs: for `.at`, `.outer`, `.reduce` and `.nin`, and to be pickled by name.

Each takes the operands below by position, all of them, and what every NumPy ufunc takes: `out`, `where`, `dtype`, ...
They have no defaults, no hints and no masks of their own: call the public functions unless a ufunc is needed. Without
the compiled kernels they are objects that are called as ufuncs are and have none of the methods.

=========================================================  ==========================================================
ufuncs                                                     operands
=========================================================  ==========================================================
sigmoid log_sigmoid logit tanh relu relu6 selu softsign    x
silu gelu gelu_tanh gelu_sigmoid mish hard_sigmoid
hard_silu
leaky_relu                                                 x, negative_slope
prelu                                                      x, weight
elu celu                                                   x, alpha
softplus swish                                             x, beta
hard_tanh                                                  x, min_val, max_val
glu swiglu geglu reglu                                     a, b
<name>_grad                                                dy, then those of <name>
=========================================================  ==========================================================

Gradients have one result, dx; `prelu_grad` has dx and dweight, and those of the gates have da and db. Nothing is
summed: each result has the shape to which the operands broadcast.
"""

from fastact._backend import native as _native
from fastact._reference import table

__all__ = sorted(table.UFUNCS)

if _native is None:
    globals().update(table.UFUNCS)
else:
    from fastact._arrays.call import operation_of as _operation_of

    globals().update({name: _operation_of(name).ufunc for name in __all__})
