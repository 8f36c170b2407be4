"""Arrays that numpy wrote, in all types, orders and versions, and back."""
try:
    import numpy
except ImportError:
    from support import skip
    skip("numpy")

import io
import itertools
import struct
import subprocess
import sys

from support import BPROP, in_folder

TYPES = ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "b1"]
SHAPES = [(7,), (5, 3), (1, 4), (3, 1), (3, 2, 4), (2, 3, 2, 2)]
WRITTEN = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}  # with the codes of IDX


def convert(source, to, data=None):
    """What convert makes of a file, or of bytes on standard input."""
    done = subprocess.run([BPROP, "convert", "-q", source, "-", "--to", to], input=data,
                          capture_output=True)
    if done.returncode:
        sys.exit(f"bprop convert {source}: {done.stderr.decode()}")
    return done.stdout


def array_of(kind, shape, random):
    """Random numbers, the least and the greatest among them."""
    count = int(numpy.prod(shape))
    if kind == "b1":
        return random.randint(0, 2, count).astype(kind).reshape(shape)
    if kind[0] == "f":
        values = random.randn(count).astype(kind)
        values[1:3] = numpy.nan, numpy.finfo(kind).min
    else:
        values = random.randint(-99, 99, count).astype(kind)
        values[1:3] = numpy.iinfo(kind).min, numpy.iinfo(kind).max
    return values.reshape(shape)


def same(what, found, array):
    """The numbers of a file that bprop wrote, as doubles, bit by bit but for NaN."""
    expected = array.reshape(array.shape[0], -1).astype("<f8")
    found = found.reshape(found.shape[0], -1).astype("<f8")
    if found.shape != expected.shape or not numpy.array_equal(
            numpy.nan_to_num(found, nan=12345.5).view("<u8"),
            numpy.nan_to_num(expected, nan=12345.5).view("<u8")):
        sys.exit(f"{what}: {found}\nexpected {expected}")


def read_idx(data):
    code, rank = data[2], data[3]
    kind = {c: k for k, c in WRITTEN.items()}[code]
    return numpy.frombuffer(data, ">" + kind, offset=4 + 4 * rank).reshape(
        struct.unpack_from(f">{rank}I", data, 4))


def check_read(kind, endian, order, shape, version, random):
    array = numpy.array(array_of(kind, shape, random), dtype=endian + kind, order=order)
    what = f"{array.dtype.str} {shape} {order} {version}"
    file = io.BytesIO()
    numpy.lib.format.write_array(file, array, version=version)
    data = file.getvalue()
    with open("a.npy", "wb") as out:
        out.write(data)
    same(what, numpy.load(io.BytesIO(convert("a.npy", "npy"))), array)
    same(what + " from a pipe, to IDX", read_idx(convert("-", "idx", data)), array)


def check_written(kind, shape, random):
    """The very bytes of numpy.save(), by way of IDX too."""
    array = array_of(kind, shape, random)
    file = io.BytesIO()
    numpy.save(file, array)
    data = file.getvalue()
    idx = convert("-", "idx", data)
    if idx[2] != WRITTEN[kind]:
        sys.exit(f"{kind}: IDX has the type {idx[2]}")
    for way, found in (("NPY", convert("-", "npy", data)), ("IDX", convert("-", "npy", idx))):
        if found != data:
            sys.exit(f"{kind} {shape} by {way}: {found[:200]}\nexpected {data[:200]}")


def test():
    random = numpy.random.RandomState(1)
    versions = itertools.cycle([(1, 0), (2, 0), (3, 0)])
    ways = list(itertools.product(TYPES, "<>", "CF", SHAPES))
    for way in ways:
        check_read(*way, next(versions), random)
    print(f"read: {len(ways)} arrays, each from a file and from a pipe")
    big = [(4,), (9, 2), (30000,), (2000, 30)]
    for kind, shape in itertools.product(WRITTEN, big):
        check_written(kind, shape, random)
    print(f"written: {len(WRITTEN) * len(big)} arrays, byte for byte as numpy.save() does")


in_folder(test)
