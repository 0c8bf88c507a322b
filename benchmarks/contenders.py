"""Who competes: every library's way of computing a function on a NumPy array, its result a NumPy array again.

functions(library) is made on first use, so that a missing library costs nothing; with out=True it gives those that
store into a ready array. One thread each: `one_thread` is called first.
"""

import math
from functools import cache, partial
from importlib.util import find_spec

import numpy as np

import fastact

ROOT_2 = math.sqrt(2)
TANH_SCALE = 2 * math.sqrt(2 / math.pi)
CUBIC = 0.044715


def one_thread():
    """One thread for all: what is compared is the code, not the number of cores."""
    fastact.set_num_threads(1)
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
    if find_spec("numexpr"):
        import numexpr

        numexpr.set_num_threads(1)


# ---- fastact ----


def _fastact():
    return {
        "sigmoid": fastact.sigmoid,
        "tanh": fastact.tanh,
        "silu": fastact.silu,
        "gelu": fastact.gelu,
        "gelu-tanh": partial(fastact.gelu, approximate="tanh"),
        "softmax": fastact.softmax,
        "log_softmax": fastact.log_softmax,
    }


# ---- NumPy: what one writes without another library ----


def _numpy_softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _numpy_log_softmax(x):
    d = x - x.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))


def _numpy_gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(x.dtype.type(TANH_SCALE / 2) * (x + x.dtype.type(CUBIC) * x * x * x)))


def _numpy():
    return {
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "tanh": np.tanh,
        "silu": lambda x: x / (1 + np.exp(-x)),
        "gelu-tanh": _numpy_gelu_tanh,
        "softmax": _numpy_softmax,
        "log_softmax": _numpy_log_softmax,
    }


def _numpy_out_sigmoid(x, out):
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)


def _numpy_out_silu(x, out):
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    np.divide(x, out, out=out)


def _numpy_out_softmax(x, out):
    np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=-1, keepdims=True)


def _numpy_out():
    return {
        "sigmoid": _numpy_out_sigmoid,
        "tanh": lambda x, out: np.tanh(x, out=out),
        "silu": _numpy_out_silu,
        "softmax": _numpy_out_softmax,
    }


# ---- SciPy ----


def _scipy():
    from scipy import special

    return {
        "sigmoid": special.expit,
        "silu": lambda x: x * special.expit(x),
        "gelu": lambda x: x * special.ndtr(x),
        "gelu-tanh": lambda x: x * special.expit(x.dtype.type(TANH_SCALE) * (x + x.dtype.type(CUBIC) * x * x * x)),
        "softmax": partial(special.softmax, axis=-1),
        "log_softmax": partial(special.log_softmax, axis=-1),
    }


# ---- PyTorch ----


def _torch():
    import torch
    from torch.nn import functional as F

    calls = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "silu": F.silu,
        "gelu": F.gelu,
        "gelu-tanh": partial(F.gelu, approximate="tanh"),
        "softmax": partial(torch.softmax, dim=-1),
        "log_softmax": partial(torch.log_softmax, dim=-1),
    }

    def through(call):
        def run(x):
            with torch.inference_mode():
                return call(torch.from_numpy(x)).numpy()

        return run

    return {name: through(call) for name, call in calls.items()}


def _torch_out():
    import torch

    aten = torch.ops.aten
    calls = {
        "sigmoid": lambda x, out: torch.sigmoid(x, out=out),
        "tanh": lambda x, out: torch.tanh(x, out=out),
        "silu": lambda x, out: aten.silu.out(x, out=out),
        "gelu": lambda x, out: aten.gelu.out(x, out=out),
        "gelu-tanh": lambda x, out: aten.gelu.out(x, approximate="tanh", out=out),
        "softmax": lambda x, out: torch.softmax(x, -1, out=out),
        "log_softmax": lambda x, out: torch.log_softmax(x, -1, out=out),
    }

    def through(call):
        def run(x, out):
            with torch.inference_mode():
                call(torch.from_numpy(x), torch.from_numpy(out))

        return run

    return {name: through(call) for name, call in calls.items()}


# ---- ONNX Runtime: one session per function, as an exported model would have ----


def _onnxruntime():
    import onnxruntime
    from onnx import TensorProto, helper

    def model(nodes, rank):
        shape = [f"d{axis}" for axis in range(rank)]
        value = partial(helper.make_tensor_value_info, elem_type=TensorProto.FLOAT, shape=shape)
        graph = helper.make_graph(nodes, "activation", [value("x")], [value("y")])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)

    def session(nodes, rank):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        data = model(nodes, rank).SerializeToString()
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def runner(rank, *nodes):
        s = cache(lambda: session(nodes, rank))
        return lambda x: s().run(None, {"x": x})[0]

    node = helper.make_node
    return {
        "sigmoid": runner(1, node("Sigmoid", ["x"], ["y"])),
        "tanh": runner(1, node("Tanh", ["x"], ["y"])),
        "silu": runner(1, node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["y"])),
        "gelu": runner(1, node("Gelu", ["x"], ["y"])),
        "gelu-tanh": runner(1, node("Gelu", ["x"], ["y"], approximate="tanh")),
        "softmax": runner(2, node("Softmax", ["x"], ["y"], axis=-1)),
        "log_softmax": runner(2, node("LogSoftmax", ["x"], ["y"], axis=-1)),
    }


# ---- compilers of expressions ----


def _numexpr():
    import numexpr

    def compiled(text, **constants):
        single = {name: np.float32(value) for name, value in constants.items()}
        return lambda x: numexpr.evaluate(text, {"x": x, **single})

    return {
        "sigmoid": compiled("one / (one + exp(-x))", one=1),
        "tanh": compiled("tanh(x)"),
        "silu": compiled("x / (one + exp(-x))", one=1),
        "gelu-tanh": compiled("x / (one + exp(-c * (x + k * x * x * x)))", one=1, c=TANH_SCALE, k=CUBIC),
    }


def _numba():
    import numba

    # all of fastmath but the promise that there are no infinities: exp overflows to one here, and rightly
    fast = {"nsz", "arcp", "contract", "afn", "reassoc"}
    vectorize = numba.vectorize(["float32(float32)"], nopython=True, fastmath=fast)
    one, half = np.float32(1), np.float32(0.5)
    scale, cubic, root = np.float32(TANH_SCALE), np.float32(CUBIC), np.float32(1 / ROOT_2)

    @numba.njit(fastmath=fast)
    def softmax(x):
        y = np.empty_like(x)
        for i in range(x.shape[0]):
            m = x[i].max()
            s = np.float32(0)
            for j in range(x.shape[1]):
                y[i, j] = np.exp(x[i, j] - m)
                s += y[i, j]
            for j in range(x.shape[1]):
                y[i, j] /= s
        return y

    return {
        "sigmoid": vectorize(lambda x: one / (one + np.exp(-x))),
        "tanh": vectorize(lambda x: np.tanh(x)),
        "silu": vectorize(lambda x: x / (one + np.exp(-x))),
        "gelu": vectorize(lambda x: half * x * (one + math.erf(x * root))),
        "gelu-tanh": vectorize(lambda x: x / (one + np.exp(-scale * (x + cubic * x * x * x)))),
        "softmax": softmax,
    }


LIBRARIES = {
    "fastact": _fastact,
    "numpy": _numpy,
    "scipy": _scipy,
    "torch": _torch,
    "onnxruntime": _onnxruntime,
    "numexpr": _numexpr,
    "numba": _numba,
}
NEEDS = {"onnxruntime": ("onnxruntime", "onnx")}


def _fastact_out():
    return {name: (lambda x, out, f=f: f(x, out=out)) for name, f in _fastact().items()}


LIBRARIES_OUT = {"fastact": _fastact_out, "numpy": _numpy_out, "torch": _torch_out}


def installed(libraries=LIBRARIES):
    return [name for name in libraries if all(find_spec(need) for need in NEEDS.get(name, (name,)))]


@cache
def functions(library, out=False):
    """The library's functions by name."""
    return (LIBRARIES_OUT if out else LIBRARIES)[library]()
