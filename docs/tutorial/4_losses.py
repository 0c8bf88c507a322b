"""
4. Losses: from logits, not from probabilities
==============================================

A loss says how wrong a model was about one example. Both losses here are the same idea: the
negative logarithm of the probability that the model gave to what turned out to be true.
"""

# %%
# Surprise
# --------
# Sure and right costs next to nothing; "one to one" costs log(2) = 0.69; sure and wrong
# costs as much as the model was sure.

import matplotlib.pyplot as plt
import numpy as np

import fastact

x = np.linspace(-8, 8, 401)
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
loss, slope = fastact.binary_cross_entropy_with_logits(
    x, np.ones_like(x), reduction="none", return_grad=True
)
axes.plot(x, loss, label="loss")
axes.plot(x, slope, "--", label="its slope, p - 1")
axes.set(xlabel="logit of what is true", title="-log(sigmoid(x))")
axes.legend()

# %%
# Several labels, each true or not, are the sigmoid's:
# :func:`fastact.binary_cross_entropy_with_logits`. One class of several is softmax's:
# :func:`fastact.cross_entropy`. Both take logits, and targets after them.

logits = np.array([[3.0, -2.0, 2.5], [-1.0, 2.0, 0.5]])
holds = np.array([[1, 0, 1], [0, 1, 1]])
print("labels:", fastact.binary_cross_entropy_with_logits(logits, holds))
print("class: ", fastact.cross_entropy(logits, np.array([0, 1])))

# %%
# The same by hand:

p = fastact.sigmoid(logits)
by_hand = -np.log(np.where(holds == 1, p, 1 - p)).mean()
np.testing.assert_allclose(
    fastact.binary_cross_entropy_with_logits(logits, holds), by_hand, rtol=1e-12
)
by_hand = -np.log(fastact.softmax(logits)[[0, 1], [0, 1]]).mean()
np.testing.assert_allclose(
    fastact.cross_entropy(logits, np.array([0, 1])), by_hand, rtol=1e-12
)

# %%
# Why not from probabilities
# --------------------------
# By hand it works for small logits alone. A probability near 1 has no room for what is
# missing to 1: in float32 the sigmoid of 18 is 1, in float64 that of 38. If the model is
# *wrong* there, its loss is log(0):

for logit in (10.0, 18.0, 100.0):
    p = fastact.sigmoid(np.float32(logit))
    with np.errstate(divide="ignore"):
        from_probability = -np.log(1 - p)
    from_logit = fastact.binary_cross_entropy_with_logits(np.float32([logit]), [0])
    print(
        f"logit {logit:5}: from the probability {from_probability:8.5f}, from the logit {from_logit:9.5f}"
    )
assert fastact.sigmoid(np.float32(18)) == fastact.sigmoid(38.0) == 1
assert np.isinf(from_probability)
assert from_logit == 100

# %%
# Many programs clip p to 1 - 1e-7 then. The loss becomes a plausible number, 16.1, that is
# as wrong as infinity, and its slope is 0: the worst errors teach nothing. The loss of a
# logit x is log(1 + exp(x)), which is x for large x. Nothing needs to be clipped if the
# logarithm is taken *before* it is too late, and that is what "from logits" means. The same
# goes for :func:`fastact.log_softmax` instead of log(softmax):

row = np.array([0.0, -50.0, -1000.0])
with np.errstate(divide="ignore"):
    print("log(softmax):", np.log(fastact.softmax(row)))
print("log_softmax: ", fastact.log_softmax(row))
np.testing.assert_allclose(fastact.log_softmax(row), row, rtol=0, atol=1e-12)

# %%
# p - y
# -----
# Take the derivative of either loss with respect to the logits, and all logarithms and
# exponentials cancel. What is left is the **probability minus the truth**. It never
# saturates: the more wrong the model, the larger the slope, up to 1. The flat ends of the
# sigmoid and the steep ones of the logarithm make up for each other exactly.

labels = np.array([0, 1])
loss, gradient = fastact.cross_entropy(logits, labels, reduction="sum", return_grad=True)
truth = np.eye(3)[labels]
print("p - y:\n", np.round(fastact.softmax(logits) - truth, 4))
print("gradient:\n", np.round(gradient, 4))
np.testing.assert_allclose(gradient, fastact.softmax(logits) - truth, rtol=1e-12)

# %%
# With ``return_grad=True`` loss and gradient come from one pass. The default
# ``reduction="mean"`` divides both by the number of examples. A whole linear classifier is
# then four lines:

rng = np.random.default_rng(0)
centers = np.array([[2.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]])
labels = rng.integers(3, size=300)
points = centers[labels] + rng.normal(size=(300, 2))

weight, bias = np.zeros((2, 3)), np.zeros(3)
for step in range(101):
    loss, gradient = fastact.cross_entropy(points @ weight + bias, labels, return_grad=True)
    weight -= 0.5 * points.T @ gradient
    bias -= 0.5 * gradient.sum(axis=0)
    if step % 25 == 0:
        print(f"step {step:3}: loss {loss:.4f}")
correct = ((points @ weight + bias).argmax(axis=1) == labels).mean()
print(f"{correct:.1%} correct")
assert correct > 0.9

# %%
# The loss starts at log(3) = 1.0986: three classes, nothing known. If yours starts
# elsewhere, look at your labels.
