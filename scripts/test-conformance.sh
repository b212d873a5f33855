#!/bin/sh
# test-conformance.sh STACK: the conformance runner passes the reference client, and finds each fault of the wrong one.
set -eu
. scripts/tools.sh
need "the conformance runner needs Node" node:nodejs
POSTERN=$(cd "$(dirname "$1")" && pwd)/postern
export POSTERN
"$1" exec -- sh -euc 'node clients/conformance/test/reference.mjs; node clients/conformance/test/wrong.mjs '"${2:-}"
