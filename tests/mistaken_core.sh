#!/bin/bash
# The program where OpenBLAS takes the processor for a Prescott, which a library loaded before it
# pretends:
#
#   mistaken_core.sh BPROP LIBRARY    exit status 0, 1 with what is wrong, or 77 where the processor
#                                     has no better kernels, or OpenBLAS cannot be stood in for
#
# The program starts itself again, once, with OPENBLAS_CORETYPE set, unless somebody else has set it.
set -u
bprop=$(realpath "$1") library=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset OPENBLAS_CORETYPE BPROP_RESTARTED
export MISTAKEN_LOG=$work/starts
export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0

mistaken() { : >starts && LD_PRELOAD=$library "$@"; }
starts() { wc -l <starts; }

if ! mistaken env OPENBLAS_CORETYPE= "$bprop" info | grep -q '^problem: OpenBLAS runs its Prescott'; then
    echo "SKIPPED: mistaken core (no better kernels for this processor, or another BLAS library)"
    exit 77
fi

failed=0
check() { # WHAT STARTS PATTERN…: what the last command has told, and how often it has started
    local what=$1 expected=$2 pattern
    shift 2
    [ "$(starts)" = "$expected" ] || { echo "$what: started $(starts) times, not $expected"; failed=1; }
    for pattern; do
        grep -qE -- "$pattern" told || { echo "$what: no '$pattern' in:"; cat told; failed=1; }
    done
}

mistaken "$bprop" info >told 2>&1
check 'info' 2 '^core: +(SkylakeX|Haswell)$' '^problem: none found$' \
    '^repair: +OpenBLAS took this processor for a Prescott; bprop started itself again with OPENBLAS_CORETYPE=(SkylakeX|Haswell)$'
[ "$(sort -u starts | wc -l)" = 1 ] || { echo "another process, or another name:"; cat starts; failed=1; }
mistaken "$bprop" info --json >told 2>&1
check 'info --json' 2 '"core":"(SkylakeX|Haswell)"' '"asked":false' '"repair":"OpenBLAS took' '"problem":null'

mistaken bash -c 'exec -a another "$1" --version' - "$bprop" >told 2>&1
[ "$(grep -c ' another$' starts)" = 2 ] || { echo "not called by its name:"; cat starts; failed=1; }

for value in '' Prescott Nehalem; do
    mistaken env OPENBLAS_CORETYPE="$value" MISTAKEN=always "$bprop" info >told 2>&1
    check "OPENBLAS_CORETYPE='$value'" 2 '^core: +Prescott' '^repair: +none$' '^problem: .*where it has another value$'
done
mistaken env OPENBLAS_CORETYPE=prescott MISTAKEN=always "$bprop" info >told 2>&1
check 'asked for' 2 '^core: +Prescott \(OPENBLAS_CORETYPE asks for it\)$'
mistaken env OPENBLAS_CORETYPE=$'\xff' MISTAKEN=always "$bprop" info --json >told 2>&1
check 'no text asked for' 2 '"core":"Prescott","asked":false'
mistaken env MISTAKEN=always "$bprop" info >told 2>&1
check 'in vain' 3 '^core: +Prescott' '^repair: +OpenBLAS took' '^problem: .*it has none for OPENBLAS_CORETYPE='
mistaken env MISTAKEN=fixed "$bprop" info >told 2>&1
check 'without DYNAMIC_ARCH' 2 '^repair: +none$' '^problem: .*install one with DYNAMIC_ARCH$'
mistaken env OPENBLAS_CORETYPE=Haswell BPROP_RESTARTED='1 Prescott' "$bprop" info >told 2>&1
check 'of another process' 2 '^core: +Haswell' '^repair: +none$'

# What runs the program is not what is to be started again.
loader=$(ldd "$bprop" | sed -n 's/^[[:space:]]*\(\/[^ ]*ld[^ ]*\) (.*/\1/p' | head -n 1)
if [ -n "$loader" ] && "$loader" "$bprop" --version >/dev/null 2>&1; then
    mistaken "$loader" "$bprop" info >told 2>&1
    check 'by its loader' 1 '^core: +Prescott' '^problem: .*in its environment$'
fi

# What goes in and comes out is the same.
printf '1,2,3\n2,1,4\n3,5,9\n' >table
"$bprop" convert table plain.npy --quiet
cat table | mistaken "$bprop" convert - piped.npy --quiet || { echo "from a pipe: status $?"; failed=1; }
check 'from a pipe' 2
cmp plain.npy piped.npy || failed=1
mistaken "$bprop" nothing 2>told
[ $? = 2 ] || { echo "not the exit status of a wrong command"; failed=1; }
check 'a wrong command' 2 "^bprop: unknown command 'nothing'"
exit $failed
