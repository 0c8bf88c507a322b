from collections.abc import Iterator
from typing import Any

def slabs(shape: tuple[int, ...], elements: int, limit: int) -> Iterator[tuple[Any, ...]]: ...
