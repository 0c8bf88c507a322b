"""
An objective for boosted trees
==============================

XGBoost and LightGBM take an objective of your own: a function that gives each example's
gradient and second derivative. For logistic and softmax losses these are p - y and p (1 -
p); ``return_hess=True`` gives both in one call, with weights of samples and classes. Here
they are trained beside the ones that both have built in, so that you can change them and
know where you started.

It needs ``xgboost`` (the package ``xgboost-cpu`` is a small one), ``lightgbm`` and
``scikit-learn``.
"""

# %%
# Two classes
# -----------
# The objective gets the raw scores, one for each example, in float32. The loss itself, which
# comes first, is not wanted.

import lightgbm
import matplotlib.pyplot as plt
import numpy as np
import xgboost
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split

import fastact

common = {"max_depth": 3, "learning_rate": 0.3, "nthread": 1, "seed": 0}


def split(data):
    """Matrices to train and to test on."""
    x_train, x_test, y_train, y_test = train_test_split(*data, random_state=0)
    return xgboost.DMatrix(x_train, y_train), xgboost.DMatrix(x_test, y_test), y_test


def logistic(score, data):
    """Gradient and second derivative of the logistic loss."""
    _, gradient, hessian = fastact.binary_cross_entropy_with_logits(
        score, data.get_label(), reduction="sum", return_grad=True, return_hess=True
    )
    return gradient, hessian


train, test, y_test = split(load_breast_cancer(return_X_y=True))
ours = xgboost.train(
    {**common, "base_score": 0.0, "disable_default_eval_metric": 1}, train, 20, obj=logistic
)
theirs = xgboost.train(
    {**common, "base_score": 0.5, "objective": "binary:logistic"}, train, 20
)

score = ours.predict(test, output_margin=True)
p = fastact.sigmoid(score)
difference = np.abs(p - theirs.predict(test)).max()
print(
    f"two classes: {((p > 0.5) == y_test).mean():.1%} right, largest difference from binary:logistic {difference:.1e}"
)
assert difference < 1e-4
assert ((p > 0.5) == y_test).mean() > 0.93

# %%
# A base score of 0 is a logit; the built-in objective wants the same as a probability, 0.5.
# Where one class is rare, ``pos_weight`` gives its examples a weight; ``sample_weight`` is
# one for each example, ``data.get_weight()``.
#
# Many classes
# ------------
# The scores have a column for each class now. XGBoost doubles the second derivative, and
# keeps it off 0; to meet its results that is done here too. The gradient is cross
# entropy's.


def multinomial(score, data):
    """Gradient and second derivative of the softmax loss."""
    labels = data.get_label().astype(np.intp)
    _, gradient, hessian = fastact.cross_entropy(
        score, labels, reduction="sum", return_grad=True, return_hess=True
    )
    return gradient, np.maximum(2 * hessian, 1e-16)


train, test, y_test = split(load_digits(return_X_y=True))
several = {**common, "num_class": 10}
ours = xgboost.train(
    {**several, "base_score": 0.0, "disable_default_eval_metric": 1},
    train,
    10,
    obj=multinomial,
)
theirs = xgboost.train(
    {**several, "base_score": 0.0, "objective": "multi:softprob"}, train, 10
)

score = ours.predict(test, output_margin=True)
p = fastact.softmax(score)
difference = np.abs(p - theirs.predict(test)).max()
right = (p.argmax(axis=1) == y_test).mean()
print(
    f"ten classes: {right:.1%} right, largest difference from multi:softprob {difference:.1e}"
)
assert difference < 1e-3
assert right > 0.9

# %%
# A rare class
# ------------
# With a class in twenty, easy examples of the other fill the sum. The focal loss lets what is
# right already count less: ``gamma`` says how much, ``alpha`` weighs the classes. Its second
# derivative is negative where an answer is wrong and confident; a tree's step needs it
# positive, so that it is kept off 0. No library has this objective built in.


def focal(score, data):
    """Gradient and second derivative of the focal loss, the latter not below 1e-3."""
    _, gradient, hessian = fastact.sigmoid_focal_loss(
        score,
        data.get_label(),
        alpha=0.5,
        gamma=2.0,
        reduction="sum",
        return_grad=True,
        return_hess=True,
    )
    return gradient, np.maximum(hessian, 1e-3)


rare = make_classification(4000, 20, n_informative=5, weights=[0.95], random_state=0)
train, test, y_test = split(rare)
for name, objective in {"logistic": logistic, "focal": focal}.items():
    ours = xgboost.train(
        {**common, "base_score": 0.0, "disable_default_eval_metric": 1},
        train,
        30,
        obj=objective,
    )
    score = ours.predict(test, output_margin=True)
    precision = average_precision_score(y_test, score)
    print(
        f"rare class, {name}: average precision {precision:.3f}, base rate {y_test.mean():.3f}"
    )
    assert np.isfinite(score).all()
    assert precision > 10 * y_test.mean()

# %%
# LightGBM
# --------
# It takes the same function, of scores and its own matrix of the data. Its built-in
# objective starts at the mean of the labels unless told not to.


def binary(score, data):
    """Gradient and second derivative of the logistic loss."""
    _, gradient, hessian = fastact.binary_cross_entropy_with_logits(
        score, data.get_label(), reduction="sum", return_grad=True, return_hess=True
    )
    return gradient, hessian


x, y = load_breast_cancer(return_X_y=True)
small = {"num_leaves": 7, "num_threads": 1, "verbosity": -1, "boost_from_average": False}
ours = lightgbm.train({**small, "objective": binary}, lightgbm.Dataset(x, y), 20)
theirs = lightgbm.train({**small, "objective": "binary"}, lightgbm.Dataset(x, y), 20)
difference = np.abs(fastact.sigmoid(ours.predict(x)) - theirs.predict(x)).max()
print(f"LightGBM: largest difference from binary {difference:.1e}")
assert difference < 1e-6

# %%
# Is it right?
# ------------
# Before you trust an objective of your own, compare it with the loss it is meant for: the
# gradient is the loss's difference over a small step.

x = np.linspace(-5, 5, 11)
y = (np.arange(11) % 2).astype(float)
step = 1e-5


def loss(x):
    return fastact.binary_cross_entropy_with_logits(x, y, reduction="none")


p = fastact.sigmoid(x)
np.testing.assert_allclose((loss(x + step) - loss(x - step)) / (2 * step), p - y, atol=1e-9)
np.testing.assert_allclose(
    (loss(x + step) - 2 * loss(x) + loss(x - step)) / step**2, p * (1 - p), atol=1e-4
)

figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
x = np.linspace(-6, 6, 241)
p = fastact.sigmoid(x)
axes.plot(x, p - 1, label="gradient of an example that is true, p - 1")
axes.plot(x, p * (1 - p), label="second derivative, p (1 - p)")
axes.set(xlabel="score")
axes.legend()
print("gradient and second derivative are those of the loss")
