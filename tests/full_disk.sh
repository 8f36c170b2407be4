#!/bin/sh
# Training whose model, checkpoint and learning curve go to a disk of 64 KiB that is full, or fills:
#
#   full_disk.sh BPROP    exit status 0, 1 with what is wrong, or 77 where no disk can be mounted
#
# The old files stay whole, and nothing is beside them.
set -u
bprop=$1
top=$(cd "$(dirname "$0")/.." && pwd)

if [ $# -eq 1 ]; then # what is mounted must go with a process's own view of the file system
    case $bprop in /*) ;; *) bprop=$(pwd)/$bprop ;; esac
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/disk" "$work/kept"
    for as in -m -rm; do
        if unshare $as mount -t tmpfs -o size=64k bprop-test "$work/disk" 2>/dev/null; then
            unshare $as sh "$0" "$bprop" "$work"
            exit
        fi
    done
    echo "SKIPPED: full disk (nothing can be mounted here)"
    exit 77
fi

kept=$2/kept
mount -t tmpfs -o size=64k bprop-test "$2/disk" && cd "$2/disk" || exit 1

fail() {
    echo "with $free KiB free: $*"
    exit 1
}

train() {
    "$bprop" train "$top/data/iris.csv" --quiet --epochs 3 --hidden 50,40 "$@" 2>"$kept/message"
}

old="old.safetensors old.ckpt"
free=64
"$bprop" train "$top/data/iris.csv" --quiet --epochs 1 -o old.safetensors --checkpoint old.ckpt ||
    fail "no models to begin with"
cp $old "$kept"

refused=0 saved=0
for free in 0 4 8 16 24 32 40; do
    for what in "-o old.safetensors" "-o $kept/model --checkpoint old.ckpt"; do
        dd if=/dev/zero of=filler bs=1k count=64 2>/dev/null # until the disk is full
        dd if=/dev/null of=filler bs=1k seek=$(($(wc -c <filler) / 1024 - free)) 2>/dev/null
        train $what
        status=$?
        rm filler
        [ "$(ls -A | tr '\n' ' ')" = "old.ckpt old.safetensors " ] || fail "$(ls -A)"
        if [ $status -eq 0 ]; then
            saved=$((saved + 1))
            for file in $old; do "$bprop" show $file >/dev/null || fail "$file is no model"; done
            cp "$kept"/old.* .
            continue
        fi
        [ $status -eq 1 ] || fail "exit status $status"
        grep -q "^bprop: old\..*: cannot be written: No space left on device; make room" \
            "$kept/message" || fail "the message is: $(cat "$kept/message")"
        for file in $old; do cmp $file "$kept/$file" || fail "$file is not what it was"; done
        refused=$((refused + 1))
    done
done
[ $refused -ge 4 ] && [ $saved -ge 2 ] || fail "$refused refused, $saved saved"

# What is printed, and the learning curve, which is written as it comes.
free=0
dd if=/dev/zero of=filler bs=1k count=64 2>/dev/null
"$bprop" predict old.safetensors "$top/data/iris.csv" >answers 2>"$kept/message" && fail "predicted"
grep -q "^bprop: standard output cannot be written: No space left" "$kept/message" ||
    fail "the message is: $(cat "$kept/message")"
train -o "$kept/model" --log curve.csv && fail "the learning curve was written"
grep -q "curve.csv: the learning curve cannot be written: No space left" "$kept/message" ||
    fail "the message is: $(cat "$kept/message")"
echo "$refused refused, $saved saved, no file harmed"
