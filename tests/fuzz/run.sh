#!/usr/bin/env bash
# Fuzzes every target of a build folder, as many at a time as there are cores.
#
#   run.sh BUILD SECONDS [TARGET…]
#
# BUILD is made by: CC=clang meson setup BUILD -Dfuzz=enabled -Db_sanitize=address,undefined
#                   -Db_lundef=false -Dbuildtype=debugoptimized
# What it begins with is corpus/ and regressions/, which stay as they are; $CORPUS names a folder
# that keeps what each target comes to know. An input that is a finding is left in
# BUILD/findings/ and shown; it becomes a file of regressions/ with the fix.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) seconds=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Files in memory, where there is such a place: the targets write one for each input.
[ -d /dev/shm ] && [ -w /dev/shm ] && export TMPDIR=/dev/shm
export OPENBLAS_NUM_THREADS=1
export ASAN_OPTIONS=${ASAN_OPTIONS:-quarantine_size_mb=8}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}

# Inputs are short, so that what they make a reader allocate can be held against them.
fuzz() { # target
    local name=$1 log=$work/$1.log known=${CORPUS:-$work}/$1 begin=() given=()
    mkdir -p "$known"
    for folder in "$here/corpus/$name" "$here/regressions/$name"; do
        [ ! -d "$folder" ] || begin+=("$folder")
    done
    [ ! -f "$here/$name.dict" ] || given+=("-dict=$here/$name.dict")
    if "$build/tests/fuzz/fuzz_$name" "${given[@]}" -max_total_time="$seconds" -max_len=4096 \
        -timeout=20 -malloc_limit_mb=256 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name-" "$known" "${begin[@]}" >"$log" 2>&1; then
        awk -v name="$name" '/cov: / { sub(/.*cov: /, ""); cov = $1 }
            /number_of_executed_units/ { runs = $2 }
            END { print "fuzz " name ": " runs " runs, " cov " edges, no finding" }' "$log"
    else
        printf '%s\n' "fuzz $name: a finding" "$(tail -n 60 "$log")"
        return 1
    fi
}
export -f fuzz
export here build seconds work

if [ $# = 0 ]; then
    for program in "$build"/tests/fuzz/fuzz_*; do
        [ ! -f "$program" ] || set -- "$@" "${program##*/fuzz_}"
    done
fi
[ $# != 0 ] || { echo "no fuzz targets in $build: was it set up with -Dfuzz=enabled?"; exit 1; }
mkdir -p "$build/findings"
printf '%s\n' "$@" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I{} bash -c 'set -e; fuzz {}'
