#!/bin/sh
# Checks GitHub's files against their schemas, and looks for security problems. It doesn't use the network.
set -eu
fits() {
    schema=$1
    shift
    found=$(.local/lint/bin/check-jsonschema --builtin-schema "vendor.$schema" "$@") || {
        echo "$found"
        exit 1
    }
}
fits github-workflows .github/workflows/*.yml
fits dependabot .github/dependabot.yml
fits github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
fits github-issue-config .github/ISSUE_TEMPLATE/config.yml
.local/lint/bin/zizmor --offline --quiet --no-progress .github
