#!/bin/sh
# test-postman.sh STACK: docs/postern.postman_collection.json is what its script makes of the description, and newman runs it.
set -eu
. scripts/tools.sh
what="the test of the Postman collection"
need "$what needs npm" npm:npm
installed generators/installed "$what needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
installed postman/newman "$what needs newman from npm, once"
collection=docs/postern.postman_collection.json
.local/generators/bin/python tests/postman/collection.py infra/openapi.yaml >.local/postman/collection.json
cmp $collection .local/postman/collection.json || {
    echo "make it again: cp .local/postman/collection.json $collection" >&2
    exit 1
}
# shellcheck disable=SC2016 # the inner shell expands it
"$1" exec -- sh -euc '
    curl -fsS -X DELETE "$POSTERN_CONSOLE/messages"
    .local/postman/node_modules/.bin/newman run "$0" --bail --color off --reporters cli --reporter-cli-no-banner \
        --reporter-cli-no-success-assertions --env-var "baseUrl=$POSTERN_API" --env-var "console=$POSTERN_CONSOLE"
' $collection
