#!/bin/bash
# The manual pages and bash's completion:
#
#   manual.sh BPROP BPROP.1 BPROP.3 COMPLETION TOP    exit status 0, 1 with what is wrong, or 77
#                                                     without mandoc, if the rest is right
set -u
bprop=$(realpath "$1") page=$(realpath "$2") api=$(realpath "$3") completion=$(realpath "$4")
tests=$(cd "$(dirname "$0")" && pwd) top=$(realpath "$5")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
wrong() { echo "$*"; failed=1; }

# bprop.1 has the options of each command, and its examples run.
for command in $("$bprop" --help | awk '/^  / { print $1 }'); do
    "$bprop" "$command" --help | awk '/^  .*-/ { print match($0, /--[a-z0-9-]+/) ? substr($0, RSTART, RLENGTH) : $1 }' >help
    awk -v command="$command" '/^\.S/ { on = /^\.Ss/ && $3 == command } on && /^\.It/' "$page" |
        sed -E 's/\\//g; s/.* Fl (-[a-z0-9-]+).*/-\1/; s/^\.It Fl ([a-z]) .*/-\1/' | diff help - ||
        wrong "bprop.1: not the options of $command"
done
ln -s "$top/data" data
ln -s "$bprop" bprop
sed -n '/^\.Sh EXAMPLES/,$p' "$page" | grep -E '^(bprop|echo) ' | sed 's/\\-/-/g' >examples
[ "$(wc -l <examples)" -ge 6 ] || wrong "bprop.1: hardly an example"
while IFS= read -r line; do
    PATH=.:$PATH sh -c "$line" >log 2>&1 </dev/null || { cat log; wrong "bprop.1: $line"; }
done <examples

# bprop.3 has what the headers declare.
"$tests/declared.sh" "$top/include" >declared
grep '^\.It Fn ' "$api" | grep -oE 'bp_[a-z0-9_]+' | LC_ALL=C sort | diff declared - ||
    wrong "bprop.3: not the functions of the headers"

# What bash completes.
completes() { # LINE EXPECTED: all the words that the last one of LINE may become
    local COMP_WORDS COMP_CWORD COMPREPLY=()
    read -ra COMP_WORDS <<<"${1//=/ = }"
    [ "${1: -1}" != ' ' ] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _bprop
    [ "${COMPREPLY[*]}" = "$2" ] || wrong "'$1' is completed by: ${COMPREPLY[*]}"
}
. "$completion"
completes 'bprop t' 'train tutorial'
completes 'bprop train data --weight' '--weight-column'
completes 'bprop train --optimizer a' 'adam adagrad adamw'
completes 'bprop cv data --kernel=l' 'loops'
completes 'bprop evaluate --missing ' 'error drop'
completes 'bprop train i' ''

command -v mandoc >/dev/null || { echo "SKIPPED: manual (no mandoc)"; [ $failed = 1 ] || exit 77; }
mandoc -T lint -W warning "$page" "$api" || wrong "mandoc finds fault"
exit $failed
