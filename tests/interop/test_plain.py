"""bprop's models in plain Python, and plain Python's models in bprop."""
import csv
import json
import math
import struct
import sys

import plain_reader
from support import answers, bprop, compare, in_folder, table, write


def check_reader(name, data, *options):
    bprop("train", table(data), "--quiet", "--epochs", 20, "-o", name, *options)
    metadata, tensors = plain_reader.read(name)
    proba = ["--proba"] if "bprop.classes" in metadata else []
    with open(table(data), newline="") as file:
        expected = [plain_reader.outputs(metadata, tensors, row) for row in csv.reader(file)]
    compare(name, answers(name, table(data), *proba), expected)


def doubles(*values):
    return struct.pack(f"<{len(values)}d", *values)


def check_complete_model():
    """By the README alone: inputs a number and a text, two classes, two layers."""
    inputs = [{"column": 1, "name": "size", "shift": 10.0, "scale": 4},
              {"column": 2, "name": "kind", "category": "a"},
              {"column": 2, "name": "kind", "category": "b"}]
    write("mine.safetensors", {
        "0.weight": ("F64", [2, 3], doubles(0.5, -1, 2, 0.25, 1, -0.125)),
        "0.bias": ("F64", [2], doubles(0.1, -0.2)),
        "2.weight": ("F64", [2, 2], doubles(1, -1, 0.5, 2)),
        "2.bias": ("F64", [2], doubles(0, 0.75)),
    }, {
        "bprop.version": "0.1.0",
        "bprop.task": "classification",
        "bprop.activations": "tanh,softmax",
        "bprop.loss": "cross_entropy",
        "bprop.columns": "3",
        "bprop.inputs": json.dumps(inputs),
        "bprop.targets": json.dumps([{"column": 3, "name": "class", "shift": 0, "scale": 1}]),
        "bprop.classes": json.dumps(["no", "yes, it is"]),
    })
    found = bprop("predict", "mine.safetensors", "-", "--proba", text="kind,size\nb,12\na,6\n")
    lines = list(csv.reader(found.splitlines()))
    expected = []
    for x in [(12 - 10) / 4, 0, 1], [(6 - 10) / 4, 1, 0]:
        a = [math.tanh(0.5 * x[0] - x[1] + 2 * x[2] + 0.1),
             math.tanh(0.25 * x[0] + x[1] - 0.125 * x[2] - 0.2)]
        e = [math.exp(a[0] - a[1]), math.exp(0.5 * a[0] + 2 * a[1] + 0.75)]
        expected.append([v / sum(e) for v in e])
    compare("mine.safetensors", [[float(v) for v in line[1:]] for line in lines], expected)
    for line, y in zip(lines, expected):
        if line[0] != ["no", "yes, it is"][y[1] > y[0]]:
            sys.exit(f"mine.safetensors: answers {line[0]} for {y}")


def check_regression_model():
    """The least there can be: one input, one output, in single precision."""
    write("least.safetensors", {
        "0.weight": ("F32", [1, 1], struct.pack("<f", 0.5)),
        "0.bias": ("F32", [1], struct.pack("<f", -1.25)),
    }, {
        "bprop.version": "0.1.0", "bprop.task": "regression", "bprop.activations": "identity",
        "bprop.loss": "mse", "bprop.columns": "2",
        "bprop.inputs": '[{"column":1,"name":null,"shift":1,"scale":2}]',
        "bprop.targets": '[{"column":2,"name":null,"shift":100,"scale":8}]',
    })
    found = bprop("predict", "least.safetensors", "-", text="3\n-7\n")
    expected = [[((x - 1) / 2 * 0.5 - 1.25) * 8 + 100] for x in (3, -7)]
    compare("least.safetensors", [[float(line)] for line in found.splitlines()], expected)


def test():
    check_reader("classes", "iris.csv")
    check_reader("deep", "iris.csv", "--hidden", "7,5", "--activation", "relu,sigmoid")
    check_reader("numbers", "winequality_red.csv", "--activation", "sigmoid")
    check_complete_model()
    check_regression_model()


in_folder(test)
