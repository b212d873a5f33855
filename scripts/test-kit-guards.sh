#!/bin/sh
# test-kit-guards.sh STACK [WORD…]: sees a test fail without each guard of clients/typescript and clients/python. The tests
# have to have run once: test-kit-typescript.sh and test-kit-python.sh install what they need.
set -eu
. scripts/tools.sh
stack=$1
shift
need "the guards of the kits need npm" npm:npm
[ -d clients/typescript/node_modules ] || skip "the guards of the kits need the packages of 'make test-kit-typescript'"
[ -x .local/kit-python/empty/bin/python ] || skip "the guards of the kits need the environment of 'make test-kit-python'"
if [ -w /dev/shm ]; then TMPDIR=/dev/shm; export TMPDIR; fi
"$stack" exec -- .local/kit-python/empty/bin/python -B tests/kits/guards.py .local/kit-guards "$@"
