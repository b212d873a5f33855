#!/bin/sh
# test-kit-typescript.sh STACK: tests the TypeScript client beside a stack, and its package in an empty project.
set -eu
. scripts/tools.sh
stack=$1
need "the test of the TypeScript client needs npm and curl" npm:npm curl:curl
kit=$PWD/clients/typescript
mkdir -p .local/kit-typescript
if ! (cd "$kit" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --silent) >.local/kit-typescript.log 2>&1; then
    skip "the test of the TypeScript client needs its packages from npm, once; see .local/kit-typescript.log"
fi

"$stack" exec -- npm --prefix "$kit" --no-update-notifier --silent test

# As a partner installs it: the packed form, no types of Node's, every declaration checked.
project=$PWD/.local/kit-typescript/project
rm -rf "$project"
mkdir -p "$project"
(cd "$kit" && npm pack --no-update-notifier --silent --pack-destination "$project") >.local/kit-typescript.log
cp "$kit/test/consumer/consumer.ts" "$project"
(
    cd "$project"
    echo '{"name":"consumer","private":true,"type":"module"}' >package.json
    npm install --no-audit --no-fund --no-update-notifier --ignore-scripts --silent --prefer-offline ./*.tgz
    for form in "node16 node16" "esnext bundler" "nodenext nodenext"; do
        "$kit/node_modules/.bin/tsc" --strict --target es2022 --module "${form% *}" --moduleResolution "${form#* }" --lib es2022 --types '' consumer.ts
    done
)
cp docs/examples/first/sign-in.ts docs/examples/first/refresh.ts "$project"
(
    cd "$project"
    "$kit/node_modules/.bin/tsc" --strict --target es2022 --module nodenext --typeRoots "$kit/node_modules/@types" --types node sign-in.ts refresh.ts
)
# shellcheck disable=SC2016 # the inner shell expands it
"$stack" exec -- sh -euc '
    cd "$0"
    node consumer.js
    node sign-in.js | grep -F patient@example.com >/dev/null
    lost() { curl -fsS "$POSTERN_CONSOLE/faults" "$@"; }
    lost -H "content-type: application/json" -d "{\"kind\":\"lost-answer\",\"route\":\"POST /api/v1/users/auth/refresh-token\",\"times\":2}" >/dev/null
    node refresh.js | grep -F "is still signed in" >/dev/null
    lost | grep -Fx "{\"faults\":[]}" >/dev/null' "$project"
echo "ok: the packed client works in an empty project, as do the programs of docs/first-sign-in.md, though answers are lost"
