"""JAX on the CPU: jit-compiled functions; results as NumPy arrays, which costs it no copy. One thread alone."""

# mypy: ignore-errors

import os
from functools import partial

import jax
import numpy as np
from jax import nn
from jax import numpy as jnp

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def _start_with_one_thread():
    """Its pool is as large as the number of CPUs that the process may use when the client starts; no flag limits it."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    jax.jit(nn.relu)(np.ones(16, np.float32)).block_until_ready()
    os.sched_setaffinity(0, allowed)


_start_with_one_thread()


def _gradient(function):
    return lambda dy, x: jax.vjp(function, x)[1](dy)[0]


def functions(threads):
    if threads > 1:
        return {}
    gelu_tanh = partial(nn.gelu, approximate=True)
    gelu = partial(nn.gelu, approximate=False)
    calls = {
        "sigmoid": nn.sigmoid,
        "log_sigmoid": nn.log_sigmoid,
        "tanh": jnp.tanh,
        "relu": nn.relu,
        "relu6": nn.relu6,
        "leaky_relu": nn.leaky_relu,
        "elu": nn.elu,
        "celu": nn.celu,
        "selu": nn.selu,
        "softplus": nn.softplus,
        "softsign": nn.soft_sign,
        "silu": nn.silu,
        "swish": nn.silu,
        "gelu": gelu,
        "gelu tanh": gelu_tanh,
        "mish": nn.mish,
        "hard_sigmoid": nn.hard_sigmoid,
        "hard_silu": nn.hard_silu,
        "hard_tanh": nn.hard_tanh,
        "squareplus": nn.squareplus,
        "softcap": lambda x: 30 * jnp.tanh(x / 30),
        "logaddexp": jnp.logaddexp,
        "sigmoid_grad": _gradient(nn.sigmoid),
        "tanh_grad": _gradient(jnp.tanh),
        "silu_grad": _gradient(nn.silu),
        "gelu_grad": _gradient(gelu),
        "gelu_grad tanh": _gradient(gelu_tanh),
        "softplus_grad": _gradient(nn.softplus),
        "mish_grad": _gradient(nn.mish),
        "elu_grad": _gradient(nn.elu),
        "glu": lambda a, b: a * nn.sigmoid(b),
        "swiglu": lambda a, b: nn.silu(a) * b,
        "geglu": lambda a, b: gelu(a) * b,
        "reglu": lambda a, b: nn.relu(a) * b,
        "softmax": nn.softmax,
        "softmax axis 1": partial(nn.softmax, axis=1),
        "log_softmax": nn.log_softmax,
        "log_softmax axis 1": partial(nn.log_softmax, axis=1),
        "logsumexp": partial(nn.logsumexp, axis=-1),
    }

    def through(call):
        compiled = jax.jit(call)
        return lambda *operands: np.asarray(compiled(*operands))

    return {label: through(call) for label, call in calls.items()}
