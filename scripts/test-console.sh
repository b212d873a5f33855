#!/bin/sh
# test-console.sh STACK: tests the console's pages in headless Chromium.
set -eu
. scripts/tools.sh
need "the test of the console's pages needs Chromium and npm" chromium:chromium npm:npm
make --no-print-directory --silent .local/playwright/with-axe
CHROMIUM=$(command -v chromium) "$1" exec -- sh -euc 'node tests/console/guard.mjs; node tests/console/walk.mjs; node tests/console/reference.mjs'
