#!/bin/sh
# Lints the description of the API.
set -eu
. scripts/tools.sh
need "the linter of infra/openapi.yaml needs npm" npm:npm
make --no-print-directory --silent .local/redocly/node_modules/.bin/redocly
NO_COLOR=1 REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true .local/redocly/node_modules/.bin/redocly lint --config infra/redocly.yaml infra/openapi.yaml
