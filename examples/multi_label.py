"""
Several labels at once
======================

A text can be about sports *and* money. Each label has a logit and a sigmoid of its own, and
the loss is the sum of as many yes-or-no questions. This page trains such a model, weighs a
rare label, and chooses a threshold for each.

It needs ``scikit-learn``.
"""

# %%
# Data
# ----
# Counts of 20 words in 2,000 texts, with up to four labels each. The fourth label is rare.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_multilabel_classification
from sklearn.metrics import f1_score

import fastact

x, holds = make_multilabel_classification(3000, 20, n_classes=4, n_labels=2, random_state=3)
keep = (holds[:, 3] == 0) | (np.arange(3000) % 5 == 0)
x, holds = np.log1p(x[keep]), holds[keep]
train, test = slice(None, 1200), slice(1200, None)
print("share of texts with each label:", np.round(holds[train].mean(axis=0), 2))

# %%
# Training
# --------
# One call gives the loss of all labels and its gradient, p - y, of the shape of the logits.
# The mean is over texts and labels.


def fit(x, holds, pos_weight=None, steps=600, rate=2.0):
    """Weights and biases of a linear model."""
    weight, bias = np.zeros((x.shape[1], holds.shape[1])), np.zeros(holds.shape[1])
    for _ in range(steps):
        _, slope = fastact.binary_cross_entropy_with_logits(
            x @ weight + bias, holds, pos_weight=pos_weight, return_grad=True
        )
        weight -= rate * x.T @ slope
        bias -= rate * slope.sum(axis=0)
    return weight, bias


weight, bias = fit(x[train], holds[train])
logits = x[test] @ weight + bias
probability = fastact.sigmoid(logits)
for label in range(4):
    found = probability[:, label] > 0.5
    print(
        f"label {label}: said for {found.mean():.2f}, true for {holds[test][:, label].mean():.2f} of the texts"
    )

# %%
# The sum of a text's probabilities is how many labels it is expected to have. Over all
# texts it is right, for the model is calibrated:

print(
    f"expected labels a text: {probability.sum(axis=1).mean():.2f}, in truth {holds[test].sum(axis=1).mean():.2f}"
)
np.testing.assert_allclose(
    probability.sum(axis=1).mean(), holds[test].sum(axis=1).mean(), atol=0.1
)

# %%
# A rare label
# ------------
# The rare label is seldom said, for its probability is seldom above one half.
# ``pos_weight`` multiplies the loss of the texts that *do* have it, one number for each
# label. Here it makes up for the label's rareness.

rare = holds[train].mean(axis=0)
pos_weight = np.array([1, 1, 1, (1 - rare[3]) / rare[3]])
weight2, bias2 = fit(x[train], holds[train], pos_weight)
logits2 = x[test] @ weight2 + bias2
found, found2 = logits[:, 3] > 0, logits2[:, 3] > 0
truth = holds[test][:, 3] == 1
print(
    f"of the texts with label 3 found: {found[truth].mean():.2f}, with pos_weight {found2[truth].mean():.2f}"
)
print(
    f"of the texts without it, given it: {found[~truth].mean():.2f}, with pos_weight {found2[~truth].mean():.2f}"
)
assert found2[truth].mean() > found[truth].mean() + 0.2
assert (fastact.sigmoid(logits2)[:, 3] > probability[:, 3]).mean() > 0.9

# %%
# Weighted probabilities are no longer those of the data: they are too large on purpose.
# Often it is better to train without weights and to move the threshold.
#
# A threshold for each label
# --------------------------
# Take the one that serves best on the training data. It is a threshold of the logits; no
# probabilities are needed.

train_logits = x[train] @ weight + bias
thresholds = np.empty(4)
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for label in range(4):
    tried = np.quantile(train_logits[:, label], np.linspace(0.02, 0.98, 49))
    scores = [f1_score(holds[train][:, label], train_logits[:, label] > t) for t in tried]
    thresholds[label] = tried[np.argmax(scores)]
    axes.plot(fastact.sigmoid(tried), scores, label=f"label {label}")
axes.set(xlabel="threshold, as a probability", ylabel="F1 on the training data")
axes.legend()
print("thresholds as probabilities:", np.round(fastact.sigmoid(thresholds), 2))

half = f1_score(holds[test], logits > 0, average="macro")
own = f1_score(holds[test], logits > thresholds, average="macro")
print(f"F1: {half:.3f} with one half, {own:.3f} with thresholds of their own")
assert own > half
