"""fastact itself: every function of the grid."""

from functools import partial

import fastact
from fastact._benchmark import grid
from fastact._benchmark.arrays import keywords


def set_threads(threads):
    fastact.set_num_threads(threads)


def functions(threads):
    def new(function):
        public = getattr(fastact, function.name)
        if grid.is_masked(function) or grid.is_layer(function):
            return lambda x: public(x, **keywords(function, x))
        return partial(public, **function.keywords) if function.keywords else public

    return {label: new(function) for label, function in grid.FUNCTIONS.items()}


def functions_out(threads):
    def into(function):
        public = getattr(fastact, function.name)
        return lambda out, *operands: public(*operands, out=out, **keywords(function, operands[0]))

    return {label: into(function) for label, function in grid.FUNCTIONS.items()}


IN_PLACE = {label for label, function in grid.FUNCTIONS.items() if grid.in_place(function)}
