"""ONNX Runtime: one session per function, as an exported model would have, optimised by it."""

# mypy: ignore-errors

from functools import lru_cache, partial

import onnxruntime
from onnx import TensorProto, helper

node = helper.make_node
NODES = {
    "sigmoid": [node("Sigmoid", ["x"], ["y"])],
    "tanh": [node("Tanh", ["x"], ["y"])],
    "silu": [node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["y"])],
    "gelu": [node("Gelu", ["x"], ["y"])],
    "gelu tanh": [node("Gelu", ["x"], ["y"], approximate="tanh")],
    "gelu sigmoid": [node("QuickGelu", ["x"], ["y"], domain="com.microsoft", alpha=1.702)],
    "mish": [node("Softplus", ["x"], ["s"]), node("Tanh", ["s"], ["t"]), node("Mul", ["x", "t"], ["y"])],
    "relu": [node("Relu", ["x"], ["y"])],
    "leaky_relu": [node("LeakyRelu", ["x"], ["y"])],
    "elu": [node("Elu", ["x"], ["y"])],
    "celu": [node("Celu", ["x"], ["y"])],
    "selu": [node("Selu", ["x"], ["y"])],
    "softplus": [node("Softplus", ["x"], ["y"])],
    "softsign": [node("Softsign", ["x"], ["y"])],
    "hard_sigmoid": [node("HardSigmoid", ["x"], ["y"], alpha=1 / 6, beta=0.5)],
    "hard_silu": [node("HardSwish", ["x"], ["y"])],
    "softmax": [node("Softmax", ["x"], ["y"], axis=-1)],
    "softmax axis 1": [node("Softmax", ["x"], ["y"], axis=1)],
    "log_softmax": [node("LogSoftmax", ["x"], ["y"], axis=-1)],
    "log_softmax axis 1": [node("LogSoftmax", ["x"], ["y"], axis=1)],
}
TWO = {
    "cross_entropy": [
        node("LogSoftmax", ["x"], ["l"], axis=-1),
        node("Unsqueeze", ["b", "last"], ["i"]),
        node("GatherElements", ["l", "i"], ["g"], axis=-1),
        node("ReduceMean", ["g"], ["m"], keepdims=0),
        node("Neg", ["m"], ["y"]),
    ],
    "swiglu": [node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["g"]), node("Mul", ["g", "b"], ["y"])],
    "glu": [node("Sigmoid", ["b"], ["s"]), node("Mul", ["x", "s"], ["y"])],
    "reglu": [node("Relu", ["x"], ["r"]), node("Mul", ["r", "b"], ["y"])],
    "geglu": [node("Gelu", ["x"], ["g"]), node("Mul", ["g", "b"], ["y"])],
}


@lru_cache(maxsize=8)  # each keeps the memory of its largest call
def _session(label, rank, threads):
    """A session for float32 arrays of that rank: it has no double kernels for most of these."""
    shape = [f"d{axis}" for axis in range(rank)]
    value = partial(helper.make_tensor_value_info, elem_type=TensorProto.FLOAT, shape=shape)
    inputs, result, last = [value("x")], value("y"), []
    if label == "cross_entropy":
        inputs.append(helper.make_tensor_value_info("b", TensorProto.INT64, shape[:-1]))
        result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [])
        last = [helper.make_tensor("last", TensorProto.INT64, [1], [-1])]
    elif label in TWO:
        inputs.append(value("b"))
    graph = helper.make_graph({**NODES, **TWO}[label], "activation", inputs, [result], last)
    domains = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=domains, ir_version=9).SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _feeds(operands):
    return dict(zip(("x", "b"), operands, strict=False))


def functions(threads):
    def runner(label):
        def run(*operands):
            if label == "cross_entropy" and operands[1].dtype.kind != "i":
                raise TypeError("the session's labels are integers")
            return _session(label, operands[0].ndim, threads).run(None, _feeds(operands))[0]

        return run

    return {label: runner(label) for label in NODES | TWO}


def functions_out(threads):
    def runner(label):
        bound = {}

        def run(out, *operands):
            session = _session(label, out.ndim, threads)
            key = (id(out), *map(id, operands))
            if key not in bound:
                bound.clear()
                binding = session.io_binding()
                for name, x in _feeds(operands).items():
                    binding.bind_cpu_input(name, x)
                value = onnxruntime.OrtValue.ortvalue_from_numpy(out)  # of this memory, not a copy
                binding.bind_ortvalue_output("y", value)
                bound[key] = binding
            session.run_with_iobinding(bound[key])

        return run

    return {label: runner(label) for label in NODES | TWO}


ONLY = {"float32"}
