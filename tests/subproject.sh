#!/bin/sh
# bprop within another Meson project:
#
#   subproject.sh SOURCE    exit status 0, 1 with what is wrong, or 77 without meson in the path
#
# The host's program builds and runs, and nothing of bprop is tested or installed with it.
set -u
command -v meson >/dev/null || { echo "SKIPPED: subproject (no meson)"; exit 77; }
source=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/host/subprojects" && cd "$work/host" || exit 1
ln -s "$source" subprojects/bprop
cp "$source/tests/embed/xor.c" .
cat >meson.build <<'END'
project('host', 'c')
bprop = dependency('bprop', fallback: 'bprop')
test('xor', executable('xor', 'xor.c', dependencies: bprop, install: true))
END

do_or_show() { "$@" >log 2>&1 || { cat log; echo "failed: $*"; exit 1; }; }
do_or_show meson setup build --force-fallback-for=bprop --prefix /usr --werror
do_or_show meson compile -C build
do_or_show meson test -C build
grep -q '^Ok: *1 *$' log || { cat log; echo "not one test"; exit 1; }
do_or_show meson install -C build --no-rebuild --destdir "$work/root"
[ "$(cd "$work/root" && find . -type f)" = ./usr/bin/xor ] || { find "$work/root"; echo "not one file"; exit 1; }
