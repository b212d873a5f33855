#!/bin/sh
# test-conformance.sh STACK [each]: the conformance runner passes the reference client and the kits, and finds each fault of the wrong client.
# With each, every fault has a client of its own, and the kits wait for rotated keys.
set -eu
. scripts/tools.sh
need "the conformance runner needs Node and npm" node:nodejs npm:npm
installed kit-python/installed "the conformance of the kit for Python needs python3 (3.10 or later) with venv, and PyPI once (Debian: apt-get install python3-venv)"
if ! (
    cd clients/typescript
    [ -x node_modules/.bin/tsc ] || npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --silent
    npm run build --no-update-notifier --silent
) >.local/conformance.log 2>&1; then
    skip "the conformance of the kit for TypeScript needs its packages from npm, once; see .local/conformance.log"
fi

POSTERN=$(cd "$(dirname "$1")" && pwd)/postern
KIT_PYTHON=$PWD/.local/kit-python/bin/python
PYTHONPATH=$PWD/clients/python/src
export POSTERN KIT_PYTHON PYTHONPATH
tests=clients/conformance/test
if [ "${2:-}" = each ]; then
    EACH=1 "$1" exec -- node --test --test-concurrency=2 "$tests/wrong.test.mjs" "$tests/kits.test.mjs"
else
    "$1" exec -- node --test "$tests/answers.test.mjs" "$tests/secrets.test.mjs" # alone: it disturbs the stack, and moves its clock
    "$1" exec -- node --test --test-concurrency=2 \
        "$tests/wrong.test.mjs" "$tests/readme.test.mjs" "$tests/kits.test.mjs" "$tests/reference.test.mjs"
fi
