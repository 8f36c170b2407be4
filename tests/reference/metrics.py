"""Writes metrics.json: figures of scikit-learn (1.2.1) for made-up answers; not part of the build.

Run it as python3 metrics.py > metrics.json. scikit-learn clips probabilities at 2.2e-16, so no case
goes below; log_loss of labels is the mean of its log_loss over the labels.
"""
import json
import warnings

import numpy as np
from sklearn import metrics as m

warnings.simplefilter("ignore")
random = np.random.RandomState(1)


def rates(actual, answered, labels):
    return [list(x) for x in m.precision_recall_fscore_support(
        actual, answered, labels=labels, zero_division=0)[:3]]


def auc(actual, score):
    return m.roc_auc_score(actual, score) if len(set(actual)) == 2 else None


def of_classes(actual, Y):
    n = Y.shape[1]
    answered = Y.argmax(1)
    probable = (Y >= 0).all() and (Y.sum(1) > 0).all()
    P = Y / Y.sum(1, keepdims=True) if probable else None
    precision, recall, f1 = rates(actual, answered, range(n))
    figures = {
        "accuracy": m.accuracy_score(actual, answered),
        "balanced_accuracy": m.balanced_accuracy_score(actual, answered),
        "log_loss": m.log_loss(actual, P, labels=range(n)) if probable else None,
        "precision": precision, "recall": recall, "f1": f1}
    if n == 2:
        figures["roc_auc"] = [auc(actual, P[:, 1] if probable else Y[:, 1] - Y[:, 0])]
    return figures


def of_labels(T, Y):
    answered = (Y >= 0.5).astype(int)
    columns = range(T.shape[1])
    each = [rates(T[:, j], answered[:, j], [1]) for j in columns]
    precision, recall, f1 = [[x[i][0] for x in each] for i in range(3)]
    probable = ((Y >= 0) & (Y <= 1)).all()
    return {
        "accuracy": m.accuracy_score(T, answered),
        "balanced_accuracy": np.mean([m.balanced_accuracy_score(T[:, j], answered[:, j])
                                      for j in columns]),
        "log_loss": np.mean([m.log_loss(T[:, j], np.c_[1 - Y[:, j], Y[:, j]], labels=[0, 1])
                             for j in columns]) if probable else None,
        "precision": precision, "recall": recall, "f1": f1,
        "roc_auc": [auc(T[:, j], Y[:, j]) for j in columns]}


def of_numbers(T, Y):
    return {"r2": [m.r2_score(t, y) if len(set(t)) > 1 else None for t, y in zip(T.T, Y.T)],
            "rmse": [m.mean_squared_error(t, y) ** 0.5 for t, y in zip(T.T, Y.T)],
            "mae": [m.mean_absolute_error(t, y) for t, y in zip(T.T, Y.T)]}


def case(name, kind, T, Y):
    T, Y = np.asarray(T, float), np.asarray(Y, float)
    constant = np.tile(T.mean(0), (len(T), 1))
    of = {"classes": lambda A: of_classes(T.argmax(1), A),
          "labels": lambda A: of_labels(T.astype(int), A),
          "numbers": lambda A: of_numbers(T, A)}[kind]
    return {"name": name, "kind": kind, "T": T.tolist(), "Y": Y.tolist(),
            "scores": of(Y), "baseline": of(constant)}


def probabilities(rows, n, decimals):
    Y = random.randint(1, 10 ** decimals, (rows, n)).astype(float)
    return Y / Y.sum(1, keepdims=True)


def classes(*actual, n):
    return np.eye(n)[list(actual)]


def pairs(p):
    p = np.asarray(p, float)
    return np.c_[1 - p, p]


imbalanced = np.repeat([0, 1], [54, 6])
cases = [
    case("three classes", "classes", np.eye(3)[random.randint(0, 3, 30)], probabilities(30, 3, 6)),
    case("a class never answered", "classes", classes(0, 1, 2, 2, 0, 1, n=3),
         [[.5, .3, .2], [.2, .6, .2], [.4, .35, .25], [.1, .5, .4], [.6, .3, .1], [.3, .5, .2]]),
    case("a class that does not occur", "classes", classes(0, 2, 2, 0, 2, n=3),
         [[.5, .3, .2], [.2, .6, .2], [.1, .2, .7], [.1, .5, .4], [.1, .1, .8]]),
    case("equal outputs: the first", "classes", classes(0, 1, 2, 1, n=3),
         [[.4, .4, .2], [.4, .4, .2], [.25, .375, .375], [.375, .25, .375]]),
    case("two classes, ties", "classes", np.eye(2)[random.randint(0, 2, 40)],
         pairs(random.randint(1, 8, 40) / 8)),
    case("all scores equal", "classes", classes(0, 1, 1, 0, 1, n=2), pairs([.25] * 5)),
    case("perfect", "classes", classes(0, 1, 1, 0, n=2), pairs([.1, .9, .8, .2])),
    case("perfectly wrong", "classes", classes(0, 1, 1, 0, n=2), pairs([.9, .1, .2, .8])),
    case("one class only", "classes", classes(1, 1, 1, n=2), pairs([.2, .7, .9])),
    case("one row", "classes", classes(0, n=2), pairs([.25])),
    case("as many of each: the first", "classes", classes(1, 0, 1, 0, n=2),
         pairs([.6, .7, .8, .1])),
    case("90 to 10", "classes", np.eye(2)[imbalanced],
         pairs(np.round(np.clip(.2 + .3 * imbalanced + .2 * random.randn(60), .01, .99), 2))),
    case("near 0 and 1", "classes", classes(0, 1, 0, 1, 1, n=2),
         [[1, 1e-12], [1e-12, 1], [1e-9, 1], [1, 1e-14], [.5, .5]]),
    case("sums other than 1", "classes", classes(0, 1, 1, 0, n=2),
         [[3, 1], [.2, .1], [.5, 4], [1e-3, 5e-3]]),
    case("no probabilities", "classes", classes(0, 1, 1, 0, n=2),
         [[.5, -.25], [-.5, .25], [.75, .5], [-.75, -.5]]),
    case("labels", "labels", random.randint(0, 2, (25, 3)), random.randint(1, 20, (25, 3)) / 20),
    case("label outputs of a half are yes", "labels", [[1, 0], [0, 1], [1, 1], [0, 1]],
         [[.5, .5], [.25, .5], [.75, .25], [.5, .125]]),
    case("a label that never occurs, one that always does", "labels",
         [[0, 1, 1], [0, 1, 0], [0, 1, 0], [0, 1, 1], [0, 1, 0]],
         [[.1, .9, .5], [.2, .4, .25], [.1, .7, .5], [.1, .8, .75], [.9, .9, .125]]),
    case("labels near 0 and 1", "labels", [[1, 0], [0, 1], [1, 1]],
         [[1e-12, 1e-12], [1 - 2 ** -40, 1 - 2 ** -40], [1 - 1e-9, 1e-3]]),
    case("labels without probabilities", "labels", [[1, 0], [0, 1], [0, 0]],
         [[1.25, .25], [.5, -.25], [.25, .125]]),
    case("numbers", "numbers", np.round(random.randn(20, 2) * [1, 100] + [0, 1000], 3),
         np.round(random.randn(20, 2) * [1, 100] + [0, 1000], 3)),
    case("a target that does not vary", "numbers", [[.1, 1], [.1, 2], [.1, 4]],
         [[.2, 1], [.1, 3], [0, 4]]),
]
print("[" + ",\n".join(json.dumps(c) for c in cases) + "]")
