"""What is said to those who know the names of another library: of functions, and of arguments.

A function that was called with arguments that do not fit its signature raises a TypeError that names what is wrong and
what to write instead. Only a call that failed is looked at.
"""

import functools
import inspect

# the names that PyTorch, SciPy, JAX, TensorFlow and Keras give to functions of this library
NAMES = {
    "expit": "sigmoid",
    "log_expit": "log_sigmoid",
    "logsigmoid": "log_sigmoid",
    "hardswish": "hard_silu",
    "hard_swish": "hard_silu",
    "hardsilu": "hard_silu",
    "hardtanh": "hard_tanh",
    "tanhshrink": "tanh_shrink",
    "log1m_exp": "log1mexp",
    "log_add_exp": "logaddexp",
    "soft_cap": "softcap",
    "square_plus": "squareplus",
    "hardshrink": "hard_shrink",
    "softshrink": "soft_shrink",
    "relu2": "relu_squared",
    "squared_relu": "relu_squared",
    "hardsigmoid": "hard_sigmoid",
    "clipped_linear": "hard_sigmoid",
    "leakyrelu": "leaky_relu",
    "relu_6": "relu6",
    "logsoftmax": "log_softmax",
    "log_sum_exp": "logsumexp",
    "soft_sign": "softsign",
    "soft_plus": "softplus",
    "scatter_softmax": "segment_softmax",
    "scatter_log_softmax": "segment_log_softmax",
    "scatter_logsumexp": "segment_logsumexp",
    "topk": "top_k",
    "multinomial": "sample",
    "categorical": "sample",
}

# what is written here for a keyword of another library, where the function takes it; the first that fits
KEYWORDS = {
    "dim": [("axis", "axis=...")],
    "axes": [("axis", "axis=...")],
    "temperature": [("scale", "scale=1 / temperature")],
    "mask": [("where", "where=..., in which True counts")],
    "attn_mask": [("where", "where=..., in which True counts")],
    "b": [("bias", "bias=...")],
    "keepdim": [("keepdims", "keepdims=...")],
    "inplace": [("out", "out=x")],
    "approx": [("approximate", "approximate='tanh' or 'none'")],
    "slope": [("negative_slope", "negative_slope=...")],
    "alpha": [("negative_slope", "negative_slope=..."), ("slope", "slope=...")],
    "beta": [("offset", "offset=...")],
    "swiglu_limit": [("limit", "limit=...")],
    "min_value": [("min_val", "min_val=...")],
    "max_value": [("max_val", "max_val=...")],
    "target": [("labels", "labels=..."), ("targets", "targets=...")],
    "targets": [("labels", "labels=...")],
    "labels": [("targets", "targets=...")],
    "input": [("logits", "logits=...")],
    "weights": [("weight", "weight=...")],
    "class_weight": [("weight", "weight=...")],
}
ARRAYS = {"input", "other", "x", "a", "b", "y", "dy", "grad_output", "features", "array"}


def _listed(names):
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"


def explain(function, count, names):
    """What to say of a call with `count` arguments by position and others by `names`; None where it fits."""
    signature = inspect.signature(function)
    try:
        signature.bind(*[None] * count, **dict.fromkeys(names))
    except TypeError as error:
        reason = str(error)
    else:
        return None
    start = f"fastact.{function.__name__}: "
    known = signature.parameters
    ordered = [p.name for p in known.values() if p.kind is not p.KEYWORD_ONLY]
    arrays = [p.name for p in known.values() if p.kind is p.POSITIONAL_ONLY]
    if count > len(ordered):
        takes = f"got {count} arguments by position, and takes {_listed(ordered)} so; "
        options = [p.name for p in known.values() if p.kind is p.KEYWORD_ONLY]
        if "out" not in options:
            return start + takes + f"{_listed(options)} are given by name"
        return start + takes + "out is given by name, out=..., and so is every option"
    for name in names:
        if name in arrays or (name not in known and name in ARRAYS and arrays and name != "b"):
            return start + f"unexpected keyword {name!r}; give {_listed(arrays)} by position, without a name"
        if name not in known:
            return start + f"unexpected keyword {name!r}" + _instead(name, known)
    return start + reason


def _instead(name, known):
    for parameter, spelling in KEYWORDS.get(name, ()):
        if parameter in known:
            return f"; write {spelling}"
    if name in ("axis", "dim") and "axis" not in known:
        return "; it works element by element and takes no axis"
    options = [p for p in known if known[p].kind is not inspect.Parameter.POSITIONAL_ONLY]
    return f"; it takes {_listed(options)}"


def hinted(function):
    """A Python function whose errors of binding are explained."""

    @functools.wraps(function)
    def explained(*arguments, **keywords):
        try:
            return function(*arguments, **keywords)
        except TypeError:
            message = explain(function, len(arguments), tuple(keywords))
            if message is None:
                raise
        raise TypeError(message)

    return explained


def hint(name):
    """What to say of a name that fastact does not have."""
    told = f"module 'fastact' has no attribute {name!r}"
    key = name.lower()
    return f"fastact has no {name!r}; it is fastact.{NAMES[key]}" if key in NAMES else told
