"""fastact itself: every function of the grid."""

import grid

import fastact


def set_threads(threads):
    fastact.set_num_threads(threads)


def _keywords(function, x):
    return {**function.keywords, **({"where": grid.causal(x.shape)} if function.label == "softmax causal" else {})}


def _new(function):
    public = getattr(fastact, function.name)
    if function.label == "softmax causal":
        return lambda x: public(x, **_keywords(function, x))
    if not function.keywords:
        return public
    return lambda *operands: public(*operands, **function.keywords)


def functions(threads):
    return {label: _new(function) for label, function in grid.FUNCTIONS.items()}


def functions_out(threads):
    def into(function):
        public = getattr(fastact, function.name)
        return lambda out, *operands: public(*operands, out=out, **_keywords(function, operands[0]))

    return {label: into(function) for label, function in grid.FUNCTIONS.items()}
