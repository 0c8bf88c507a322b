"""
Logits of a language model
==========================

A language model, or the server that runs it, gives one logit for each token of its
vocabulary. This page draws the next token with temperature, mask, top-k and top-p, and
reads log-probabilities and perplexity.
"""

# %%
# Four positions, 32,000 tokens
# -----------------------------
# Random logits, of which a few are much larger: as those of a model are.

import matplotlib.pyplot as plt
import numpy as np

import fastact

rng = np.random.default_rng(0)
logits = 2 * rng.normal(size=(4, 32_000)).astype(np.float32)
favoured = rng.integers(32_000, size=(4, 12))
np.put_along_axis(
    logits, favoured, 10 + 2 * rng.normal(size=favoured.shape).astype(np.float32), axis=1
)

# %%
# Temperature
# -----------
# The logits are divided by it before softmax: ``scale`` does that within the call. Below 1
# the best tokens gain, above 1 the many others. At temperature 0 the best token alone is
# left: that is ``argmax``, no softmax.

figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for temperature in (0.5, 1.0, 1.5):
    p = fastact.softmax(logits[0], scale=1 / temperature)
    axes.semilogy(np.sort(p)[::-1][:100], label=f"temperature {temperature}")
axes.set(xlabel="tokens, the most probable first", ylabel="probability")
axes.legend()

cold = fastact.softmax(logits, scale=1 / 0.001)
np.testing.assert_allclose(cold.max(axis=1), 1)
assert (cold.argmax(axis=1) == logits.argmax(axis=1)).all()

# %%
# A mask
# ------
# A grammar, a list of legal moves or a JSON schema allows some tokens only. ``where`` keeps
# them: the others have probability 0 exactly, and nothing is copied. If it allows nothing
# in a row, the row is 0 and not nan.

allowed = np.zeros(32_000, dtype=bool)
allowed[:1000] = True
p = fastact.softmax(logits, where=allowed)
print("sums", p.sum(axis=1), " of the others", p[:, 1000:].sum())
np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
assert (p[:, 1000:] == 0).all()
assert (fastact.softmax(logits, where=np.zeros(32_000, dtype=bool)) == 0).all()

# %%
# Top-k
# -----
# The k best tokens share the whole. softmax of the k logits alone does it; the other 31,960
# need no exp.

k = 40
best = np.argpartition(logits, -k, axis=1)[:, -k:]
best_logits = np.take_along_axis(logits, best, axis=1)
p = fastact.softmax(best_logits, scale=1 / 0.8)
print(p.shape, "the best:", np.round(p.max(axis=1), 3))

# %%
# Top-p takes the smallest set of tokens whose probabilities reach p in sum. min-p, which is
# simpler, takes those at least 0.05 times as probable as the best one: that is a question
# to the logits, a difference of log(0.05).

order = np.argsort(-p, axis=1)
sorted_p = np.take_along_axis(p, order, axis=1)
in_nucleus = np.cumsum(sorted_p, axis=1) - sorted_p < 0.9
print("tokens that make 90 %:", in_nucleus.sum(axis=1))
print(
    "tokens of min-p 0.05: ",
    (logits >= logits.max(axis=1, keepdims=True) + np.log(0.05)).sum(axis=1),
)

# %%
# Drawing one
# -----------
# ``Generator.multinomial`` refuses float32 probabilities now and then, for their sum is 1
# only nearly. A draw that needs no probabilities at all: add noise of Gumbel's distribution
# to the logits, and the largest one wins, each as often as softmax says.


def draw(logits, temperature=1.0):
    """One of each row."""
    return (logits / temperature + rng.gumbel(size=logits.shape)).argmax(axis=-1)


token = np.take_along_axis(best, draw(best_logits, 0.8)[:, None], axis=1)[:, 0]
print("drawn:", token)

drawn = draw(np.broadcast_to(best_logits[0], (20_000, k)), 0.8)
share = np.bincount(drawn, minlength=k) / len(drawn)
np.testing.assert_allclose(share, p[0], atol=0.015)

# %%
# Log-probabilities
# -----------------
# What did the model think of the tokens that came? The logarithm of their probabilities,
# from the logits: a token's logit less the row's logsumexp. No array of the size of the
# vocabulary is made.

tokens = np.array([favoured[0, 0], favoured[1, 0], 5, 7])
log_p = -fastact.cross_entropy(logits, tokens, reduction="none")
print("log-probabilities", np.round(log_p, 2))
np.testing.assert_allclose(
    log_p, logits[np.arange(4), tokens] - fastact.logsumexp(logits), rtol=1e-5
)
np.testing.assert_allclose(
    log_p, fastact.log_softmax(logits)[np.arange(4), tokens], rtol=1e-5
)

# %%
# Perplexity is exp of their mean, without its sign: between how many tokens the model
# hesitated.

print(f"perplexity {np.exp(fastact.cross_entropy(logits, tokens)):.0f}")
np.testing.assert_allclose(
    np.exp(fastact.cross_entropy(logits, tokens)), np.exp(-log_p.mean()), rtol=1e-4
)
