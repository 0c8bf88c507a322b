"""
2. Sigmoid or softmax, and the decision
=======================================

The same scores mean different things. Which function reads them depends on the question:
does *each* of these labels hold, or *which one* of these classes is it?
"""

# %%
# A picture is scored for four things.

import matplotlib.pyplot as plt
import numpy as np

import fastact

names = ["dog", "cat", "person", "car"]
scores = np.array(
    [
        [3.0, -2.0, 2.5, -4.0],  # a dog and a person
        [-3.0, -3.5, -1.0, 4.0],  # a car
        [-3.0, -2.5, -4.0, -3.0],  # nothing that is known
    ]
)

# %%
# The sums tell them apart
# ------------------------
# **Multi-label**: several labels may hold at once, or none. The sigmoid answers for each
# label by itself. The sum of its answers is the number of labels that are expected to hold.
#
# **Multi-class**: exactly one class is right. softmax shares 1 among the classes, however
# small all the scores are.

each, one = fastact.sigmoid(scores), fastact.softmax(scores)
for title, table in (("sigmoid", each), ("softmax", one)):
    print(f"{title:10}" + "".join(f"{name:>8}" for name in names) + "     sum")
    for number, row in enumerate(table, 1):
        print(
            f"picture {number} "
            + "".join(f"{value:8.3f}" for value in row)
            + f"{row.sum():8.3f}"
        )

# %%
# Picture 1 holds two labels: the sigmoid finds both, softmax splits 1 between them. Picture
# 3 holds none: the sigmoid says so, softmax has to name one.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(8, 3), layout="constrained", sharey=True
)
for axes, title, table in ((left, "sigmoid", each), (right, "softmax", one)):
    for number, row in enumerate(table):
        axes.bar(
            np.arange(4) + 0.27 * (number - 1),
            row,
            width=0.25,
            label=f"picture {number + 1}",
        )
    axes.set_xticks(range(4), names)
    axes.set_title(title)
left.set_ylabel("probability")
right.legend()

assert each[0].sum() > 1.5
assert each[2].sum() < 0.5
np.testing.assert_allclose(one.sum(axis=1), 1, rtol=1e-15)

# %%
# From a probability to a decision
# --------------------------------
# One class: take the largest. softmax keeps the order, so the scores alone decide *which*;
# the probability says how sure.

best = scores.argmax(axis=1)
for number, (k, row) in enumerate(zip(best, one, strict=True), 1):
    print(f"picture {number}: {names[k]}, {row[k]:.2f}")
np.testing.assert_array_equal(best, one.argmax(axis=1))

# %%
# Labels: take those above a threshold. One half is a habit, not a law. Where a false alarm
# costs 1 and a miss costs 4, a label is worth naming as soon as 4 p > 1 - p, that is p >
# 1/5.

alarm, miss = 1.0, 4.0
threshold = alarm / (alarm + miss)
for number, row in enumerate(each, 1):
    print(
        f"picture {number}:",
        [name for name, p in zip(names, row, strict=True) if p > threshold],
    )

# %%
# The sigmoid keeps the order as well. A threshold of probabilities is therefore a threshold
# of scores, and of a million scores none needs to be turned into a probability to be
# dropped:

np.testing.assert_array_equal(each > threshold, scores > fastact.logit(threshold))
print(f"p > {threshold} is score > {fastact.logit(threshold):.3f}")

# %%
# May it say "I don't know"? Then refuse what is below a level: softmax of picture 3 is at
# most 0.41, and a rule of 0.6 sends it to a person.

for number, row in enumerate(one, 1):
    print(f"picture {number}:", names[row.argmax()] if row.max() > 0.6 else "to a person")
assert one[2].max() < 0.6
