#!/bin/sh
# package.sh ARCH PROFILE FOLDER -p FUNCTION…: binaries for Lambda. ARCH is arm64 or x86_64; empty means this machine's.
set -eu
architecture=$1 profile=$2 folder=$3
shift 3
if [ -z "$architecture" ]; then
    case $(uname -m) in
    aarch64 | arm64) architecture=arm64 ;;
    *) architecture=x86_64 ;;
    esac
fi
case $architecture in
arm64) option=--arm64 ;;
x86_64) option=--x86-64 ;;
*)
    echo "package.sh: ARCH must be arm64 or x86_64, but is $architecture" >&2
    exit 2
    ;;
esac
# What the log names as the version: the commit. Without git, it is the packages' version.
if POSTERN_VERSION=$(git describe --tags --always --dirty 2>/dev/null); then export POSTERN_VERSION; else unset POSTERN_VERSION; fi
PATH=$PWD/.local/cargo-lambda/bin:$PATH cargo lambda build --profile "$profile" --lambda-dir "$folder" "$option" --skip-target-check "$@"
scripts/check-package.sh "$folder" "$architecture"
