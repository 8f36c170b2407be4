"""bprop's models in PyTorch, and PyTorch's in bprop. PyTorch itself has no reader of the format;
its tensors are made of the file's bytes, and its state_dict is written as bytes."""
try:
    import torch
except ImportError:
    from support import skip
    skip("torch")

import json

import plain_reader
from support import answers, bprop, compare, in_folder, table, write

nn = torch.nn
MODULES = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "softplus": nn.Softplus,
           "identity": nn.Identity, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "silu": nn.SiLU,
           "gelu": nn.GELU, "softmax": lambda: nn.Softmax(dim=1)}
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def load(path):
    """The tensors as PyTorch's, by way of their bytes."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    state = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        dtype = DTYPES[t["dtype"]]
        state[name] = torch.frombuffer(data, dtype=dtype, offset=begin,
                                       count=(end - begin) // torch.tensor([], dtype=dtype).element_size())
        state[name] = state[name].reshape(t["shape"])
    return state


def sequential(state, activations):
    """Sequential(Linear, activation, Linear, …) with those weights; names must be as PyTorch's."""
    modules = []
    for l, activation in enumerate(activations):
        n, k = state[f"{2 * l}.weight"].shape
        modules += [nn.Linear(k, n, dtype=torch.float64), MODULES[activation]()]
    network = nn.Sequential(*modules)
    network.load_state_dict(state, strict=True)
    return network


def read_table(name, columns):
    with open(table(name)) as file:
        return torch.tensor([[float(v) for v in line.split(",")[:columns]] for line in file],
                            dtype=torch.float64)


def scaled(fields):
    shift = torch.tensor([f["shift"] for f in fields], dtype=torch.float64)
    scale = torch.tensor([f["scale"] for f in fields], dtype=torch.float64)
    return shift, scale


def check_load(what, data, columns, *options):
    bprop("train", table(data), "--quiet", "--epochs", 5, "-o", "model", *options)
    metadata, _ = plain_reader.read("model")
    network = sequential(load("model"), metadata["bprop.activations"].split(","))
    shift, scale = scaled(json.loads(metadata["bprop.inputs"]))
    y = network((read_table(data, columns) - shift) / scale)
    if "bprop.classes" not in metadata:
        shift, scale = scaled(json.loads(metadata["bprop.targets"]))
        y = y * scale + shift
    proba = ["--proba"] if "bprop.classes" in metadata else []
    compare(f"PyTorch loads {what}", answers("model", table(data), *proba), y.tolist())


def raw(tensor):
    kind = torch.int16 if tensor.element_size() == 2 else None
    return (tensor.view(kind) if kind else tensor).contiguous().numpy().tobytes()


def check_init_from(dtype):
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    network = network.to(DTYPES[dtype])
    write("weights", {name: (dtype, t.shape, raw(t)) for name, t in network.state_dict().items()},
          {"format": "pt"})
    bprop("train", table("iris.csv"), "--init-from", "weights", "--epochs", 0, "--scale", "none",
          "--quiet", "-o", "model")
    y = torch.softmax(network.double()(read_table("iris.csv", 4)), dim=1)
    compare(f"PyTorch writes {dtype}", answers("model", table("iris.csv"), "--proba"), y.tolist())


def test():
    check_load("a classification", "iris.csv", 4)
    check_load("a deep one", "wheat_seeds.csv", 7, "--hidden", "9,7,5", "--scale", "minmax")
    check_load("a regression", "winequality_red.csv", 11)
    for activation in MODULES:
        if activation != "softmax":
            check_load(f"a regression with {activation}", "winequality_red.csv", 11, "--activation",
                       activation, "--epochs", 1)
    for dtype in DTYPES:
        check_init_from(dtype)


with torch.no_grad():
    in_folder(test)
