"""What the elementwise functions in NumPy do with bias and scale."""

import numpy as np

from fastact._containers import other_scaled
from fastact._shared.arguments import row_options
from fastact._shared.dtypes import common_dtype
from fastact._shared.scaled_arguments import check_operand, check_out_type, default_dtype


def apply(ufunc, x, parameters, bias, scale, out=None, **keywords):
    """ufunc(scale * x + bias, *parameters), or of x itself where neither is given."""
    if bias is None and scale is None:
        return ufunc(x, *parameters, out=out, **keywords)
    answer = other_scaled.scaled(ufunc.name, ufunc.__name__, x, parameters, bias, scale, out, keywords)
    if answer is not NotImplemented:
        return answer
    check_operand(ufunc.name, x)
    if keywords["dtype"] is None:
        keywords["dtype"] = default_dtype(ufunc.name, x, parameters, scale)
    result = common_dtype(ufunc.name, (x, *parameters), keywords["dtype"], keywords["casting"])
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    check_out_type(ufunc.name, out, result, keywords["casting"])
    bias = -0.0 if bias is None else bias
    scale = 1.0 if scale is None else scale
    _, bias, scale = row_options(ufunc.name, np.shape(x), None, bias, scale)
    return ufunc.scaled(x, scale, bias, *parameters, out=out, **keywords)
