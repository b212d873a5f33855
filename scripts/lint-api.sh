#!/bin/sh
# Lints the description of the API: Redocly with its recommended rules, Spectral with those for code generators.
set -eu
. scripts/tools.sh
need "the linters of infra/openapi.yaml need npm" npm:npm
make --no-print-directory --silent .local/redocly/node_modules/.bin/redocly .local/spectral/node_modules/.bin/spectral
NO_COLOR=1 REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true .local/redocly/node_modules/.bin/redocly lint --config infra/redocly.yaml infra/openapi.yaml
.local/spectral/node_modules/.bin/spectral lint --quiet --ruleset infra/spectral.yaml --fail-severity hint infra/openapi.yaml
