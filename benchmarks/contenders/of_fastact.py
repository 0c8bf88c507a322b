"""fastact itself: every function of the grid."""

import grid

import fastact


def set_threads(threads):
    fastact.set_num_threads(threads)


def functions(threads):
    def new(function):
        public = getattr(fastact, function.name)
        if not function.keywords:
            return public
        return lambda *operands: public(*operands, **grid.keywords(function, operands[0].shape))

    return {label: new(function) for label, function in grid.FUNCTIONS.items()}


def functions_out(threads):
    def into(function):
        public = getattr(fastact, function.name)
        return lambda out, *operands: public(*operands, out=out, **grid.keywords(function, operands[0].shape))

    return {label: into(function) for label, function in grid.FUNCTIONS.items()}
