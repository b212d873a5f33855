#!/bin/sh
# package.sh ARCH -p FUNCTION…: builds release binaries for Lambda. ARCH is arm64, x86_64, or empty for x86_64.
set -eu
case $1 in
arm64) architecture=--arm64 ;;
'' | x86_64) architecture=--x86-64 ;;
*)
    echo "package.sh: ARCH must be arm64 or x86_64, but is $1" >&2
    exit 2
    ;;
esac
shift
PATH=$PWD/.local/cargo-lambda/bin:$PATH cargo lambda build --release "$architecture" --skip-target-check "$@"
