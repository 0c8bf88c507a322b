# fmt: off
import numpy as np

__all__ = [
    "celu", "celu_grad", "elu", "elu_grad", "geglu", "geglu_grad", "gelu", "gelu_grad", "gelu_sigmoid",
    "gelu_sigmoid_grad", "gelu_tanh", "gelu_tanh_grad", "glu", "glu_grad", "hard_sigmoid", "hard_sigmoid_grad",
    "hard_silu", "hard_silu_grad", "hard_tanh", "hard_tanh_grad", "leaky_relu", "leaky_relu_grad", "log_sigmoid",
    "log_sigmoid_grad", "logit", "logit_grad", "mish", "mish_grad", "prelu", "prelu_grad", "reglu", "reglu_grad",
    "relu", "relu6", "relu6_grad", "relu_grad", "selu", "selu_grad", "sigmoid", "sigmoid_grad", "silu", "silu_grad",
    "softplus", "softplus_grad", "softsign", "softsign_grad", "swiglu", "swiglu_grad", "swish", "swish_grad",
    "tanh", "tanh_grad",
]

celu: np.ufunc
celu_grad: np.ufunc
elu: np.ufunc
elu_grad: np.ufunc
geglu: np.ufunc
geglu_grad: np.ufunc
gelu: np.ufunc
gelu_grad: np.ufunc
gelu_sigmoid: np.ufunc
gelu_sigmoid_grad: np.ufunc
gelu_tanh: np.ufunc
gelu_tanh_grad: np.ufunc
glu: np.ufunc
glu_grad: np.ufunc
hard_sigmoid: np.ufunc
hard_sigmoid_grad: np.ufunc
hard_silu: np.ufunc
hard_silu_grad: np.ufunc
hard_tanh: np.ufunc
hard_tanh_grad: np.ufunc
leaky_relu: np.ufunc
leaky_relu_grad: np.ufunc
log_sigmoid: np.ufunc
log_sigmoid_grad: np.ufunc
logit: np.ufunc
logit_grad: np.ufunc
mish: np.ufunc
mish_grad: np.ufunc
prelu: np.ufunc
prelu_grad: np.ufunc
reglu: np.ufunc
reglu_grad: np.ufunc
relu: np.ufunc
relu6: np.ufunc
relu6_grad: np.ufunc
relu_grad: np.ufunc
selu: np.ufunc
selu_grad: np.ufunc
sigmoid: np.ufunc
sigmoid_grad: np.ufunc
silu: np.ufunc
silu_grad: np.ufunc
softplus: np.ufunc
softplus_grad: np.ufunc
softsign: np.ufunc
softsign_grad: np.ufunc
swiglu: np.ufunc
swiglu_grad: np.ufunc
swish: np.ufunc
swish_grad: np.ufunc
tanh: np.ufunc
tanh_grad: np.ufunc
