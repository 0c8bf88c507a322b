"""
Several labels, or one class
============================

Several labels may hold at once, or exactly one class does: sigmoid for the one, softmax for the other.

The same logits mean different things. softmax shares 1 among the classes of a row; sigmoid answers each label by
itself, and the sum of its answers is the number of labels that a picture is expected to have.
"""

import numpy as np

import fastact

LABELS = ["dog", "cat", "person", "car"]
# a dog and a person; a car alone; nothing that is known
LOGITS = np.array([[3.0, -2.0, 2.5, -4.0], [-3.0, -3.5, -1.0, 4.0], [-3.0, -2.5, -4.0, -3.0]])
HOLDS = np.array([[1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]])


def show(title, table):
    print(f"\n{title}\n{'':10}" + "".join(f"{label:>8}" for label in LABELS) + "     sum")
    for number, row in enumerate(table, 1):
        print(f"picture {number} " + "".join(f"{value:8.3f}" for value in row) + f"{row.sum():8.3f}")


def main():
    """Print both readings of the logits and their losses; return them."""
    each, one = fastact.sigmoid(LOGITS), fastact.softmax(LOGITS)
    show("sigmoid: does this label hold?", each)
    show("softmax: which one class is it?", one)
    print(
        "\nPicture 1 holds two labels: sigmoid finds both, softmax splits 1 between them. Picture 3 holds none: sigmoid"
        "\nsays so, softmax must name one. A row of softmax always sums to 1, however small all its logits are."
    )

    loss = fastact.binary_cross_entropy_with_logits(LOGITS, HOLDS, reduction="none")
    show("loss of each label", loss)
    # labels that are rare among the examples may be given more weight where they hold
    weighted = fastact.binary_cross_entropy_with_logits(LOGITS, HOLDS, pos_weight=[1, 1, 5, 1], reduction="none")
    print(f"\nperson in picture 1: {loss[0, 2]:.3f}, with pos_weight 5 for persons {weighted[0, 2]:.3f}")
    single = fastact.cross_entropy(LOGITS[1:2], [3])
    print(f"picture 2 as one class, car: cross_entropy {single:.4f}")
    return each, one, loss, weighted, single


if __name__ == "__main__":
    main()
