"""
scikit-learn: from decision_function to probabilities
=====================================================

A scoring service often has a model's logits alone: from a file of weights, from a database,
or from a remote model. ``softmax`` of them is what ``predict_proba`` gives, and activations
are steps of a pipeline.

It needs ``scikit-learn``.
"""

# %%
# The logits of a linear model
# ----------------------------
# They are one matrix product. ``decision_function`` is that product, and anybody who has
# the weights can take it.

import pickle

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import fastact

x, digit = load_digits(return_X_y=True)
x = x / 16
x_train, x_test, digit_train, digit_test = train_test_split(x, digit, random_state=0)
model = LogisticRegression(max_iter=1000).fit(x_train, digit_train)

logits = x_test @ model.coef_.T + model.intercept_
np.testing.assert_allclose(logits, model.decision_function(x_test), rtol=1e-10, atol=1e-12)

# %%
# Probabilities and loss
# ----------------------

probability = fastact.softmax(logits)  # one row per image, one column per digit
difference = np.abs(probability - model.predict_proba(x_test)).max()
correct = (probability.argmax(axis=1) == digit_test).mean()
print(
    f"{len(x_test)} images, {correct:.1%} recognised; largest difference from predict_proba: {difference:.1e}"
)
assert difference < 1e-12

loss = fastact.cross_entropy(logits, digit_test)
print(f"loss {loss:.4f}")
np.testing.assert_allclose(loss, log_loss(digit_test, probability), rtol=1e-12)

# %%
# The six images that the model is least sure of:

figure, grid = plt.subplots(1, 6, figsize=(8, 1.9), layout="constrained")
for axes, k in zip(grid, np.argsort(probability.max(axis=1)), strict=False):
    axes.imshow(x_test[k].reshape(8, 8), cmap="viridis")
    axes.set_title(f"{probability[k].argmax()}: {probability[k].max():.2f}")
    axes.axis("off")

# %%
# float32 logits, half the memory, give float32 probabilities:

assert fastact.softmax(logits.astype(np.float32)).dtype == np.float32

# %%
# Two classes have one logit, and the sigmoid:

two = LogisticRegression().fit(x_train, digit_train > 4)
np.testing.assert_allclose(
    fastact.sigmoid(two.decision_function(x_test)),
    two.predict_proba(x_test)[:, 1],
    rtol=1e-12,
)

# %%
# A model without predict_proba
# -----------------------------
# A support vector machine has scores and no probabilities. Its softmax is between 0 and 1
# and sums to 1, but it was not trained to be a probability: :doc:`calibrate it
# <calibration>` before anybody relies on it.

machine = SGDClassifier(loss="hinge", random_state=0).fit(x_train, digit_train)
assert not hasattr(machine, "predict_proba")
scores = machine.decision_function(x_test)
print("sure on average:", np.round(fastact.softmax(scores).max(axis=1).mean(), 3))
np.testing.assert_array_equal(
    fastact.softmax(scores).argmax(axis=1), machine.predict(x_test)
)

# %%
# An activation as a step of a pipeline
# -------------------------------------
# A hidden layer of random weights, never trained, gives a linear model something bent to
# work with. ``FunctionTransformer`` takes any function of one array; fastact's pickle by
# name, so the pipeline can be saved, copied and run in several processes.

weights = np.random.default_rng(0).normal(scale=0.5, size=(64, 300))
random_layer = make_pipeline(
    FunctionTransformer(np.dot, kw_args={"b": weights}),
    FunctionTransformer(fastact.gelu),
    StandardScaler(),
    LogisticRegression(tol=1e-3, max_iter=1000),
).fit(x_train, digit_train)
bent = random_layer.score(x_test, digit_test)
print(f"linear {correct:.1%}, with a random layer and gelu {bent:.1%}")
assert bent > correct
assert pickle.loads(pickle.dumps(random_layer)).score(x_test, digit_test) == bent
