#!/bin/sh
# test-api.sh STACK: schemathesis asks the API at random, without and then with the demo's credentials.
set -eu
. scripts/tools.sh
installed schemathesis/installed "nobody asked the API at random: schemathesis needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
# In the stack's own shell, for the API's address is there. schemathesis writes beside itself.
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
