"""Models of a build of single precision in one of double precision, and the other way round:

    test_precision.py SINGLE DOUBLE

the two programs."""
import os
import sys

import support
from support import answers, bprop, compare, in_folder, table

PROGRAMS = {"single": support.BPROP, "double": os.path.abspath(sys.argv[2])}


def check(maker, reader, data, *options):
    proba = ["--proba"] if "iris" in data else []
    support.BPROP = PROGRAMS[maker]
    bprop("train", table(data), "--quiet", "--epochs", 20, "-o", maker, *options)
    expected = answers(maker, table(data), *proba)
    support.BPROP = PROGRAMS[reader]
    compare(f"{data}, {maker} read by {reader}", answers(maker, table(data), *proba), expected)
    bprop("train", table(data), "--quiet", "--epochs", 1, "--init-from", maker, "-o", "more")


def test():
    for data in "iris.csv", "winequality_red.csv":
        check("single", "double", data)
        check("double", "single", data, "--hidden", "7,5")


in_folder(test)
