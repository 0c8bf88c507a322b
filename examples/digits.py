"""
Probabilities from a linear model's scores
==========================================

Class probabilities of scikit-learn's digits from a linear model's logits.

A scoring service often has the logits alone: from a file of weights, or from a remote model. Here they come from a
logistic regression, so that the result can be compared with predict_proba.
"""

import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import fastact


def best_time(f, rounds=200):
    """The shortest of many runs, in seconds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        f()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    """Compare probabilities and times; return the largest difference."""
    x, digit = load_digits(return_X_y=True)
    x = x / 16
    x_train, x_test, digit_train, digit_test = train_test_split(x, digit, random_state=0)
    model = LogisticRegression(max_iter=1000).fit(x_train, digit_train)

    logits = x_test @ model.coef_.T + model.intercept_
    probability = fastact.softmax(logits)  # one row per image, one column per digit
    difference = float(np.abs(probability - model.predict_proba(x_test)).max())
    correct = (probability.argmax(axis=1) == digit_test).mean()

    print(f"{len(x_test)} images, {correct:.1%} recognised; largest difference from predict_proba: {difference:.1e}")
    print(f"predict_proba      {best_time(lambda: model.predict_proba(x_test)) * 1e6:8.1f} us")
    print(f"logits             {best_time(lambda: x_test @ model.coef_.T + model.intercept_) * 1e6:8.1f} us")
    print(f"softmax of logits  {best_time(lambda: fastact.softmax(logits)) * 1e6:8.1f} us")
    return difference


if __name__ == "__main__":
    main()
