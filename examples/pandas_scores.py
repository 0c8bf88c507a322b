"""
pandas: scores with labels
==========================

A table of scores, with the names of the classes on its columns and those of the customers
on its rows, becomes a table of probabilities with the same names. Tables whose names do not
fit each other are refused.

It needs ``pandas``.
"""

# %%
# A frame in, a frame out
# -----------------------

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import fastact

scores = pd.DataFrame(
    {
        "stays": [2.0, 0.5, -1.0, 3.0],
        "leaves": [0.0, 1.5, 2.0, -1.0],
        "asks": [-1.0, 1.0, 0.5, 0.0],
    },
    index=["Ada", "Ben", "Cem", "Dora"],
)
probability = fastact.softmax(scores, axis=1)
print(probability.round(3))
assert isinstance(probability, pd.DataFrame)
assert probability.columns.equals(scores.columns)
np.testing.assert_allclose(probability.sum(axis=1), 1)

# %%
# Decisions keep the names:

print(probability.idxmax(axis=1))
figure, axes = plt.subplots(figsize=(6, 2.4), layout="constrained")
probability.plot.barh(stacked=True, ax=axes)
axes.invert_yaxis()
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))

print(probability.query("leaves > 0.4").index.tolist())

# %%
# A column by itself, through pandas' ``assign`` or ``pipe``, as any ufunc of NumPy:

print(scores.assign(leaves=fastact.sigmoid(scores["leaves"]))["leaves"].round(3).to_dict())

# %%
# Losses align by name
# --------------------
# What happened comes from another table, in another order. Rows are matched by their names;
# a customer who is missing is an error, not a shift of all that follow.

happened = pd.Series({"Dora": 0, "Cem": 1, "Ben": 2, "Ada": 0})  # the number of the column
loss = fastact.cross_entropy(scores, happened, reduction="none")
print(loss.round(3))
for name in scores.index:
    np.testing.assert_allclose(
        loss[name], -np.log(probability.loc[name].iloc[happened[name]])
    )

try:
    fastact.cross_entropy(scores, happened.drop("Cem"))
except ValueError as error:
    print(error)
else:
    raise AssertionError("a customer is missing")

# %%
# Groups
# ------
# Each basket is a choice of its own: softmax within groups. ``transform`` hands over one
# group at a time.

offers = pd.DataFrame({"basket": [1, 1, 1, 2, 2], "utility": [0.5, 1.0, -0.5, 2.0, 1.0]})
offers["share"] = offers.groupby("basket")["utility"].transform(
    lambda u: fastact.softmax(u.to_numpy())
)
print(offers.round(3))
np.testing.assert_allclose(offers.groupby("basket")["share"].sum(), 1)
