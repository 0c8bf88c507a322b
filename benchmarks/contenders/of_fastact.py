"""fastact itself: every function of the grid."""

from functools import partial

import grid

import fastact


def set_threads(threads):
    fastact.set_num_threads(threads)


def functions(threads):
    def new(function):
        public = getattr(fastact, function.name)
        if function.label == "softmax causal":
            return lambda x: public(x, **grid.keywords(function, x.shape))
        return partial(public, **function.keywords) if function.keywords else public

    return {label: new(function) for label, function in grid.FUNCTIONS.items()}


def functions_out(threads):
    def into(function):
        public = getattr(fastact, function.name)
        return lambda out, *operands: public(*operands, out=out, **grid.keywords(function, operands[0].shape))

    return {label: into(function) for label, function in grid.FUNCTIONS.items()}
