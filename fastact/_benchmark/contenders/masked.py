"""Softmax and its kin of scale * x, of x + bias and of what a mask leaves, where a library has them of x alone."""

from fastact._benchmark import arrays


def functions(rows, biased, masked):
    """By label, from `rows`, functions of x by name. biased(x) adds arrays.bias to x; masked(x, mask) puts -inf where
    mask, a function of shape and type, gives False."""
    made = {}
    for name, call in rows.items():
        made |= {
            f"{name} scale": lambda x, call=call: call(x * arrays.SCALE),
            f"{name} bias": lambda x, call=call: call(biased(x)),
            f"{name} where": lambda x, call=call: call(masked(x, arrays.mask)),
            f"{name} causal": lambda x, call=call: call(masked(x * arrays.SCALE, arrays.causal)),
        }
    return made
