"""What the tests here share: bprop run as a program, a writer of files, a comparison."""
import json
import math
import os
import subprocess
import sys
import tempfile

BPROP = os.path.abspath(sys.argv[1])
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data")


def table(name):
    return os.path.abspath(os.path.join(DATA, name))


def bprop(*arguments, text=None):
    """What the program prints; it must not fail."""
    done = subprocess.run([BPROP, *map(str, arguments)], input=text, capture_output=True,
                          encoding="utf-8")
    if done.returncode:
        sys.exit(f"bprop {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def write(path, tensors, metadata=None):
    """A safetensors file of (dtype, shape, bytes) by name, as the format's page says."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def answers(model, data, *options):
    """The numbers that predict prints: rows of outputs, without the class in front."""
    lines = bprop("predict", model, data, *options).splitlines()
    first = 1 if "--proba" in options else 0
    return [[float(cell) for cell in line.split(",")[first:]] for line in lines]


TOLERANCE = 1e-12 if json.loads(bprop("info", "--json"))["precision"] == "double" else 1e-5


def compare(what, found, expected):
    """Every number within 1e-12 of the other's, relative to the larger of it and 1."""
    if len(found) != len(expected) or not found:
        sys.exit(f"{what}: {len(found)} rows, expected {len(expected)}")
    worst = 0.0
    for row, other in zip(found, expected):
        if len(row) != len(other) or not row:
            sys.exit(f"{what}: {len(row)} numbers in a row, expected {len(other)}")
        for a, b in zip(row, other):
            if not (math.isfinite(a) and math.isfinite(b)):
                sys.exit(f"{what}: {a} and {b}")
            worst = max(worst, abs(a - b) / max(1.0, abs(b)))
    if worst > TOLERANCE:
        sys.exit(f"{what}: differs by {worst}")
    print(f"{what}: {len(found)} rows within {worst:.1e}")


def skip(module):
    print(f"SKIPPED: no Python module {module}")
    sys.exit(77)


def in_folder(test):
    """Runs a test in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            test()
        finally:
            os.chdir("/")
