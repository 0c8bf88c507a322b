"""scikit-learn's own fused losses, compiled: loss and gradient from one pass. Not part of its public interface."""

# mypy: ignore-errors

import numpy as np


def functions(threads):
    from sklearn._loss.loss import HalfBinomialLoss, HalfMultinomialLoss

    multinomial, binomial = {}, HalfBinomialLoss()

    def cross_entropy(logits, labels):
        n, classes = logits.shape
        loss = multinomial.setdefault(classes, HalfMultinomialLoss(n_classes=classes))
        each, gradient = loss.loss_gradient(labels.astype(logits.dtype), logits, n_threads=threads)
        gradient *= logits.dtype.type(1 / n)
        return each.mean(), gradient

    def bce(x, t):
        each, gradient = binomial.loss_gradient(t, x, n_threads=threads)
        gradient *= x.dtype.type(1 / len(x))
        return np.mean(each), gradient

    return {"cross_entropy with gradient": cross_entropy, "binary_cross_entropy_with_logits with gradient": bce}
