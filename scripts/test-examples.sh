#!/bin/sh
# test-examples.sh STACK LANGUAGE…: builds the programs of docs/examples, and runs them against the stack.
# A language that this machine lacks is skipped, and says so.
set -eu
. scripts/tools.sh
stack=$1
shift
examples=$PWD/docs/examples
built=$PWD/.local/examples
mkdir -p "$built"

# Each prints the commands of the two programs, one a line, last.
typescript() (
    what="the example in TypeScript"
    need "$what needs npm" npm:npm
    installed examples/typescript/installed "$what needs TypeScript and jose from npm, once"
    cp "$examples"/typescript/* "$built/typescript"
    (cd "$built/typescript" && node_modules/.bin/tsc) >&2
    echo "node $built/typescript/built/refresh.js"
    echo "node $built/typescript/built/partner-token.js"
)

python() {
    python=$PWD/.local/kit-python/bin/python
    echo "$python $examples/python/refresh.py"
    echo "$python $examples/python/partner_token.py"
}

java() (
    what="the example in Java"
    need "$what needs a JDK" javac:default-jdk-headless
    installed examples/gson/installed "$what needs Gson from Debian: apt-get download libgoogle-gson-java"
    gson=$built/gson/usr/share/java/gson.jar
    javac -Xlint:all -Werror -cp "$gson" -d "$built/java" "$examples"/java/*.java >&2
    # One processor's collector and compiler are enough, and start faster.
    echo "java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp $built/java:$gson Refresh"
    echo "java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp $built/java:$gson PartnerToken"
)

go() (
    need "the example in Go needs Go" go:golang-go
    gopath=/usr/share/gocode
    [ -d $gopath/src/gopkg.in/square/go-jose.v2 ] || [ -z "${CI:-}" ] || install_packages golang-gopkg-square-go-jose.v2-dev
    [ -d $gopath/src/gopkg.in/square/go-jose.v2 ] || skip "the example in Go needs go-jose (Debian: apt-get install golang-gopkg-square-go-jose.v2-dev)"
    export GO111MODULE=off GOPATH=$gopath GOCACHE="$built/go-cache" GOFLAGS="" CGO_ENABLED=0
    for program in refresh partner_token; do
        (cd "$examples/go/$program" && command go vet . && command go build -o "$built/go-$program" .) >&2
        echo "$built/go-$program"
    done
)

php() (
    need "the example in PHP needs PHP" php:php-cli
    phpseclib=/usr/share/php/phpseclib3/autoload.php
    { [ -e $phpseclib ] && command php -m | grep -qx curl; } || [ -z "${CI:-}" ] || install_packages php-curl php-phpseclib3
    { [ -e $phpseclib ] && command php -m | grep -qx curl; } || skip "the example in PHP needs curl and phpseclib (Debian: apt-get install php-curl php-phpseclib3)"
    for program in refresh partner_token; do
        command php -l "$examples/php/$program.php" >&2
        echo "env AUTOLOAD=$phpseclib php -d error_reporting=-1 -d display_errors=stderr $examples/php/$program.php"
    done
)

csharp() (
    newtonsoft=/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll
    http=/usr/lib/mono/4.5/System.Net.Http.dll
    need "the example in C# needs Mono" mcs:mono-mcs mono:mono-runtime
    { [ -e $newtonsoft ] && [ -e $http ]; } || [ -z "${CI:-}" ] || install_packages libnewtonsoft-json5.0-cil libmono-system-net-http4.0-cil
    { [ -e $newtonsoft ] && [ -e $http ]; } || skip "the example in C# needs two libraries (Debian: apt-get install libnewtonsoft-json5.0-cil libmono-system-net-http4.0-cil)"
    mkdir -p "$built/csharp"
    cp $newtonsoft "$built/csharp"
    for program in Refresh PartnerToken; do
        mcs -warnaserror -r:System.Net.Http.dll -r:$newtonsoft -out:"$built/csharp/$program.exe" "$examples/csharp/$program.cs" >&2
        echo "mono $built/csharp/$program.exe"
    done
)

installed kit-python/installed "the test of the examples needs PyJWT, which needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
languages=$*
set --
for language in $languages; do
    told=$("$language")
    case $told in
    SKIPPED:*) echo "$told" ;;
    *) set -- "$@" "$language" "$(echo "$told" | tail -n 2 | head -n 1)" "$(echo "$told" | tail -n 1)" ;;
    esac
done
[ $# = 0 ] || "$stack" exec -- .local/kit-python/bin/python -B tests/examples/run.py "$@"
