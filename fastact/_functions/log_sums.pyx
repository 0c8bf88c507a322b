"""logmeanexp, logcumsumexp, and the gradients of logsumexp and logcumsumexp, made of the compiled functions.

What they do with their arguments stands beside their NumPy references.
"""

from fastact._functions.elementwise import elu_grad
from fastact._functions.gated import logaddexp
from fastact._functions.rows import logsumexp as _logsumexp
from fastact._functions.rows import softmax as _softmax

from fastact._functions.hinted import hinted
from fastact._reference import log_sums as reference
from fastact._reference import table
from fastact._shared.docs import adopt

_KERNELS = reference.Kernels(_logsumexp, _softmax, logaddexp, elu_grad)
del logaddexp, elu_grad


def logmeanexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, keepdims=False, dtype=None):
    return reference.log_mean_of(_KERNELS, x, axis, out, where, bias, scale, bool(keepdims), dtype)


def logsumexp_grad(dy, x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, keepdims=False,
                   dtype=None):
    return reference.log_sum_gradient(_KERNELS, dy, x, axis, out, where, bias, scale, extra_logit, bool(keepdims),
                                      dtype)


def logcumsumexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.log_cumulative_sums(_KERNELS, x, axis, out, where, bias, scale, dtype)


def logcumsumexp_grad(dy, x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.log_cumulative_gradient(_KERNELS, dy, x, axis, out, where, bias, scale, dtype)


__all__ = adopt(globals(), table, hinted)
