"""
The outputs of an ONNX classifier
=================================

A classifier in ONNX format mostly ends at its logits. Probabilities, the best classes, a
refusal and the loss are made of them in NumPy. The model of this page, a network with one
hidden layer for scikit-learn's digits, is built here.

It needs ``onnx``, ``onnxruntime`` and ``scikit-learn``.
"""

# %%
# A model
# -------
# Yours comes from a file: ``onnxruntime.InferenceSession("model.onnx")``.

import warnings

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import fastact

x, digit = load_digits(return_X_y=True)
x = (x / 16).astype(np.float32)
x_train, x_test, digit_train, digit_test = train_test_split(x, digit, random_state=0)
with warnings.catch_warnings():
    # 150 rounds are enough for this page
    warnings.simplefilter("ignore", ConvergenceWarning)
    trained = MLPClassifier((32,), max_iter=150, random_state=0).fit(x_train, digit_train)

arrays = {
    "w1": trained.coefs_[0],
    "b1": trained.intercepts_[0],
    "w2": trained.coefs_[1],
    "b2": trained.intercepts_[1],
}
graph = helper.make_graph(
    [
        helper.make_node("Gemm", ["image", "w1", "b1"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "w2", "b2"], ["logits"]),
    ],
    "digits",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 64])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])],
    [
        numpy_helper.from_array(array.astype(np.float32), name)
        for name, array in arrays.items()
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
session = onnxruntime.InferenceSession(
    model.SerializeToString(), providers=["CPUExecutionProvider"]
)

# %%
# Probabilities
# -------------
# The session's outputs are NumPy arrays of your own, so they can be overwritten:
# ``out=logits`` would save the second one.

(logits,) = session.run(["logits"], {"image": x_test})
probability = fastact.softmax(logits)
print(logits.shape, probability.dtype)
np.testing.assert_allclose(probability, trained.predict_proba(x_test), rtol=1e-3, atol=1e-6)

# %%
# The best classes
# ----------------
# softmax keeps the order of the logits, so the best three are those of the logits.

best = np.argsort(-logits, axis=1)[:, :3]
chance = np.take_along_axis(probability, best, axis=1)
for classes, chances in zip(best[:4], chance[:4], strict=True):
    print(", ".join(f"{k}: {p:.3f}" for k, p in zip(classes, chances, strict=True)))
accuracy = (best[:, 0] == digit_test).mean()
print(
    f"{accuracy:.1%} right, {(best == digit_test[:, None]).any(axis=1).mean():.1%} among the best three"
)
assert accuracy > 0.9

# %%
# If the probabilities of the best three are all you want, do not compute the others:
# ``logsumexp`` has the sum that divides them.

np.testing.assert_allclose(
    np.exp(
        np.take_along_axis(logits, best, axis=1) - fastact.logsumexp(logits, keepdims=True)
    ),
    chance,
    rtol=1e-5,
)

# %%
# Refusing
# --------
# What the model is less than 80 % sure of goes to a person. The rest is right more often.

sure = probability.max(axis=1) >= 0.8
accuracy_sure = (best[sure, 0] == digit_test[sure]).mean()
print(f"{sure.mean():.1%} answered, of which {accuracy_sure:.1%} right")
assert accuracy_sure > accuracy

# %%
# The level is a bargain: the more it refuses, the better are the answers.

most = probability.max(axis=1)
levels = np.linspace(0.3, 0.999, 60)
answered = [(most >= level).mean() for level in levels]
right = [(best[most >= level, 0] == digit_test[most >= level]).mean() for level in levels]
figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
axes.plot(answered, right)
axes.set(xlabel="share answered", ylabel="share of these that are right")

# %%
# How good are the probabilities?
# -------------------------------
# The mean logarithm of the probability of what was true, without its sign: cross entropy,
# scikit-learn's ``log_loss``. From the logits it cannot overflow, and class labels are
# given as they are.

loss = fastact.cross_entropy(logits, digit_test)
log_probability = -fastact.cross_entropy(logits, digit_test, reduction="none")
print(
    f"loss {loss:.3f}; the least expected image had probability {np.exp(log_probability.min()):.1e}"
)
np.testing.assert_allclose(
    log_probability, np.log(probability[np.arange(len(digit_test)), digit_test]), rtol=1e-3
)

# %%
# A model that ends in Softmax or Sigmoid already? Its probabilities have lost what lies
# below the type's smallest step. Where you can, take the input of that last node as the
# output instead: in ONNX that is one more name in ``graph.output``.
