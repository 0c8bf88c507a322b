"""Operands of other libraries brought together as their names and labels say, and results given those names and labels.

A dimension is an axis with a name: those of a DataFrame are its index and its columns, a Series beside one goes along
the columns, as in pandas' own arithmetic. Operands without names go by position, the last axes first, as they do there.
"""

import sys

import numpy as np

from fastact._containers.kinds import take_apart
from fastact._containers.labelled import build
from fastact._shared.arguments import normalize_axes


class Alignment:
    """The operands of one call of function `name`, by argument; the first with names leads.

    `values` holds an array or what makes one for each of them. Those with names have the dimensions `dims` in that
    order, as many as are needed and of length 1 where they have none. `outer` names an argument whose dimensions are
    all there may be.
    """

    def __init__(self, name, operands, outer=None, dims=None):
        self.name = name
        parts = {argument: take_apart(name, argument, x) for argument, x in operands.items()}
        self.library = self._one_library(parts)
        self.lead = next((part.source for part in parts.values() if part.library), None)
        if self.library == "polars":
            self._check_columns(parts)
        if self.library == "pandas":
            parts = {argument: _along_columns(part, parts.values()) for argument, part in parts.items()}
        parts = {argument: self._renamed(part, (dims or {}).get(argument)) for argument, part in parts.items()}
        self.parts = parts
        self.dims = self._all_dims(outer)
        self.labels, self.lengths = {}, {}
        self.values = {argument: self._placed(argument, part) for argument, part in parts.items()}

    def _one_library(self, parts):
        found = {part.library: argument for argument, part in parts.items() if part.library}
        if len(found) > 1:
            (one, first), (other, second) = list(found.items())[:2]
            raise TypeError(
                f"fastact.{self.name}: {first} is of {one} and {second} of {other}; convert one of them, "
                "or pass its to_numpy()"
            )
        return next(iter(found), None)

    def _check_columns(self, parts):
        frames = {a: part.source.columns for a, part in parts.items() if hasattr(part.source, "columns")}
        first = next(iter(frames), None)
        for argument, columns in frames.items():
            if columns != frames[first]:
                raise ValueError(
                    f"fastact.{self.name}: {argument} has other columns than {first} or another order of them; write "
                    f"{argument}.select({first}.columns)"
                )

    def _renamed(self, part, names):
        """A Series of labels or class weights lies along another dimension than the columns."""
        if names is None or part.dims is None or self.library != "pandas" or len(part.dims) != len(names):
            return part
        return part._replace(dims=names)

    def _all_dims(self, outer):
        """The names of all axes: those of the first operand, then what the others add."""
        dims = []
        for argument, part in self.parts.items():
            for dim in part.dims or ():
                if dim in dims:
                    continue
                if outer is not None and argument != outer and self.parts[outer].dims is not None:
                    raise ValueError(
                        f"fastact.{self.name}: {argument} has the dimension {dim!r}, which {outer} has not; "
                        f"{outer} has {self.parts[outer].dims}"
                    )
                dims.append(dim)
        # what has no names may have more axes
        deepest = max((np.ndim(part.values) for part in self.parts.values() if part.dims is None), default=0)
        return tuple(_Unnamed() for _ in range(deepest - len(dims))) + tuple(dims)

    def _placed(self, argument, part):
        """The values with the axes of all dimensions, their labels in the order of the first operand that has them."""
        if part.dims is None:
            return part.values
        values = part.values
        for axis, (dim, labels) in enumerate(zip(part.dims, part.labels, strict=True)):
            if labels is not None:
                first, known = self.labels.setdefault(dim, (argument, labels))
                if not (labels is known or labels.equals(known)):
                    values = self._reordered(values, axis, argument, labels, first, known)
            first, length = self.lengths.setdefault(dim, (argument, values.shape[axis]))
            if values.shape[axis] != length:
                raise ValueError(
                    f"fastact.{self.name}: {argument} has {values.shape[axis]} labels along {dim!r}, {first} has "
                    f"{length}; write {self._remedy(argument, first)}"
                )
        order = sorted(range(len(part.dims)), key=lambda axis: self.dims.index(part.dims[axis]))
        values = values.transpose(order)
        return values[tuple(slice(None) if dim in part.dims else None for dim in self.dims)]

    def _reordered(self, values, axis, argument, labels, first, known):
        """The same labels in another order are brought into that of the first operand; others are refused."""
        places = known.get_indexer(labels) if known.is_unique and labels.is_unique else np.array([-1])
        if len(places) != len(known) or (places < 0).any():
            raise ValueError(
                f"fastact.{self.name}: {argument} has other labels along axis {axis} than {first}: "
                f"{_shown(labels)}, not {_shown(known)}; write {self._remedy(argument, first)}"
            )
        return values[(slice(None),) * axis + (labels.get_indexer(known),)]

    def _remedy(self, argument, first):
        by_position = f"{argument}.to_numpy()" if self.library == "pandas" else f"{argument}.values"
        return f"{argument}.reindex_like({first}), or {by_position} to go by position"

    def own(self, argument, result):
        """A result of the shape of `values[argument]`, in that operand's own dimensions and their order."""
        part = self.parts[argument]
        if part.dims is None:
            return result
        result = result[tuple(slice(None) if dim in part.dims else 0 for dim in self.dims)]
        present = [dim for dim in self.dims if dim in part.dims]
        return result.transpose([present.index(dim) for dim in part.dims])

    def finish(self, result, dims, fresh=(), of=None):
        """The result as an object of the operands' library, where each of its dimensions has a name.

        `fresh` are those of these dimensions that the labels no longer belong to, `of` is the operand that it is most
        like.
        """
        if self.library is None:
            return result
        if self.library in ("polars", "torch"):
            return as_sequence(self.library, self.lead, result)
        if any(isinstance(dim, _Unnamed) for dim in dims):
            return result
        labels = {dim: known for dim, (_, known) in self.labels.items() if dim in dims and dim not in fresh}
        parts = [self.parts[of], *self.parts.values()] if of else self.parts.values()
        sources = [part.source for part in parts if part.source is not None]
        return build(self.library, sources, result, tuple(dims), labels, fresh)

    def last_dims(self, count):
        """The dimensions that the axes of an operand without names meet, or of one that has all of them."""
        return self.dims[len(self.dims) - count :]

    def adopt(self, other):
        """Results take the library of another call's operands: there are no names here."""
        if other.library in ("polars", "torch"):
            self.library, self.lead = other.library, other.lead


class _Unnamed:
    """The name of an axis that has none."""


def dims_of_rows(name, x, axis):
    """The names of the dimensions that the rows along an axis of x leave; None where it has none."""
    dims = Alignment(name, {"x": x}).parts["x"].dims
    if dims is None:
        return None
    axes = normalize_axes(name, axis, len(dims))
    return tuple(dim for a, dim in enumerate(dims) if a not in axes)


def _along_columns(part, others):
    """A Series beside a DataFrame goes along its columns."""
    if part.dims == ("index",) and any(other.dims == ("index", "columns") for other in others):
        return part._replace(dims=("columns",))
    return part


def _shown(labels):
    shown = ", ".join(repr(label) for label in labels[:4].tolist())
    return f"[{shown}{', ...' if len(labels) > 4 else ''}]"


def as_sequence(library, lead, result):
    """What polars and PyTorch make of a result of NumPy, as they do after `numpy.exp`."""
    if library == "torch":
        return sys.modules["torch"].from_numpy(np.asarray(result))
    polars = sys.modules["polars"]
    if np.ndim(result) != 1 or not isinstance(lead, polars.Series):
        return result
    return polars.Series(lead.name, result)
