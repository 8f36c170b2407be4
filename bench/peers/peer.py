"""What the peers in Python have in common: the command line of bench/epoch, and its line of JSON."""

import argparse
import json
import os
import statistics
import time


def parse(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="as bench/epoch has it; nothing else is printed")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--threads", type=int, help="else as many as the peer takes by itself")
    parser.add_argument("--own-threads", type=int, help="of PyTorch, where its BLAS library has more")
    parser.add_argument("--precision", choices=["double", "float"], default="double")
    parser.add_argument("sizes", nargs="?", default="784,128,10")
    parser.add_argument("batch", nargs="?", type=int, default=128)
    parser.add_argument("rows", nargs="?", type=int, default=6000)
    options = parser.parse_args(argv)
    options.sizes = [int(size) for size in options.sizes.split(",")]
    if options.threads:  # before any library is loaded that reads them
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(options.threads)
    return options


def blas_core():
    """The core of the OpenBLAS in this process, asked of itself; "unknown" for another library."""
    import ctypes

    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = {line.split()[-1] for line in maps if "blas" in line.rsplit("/", 1)[-1]}
    for path in sorted(paths):
        for name in ("openblas_get_corename", "openblas_get_corename64_"):
            ask = getattr(ctypes.CDLL(path), name, None)
            if ask:
                ask.restype = ctypes.c_char_p
                return ask().decode()
    return "unknown"


def measure(name, epoch, options):
    """Prints the median and the spread of --turns turns, each of epochs that take 0.2 s together."""
    seconds = []
    epoch()  # warms up
    for _ in range(options.turns):
        count, start = 0, time.perf_counter()
        while (took := time.perf_counter() - start) < 0.2:
            epoch()
            count += 1
        seconds.append(took / count)
    contender = {"name": name, "median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)}
    print(json.dumps({"threads": options.threads or 0, "blas": "", "core": blas_core(), "contenders": [contender]}))
