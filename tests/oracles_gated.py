"""Definitions of the gated functions and their gradients, from those of the activations."""

from oracles_elementwise import DERIVATIVES, FUNCTIONS

_NONE = (("approximate", "none"),)
# name: the activation, and whether it is taken of the first operand
ACTIVATIONS = {
    "glu": ("sigmoid", (), False),
    "swiglu": ("silu", (), True),
    "geglu": ("gelu", _NONE, True),
    "reglu": ("relu", (), True),
}


def gated(name, how):
    """f(a, b), as `how` = 'exact', mpmath numbers, or 'double', float64 arrays."""
    activation, keywords, is_first = ACTIVATIONS[name]
    act = getattr(FUNCTIONS[activation, keywords], how)
    return (lambda a, b: act(a) * b) if is_first else (lambda a, b: a * act(b))


def gradient(name, how):
    """f(dy, a, b), the pair of vector-Jacobian products."""
    activation, keywords, is_first = ACTIVATIONS[name]
    act = getattr(FUNCTIONS[activation, keywords], how)
    slope = getattr(DERIVATIVES[f"{activation}_grad", keywords], how)
    if is_first:
        return lambda dy, a, b: (dy * b * slope(a), dy * act(a))
    return lambda dy, a, b: (dy * act(b), dy * a * slope(b))


def root(name):
    """Where the derivative of the activation is 0."""
    activation, keywords, _ = ACTIVATIONS[name]
    return DERIVATIVES[f"{activation}_grad", keywords].roots
