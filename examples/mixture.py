"""
A mixture in log space
======================

The densities of a point with many coordinates are products of many small numbers. They
underflow, and their sum is 0: a mixture of them divides 0 by 0. In logarithms nothing
underflows, and the two steps that need a sum of densities are ``logsumexp`` and
``softmax``.

It needs ``scikit-learn``, for the comparison alone.
"""

# %%
# Points of 1,024 coordinates
# ---------------------------
# Three clouds, as many coordinates as a small picture has pixels.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.mixture import GaussianMixture

import fastact

rng = np.random.default_rng(0)
centers = rng.normal(scale=0.2, size=(3, 1024))
cloud = rng.choice(3, size=300, p=[0.5, 0.3, 0.2])
x = centers[cloud] + rng.normal(size=(300, 1024))


def log_joint(x, log_weight, mean, variance):
    """Logarithm of weight times density, of shape (points, clouds)."""
    distance = (x[:, None, :] - mean) ** 2 / variance
    return log_weight - 0.5 * (distance + np.log(2 * np.pi * variance)).sum(axis=2)


start = np.full(3, np.log(1 / 3)), x[[0, 1, 2]], np.full((3, 1024), x.var())
joint = log_joint(x, *start)
print("logarithms of the densities:", np.round(joint[0]))
print("as numbers:", np.exp(joint[0]))
assert (np.exp(joint) == 0).all()

# %%
# Expectation and maximization
# ----------------------------
# Which cloud is a point from? Its densities, divided by their sum: softmax of their
# logarithms. How well does the mixture explain the point? The logarithm of their sum:
# logsumexp.


def e_step(x, *parameters):
    """Responsibilities, and the mean log-likelihood."""
    joint = log_joint(x, *parameters)
    likelihood = fastact.logsumexp(joint).mean()
    return fastact.softmax(joint, out=joint), likelihood


def m_step(x, share):
    """Parameters that fit these responsibilities best."""
    count = share.sum(axis=0)
    mean = share.T @ x / count[:, None]
    variance = share.T @ x**2 / count[:, None] - mean**2 + 1e-6
    return np.log(count / len(x)), mean, variance


parameters, before, course = start, -np.inf, []
for step in range(200):
    share, likelihood = e_step(x, *parameters)
    if step % 5 == 0:
        print(f"step {step}: {likelihood:.6f}")
    assert likelihood > before - 1e-9  # it never falls
    course.append(likelihood)
    if likelihood - before < 1e-9:
        break
    parameters, before = m_step(x, share), likelihood

figure, axes = plt.subplots(figsize=(6, 2.8), layout="constrained")
axes.plot(np.arange(1, len(course)), course[1:], ".-")
axes.set(xlabel="step", ylabel="mean log-likelihood")

assert np.isfinite(share).all()
np.testing.assert_allclose(share.sum(axis=1), 1, rtol=1e-14)

# %%
# As good as scikit-learn's?
# --------------------------
# The same start, the same steps, the same result.

theirs = GaussianMixture(
    3, covariance_type="diag", tol=1e-9, means_init=start[1], max_iter=200
)
theirs.weights_init, theirs.precisions_init = np.full(3, 1 / 3), 1 / start[2]
theirs.fit(x)
print(f"mean log-likelihood: {likelihood:.4f}, scikit-learn's {theirs.score(x):.4f}")
np.testing.assert_allclose(likelihood, theirs.score(x), rtol=1e-6)
np.testing.assert_allclose(share, theirs.predict_proba(x), atol=1e-4)

# %%
# In the usual space none of this is possible: all densities are 0.
#
# An average in log space, such as the likelihood of a sample under several models, is
# logsumexp less the logarithm of how many:

several = fastact.logsumexp(joint[:, :2]) - np.log(2)
np.testing.assert_allclose(
    several, np.logaddexp(joint[:, 0], joint[:, 1]) - np.log(2), rtol=1e-12
)
