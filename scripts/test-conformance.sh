#!/bin/sh
# test-conformance.sh STACK [each]: the conformance runner passes the reference client; with each, finds each fault of the wrong one.
set -eu
. scripts/tools.sh
need "the conformance runner needs Node" node:nodejs
POSTERN=$(cd "$(dirname "$1")" && pwd)/postern
export POSTERN
case ${2:-} in
each) "$1" exec -- node clients/conformance/test/wrong.mjs each ;;
*) "$1" exec -- node clients/conformance/test/reference.mjs ;;
esac
