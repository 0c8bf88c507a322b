"""
Logistic and multinomial regression
===================================

One call gives a loss and its gradient with respect to the logits; the gradient of the
weights is one matrix product more. That is a regression by gradient descent in ten lines,
as good as scikit-learn's.

It needs ``scikit-learn``, for the data and the comparison.
"""

# %%
# The descent
# -----------
# Nesterov's momentum: the gradient is taken a little ahead, where the last step points.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import fastact


def train(x, target, outputs, loss, steps=800, rate=0.3, penalty=1.0):
    """Weights and bias of a linear model; penalty is scikit-learn's 1/C."""
    parameters = np.zeros((x.shape[1] + 1, *outputs))
    ahead = parameters.copy()
    for step in range(steps):
        logits = x @ ahead[:-1] + ahead[-1]
        # of the mean: divided by the number of rows
        _, slope = loss(logits, target, return_grad=True)
        gradient = np.concatenate(
            [x.T @ slope + penalty / len(x) * ahead[:-1], slope.sum(axis=0, keepdims=True)]
        )
        before, parameters = parameters, ahead - rate * gradient
        ahead = parameters + step / (step + 3) * (parameters - before)
    return parameters[:-1], parameters[-1]


def split(data):
    """Three quarters to train on, the rest to test on, all features with mean 0 and variance 1."""
    x, target = data
    x_train, x_test, target_train, target_test = train_test_split(
        x, target, random_state=0, stratify=target
    )
    scaler = StandardScaler().fit(x_train)
    return scaler.transform(x_train), scaler.transform(x_test), target_train, target_test


# %%
# Two classes
# -----------
# One logit, and the sigmoid's loss. The decision is its sign.

x_train, x_test, target_train, target_test = split(load_breast_cancer(return_X_y=True))
weight, bias = train(x_train, target_train, (), fastact.binary_cross_entropy_with_logits)
logits = x_test @ weight + bias
ours = ((logits > 0) == target_test).mean()
theirs = LogisticRegression(max_iter=2000).fit(x_train, target_train)
print(
    f"breast cancer: {ours:.1%} right; LogisticRegression {theirs.score(x_test, target_test):.1%}"
)
assert abs(ours - theirs.score(x_test, target_test)) < 0.01

# %%
# Ten classes
# -----------
# Ten logits, and softmax's loss. The decision is the largest one. Nothing else changes.

x_train, x_test, target_train, target_test = split(load_digits(return_X_y=True))
weight, bias = train(x_train, target_train, (10,), fastact.cross_entropy)
logits = x_test @ weight + bias
ours = (logits.argmax(axis=1) == target_test).mean()
theirs = LogisticRegression(tol=1e-5, max_iter=2000).fit(x_train, target_train)
print(
    f"digits: {ours:.1%} right; LogisticRegression {theirs.score(x_test, target_test):.1%}"
)
assert abs(ours - theirs.score(x_test, target_test)) < 0.01

# %%
# The weights are scikit-learn's as well, as far as both have converged:

figure, axes = plt.subplots(figsize=(4, 3.4), layout="constrained")
axes.plot(theirs.coef_.T.ravel(), weight.ravel(), ".", alpha=0.4)
axes.set(xlabel="scikit-learn's weights", ylabel="ours")

difference = np.abs(fastact.softmax(logits) - theirs.predict_proba(x_test)).max()
print(f"largest difference of a probability: {difference:.1e}")
assert difference < 0.01
