"""Calls of every public function on arrays of many types and layouts, for tests of where and how they run."""

import inspect

import numpy as np
from registry import CHOICES, ELEMENTWISE, GATED, GRADIENTS, LOSSES, PAIRS, ROW_GRADIENTS, ROWS, sample

TYPES = ["e", "f", "d", "g"]
SMALL, LARGE = 600, 40_000  # elements: of one thread, and of several


def layouts(n, dtype, seed=0):
    """Arrays of about n elements by the name of their layout; no two hold the same numbers."""
    short, long = n // 6, n // 60

    def values(*shape, more=0):
        return sample(shape, dtype, seed + more, 20.0)

    yield "packed", values(n)
    yield "strided", values(2 * n, more=1)[::2]
    yield "short rows", values(short, 14, more=2)[:, 1:13:2]
    yield "crossed", values(60, long, more=3).T
    yield "swapped", values(n, more=4).astype(np.dtype(dtype).newbyteorder())
    yield "no axes", values(1, more=5).reshape(())


def _elementwise(n, dtype):
    for case in ELEMENTWISE:
        call = case.vjp if case.is_gradient else lambda x, case=case, **more: case(x, **more)
        for name, x in layouts(n, dtype):
            dy = (x[..., ::-1] if x.ndim else x,) if case in GRADIENTS else ()
            yield f"{case.id} {name}", lambda call=call, dy=dy, x=x: call(*dy, x)
            if x.ndim == 2 and dy:
                yield f"{case.id} {name}, dy repeated", lambda call=call, x=x: call(x[:1], x)
            if case.name in PAIRS:
                continue
            out, mask = np.zeros((*x.shape, 2), dtype)[..., 0], x > 0
            yield f"{case.id} {name} to strided", lambda call=call, dy=dy, x=x, out=out: call(*dy, x, out=out)
            yield (
                f"{case.id} {name} masked",
                lambda call=call, dy=dy, x=x, mask=mask: call(*dy, x, out=np.zeros_like(x), where=mask),
            )


def _parameters(n, dtype):
    """Functions of a parameter, of one for each column."""
    for case in ELEMENTWISE:
        for parameter, value in case.parameters:
            x = sample((n // 7, 7), dtype)
            dy = (x,) if case.is_gradient else ()
            more = {**dict(case.parameters), parameter: np.full(7, value, dtype)}
            yield f"{case.id} {parameter}", lambda case=case, dy=dy, x=x, more=more: case.function(*dy, x, **more)


def _gated(n, dtype):
    for name, f in GATED.items():
        is_gradient = name.endswith("_grad")
        for (layout, a), (_, b) in zip(layouts(n, dtype), layouts(n, dtype, 9), strict=True):
            yield f"{name} {layout}", lambda f=f, dy=(a,) * is_gradient, a=a, b=b: f(*dy, a, b)
            if a.ndim == 2:
                yield f"{name} {layout}, repeated", lambda f=f, dy=(a,) * is_gradient, a=a, b=b: f(*dy, a, b[:1])
                half = a[:, : a.shape[1] // 2]
                even = a[:, : 2 * half.shape[1]]
                yield f"{name} {layout}, halves", lambda f=f, dy=(half,) * is_gradient, even=even: f(*dy, even)


def _rows(n, dtype):
    arrays = dict(layouts(n, dtype))
    arrays |= {"long": sample((2, max(n // 2, 9000)), dtype), "tall": sample((n // 20, 20), dtype)}
    for name, x in arrays.items():
        for axis in range(x.ndim):
            for case in ROWS:
                yield f"{case.id} {name} along {axis}", lambda case=case, x=x, axis=axis: case(x, axis=axis)
                yield (
                    f"{case.id} {name} along {axis}, of parts",
                    lambda case=case, x=x, axis=axis: case(x, axis=axis, where=x < 9, bias=x[:1], scale=0.7),
                )
            for f_name, f in ROW_GRADIENTS.items():
                y = ROWS[0](x, axis=axis)
                yield f"{f_name} {name} along {axis}", lambda f=f, x=x, y=y, axis=axis: f(x, y, axis)


def _losses(n, dtype):
    for name, f in LOSSES.items():
        known = inspect.signature(f).parameters
        takes_labels = "labels" in known
        for layout, x in layouts(n, dtype):
            if x.ndim != 2 and takes_labels:
                continue
            targets = sample(x.shape, dtype, 5) > 0
            shares = targets.astype(dtype) / np.dtype(dtype).type(4)
            choices = [(shares, {}), (targets, {"weight": 0.5}), (targets, {"sample_weight": 0.5 + targets})]
            if takes_labels:
                labels = np.arange(len(x)) % x.shape[1]
                labels[::3] = -100
                weight = np.linspace(0, 2, x.shape[1])
                choices = [(labels, {}), (labels, {"weight": weight}), (labels, {"label_smoothing": 0.1})]
                if name == "cross_entropy":
                    choices.append((shares, {}))
            elif x.ndim == 2:
                choices.append((targets[:, :1] * np.ones_like(targets), {"pos_weight": np.full(x.shape[1], 2.0)}))
            for i, (wanted, options) in enumerate(choices):
                for reduction in ("mean", "none"):
                    if not known.keys() >= options.keys():
                        continue
                    yield (
                        f"{name} {layout} {i} {reduction}",
                        lambda f=f, x=x, wanted=wanted, options=options, reduction=reduction: f(
                            x, wanted, reduction=reduction, return_grad=True, **options
                        ),
                    )


def _choices(n, dtype):
    """The functions of logits along the last axis, plain and with options."""
    for layout, x in layouts(n, dtype):
        if x.ndim == 0:
            continue
        k, outer = x.shape[-1], x.shape[:-1]
        given = {
            "dy": sample(outer, dtype, 6),
            "k": min(3, k),
            "labels": np.arange(x.size // k).reshape(outer) % k,
            "values": sample((k,), dtype, 7),
            "q_logits": x[..., ::-1].copy(),
        }
        for name, f in CHOICES.items():
            known = inspect.signature(f).parameters
            for scale in (1.0, 0.7) if "scale" in known else (1.0,):
                options = {} if scale == 1 else {"scale": scale, "bias": x[:1] if x.ndim > 1 else x}

                def call(f=f, x=x, known=known, given=given, options=options):
                    needed = [p for p in known if known[p].default is inspect.Parameter.empty]
                    rng = {"rng": np.random.default_rng(8)}
                    return f(*(x if p in ("logits", "p_logits") else {**given, **rng}[p] for p in needed), **options)

                yield f"{name} {layout} {scale}", call


def calls(n, dtype):
    """(description, function without arguments) of every call."""
    for found in (_elementwise, _parameters, _gated, _rows, _choices, _losses):
        for text, call in found(n, dtype):
            yield f"{text} {n} {dtype}", call
