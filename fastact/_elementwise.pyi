from typing import Any, Literal, Protocol, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["gelu", "sigmoid", "silu", "tanh"]

_Casting: TypeAlias = Literal["no", "equiv", "safe", "same_kind", "unsafe"]
_Order: TypeAlias = Literal["K", "A", "C", "F"]
_F = TypeVar("_F", bound=np.floating[Any])
_Out = TypeVar("_Out", bound=NDArray[Any])

class _Elementwise(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, x: float, /, out: None = None, *, where: Literal[True] = True, casting: _Casting = "same_kind",
        order: _Order = "K", dtype: None = None, subok: bool = True,
    ) -> np.float64: ...
    @overload
    def __call__(
        self, x: _F, /, out: None = None, *, where: Literal[True] = True, casting: _Casting = "same_kind",
        order: _Order = "K", dtype: None = None, subok: bool = True,
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, out: None = None, *, where: ArrayLike = True, casting: _Casting = "same_kind",
        order: _Order = "K", dtype: None = None, subok: bool = True,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, out: _Out | tuple[_Out], *, where: ArrayLike = True, casting: _Casting = "same_kind",
        order: _Order = "K", dtype: DTypeLike | None = None, subok: bool = True,
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: Any, /, out: Any = None, *, where: ArrayLike = True, casting: _Casting = "same_kind",
        order: _Order = "K", dtype: DTypeLike | None = None, subok: bool = True,
    ) -> Any: ...
    # fmt: on

class _Gelu(Protocol):
    __name__: str
    # fmt: off
    @overload
    def __call__(
        self, x: float, /, out: None = None, *, approximate: Literal["none", "tanh"] = "none",
        where: Literal[True] = True, casting: _Casting = "same_kind", order: _Order = "K", dtype: None = None,
        subok: bool = True,
    ) -> np.float64: ...
    @overload
    def __call__(
        self, x: _F, /, out: None = None, *, approximate: Literal["none", "tanh"] = "none",
        where: Literal[True] = True, casting: _Casting = "same_kind", order: _Order = "K", dtype: None = None,
        subok: bool = True,
    ) -> _F: ...
    @overload
    def __call__(
        self, x: NDArray[_F], /, out: None = None, *, approximate: Literal["none", "tanh"] = "none",
        where: ArrayLike = True, casting: _Casting = "same_kind", order: _Order = "K", dtype: None = None,
        subok: bool = True,
    ) -> NDArray[_F]: ...
    @overload
    def __call__(
        self, x: ArrayLike, /, out: _Out | tuple[_Out], *, approximate: Literal["none", "tanh"] = "none",
        where: ArrayLike = True, casting: _Casting = "same_kind", order: _Order = "K", dtype: DTypeLike | None = None,
        subok: bool = True,
    ) -> _Out: ...
    @overload
    def __call__(
        self, x: Any, /, out: Any = None, *, approximate: Literal["none", "tanh"] = "none", where: ArrayLike = True,
        casting: _Casting = "same_kind", order: _Order = "K", dtype: DTypeLike | None = None, subok: bool = True,
    ) -> Any: ...
    # fmt: on

sigmoid: _Elementwise
tanh: _Elementwise
silu: _Elementwise
gelu: _Gelu
