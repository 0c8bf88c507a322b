"""The gradients of entropy, kl_divergence and expectation, made of the compiled softmax and log_softmax.

What they do with their arguments stands beside their NumPy references.
"""

from fastact._functions.rows import log_softmax as _log_softmax
from fastact._functions.rows import softmax as _softmax

from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode

from fastact._functions.hinted import hinted
from fastact._reference import information_gradients as reference
from fastact._reference import table
from fastact._shared.docs import adopt


cdef object by_default(object gradient, tuple arguments):
    """In the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return gradient(*arguments)
    finally:
        fa_fp_leave(before)


def entropy_grad(dy, logits, /, axis=-1, *, where=None, bias=None, scale=1.0):
    return by_default(reference.entropy_gradient, (_softmax, dy, logits, axis, where, bias, scale))


def expectation_grad(dy, logits, values, /, axis=-1, *, where=None, bias=None, scale=1.0):
    return by_default(reference.expectation_gradient, (_softmax, dy, logits, values, axis, where, bias, scale))


def kl_divergence_grad(dy, p_logits, q_logits, /, axis=-1, *, where=None):
    return by_default(reference.divergence_gradients, (_softmax, _log_softmax, dy, p_logits, q_logits, axis, where))


__all__ = adopt(globals(), table, hinted)
