from fastact._functions.rows import _Alike, _Gradient

__all__ = ["entmax15", "entmax15_grad", "sparsemax", "sparsemax_grad"]

entmax15: _Alike
entmax15_grad: _Gradient
sparsemax: _Alike
sparsemax_grad: _Gradient
