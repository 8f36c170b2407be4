#!/bin/sh
# The functions that the public headers declare, one a line, sorted: declared.sh INCLUDE
printf '#include <bprop/bprop.h>\n' | ${CC:-cc} -std=c11 -E -P -I"$1" -x c - | grep -v '^#' | tr '\n' ' ' |
    tr ';{}' '\n\n\n' | grep -v typedef | sed -n 's/.*[ *]\(bp_[a-z0-9_]*\)([^*].*/\1/p' | LC_ALL=C sort
