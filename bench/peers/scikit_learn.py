#!/usr/bin/env python3
"""Epochs of bench/epoch's work in scikit-learn: MLPRegressor.partial_fit, which is one epoch, shuffled,
a call; usage as epoch's.

Its outputs are made sigmoid ones after the first call, which sets them; their derivative is all that
it then leaves out of bprop's work."""

import peer

options = peer.parse()

import numpy as np  # noqa: E402, after the threads are set
import sklearn  # noqa: E402
from sklearn.neural_network import MLPRegressor  # noqa: E402

sklearn.set_config(assume_finite=True)  # a look at all of X, which belongs to no epoch
generator = np.random.default_rng(1)
dtype = np.float64 if options.precision == "double" else np.float32
X = generator.random((options.rows, options.sizes[0])).astype(dtype)
T = generator.random((options.rows, options.sizes[-1])).astype(dtype)
model = MLPRegressor(options.sizes[1:-1], activation="logistic", solver="sgd", alpha=0, momentum=0,
                     nesterovs_momentum=False, batch_size=min(options.batch, options.rows),
                     learning_rate_init=1e-3, random_state=1)
model.partial_fit(X, T)
model.out_activation_ = "logistic"

peer.measure(f"scikit-learn {sklearn.__version__}", lambda: model.partial_fit(X, T), options)
