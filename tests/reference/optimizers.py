"""Writes optimizers.json, beside it: what the optimizers of PyTorch make of given gradients, and of
a small network with an L2 penalty on its weights and a clipped gradient. Run once, with PyTorch
1.13:  python3 tests/reference/optimizers.py"""
import json
import math
import pathlib
import torch

torch.set_default_dtype(torch.float64)
kinds = {  # name: PyTorch's, learning rate, settings that are not PyTorch's defaults
    "sgd": (torch.optim.SGD, 0.05, {}),
    "momentum": (torch.optim.SGD, 0.05, {"momentum": 0.9}),
    "nesterov": (torch.optim.SGD, 0.05, {"momentum": 0.9, "nesterov": True}),
    "rmsprop": (torch.optim.RMSprop, 0.05, {"alpha": 0.9}),
    "adagrad": (torch.optim.Adagrad, 0.05, {}),
    "adam": (torch.optim.Adam, 0.05, {}),
    "adamw": (torch.optim.AdamW, 0.05, {"weight_decay": 0}),
    "rprop": (torch.optim.Rprop, 0.05, {}),
}
start = [0.5, -0.25, 0.125, 1, -3, 0]
gradients = [[10.0 ** (i - 2) * math.sin((i + 1) * t) for i in range(4)] + [0.5 / t, 0]
             for t in range(1, 21)]
X = torch.tensor([[1, 2], [-0.5, 0.25], [3, -1], [0.75, 1.5], [-2, 0.5], [0, -1.25], [1.5, 1]])
T = torch.tensor([[1], [-2], [0.5], [3], [0.25], [-1], [2]])


def steps(kind, rate, settings):
    w = torch.nn.Parameter(torch.tensor(start))
    optimizer, course = kind([w], lr=rate, **settings), []
    for g in gradients:
        w.grad = torch.tensor(g)
        optimizer.step()
        course.append(w.tolist())
    return course


def block(net):
    """Layer after layer, neuron after neuron: its weights, then its bias."""
    return [v for layer in (net[0], net[2])
            for v in torch.cat([layer.weight, layer.bias[:, None]], 1).flatten().tolist()]


def training(kind, rate, settings, l2, clip, epochs=10):
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    weights, biases = [net[0].weight, net[2].weight], [net[0].bias, net[2].bias]
    first = block(net)
    # Rprop knows no penalty, and what is to be clipped has it: there it is a part of the loss.
    in_loss = kind is torch.optim.Rprop or (clip and kind is not torch.optim.AdamW)
    decay = {"weight_decay": 0 if in_loss else l2}
    optimizer = kind([{"params": weights, **settings, **decay}, {"params": biases}], lr=rate,
                     **settings)
    for _ in range(epochs):
        optimizer.zero_grad()
        penalty = 0.5 * in_loss * l2 * sum((w * w).sum() for w in weights)
        (torch.nn.functional.mse_loss(net(X), T) + penalty).backward()
        if clip:  # not by clip_grad_norm_, which adds 10⁻⁶ to the norm
            norm = torch.cat([p.grad.flatten() for p in net.parameters()]).norm()
            for p in net.parameters():
                p.grad *= min(1, clip / norm)
        optimizer.step()
    return {"l2": l2, "clip": clip, "epochs": epochs, "start": first, "end": block(net)}


numbers = [{"name": name, "rate": kind[1], "steps": steps(*kind),
            "trainings": [training(*kind, l2, clip) for l2 in (0, 0.1) for clip in (0, 0.3)]}
           for name, kind in kinds.items()]
lines = ",\n".join(json.dumps(row) for row in numbers)
pathlib.Path(__file__).with_suffix(".json").write_text(
    f'{{"start": {json.dumps(start)}, "gradients": {json.dumps(gradients)},\n'
    f'"optimizers": [\n{lines}\n]}}\n')
