"""
A YOLO detection head
=====================

A detector of the YOLOv8 family answers for each of its cells with a row of numbers: four
times 16 that say where the sides of a box are, and one logit for each class. Few cells hold
anything. So the order of work matters: first drop cells, by their logits, then compute
probabilities and boxes for those that are left.
"""

# %%
# An output
# ---------
# An image of 640 pixels has 80 x 80 cells of 8 pixels, 40 x 40 of 16 and 20 x 20 of 32:
# 8,400 columns. A real model's output has this shape, (4 * 16 + classes, cells), and a
# batch axis in front. Here three objects are put into noise.

import matplotlib.pyplot as plt
import numpy as np

import fastact

BINS, CLASSES = 16, 80
rng = np.random.default_rng(0)

points, strides = [], []
for stride in (8, 16, 32):
    middle = np.arange(640 // stride) + 0.5
    points.append(np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2))
    strides.append(np.full(len(middle) ** 2, stride))
points, strides = (
    np.concatenate(points).astype(np.float32),
    np.concatenate(strides).astype(np.float32),
)

head = rng.normal(size=(4 * BINS + CLASSES, len(points))).astype(np.float32)
head[4 * BINS :] -= 8  # "nothing here" nearly everywhere

# cell, class, its logit, distance to the left, top, right and bottom side in strides
planted = [
    (900, 0, 3.0, [2.0, 3.0, 2.5, 6.0]),
    (7218, 16, 1.5, [5.5, 4.0, 6.0, 3.0]),
    (8305, 2, 0.0, [3.0, 2.0, 3.5, 2.0]),
]
for cell, k, logit, sides in planted:
    head[4 * BINS + k, cell] = logit
    # a side between two bins is shared by both
    near = np.abs(np.arange(BINS) - np.array(sides)[:, None])
    head[: 4 * BINS, cell] = (12 * (1 - near) * (near < 1) - 12 * (near >= 1)).ravel()
print(head.shape)

# %%
# First drop, then compute
# ------------------------
# Each class has a sigmoid of its own. The sigmoid keeps the order, so "p > 0.25" is a
# question to the logits: 672,000 of them are compared with one number, and the sigmoid is
# taken of three.

boxes, classes = head[: 4 * BINS], head[4 * BINS :]  # views
kept = np.flatnonzero(classes.max(axis=0) > fastact.logit(0.25))
label = classes[:, kept].argmax(axis=0)
probability = fastact.sigmoid(classes[label, kept])
print("cells ", kept)
print("labels", label)
print("p     ", np.round(probability, 3))
assert kept.tolist() == [cell for cell, *_ in planted]
np.testing.assert_allclose(
    probability, [1 / (1 + np.exp(-logit)) for _, _, logit, _ in planted], rtol=1e-6
)

# %%
# Where all probabilities are wanted, the sigmoid of the slice goes over it in
# place: ``fastact.sigmoid(classes, out=classes)``. A slice of a larger array needs no copy.

everything = head.copy()
fastact.sigmoid(everything[4 * BINS :], out=everything[4 * BINS :])
np.testing.assert_array_equal(everything[4 * BINS + label, kept], probability)
np.testing.assert_array_equal(everything[: 4 * BINS], boxes)

# %%
# Boxes
# -----
# Each side's distance is given as 16 logits, a distribution over 0 to 15 strides
# ("distribution focal loss"). Its expectation is the distance: softmax along the bins,
# times 0 to 15, summed.


def decode(logits, cells):
    """Corners (x1, y1, x2, y2) in pixels, of logits of shape (64, cells)."""
    weight = fastact.softmax(logits.reshape(4, BINS, -1), axis=1)
    sides = np.einsum("sbn,b->ns", weight, np.arange(BINS, dtype=np.float32))
    corners = np.concatenate(
        [points[cells] - sides[:, :2], points[cells] + sides[:, 2:]], axis=1
    )
    return corners * strides[cells, None]


found = decode(boxes[:, kept], kept)
print(np.round(found, 1))
for (cell, _, _, sides), corners in zip(planted, found, strict=True):
    want = (np.tile(points[cell], 2) + np.array([-1, -1, 1, 1]) * sides) * strides[cell]
    np.testing.assert_allclose(corners, want, atol=0.5)

# %%
# The middle cell's bottom side is 3 strides away, which one bin says. Its left side, 5.5 strides, is
# between two bins, and they share it.

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
for (x1, y1, x2, y2), k, p in zip(found, label, probability, strict=True):
    left.add_patch(
        plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=f"C{k % 5}")
    )
    left.text(x1, y1 - 6, f"class {k}: {p:.2f}", color=f"C{k % 5}")
left.set(xlim=(0, 640), ylim=(640, 0), aspect="equal", title="boxes")
weight = fastact.softmax(boxes[:, kept[1]].reshape(4, BINS), axis=1)
for row, side in zip((0, 3), ("left", "bottom"), strict=True):
    right.bar(np.arange(BINS) + 0.2 * row - 0.3, weight[row], width=0.5, label=side)
right.set(xlabel="strides", title="where two sides of the middle box are")
right.legend()

# %%
# From here the overlapping ones are dropped (non-maximum suppression), which has nothing to
# do with activations.
#
# The same from int8
# ------------------
# A quantized model gives bytes, a scale and a zero point: x = scale * (q - zero). There are
# 256 different bytes, so 256 sigmoids are all there is to compute.

scale, zero = np.float32(0.125), 20
quantized = np.clip(np.round(head / scale) + zero, -128, 127).astype(np.int8)

table = fastact.sigmoid(scale * (np.arange(-128, 128, dtype=np.float32) - zero))
class_bytes = quantized[4 * BINS :]
kept8 = np.flatnonzero(class_bytes.max(axis=0) > fastact.logit(0.25) / scale + zero)
probability8 = table[class_bytes[label, kept8].astype(np.intp) + 128]
print("p     ", np.round(probability8, 3))
assert kept8.tolist() == kept.tolist()
# a step of the bytes is 1/8, and the sigmoid's slope 1/4 at most
np.testing.assert_allclose(probability8, probability, atol=scale / 4)

# %%
# softmax takes the scale itself, and the zero point cancels: it is the same for a whole
# row. So bytes become probabilities in one call.

weight = fastact.softmax(
    quantized[: 4 * BINS, kept].reshape(4, BINS, -1), axis=1, scale=scale, dtype=np.float32
)
sides = np.einsum("sbn,b->ns", weight, np.arange(BINS, dtype=np.float32))
print(np.round(sides, 2))
np.testing.assert_allclose(sides, [sides for *_, sides in planted], atol=0.05)
