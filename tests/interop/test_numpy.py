"""Files that plain numpy wrote, as first weights."""
try:
    import numpy
except ImportError:
    from support import skip
    skip("numpy")

from support import answers, bprop, compare, in_folder, table, write

SIZES = [4, 6, 3]
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def inputs():
    return numpy.loadtxt(table("iris.csv"), delimiter=",", usecols=range(4))


def outputs(x, layers):
    for weight, bias in layers[:-1]:
        x = numpy.tanh(x @ weight.T + bias)
    z = x @ layers[-1][0].T + layers[-1][1]
    e = numpy.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def check(dtype):
    random, layers, tensors = numpy.random.RandomState(1), [], {}
    for l, (k, n) in enumerate(zip(SIZES, SIZES[1:])):
        pair = [random.randn(n, k).astype(DTYPES[dtype]), random.randn(n).astype(DTYPES[dtype])]
        for name, tensor in zip(["weight", "bias"], pair):
            tensors[f"{2 * l}.{name}"] = dtype, tensor.shape, tensor.tobytes()
        layers.append([tensor.astype("<f8") for tensor in pair])
    write("weights", tensors)
    bprop("train", table("iris.csv"), "--init-from", "weights", "--epochs", 0, "--scale", "none",
          "--quiet", "-o", "model")
    compare(f"numpy {dtype}", answers("model", table("iris.csv"), "--proba"),
            outputs(inputs(), layers).tolist())


def check_own_reader():
    """Nothing of the format's own Python package is needed, but what it says is worth hearing."""
    try:
        from safetensors.numpy import load_file, save_file
    except ImportError:
        print("not compared with the Python module safetensors, which is not here")
        return
    bprop("train", table("iris.csv"), "--epochs", 1, "--quiet", "-o", "model")
    tensors = load_file("model")
    compare("safetensors", answers("model", table("iris.csv"), "--proba"), outputs(
        (inputs() - inputs().mean(axis=0)) / inputs().std(axis=0),
        [[tensors[f"{l}.weight"], tensors[f"{l}.bias"]] for l in (0, 2)]).tolist())
    save_file(tensors, "again")
    bprop("train", table("iris.csv"), "--init-from", "again", "--epochs", 0, "--quiet", "-o", "same")
    compare("safetensors, back", answers("same", table("iris.csv"), "--proba"),
            answers("model", table("iris.csv"), "--proba"))


def test():
    for dtype in DTYPES:
        check(dtype)
    check_own_reader()


in_folder(test)
