#!/bin/sh
# test-generated.sh STACK: makes clients of infra/openapi.yaml with code generators, in Python, TypeScript, Java, and Go where
# its compiler is; compiles them; signs in with them, but for that in Java; and has each of these decode every answer with
# fields and words that the document lacks.
set -eu
. scripts/tools.sh
folder=.local/generated
mkdir -p "$folder"
generators=.local/generators
python=$generators/bin/python

installed generators/installed "the test of generated clients needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"

# generate CONFIG…: runs openapi-generator.
generate() {
    # shellcheck disable=SC2086 # the version of Python is not known
    java -jar $generators/lib/python3*/site-packages/openapi_generator_cli/openapi-generator.jar \
        batch --fail-fast -r 1 -- "$@" >$folder/generator.log 2>&1 || { cat $folder/generator.log; exit 1; }
}

# decode COMMAND…: runs a client beside a server that sends the altered answers.
decode() {
    "$python" tests/generated/cases.py infra/openapi.yaml >$folder/cases.json
    "$python" tests/generated/answers.py $folder/cases.json "$@"
}

python_client() (
    rm -rf $folder/postern_client
    PATH=$PWD/$generators/bin:$PATH openapi-python-client generate --path infra/openapi.yaml \
        --output-path $folder/postern_client --meta none --fail-on-warning >$folder/openapi-python-client.log 2>&1 ||
        { cat $folder/openapi-python-client.log; exit 1; }
    decode "$python" tests/generated/altered.py
    "$1" exec -- "$python" tests/generated/flows.py
)

clients_of_openapi_generator() (
    what="the test of clients of openapi-generator"
    need "$what needs a JDK and npm" java:default-jre-headless npm:npm
    installed generated/npm "$what needs TypeScript from npm, once"
    rm -rf $folder/client $folder/python $folder/js
    generate tests/generated/generators/typescript.yaml tests/generated/generators/python.yaml
    decode "$python" tests/generated/altered_pydantic.py
    $folder/node_modules/.bin/openapi-typescript infra/openapi.yaml -o $folder/openapi.d.ts >$folder/openapi-typescript.log 2>&1 ||
        { cat $folder/openapi-typescript.log; exit 1; }
    cp tests/generated/*.ts tests/generated/tsconfig.json $folder
    $folder/node_modules/.bin/tsc -p $folder/tsconfig.json
    decode node $folder/js/altered.js
    first_sign_in
    # shellcheck disable=SC2016 # the inner shell expands it
    "$1" exec -- sh -euc 'node "$0/js/flows.js"; node "$0/js/types.js"; node "$0/first/generated.js" | grep -F patient@example.com >/dev/null' $folder
)

# first_sign_in: compiles the program of docs/first-sign-in.md with the types that its reader makes.
first_sign_in() (
    mkdir -p $folder/first
    cp docs/examples/first/generated.ts $folder/first
    cp $folder/openapi.d.ts $folder/first/postern.d.ts
    echo '{"type":"module"}' >$folder/first/package.json
    cd $folder/first
    ../node_modules/.bin/tsc --strict --target es2022 --module nodenext --types node generated.ts
)

java_client() (
    what="the client in Java"
    need "$what needs a JDK" javac:default-jdk-headless
    installed generated/jars "$what needs three libraries from Debian: apt-get download libhttpclient-java"
    rm -rf $folder/java $folder/classes
    generate tests/generated/generators/java.yaml
    jars=$folder/debian/usr/share/java
    # Jackson is in the generator's own jar.
    generator=$(echo $generators/lib/python3*/site-packages/openapi_generator_cli/openapi-generator.jar)
    find $folder/java/src/main -name '*.java' >$folder/java.files
    javac -nowarn -d $folder/classes -cp "$generator:$jars/jakarta-annotation-api.jar:$jars/httpmime.jar:$jars/httpclient.jar" \
        @$folder/java.files >$folder/javac.log 2>&1 || { cat $folder/javac.log; exit 1; }
    echo "ok: the client in Java compiles"
)

go_client() (
    what="the client in Go"
    if ! command -v go >/dev/null; then
        echo "SKIPPED: $what needs Go (Debian: apt-get install golang-go)"
        exit 0
    fi
    installed generated/go "$what needs a library from Debian: apt-get download golang-gopkg-validator.v2-dev"
    rm -rf $folder/gopath
    generate tests/generated/generators/go.yaml
    GO111MODULE=off GOPATH=$PWD/$folder/gopath:$PWD/$folder/debian-go/usr/share/gocode GOCACHE=$PWD/$folder/go-cache GOFLAGS="" CGO_ENABLED=0
    export GO111MODULE GOPATH GOCACHE GOFLAGS CGO_ENABLED
    go vet openapi ./tests/generated/go/altered ./tests/generated/go/flows
    for program in altered flows; do
        go build -o $folder/go-$program ./tests/generated/go/$program
    done
    decode $folder/go-altered
    "$1" exec -- $folder/go-flows
)

python_client "$1"
clients_of_openapi_generator "$1"
java_client
go_client "$1"
