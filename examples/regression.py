"""
Logistic regression by gradient descent
=======================================

Logistic and multinomial regression by gradient descent on fused losses.

One call gives the loss and its gradient with respect to the logits; the gradient of the weights is a matrix product
more. Breast cancer (two classes) and digits (ten) come with scikit-learn, whose LogisticRegression is trained on the
same data, with the same penalty, for comparison.
"""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import fastact


def train(x, target, outputs, loss, steps=400, rate=1.0, penalty=1.0):
    """Weights and bias of a linear model by gradient descent with Nesterov's momentum; penalty: scikit-learn's 1/C."""
    parameters = np.zeros((x.shape[1] + 1, *outputs))
    ahead = parameters.copy()
    for step in range(steps):
        logits = x @ ahead[:-1] + ahead[-1]
        _, slope = loss(logits, target, return_grad=True)  # of the mean: divided by the number of rows
        gradient = np.concatenate([x.T @ slope + penalty / len(x) * ahead[:-1], slope.sum(axis=0, keepdims=True)])
        before, parameters = parameters, ahead - rate * gradient
        ahead = parameters + step / (step + 3) * (parameters - before)
    return parameters[:-1], parameters[-1]


def compare(name, data, loss, rate):
    """Train on three quarters of the data, test on the rest; return both models' accuracy there."""
    x, target = data
    x_train, x_test, target_train, target_test = train_test_split(x, target, random_state=0, stratify=target)
    scaler = StandardScaler().fit(x_train)
    x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
    is_binary = target.max() == 1
    weight, bias = train(x_train, target_train, () if is_binary else (target.max() + 1,), loss, rate=rate)

    logits = x_test @ weight + bias
    chosen = logits > 0 if is_binary else logits.argmax(axis=1)
    ours = float((chosen == target_test).mean())
    theirs = LogisticRegression(max_iter=2000).fit(x_train, target_train).score(x_test, target_test)
    print(f"{name:14} {len(x_test)} examples, accuracy {ours:.1%}; LogisticRegression {theirs:.1%}")
    print(f"{'':14} loss there {loss(logits, target_test):.4f}")
    return ours, theirs


def main():
    """Return the accuracies, ours and scikit-learn's, for both data sets."""
    binary, several = fastact.binary_cross_entropy_with_logits, fastact.cross_entropy
    return [
        compare("breast cancer", load_breast_cancer(return_X_y=True), binary, rate=0.3),
        compare("digits", load_digits(return_X_y=True), several, rate=0.3),
    ]


if __name__ == "__main__":
    main()
