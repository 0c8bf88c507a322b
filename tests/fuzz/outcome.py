"""What a call did: its results or its error, and the memory that it may have changed."""

import numpy as np

from .memory import Made


class Outcome:
    def __init__(self, function, call, apart=False):
        self.made = Made(call, apart)
        self.results, self.error = (), None
        try:
            with np.errstate(all="raise"):
                results = function(*self.made.args, **self.made.keywords)
        except Exception as error:
            self.error = error
        else:
            self.results = results if isinstance(results, tuple) else (results,)
            self.is_tuple = isinstance(results, tuple)

    def kind_of_error(self):
        if self.error is None:
            return "no error"
        for kind in (TypeError, ValueError):
            if isinstance(self.error, kind):
                return kind.__name__
        return type(self.error).__name__

    def shown(self):
        return "no error" if self.error is None else f"{type(self.error).__name__}: {self.error}"

    def spoilt(self, call):
        """What the call changed that it may not: bytes beside its outputs, or anything if it raised; or None."""
        may_change = {}
        if self.error is None:
            for out in call.outs():
                held = out.bytes_in(self.made.buffers[out.buffer])
                may_change[out.buffer] = may_change.get(out.buffer, False) | held
        for i, (now, before) in enumerate(zip(self.made.buffers, self.made.before, strict=True)):
            changed = now != before
            if i in may_change:
                changed &= ~may_change[i]
            if changed.any():
                what = "beside out" if self.error is None else "although it raised"
                return f"{what}: bytes {np.flatnonzero(changed)[:8].tolist()} of b{i}"
        return None
