#!/bin/sh
# Checks relative links and anchors of all Markdown files, those in hidden folders included. It asks no network.
set -eu
. scripts/tools.sh
need "the check of links between documents needs npm" npm:npm
make --no-print-directory --silent .local/remark/node_modules/.bin/remark
folder=.local/remark/node_modules
# shellcheck disable=SC2046 # no file's name has a space
"$folder/.bin/remark" --frail --quiet --no-stdout --no-config --no-ignore --no-color \
    --use "$PWD/$folder/remark-validate-links/index.js=repository:false" \
    $(git ls-files --cached --others --exclude-standard '*.md')
