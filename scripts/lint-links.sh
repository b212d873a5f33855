#!/bin/sh
# Checks relative links and anchors of all Markdown files, also in hidden folders. It doesn't use the network.
set -eu
. scripts/tools.sh
need "the check of links between documents needs npm" npm:npm
make --no-print-directory --silent .local/remark/node_modules/.bin/remark
folder=.local/remark/node_modules
# shellcheck disable=SC2046 # file names have no spaces
"$folder/.bin/remark" --frail --quiet --no-stdout --no-config --no-ignore --no-color \
    --use "$PWD/$folder/remark-validate-links/index.js=repository:false" \
    $(git ls-files --cached --others --exclude-standard '*.md')
