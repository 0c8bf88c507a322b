from typing import Any

Elementwise: type[Any]

def operation_of(kernel: str) -> Any: ...
