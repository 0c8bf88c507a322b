"""
Calibration by temperature
==========================

A classifier that is 99 % sure should be right 99 times of 100. Many are not: they are right
as often as one expects, and much too sure of it. Their logits point the right way and are
too large. One number mends that, a temperature, found on data that the model was not
trained on.

It needs ``scikit-learn``.
"""

# %%
# A model that is too sure
# ------------------------
# A linear model with next to no penalty learns 300 noisy digits by heart. It becomes very
# sure of them, and of all others too.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import fastact

x, digit = load_digits(return_X_y=True)
x = x / 16 + 0.3 * np.random.default_rng(0).normal(size=x.shape)
x_train, x_rest, digit_train, digit_rest = train_test_split(
    x, digit, train_size=300, random_state=0
)
x_hold, x_test, digit_hold, digit_test = train_test_split(
    x_rest, digit_rest, test_size=0.5, random_state=0
)
model = LogisticRegression(C=1e4, max_iter=2000).fit(x_train, digit_train)
hold, test = model.decision_function(x_hold), model.decision_function(x_test)

right = test.argmax(axis=1) == digit_test
sure = fastact.softmax(test).max(axis=1)
print(f"right {right.mean():.1%} of the time, {sure.mean():.1%} sure on average")
print(f"loss {fastact.cross_entropy(test, digit_test):.3f}")

# %%
# One number
# ----------
# The temperature T divides the logits. The loss is convex in s = 1 / T, so its slope has
# one zero: halve an interval that holds it. By the chain rule the slope is the sum of
# gradient times logits.


def slope(s, logits, labels):
    """d loss / d s, where the loss is that of s * logits."""
    _, gradient = fastact.cross_entropy(s * logits, labels, return_grad=True)
    return np.vdot(gradient, logits)


low, high = 1e-3, 1e3
while high / low > 1 + 1e-9:
    middle = np.sqrt(low * high)
    low, high = (middle, high) if slope(middle, hold, digit_hold) < 0 else (low, middle)
print(f"temperature {1 / low:.2f}")

step = 1e-6
numeric = fastact.cross_entropy((low + step) * hold, digit_hold) - fastact.cross_entropy(
    (low - step) * hold, digit_hold
)
assert abs(numeric / (2 * step)) < 1e-4

# %%
# What it does
# ------------
# softmax takes 1 / T as its ``scale``. No prediction changes, for the order stays. On the
# test data, which had no part in it, the loss falls and the sureness meets the truth.

calibrated = fastact.softmax(test, scale=low)
assert (calibrated.argmax(axis=1) == test.argmax(axis=1)).all()
before, after = (
    fastact.cross_entropy(test, digit_test),
    fastact.cross_entropy(low * test, digit_test),
)
print(
    f"right {right.mean():.1%} of the time, {calibrated.max(axis=1).mean():.1%} sure on average"
)
print(f"loss {before:.3f} before, {after:.3f} after")
assert after < 0.8 * before

# %%
# Sort the test data by how sure the model was, in groups of equal size, and count in each
# how often it was right. The mean distance between the two is the *expected calibration
# error*.

groups = 8


def reliability(probability):
    """For each group: how sure on average, how often right."""
    most = probability.max(axis=1)
    parts = np.array_split(np.argsort(most), groups)
    return np.array([most[part].mean() for part in parts]), np.array(
        [right[part].mean() for part in parts]
    )


figure, axes = plt.subplots(figsize=(4.5, 4), layout="constrained")
axes.plot([0.3, 1], [0.3, 1], "--C6")
errors = {}
for name, probability in (("before", fastact.softmax(test)), ("after", calibrated)):
    said, came = reliability(probability)
    errors[name] = np.abs(said - came).mean()
    axes.plot(said, came, "o-", label=f"{name}: error {errors[name]:.3f}")
axes.set(xlabel="how sure", ylabel="how often right")
axes.legend()

print({name: round(float(error), 3) for name, error in errors.items()})
assert errors["after"] < 0.5 * errors["before"]
