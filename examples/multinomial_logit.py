"""
Multinomial logit with a base class
===================================

Statisticians estimate how people choose: car, train or bicycle, by distance and age.
Softmax counts differences only, so adding a number to all scores changes nothing, and not
all coefficients can be known. One class, the **base**, gets score 0. All coefficients are
then about another class against it. That is one column of zeros before softmax.

It needs ``scikit-learn``, for the comparison alone.
"""

# %%
# Choices
# -------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression

import fastact

names, features = ["car", "train", "bicycle"], ["constant", "distance", "age"]
rng = np.random.default_rng(0)
x = np.column_stack([np.ones(3000), rng.exponential(size=3000), rng.normal(size=3000)])
# of train and bicycle, against the car
truth = np.array([[-0.5, 0.4, 0.2], [1.0, -1.5, -0.6]])


def scores(coefficients):
    """Of all classes; that of the base is 0."""
    return np.concatenate([np.zeros((len(x), 1)), x @ coefficients.T], axis=1)


choice = (scores(truth) + rng.gumbel(size=(3000, 3))).argmax(axis=1)
print({name: int(count) for name, count in zip(names, np.bincount(choice), strict=True)})

# %%
# Newton's steps
# --------------
# Gradient and loss come from one call. Of the gradient the base's column is dropped, for
# its score does not move. The second derivative is made of p, for each pair of classes: p_j
# (1 if j = k else 0) - p_j p_k.

coefficients = np.zeros((2, 3))
for step in range(20):
    z = scores(coefficients)
    loss, slope = fastact.cross_entropy(z, choice, reduction="sum", return_grad=True)
    gradient = slope[:, 1:].T @ x
    p = fastact.softmax(z, out=z)[:, 1:]
    pairs = np.einsum("nj,jk->njk", p, np.eye(2)) - p[:, :, None] * p[:, None, :]
    hessian = np.einsum("njk,na,nb->jakb", pairs, x, x).reshape(6, 6)
    coefficients -= np.linalg.solve(hessian, gradient.ravel()).reshape(2, 3)
    print(f"step {step}: log-likelihood {-loss:.4f}")
    if np.abs(gradient).max() < 1e-8:
        break

# %%
# A table
# -------
# The inverse of the second derivative has the variances of the estimates. exp of a
# coefficient is what it does to the odds against the base: a distance longer by 1
# multiplies the odds of the bicycle by 0.2.

error = np.sqrt(np.diag(np.linalg.inv(hessian))).reshape(2, 3)
for name, row, row_error in zip(names[1:], coefficients, error, strict=True):
    for feature, value, e in zip(features, row, row_error, strict=True):
        print(f"{name:8} {feature:9} {value:7.3f} +- {e:.3f}   odds x {np.exp(value):.2f}")
assert (np.abs(coefficients - truth) < 4 * error).all()

# %%
# Probabilities at the mean age, by distance:

distance = np.linspace(0, 4, 100)
someone = np.column_stack([np.ones(100), distance, np.zeros(100)])
share = fastact.softmax(np.column_stack([np.zeros(100), someone @ coefficients.T]))
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.stackplot(distance, share.T, labels=names, alpha=0.7)
axes.set(xlabel="distance", ylabel="share", xlim=(0, 4), ylim=(0, 1))
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))

# %%
# The same as others?
# -------------------
# scikit-learn gives every class its coefficients; the differences from the base are these.

theirs = (
    LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000)
    .fit(x, choice)
    .coef_
)
np.testing.assert_allclose(coefficients, theirs[1:] - theirs[0], atol=1e-4)
print(
    f"largest difference from scikit-learn: {np.abs(coefficients - (theirs[1:] - theirs[0])).max():.1e}"
)
