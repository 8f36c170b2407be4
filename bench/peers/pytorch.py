#!/usr/bin/env python3
"""Epochs of bench/epoch's work in PyTorch, as its manual writes a training loop; usage as epoch's."""

import peer

options = peer.parse()

import torch  # noqa: E402, after the threads are set

if options.own_threads or options.threads:
    torch.set_num_threads(options.own_threads or options.threads)
torch.set_default_dtype(torch.float64 if options.precision == "double" else torch.float32)
torch.manual_seed(1)

X = torch.rand(options.rows, options.sizes[0])
T = torch.rand(options.rows, options.sizes[-1])
layers = []
for k, n in zip(options.sizes, options.sizes[1:]):
    layers += [torch.nn.Linear(k, n), torch.nn.Sigmoid()]
model = torch.nn.Sequential(*layers)
sgd = torch.optim.SGD(model.parameters(), lr=1e-3)


def epoch():
    for rows in torch.randperm(options.rows).split(options.batch):
        loss = 0.5 * ((model(X[rows]) - T[rows]) ** 2).sum()
        sgd.zero_grad(set_to_none=True)
        loss.backward()
        sgd.step()


peer.measure(f"PyTorch {torch.__version__}", epoch, options)
