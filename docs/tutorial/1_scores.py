"""
1. From scores to probabilities
===============================

A linear model gives what it looks at a **score**: a sum of weights, any number from minus
to plus infinity. A decision wants a **probability**, between 0 and 1. This page goes from
one to the other.
"""

# %%
# A score is a sum
# ----------------
# A filter looks for three things in a mail: how often it says *free*, how many links it
# has, and whether it answers a mail of yours. Each has a weight.

import matplotlib.pyplot as plt
import numpy as np

import fastact

mails = np.array([[3, 2, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]])  # free, links, an answer
weight = np.array([1.0, 0.5, -3.0])
score = mails @ weight - 1.0
print(score)

# %%
# Odds, and their logarithm
# -------------------------
# People who bet do not say "probability 0.75", they say "3 to 1": of four such cases three
# go one way and one the other. The **odds** are p / (1 - p). They run from 0 to infinity,
# and their logarithm from minus to plus infinity, as scores do. This logarithm is called
# the **logit**.

p = np.array([0.01, 0.25, 0.5, 0.75, 0.99])
print("probability", p)
print("odds       ", np.round(p / (1 - p), 2))
print("logit      ", np.round(fastact.logit(p), 2))

# %%
# So the model's score is read as a logit. Adding to the score then multiplies the odds:
# each *free* in a mail adds 1 to the score, and multiplies the odds by exp(1) = 2.7. A
# logit of 0 is "one to one", a probability of one half.
#
# The **sigmoid** is the way back, from a logit to its probability: 1 / (1 + exp(-x)).

probability = fastact.sigmoid(score)
print(np.round(probability, 3))
np.testing.assert_allclose(fastact.logit(probability), score, rtol=1e-12)
np.testing.assert_allclose(probability / (1 - probability), np.exp(score), rtol=1e-12)

# %%
# Each is the other's mirror image at the diagonal:

x, p = np.linspace(-6, 6, 301), np.linspace(0.0025, 0.9975, 301)
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
left.plot(p, fastact.logit(p))
left.set(title="logit: its score", xlabel="probability", ylabel="score", ylim=(-6, 6))
right.plot(x, fastact.sigmoid(x))
right.set(
    title="sigmoid: its probability", xlabel="score", ylabel="probability", ylim=(0, 1)
)

# %%
# Two players
# -----------
# Two chess players have strengths a and b. How probable is it that the first one wins? An
# old and good answer gives each player exp(strength) lots and draws one: exp(a) / (exp(a) +
# exp(b)). That is **softmax** of two numbers. Divide above and below by exp(a), and it is
# the sigmoid of the difference a - b. Only the difference counts.

a, b = 1.2, 0.4
print("softmax of both          ", fastact.softmax([a, b]))
print("sigmoid of the difference", fastact.sigmoid(a - b))
np.testing.assert_allclose(fastact.softmax([a, b])[0], fastact.sigmoid(a - b), rtol=1e-14)

# %%
# Many players: softmax
# ---------------------
# With more players nothing changes: every score x gets exp(x) lots, and their sum divides
# them. All are between 0 and 1 and they sum to 1. In fastact each row is shared out by
# itself; the last axis is the default.

scores = np.array([[2.0, 1.0, 0.1], [0.0, 0.0, 0.0], [5.0, 1.0, -3.0]])
share = fastact.softmax(scores)
print(np.round(share, 3))
print("sums:", share.sum(axis=1))

# %%
# Why the maximum is taken off
# ----------------------------
# Only differences count, so the same number may be added to a whole row. The formula as it
# stands does not know that: exp(1000) is more than any float64 can hold, and infinity /
# infinity is not a number.


def plain_softmax(x):
    """The formula."""
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)


large = scores + 1000
with np.errstate(over="ignore", invalid="ignore"):
    print("the formula:", plain_softmax(large)[0])
print("fastact:    ", fastact.softmax(large)[0])
np.testing.assert_allclose(fastact.softmax(large), fastact.softmax(scores), rtol=1e-13)
assert np.isnan(fastact.softmax(large)).sum() == 0

# %%
# So one takes the row's largest number off first. Then the largest exp is exp(0) = 1,
# nothing overflows, and the sum is at least 1. fastact does so in the same pass over the
# data. The sigmoid has the same trouble, exp(-x) overflows for large negative x, and
# fastact has an answer for that too: there is no number for which it warns or gives nan.

print(fastact.sigmoid([-1000.0, -100.0, 0.0, 100.0, 1000.0]))

# %%
# How sure
# --------
# Differences count, so a factor in front of the scores matters: a large one makes the best
# player all but certain, a small one makes all alike. One over that factor is called the
# **temperature**. It is softmax's ``scale``, and costs no array of its own.

for temperature in (0.25, 1.0, 4.0):
    print(
        f"temperature {temperature:4}:",
        np.round(fastact.softmax(scores[0], scale=1 / temperature), 3),
    )
