#!/bin/sh
# What the libraries give to the linker:
#
#   symbols.sh INCLUDE ARCHIVE [SHARED]    exit status 0, 1 with what is wrong, or 77 without nm
#
# The shared library exports the functions that the public headers declare, and one of the names by
# which they tell its kind (<bprop/real.h>), and nothing else; all that the archive defines begins
# with bp_.
set -u
command -v nm >/dev/null || { echo "SKIPPED: symbols (no nm)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

# Names that begin with _ are the compiler's and the linker's, and so are those with a dot in them,
# such as clang's of what chooses between clones.
names() { nm "$@" --defined-only | awk 'NF == 3 && $3 !~ /^_|[.]/ { print $3 }' | sort -u; }

"$(dirname "$0")/declared.sh" "$1" >"$work/declared"
[ "$(wc -l <"$work/declared")" -gt 50 ] || { echo "hardly a function is declared in $1"; exit 1; }
failed=0
names -g "$2" >"$work/archive"
kind=$(grep -xE 'bp_real_is_(double|float)' "$work/archive")
[ "$(echo "$kind" | wc -w)" = 1 ] || { echo "the library is of these kinds: $kind"; failed=1; }
echo "$kind" | LC_ALL=C sort -m - "$work/declared" >"$work/exported"
if grep -v '^bp_' "$work/archive"; then
    echo "in the archive, without bp_"
    failed=1
fi
if comm -23 "$work/declared" "$work/archive" | grep .; then
    echo "declared, but not in the archive"
    failed=1
fi
if [ $# -gt 2 ]; then
    names -D "$3" | diff "$work/exported" - || { echo "< declared only, > exported only"; failed=1; }
fi
exit $failed
