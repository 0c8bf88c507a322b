from typing import Any

Elementwise: type[Any]
