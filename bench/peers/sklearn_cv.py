#!/usr/bin/env python3
"""Cross-validates scikit-learn's multilayer perceptron on the data of bprop.

Does, with the defaults that scikit-learn brings, what this does:

    bprop cv DATA --hidden 100 --activation relu --repeats 3

Five folds, drawn anew with the seeds 1, 2 and 3, which also start the weights; the folds of a
classification hold the classes in the proportions of the whole. What scales the inputs and fills in
missing values is fitted on the training rows of each fold. The table gives the mean and the
standard deviation (divisor n) of the 15 folds' scores, accuracy or R2, and the seconds of all 15.

The folds are not bprop's own, and both draw their own weights: differences well below the standard
deviation say nothing. scikit-learn stops where its loss no longer falls, else after --max-iter
epochs. It takes the targets of a regression as they come, which bprop scales; --scale-target does
so here.

DATA are CSV files of numbers, with or without a line of names, missing values empty or '?', the
target in the last column: what bprop takes with --missing mean. Without DATA, those of data/.

Needs Debian's python3-sklearn. From the top of the source:

    OPENBLAS_NUM_THREADS=1 python3 bench/peers/sklearn_cv.py [--max-iter N] [--scale-target] [DATA …]
"""

import argparse
import csv
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DATA = ["iris", "wheat_seeds", "horse_colic", "winequality_red"]
MISSING = {"", "?", "na", "n/a", "nan", "null"}
MOST_CLASSES = 20
FOLDS, SEEDS = 5, [1, 2, 3]


def number(cell):
    return np.nan if cell.strip().lower() in MISSING else float(cell)


def is_number(cell):
    try:
        number(cell)
        return True
    except ValueError:
        return False


def are_classes(targets):
    """bprop's rule: texts, two different whole numbers, or whole numbers from 0 or 1 up to 20."""
    if not all(map(is_number, targets)):
        return True
    values = np.unique([number(t) for t in targets])
    whole = np.all(values == np.floor(values))
    counts = values[0] in (0, 1) and values[-1] <= MOST_CLASSES
    return bool(whole and (len(values) == 2 or counts))


def read(path):
    """The inputs, the targets in the last column, and whether these are classes."""
    with open(path, newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    if not any(is_number(cell) for cell in rows[0]):  # names
        rows = rows[1:]
    X = np.array([[number(cell) for cell in row[:-1]] for row in rows])
    targets = [row[-1] for row in rows]
    if are_classes(targets):
        return X, np.array(targets), True
    return X, np.array([number(t) for t in targets]), False


def make_model(classes, seed, options):
    settings = {"hidden_layer_sizes": (100,), "max_iter": options.max_iter, "random_state": seed}
    network = MLPClassifier(**settings) if classes else MLPRegressor(**settings)
    model = make_pipeline(SimpleImputer(), StandardScaler(), network)
    if classes or not options.scale_target:
        return model
    return TransformedTargetRegressor(model, transformer=StandardScaler())


def measure(X, targets, classes, options):
    scores = []
    for seed in SEEDS:
        split = StratifiedKFold if classes else KFold
        folds = split(FOLDS, shuffle=True, random_state=seed)
        scores.extend(cross_val_score(make_model(classes, seed, options), X, targets, cv=folds))
    return np.mean(scores), np.std(scores)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", default=[f"data/{name}.csv" for name in DATA],
                        metavar="DATA", help="CSV files of numbers, the target in the last column")
    parser.add_argument("--max-iter", type=int, default=200, metavar="N",
                        help="epochs at most (default: 200)")
    parser.add_argument("--scale-target", action="store_true", help="of a regression, as bprop")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"scikit-learn {sklearn.__version__}, {len(SEEDS)} times {FOLDS} folds, "
          f"at most {options.max_iter} epochs")
    print(f"{'data':28} {'rows':>6}  {'score':8} {'mean':>7} {'std':>7} {'seconds':>8}")
    for path in options.data:
        try:
            X, targets, classes = read(path)
        except (OSError, ValueError) as error:
            sys.exit(f"sklearn_cv.py: {path}: {error}")
        start = time.perf_counter()
        mean, std = measure(X, targets, classes, options)
        seconds = time.perf_counter() - start
        score = "accuracy" if classes else "R2"
        print(f"{path:28} {len(X):6}  {score:8} {mean:7.4f} {std:7.4f} {seconds:8.1f}", flush=True)


if __name__ == "__main__":
    main()
