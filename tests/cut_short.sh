#!/bin/sh
# Files that are cut short while a command has them mapped:
#
#   cut_short.sh BPROP    exit status 0, or 1 with what is wrong
#
# The command ends with a message and status 1, and leaves no model.
set -u
bprop=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
    echo "$*"
    exit 1
}

LC_ALL=C awk 'BEGIN { for (i = 0; i < 100000; i++) print i % 97 "," i % 89 "," i % 7 / 2 }' >table.csv
"$bprop" convert table.csv whole.npy --quiet || fail "no table to cut"

# cut NAME ARGUMENTS…: cuts table.npy when the command has begun to read it again and again
cut_while() {
    name=$1
    shift
    cp whole.npy table.npy
    "$bprop" "$@" --epochs 100000 --verbose 2>message &
    tries=0
    until grep -q "$begun" message; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || { kill $!; fail "$name: it does not begin: $(cat message)"; }
        sleep 0.1
    done
    : >table.npy
    wait $!
    status=$?
    [ $status -eq 1 ] || fail "$name: status $status: $(tail -n 3 message)"
    tail -n 1 message | grep -qx 'bprop: a file was cut short while it was in use; keep it as it is until bprop has ended' ||
        fail "$name: $(tail -n 3 message)"
    [ ! -e model ] || fail "$name: a model"
}

begun='^epoch 1/'
cut_while train train table.npy -o model --hidden 4 --task regression
begun='^folds:'
cut_while cv cv table.npy --threads 2 --hidden 4 --task regression
[ "$(echo *)" = "message table.csv table.npy whole.npy" ] || fail "left behind: $(echo *)"
