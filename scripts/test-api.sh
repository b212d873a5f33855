#!/bin/sh
# test-api.sh STACK: schemathesis sends random requests to the API, first without and then with the demo's credentials.
set -eu
. scripts/tools.sh
installed schemathesis/installed "the random requests to the API need schemathesis, which needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
# Runs inside `exec`, where POSTERN_API is set, and in the folder of schemathesis, where it writes its files.
# shellcheck disable=SC2016
"$1" exec -- sh -euc '
    cd .local/schemathesis
    for config in "" "--config-file ../../infra/schemathesis.toml"; do
        # shellcheck disable=SC2086
        bin/st $config run ../../infra/openapi.yaml --url "$POSTERN_API" --seed 1 --max-examples 40 \
            --phases examples,coverage,fuzzing \
            --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
            --warnings off --generation-database none
    done
'
