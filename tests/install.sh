#!/bin/bash
# bprop as others find it, installed in an empty folder:
#
#   install.sh BUILD TOP SANITIZERS    exit status 0, 1 with what is wrong, or 77 without meson or
#                                      pkg-config, or where SANITIZERS, which hosts lack, are not none
#
# Each example of tests/embed is built with what pkg-config says and run, with the shared library and
# with the archive. What it needs besides, its first lines say: "needs: PACKAGE …", where m and
# threads are the system's own. Examples for which there is no compiler or no package are named.
set -u
build=$(realpath "$1") top=$(realpath "$2") failed=0
skip() { echo "SKIPPED: $*"; }
wrong() { echo "$*"; failed=1; }
[ "$3" = none ] || { skip "install (sanitizers)"; exit 77; }
for tool in meson pkg-config; do
    command -v $tool >/dev/null || { skip "install (no $tool)"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" && ln -s "$top/data" data || exit 1

meson install -C "$build" --no-rebuild --destdir "$work/root" >log 2>&1 || { cat log; exit 1; }
# Meson knows of every file, so that it can uninstall it.
find "$work/root" ! -type d | grep -vxFf "$build/meson-logs/install-log.txt" && wrong "files that are not uninstalled"
pc=$(find root -name bprop.pc)
prefix=$work/root$(sed -n 's/^prefix=//p' "$pc")
export PKG_CONFIG_PATH=$work/${pc%/*}
sed -i.as_installed "s|^prefix=.*|prefix=$prefix|" "${pc%/*}"/*.pc # the folder is not where it was meant to be
libraries=$(pkg-config --variable=libdir bprop)

[ "$("$prefix/bin/bprop" --version)" = "bprop $(pkg-config --modversion bprop)" ] || wrong "the program's version"
for file in man1/bprop.1 man3/bprop.3 completions/bprop.bash; do
    [ -s "$(find root -path "*/$file")" ] || wrong "there is no $file"
done

# The library for Fortran is the module alone, and asks for nothing that bprop does not.
if pkg-config --exists bprop_fortran; then
    [ "$(ar t "$libraries/libbprop_fortran.a" | wc -l)" = 1 ] || wrong "libbprop_fortran.a has more than the module"
    [ "$(pkg-config --print-requires bprop_fortran)" = bprop ] || wrong "bprop_fortran.pc requires more than bprop"
fi

# Each header stands alone.
(cd "$prefix/include" && find . -name '*.h' | sort) | diff <(cd "$top/include" && find . -name '*.h' | sort) - ||
    wrong "other headers than in the source"
compiler() { # of a file by its name; in $found, with what makes it strict in $strict
    case $1 in
    *.c) found=${CC:-cc} strict='-std=c11' ;;
    *.cpp) found=${CXX:-c++} strict='-std=c++17' ;;
    *.f90) found=${FC:-gfortran} strict='' ;;
    esac
    command -v ${found%% *} >/dev/null || { skip "$1 (no ${found%% *})"; return 1; }
}
for header in "$prefix"/include/bprop/*.h; do
    name=bprop/${header##*/}
    for file in alone.c alone.cpp; do
        echo "#include <$name>" >$file
        compiler $file >/dev/null || continue
        $found $strict -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags bprop) -fsyntax-only $file ||
            wrong "$name does not stand alone in $file"
    done
done

# By its source, for a program whose integers are not those of the installed module.
cat >long.f90 <<'END'
program long
  use bprop
  if (bp_strerror(BP_OK) == bp_strerror(BP_ERROR_SIZE)) error stop 1
end program
END
if [ -e "$prefix/include/bprop/bprop.F90" ] && compiler long.f90; then
    mkdir modules
    $found -fdefault-integer-8 -J modules $(pkg-config --cflags bprop) "$prefix/include/bprop/bprop.F90" long.f90 -o long $(pkg-config --libs bprop) &&
        LD_LIBRARY_PATH=$libraries ./long || wrong "the installed source of the module does not serve"
fi

run_example() { # FILE PKG-CONFIG-OPTION…
    local file=$1 package=bprop packages='' system='' needed
    shift
    compiler "${file##*/}" || return
    [ "${file##*.}" != f90 ] || package=bprop_fortran
    for needed in $package $(sed -n '1,5s/^[^A-Za-z]*needs: *\([A-Za-z0-9 _+.-]*[A-Za-z0-9]\).*/\1/p' "$file"); do
        case $needed in
        m) system+=' -lm' ;;
        threads) system+=' -pthread' ;;
        *)
            packages+=" $needed"
            pkg-config --exists "$needed" || { skip "${file##*/} (no $needed)"; return; }
            ;;
        esac
    done
    rm -f example log
    if $found "$file" -o example $(pkg-config "$@" --cflags --libs $packages) $system >log 2>&1 && ./example >log 2>&1; then
        echo "${file##*/} $*: $(tail -n 1 log)"
    else
        cat log
        wrong "${file##*/} fails"
    fi
}
for file in "$top"/tests/embed/*.*; do
    LD_LIBRARY_PATH=$libraries run_example "$file"
done

# A macro of the headers is expanded in the host's code, under the host's warnings.
if [ -n "${CXX:-}" ]; then
    cat >macros.cpp <<'END'
#include <bprop/bprop.h>
int main()
{
    char number[BP_NUMBER_SIZE], name[BP_TENSOR_NAME_SIZE];
    bp_train_options how = bp_train_defaults();
    how.batch_size = BP_ALL_ROWS;
    bp_print_number(1, number);
    bp_tensor_name(0, BP_TENSOR_WEIGHT, name);
    return how.batch_size == 0;
}
END
    $CXX -std=c++17 -Wall -Wextra -Wpedantic -Wconversion -Wold-style-cast -Werror -fsyntax-only $(pkg-config --cflags bprop) macros.cpp ||
        wrong "the headers' macros do not pass a C++ host's warnings"
fi

# A program compiled for the other kind of numbers is not linked.
other=-DBPROP_SINGLE
case $(pkg-config --cflags bprop) in *$other*) other=-UBPROP_SINGLE ;; esac
mistake() { # PKG-CONFIG-OPTION…
    if ${CC:-cc} "$top/tests/embed/xor.c" -o example $(pkg-config "$@" --cflags bprop) $other $(pkg-config "$@" --libs bprop) >log 2>&1; then
        wrong "a program for the other kind of numbers is linked"
    elif ! grep -q 'bp_real_is_' log; then
        cat log
        wrong "the linker does not name the kind of numbers"
    fi
}
mistake
rm -f "$libraries"/libbprop.so*
if [ -e "$libraries/libbprop.a" ]; then
    for file in "$top"/tests/embed/*.*; do
        run_example "$file" --static
    done
    mistake --static
fi
exit $failed
