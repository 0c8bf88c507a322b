"""
A hidden Markov model in log space
==================================

A dealer has a fair die and a loaded one, and changes them now and then. Which one was it,
at each throw? The forward and backward sums over all paths are products of as many factors
as there were throws: in logarithms they are ``logsumexp``, and its ``bias`` adds the
transitions within the call.
"""

# %%
# The model
# ---------

import itertools

import matplotlib.pyplot as plt
import numpy as np

import fastact

log_start = np.log([0.5, 0.5])
log_change = np.log([[0.97, 0.03], [0.08, 0.92]])  # from (row) to (column)
log_face = np.log([[1 / 6] * 6, [0.1, 0.1, 0.1, 0.1, 0.1, 0.5]])

rng = np.random.default_rng(2)
loaded = np.zeros(2000, dtype=int)
for t in range(1, len(loaded)):
    loaded[t] = rng.random() < np.exp(log_change[loaded[t - 1], 1])
faces = np.array([rng.choice(6, p=np.exp(log_face[die])) for die in loaded])

# %%
# Forward and backward
# --------------------
# ``forward[t, j]`` is the logarithm of the probability of all throws up to t with die j in
# the hand. To come to j one comes from any i: a sum over i, of forward[t - 1, i] plus the
# transition. That is logsumexp of the transitions along their rows, with a bias that is a
# column.


def forward_pass(faces):
    result = np.empty((len(faces), 2))
    result[0] = log_start + log_face[:, faces[0]]
    for t in range(1, len(faces)):
        arrive = fastact.logsumexp(log_change, axis=0, bias=result[t - 1][:, None])
        result[t] = arrive + log_face[:, faces[t]]
    return result


def backward_pass(faces):
    result = np.zeros((len(faces), 2))
    for t in reversed(range(len(faces) - 1)):
        result[t] = fastact.logsumexp(
            log_change, bias=result[t + 1] + log_face[:, faces[t + 1]]
        )
    return result


forward, backward = forward_pass(faces), backward_pass(faces)
log_likelihood = fastact.logsumexp(forward[-1])
print(
    f"log-likelihood of {len(faces)} throws: {log_likelihood:.2f}; as a number: {np.exp(log_likelihood)}"
)
assert np.exp(log_likelihood) == 0
# the same at any throw
np.testing.assert_allclose(
    fastact.logsumexp(forward + backward), log_likelihood, rtol=1e-12
)

# %%
# Which die?
# ----------
# At each throw softmax shares 1 between the two.

posterior = fastact.softmax(forward + backward)[:, 1]
figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
axes.fill_between(
    range(400),
    loaded[:400],
    color="C6",
    alpha=0.3,
    step="mid",
    label="the loaded die, in truth",
)
axes.plot(posterior[:400], label="its probability")
axes.set(xlabel="throw")
axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)

right = ((posterior > 0.5) == loaded).mean()
print(f"{right:.1%} of the throws are given to the right die")
assert right > 0.75

# %%
# Is it right?
# ------------
# Eight throws have 256 paths. Add all of them up.

few = faces[:8]
paths = np.array(list(itertools.product([0, 1], repeat=8)))
log_paths = (
    log_start[paths[:, 0]]
    + log_change[paths[:, :-1], paths[:, 1:]].sum(axis=1)
    + log_face[paths, few].sum(axis=1)
)
want = np.log(np.exp(log_paths).sum())
np.testing.assert_allclose(fastact.logsumexp(forward_pass(few)[-1]), want, rtol=1e-12)

weight = fastact.softmax(log_paths)
got = fastact.softmax(forward_pass(few) + backward_pass(few))[:, 1]
np.testing.assert_allclose(got, weight @ paths, rtol=1e-12)
print("the sums over all 256 paths of eight throws are the same")
