#!/usr/bin/env bash
# A data set larger than the memory there is trains, to the same bits as with all memory:
# large_file.sh PROGRAM. First the address space is limited, so that the file cannot even be mapped,
# then the memory, by a control group where this machine lets one be made.
set -euo pipefail
program=$(realpath "$1")
folder=$(mktemp -d)
group=
clean_up() {
    rm -rf "$folder"
    [ -z "$group" ] || rmdir "$group"
}
trap clean_up EXIT
cd "$folder"
export OPENBLAS_NUM_THREADS=1

# 20,000 rows of 4,001 doubles, 640 MB, all 0 (a hole in the file) but for the first rows.
header="{'descr': '<f8', 'fortran_order': False, 'shape': (20000, 4001), }"
printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$header" >large.npy
for row in 1 2 3 4 5 6 7 8; do
    for column in $(seq 40); do printf '\0\0\0\0\0\0\xf%d\x3f' $(((row * column) % 8)); done
    head -c $((3961 * 8)) /dev/zero
done >>large.npy
truncate -s $((128 + 20000 * 4001 * 8)) large.npy

train() { "$program" train large.npy --hidden 4 --epochs 1 --batch-size 500 --quiet -o "$1"; }

check() { # what limited it, model
    cmp "$2" all.safetensors || { echo "another model under a limited $1"; exit 1; }
    echo "the same model under a limited $1"
}

train all.safetensors
if grep -q __asan_init <(nm "$program" 2>/dev/null); then # a pipe would fail where grep ends first
    echo "SKIPPED: limited address space (the address sanitizer needs terabytes of it)"
else
    (ulimit -v 500000 && train space.safetensors)
    check "address space of 500 MB" space.safetensors
fi

# Of version 1 and 2 of control groups: where they are made, and the file that limits memory.
for kind in memory:memory.limit_in_bytes .:memory.max; do
    parent=/sys/fs/cgroup/${kind%%:*} limit=${kind#*:}
    group=$parent/bprop-test-$$
    if mkdir "$group" 2>/dev/null; then
        if [ -e "$group/$limit" ] && echo 200000000 2>/dev/null >"$group/$limit"; then
            (echo "$BASHPID" >"$group/cgroup.procs" && train memory.safetensors)
            check "memory of 200 MB" memory.safetensors
            exit 0
        fi
        rmdir "$group"
    fi
    group=
done
echo "SKIPPED: limited memory (no control group can be made here)"
