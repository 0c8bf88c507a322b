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
# The best tokens and their probabilities, largest first. Each is divided by the sum over all
# 32,000; the softmax of them all is stored nowhere.

k = 40
p, best = fastact.top_k(logits, k, scale=1 / 0.8)
print(p.shape, "the best:", np.round(p[:, 0], 3), " in sum:", np.round(p.sum(axis=1), 3))
np.testing.assert_array_equal(best[:, 0], logits.argmax(axis=1))

# %%
# Top-p takes the smallest set of tokens whose probabilities reach p in sum. min-p, which is
# simpler, takes those at least 0.05 times as probable as the best one.

share = p / p.sum(axis=1, keepdims=True)
in_nucleus = np.cumsum(share, axis=1) - share < 0.9
print("tokens that make 90 %:", in_nucleus.sum(axis=1))
print("tokens of min-p 0.05: ", (p >= 0.05 * p[:, :1]).sum(axis=1))

# %%
# Drawing one
# -----------
# ``sample`` does all of this in one call and draws: temperature, a mask if there is one, then
# the filters. The same generator draws the same tokens on every machine.
# ``Generator.multinomial`` refuses float32 probabilities now and then, for their sum is 1
# only nearly.

token = fastact.sample(logits, rng, scale=1 / 0.8, top_k=k, top_p=0.9, min_p=0.05)
print("drawn:", token)
np.testing.assert_array_equal(
    fastact.sample(logits, rng, scale=np.inf), logits.argmax(axis=1)
)

drawn = fastact.sample(logits[0], rng, size=20_000, scale=1 / 0.8, top_k=k)
found = np.bincount(drawn, minlength=logits.shape[1])[best[0]] / len(drawn)
np.testing.assert_allclose(found, share[0], atol=0.015)

# %%
# Log-probabilities
# -----------------
# What did the model think of the tokens that came? The logarithm of their probabilities,
# from the logits: a token's logit less the row's logsumexp. No array of the size of the
# vocabulary is made. ``cross_entropy`` is their mean without its sign, and gives the gradient.

tokens = np.array([favoured[0, 0], favoured[1, 0], 5, 7])
log_p = fastact.log_prob(logits, tokens)
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
