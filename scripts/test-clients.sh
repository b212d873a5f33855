#!/bin/sh
# test-clients.sh STACK: calls the API with published clients. Each kind that this machine lacks is skipped, and says so.
set -eu
. scripts/tools.sh
stack=$1

java_clients() (
    what="the test with Java's HTTP clients"
    need "$what needs a JDK" javac:default-jdk-headless
    installed clients/jars "$what needs Apache HttpClient 5 from Debian: apt-get download libhttpclient5-java"
    jars=$PWD/.local/clients/java/usr/share/java
    CLASSPATH=$jars/httpclient5.jar:$jars/httpcore5.jar:$jars/httpcore5-h2.jar:$jars/slf4j-api.jar:$jars/slf4j-nop.jar:$jars/commons-codec.jar
    export CLASSPATH
    "$stack" exec -- java tests/clients/Clients.java
)

npm_clients() (
    what="the test of tokens with jose and aws-jwt-verify"
    need "$what needs npm" npm:npm
    installed clients/packages "$what needs both from npm, once"
    CLIENTS=$PWD/.local/clients/node_modules/
    export CLIENTS
    "$stack" exec -- node tests/clients/tokens.mjs
)

python_clients() (
    installed kit-python/installed "the test of tokens with PyJWT needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
    for token in password partner; do
        "$stack" exec -- .local/kit-python/bin/python "tests/clients/${token}_token.py"
    done
)

java_clients
npm_clients
python_clients
