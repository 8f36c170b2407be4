#!/bin/sh
# Runs the commands of a case and compares all they do with what the case says.
#
#   run.sh BPROP CASE            exit status 0 if all is as the case says, else a diff
#   run.sh BPROP CASE --update   write the case anew from what the commands do
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

if [ "$update" = --update ]; then
    cp "$work/actual" "$case"
else
    diff -u "$case" "$work/actual"
fi
