"""A bprop model in Python's standard library. python3 plain_reader.py MODEL [TABLE]: its tensors,
or the network's outputs for each row of a table without a header line."""
import csv, json, math, struct, sys

def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    metadata, tensors = header.pop("__metadata__", {}), {}
    for name, t in header.items():
        kind = "<" + {"F64": "d", "F32": "f", "F16": "e"}[t["dtype"]]
        raw = data[slice(*t["data_offsets"])]
        tensors[name] = t["shape"], [value for value, in struct.iter_unpack(kind, raw)]
    return metadata, tensors

ACTIVATIONS = {
    "identity": lambda z: z,
    "relu": lambda z: [max(v, 0.0) for v in z],
    "sigmoid": lambda z: [1 / (1 + math.exp(-v)) for v in z],
    "softmax": lambda z: [math.exp(v) / sum(map(math.exp, z)) for v in z],
    "tanh": lambda z: [math.tanh(v) for v in z]}

def outputs(metadata, tensors, cells):
    a = [float(cells[f["column"] - 1] == f["category"]) if "category" in f
         else (float(cells[f["column"] - 1]) - f["shift"]) / f["scale"]
         for f in json.loads(metadata["bprop.inputs"])]
    for l, activation in enumerate(metadata["bprop.activations"].split(",")):
        (n, k), weight = tensors[f"{2 * l}.weight"]
        rows = [weight[j * k:(j + 1) * k] for j in range(n)]
        z = [sum(map(float.__mul__, row, a), b) for row, b in zip(rows, tensors[f"{2 * l}.bias"][1])]
        a = ACTIVATIONS[activation](z)
    fields = json.loads(metadata["bprop.targets"])
    return a if "bprop.classes" in metadata else [v * f["scale"] + f["shift"] for v, f in zip(a, fields)]

if __name__ == "__main__":
    metadata, tensors = read(sys.argv[1])
    rows = csv.reader(open(sys.argv[2], newline="")) if len(sys.argv) > 2 else []
    print(*([outputs(metadata, tensors, row) for row in rows] or tensors.items()), sep="\n")
