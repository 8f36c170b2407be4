#!/usr/bin/env python3
"""Images and their labels in IDX files (gzipped), such as MNIST's, as CSV on standard output: a row an
image, its pixels as numbers from 0 to 255, then its label.

    python3 bench/idx_to_csv.py IMAGES.gz LABELS.gz >images.csv
"""
import gzip
import struct
import sys

images, labels = (gzip.open(name, "rb").read() for name in sys.argv[1:3])
magic, count, rows, columns = struct.unpack(">4I", images[:16])
assert magic == 0x803 and struct.unpack(">2I", labels[:8]) == (0x801, count)
size = rows * columns
for i in range(count):
    pixels = images[16 + i * size : 16 + (i + 1) * size]
    print(*pixels, labels[8 + i], sep=",")
