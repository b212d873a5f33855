#!/bin/sh
# check-package.sh FOLDER ARCH: each function has a binary for ARCH, which needs no glibc later than 2.34, that of
# provided.al2023: a later symbol fails only when Lambda starts the function.
set -eu
folder=$1
case $2 in
arm64) machine=AArch64 ;;
x86_64) machine='Advanced Micro Devices X86-64' ;;
*)
    echo "check-package.sh: ARCH must be arm64 or x86_64, but is $2" >&2
    exit 2
    ;;
esac
bad() {
    echo "check-package.sh: $1" >&2
    exit 1
}
newest=none
for function in functions/*/; do
    binary=$folder/$(basename "$function")/bootstrap
    [ -f "$binary" ] || bad "$binary not found: run \`make package\`"
    LC_ALL=C readelf --file-header "$binary" | grep -q "Machine: *$machine" || bad "$binary is not for $2"
    needed=$(LC_ALL=C readelf --version-info --wide "$binary" | grep -o 'GLIBC_2\.[0-9.]*' | sort -uV | tail -n 1)
    newest=$(printf '%s\n%s\n' "$needed" "$newest" | grep GLIBC | sort -V | tail -n 1)
    [ "$(printf '%s\nGLIBC_2.34\n' "$needed" | sort -V | tail -n 1)" = GLIBC_2.34 ] ||
        bad "$binary needs $needed; provided.al2023 has GLIBC_2.34"
done
echo "$folder: $2, needs at most $newest"
