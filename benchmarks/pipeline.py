"""What threads gain or cost where other libraries want the CPUs too: ``python benchmarks/pipeline.py [option ...]``.

A step multiplies (rows, 256) by (256, 1024) in NumPy, ONNX Runtime or PyTorch, each with its own threads, and calls a
function of the product. Steps with the default number of threads and steps with one take turns, a block of each at a
time, for what a library's idle threads do shows only in the steps that follow. Time is that of whole steps, of both
libraries: the median, the 90th percentile, and the ratio of the means of a block's steps but for the slowest twentieth
(those that a machine's other work hit), of which the median over all rounds is printed. A ratio above 1 says that the
default number of threads is faster.

"beside" is the function alone, while another process multiplies in PyTorch on one thread without end.
"""

import argparse
import multiprocessing
import statistics
import time

import numpy as np

import fastact

INNER, COLUMNS = 256, 1024
ROWS = [64, 256, 1024, 4096]
FUNCTIONS = ["softmax", "gelu", "sigmoid"]
LEAST_STEPS = 5


def numpy_step(x, weight):
    return lambda: x @ weight


def onnxruntime_step(x, weight):
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, INNER])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, COLUMNS])],
        [numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})[0]


def torch_step(x, weight):
    import torch

    x, weight = torch.from_numpy(x), torch.from_numpy(weight)
    return lambda: torch.mm(x, weight).numpy()


def lone_step(x, weight):
    product = x @ weight
    return lambda: product


STEPS = {"numpy": numpy_step, "onnxruntime": onnxruntime_step, "torch": torch_step, "beside": lone_step}


def multiply_forever():
    import torch

    torch.set_num_threads(1)
    x = torch.ones(512, 512)
    while True:
        torch.mm(x, x)


def block(multiply, function, threads, seconds, settle):
    """Times of the steps of one block, after some that are not counted."""
    fastact.set_num_threads(threads)
    times = []
    start = now = time.perf_counter()
    while now < start + settle + seconds or len(times) < LEAST_STEPS:
        before = now
        function(multiply())
        now = time.perf_counter()
        if before > start + settle:
            times.append(now - before)
    return times


def usual_mean(times):
    return statistics.fmean(sorted(times)[: -(len(times) // 20) or None])


def compare(multiply, function, default, rounds, seconds, settle):
    """Times of all steps for the default number of threads and for one, and the ratio of their means."""
    times = {default: [], 1: []}
    ratios = []
    for turn in range(rounds):
        mean = {}
        for threads in (default, 1) if turn % 2 else (1, default):
            part = block(multiply, function, threads, seconds, settle)
            mean[threads] = usual_mean(part)
            times[threads] += part
        ratios.append(mean[1] / mean[default])
    return times[default], times[1], statistics.median(ratios)


def tenths(times):
    """The median and the 90th percentile, in milliseconds."""
    cuts = statistics.quantiles(times, n=10, method="inclusive")
    return f"{cuts[4] * 1e3:8.3f} {cuts[8] * 1e3:8.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--functions", nargs="+", default=FUNCTIONS)
    parser.add_argument("--rows", nargs="+", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.1, help="of a block")
    parser.add_argument("--settle", type=float, default=0.05, help="seconds before a block counts")
    options = parser.parse_args()

    default = fastact.get_num_threads()
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((INNER, COLUMNS), dtype=np.float32) / 16
    print(f"{default} threads, then 1: median and 90th percentile of a step in ms; ratio of the means, 1 / {default}")
    print(f"{'step':12} {'function':10} {'rows':>5} {'median':>8} {'90 %':>8} {'median':>8} {'90 %':>8} {'ratio':>6}")
    ratios = []
    for name in options.steps:
        other = multiprocessing.get_context("spawn").Process(target=multiply_forever, daemon=True)
        if name == "beside":
            other.start()
            time.sleep(5)  # it imports PyTorch
        for rows in options.rows:
            multiply = STEPS[name](rng.standard_normal((rows, INNER), dtype=np.float32), weight)
            for function in options.functions:
                many, one, ratio = compare(
                    multiply, getattr(fastact, function), default, options.rounds, options.seconds, options.settle
                )
                ratios.append(ratio)
                print(f"{name:12} {function:10} {rows:5} {tenths(many)} {tenths(one)} {ratio:6.2f}", flush=True)
        if name == "beside":
            other.terminate()
    print(f"{'':>12} least {min(ratios):.2f}, mean {statistics.geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    main()
