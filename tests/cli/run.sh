#!/bin/sh
# Runs the commands of a case and compares all they do with what the case says.
#
#   run.sh BPROP CASE            exit status 0 if all is as the case says, else a diff
#   run.sh BPROP CASE --update   write the case anew from what the commands do
#   run.sh BPROP CASE --single   for a build of single precision: numbers may differ by a thousandth,
#                                and a training may diverge elsewhere
#
# A case is text. A line that begins with "  $ " is a command; the indented lines below it are what
# it prints: stdout behind two spaces, stderr behind "  ! ", an exit status other than 0 as
# "  [1]". Commands run in an empty folder in which "data" leads to the project's data.
set -u
bprop=$1 case=$2 update=${3-}
top=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$(cd "$(dirname "$bprop")" && pwd):$PATH
case $case in /*) ;; *) case=$(pwd)/$case ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/in" && cd "$work/in" && ln -s "$top/data" data || exit 1

while IFS= read -r line; do
    case $line in
    '  $ '*)
        printf '%s\n' "$line"
        (eval "${line#'  $ '}") >"$work/out" 2>"$work/err" </dev/null
        status=$?
        sed 's/^/  /' "$work/out"
        sed 's/^/  ! /' "$work/err"
        [ $status -eq 0 ] || printf '  [%s]\n' $status
        ;;
    '  '*) ;; # what the last command printed before
    *) printf '%s\n' "$line" ;;
    esac
done <"$case" >"$work/actual"

alike() {
    awk -v other="$2" '
        function fail() { print "line " FNR ": expected " $0 "\nfound " theirs; exit failed = 1 }
        { if ((getline theirs <other) <= 0) fail()
          a = $0; b = theirs
          gsub(/ +/, " ", a); gsub(/ +/, " ", b)
          sub(/diverged: [a-z ]+ in epoch [0-9]+/, "diverged", a)
          sub(/diverged: [a-z ]+ in epoch [0-9]+/, "diverged", b)
          while (match(a, number)) {
              before = substr(a, 1, RSTART - 1); x = substr(a, RSTART, RLENGTH) + 0
              a = substr(a, RSTART + RLENGTH)
              if (!match(b, number) || substr(b, 1, RSTART - 1) != before) fail()
              y = substr(b, RSTART, RLENGTH) + 0; b = substr(b, RSTART + RLENGTH)
              gap = x - y; size = x < 0 ? -x : x
              if (gap < 0) gap = -gap
              if (gap > size / 1000 + 0.0002) fail()
          }
          if (a != b) fail() }
        BEGIN { number = "-?[0-9]+(\\.[0-9]+)?(e[-+]?[0-9]+)?" }
        END { if (!failed && (getline theirs <other) > 0) { print "more: " theirs; exit 1 } }
    ' "$1"
}

case $update in
--update) cp "$work/actual" "$case" ;;
--single) alike "$case" "$work/actual" ;;
*) diff -u "$case" "$work/actual" ;;
esac
