#!/bin/sh
# test-clients.sh STACK: calls the API with published clients: Java's, Apache's, and two JWT libraries of npm.
set -eu
. scripts/tools.sh
need "the test of published clients needs a JDK and npm" javac:default-jdk-headless npm:npm
installed clients/jars "the test of published clients needs Apache HttpClient 5 from Debian: apt-get download libhttpclient5-java"
installed clients/npm "the test of published clients needs jose and aws-jwt-verify from npm"
jars=$PWD/.local/clients/java/usr/share/java
CLASSPATH=$jars/httpclient5.jar:$jars/httpcore5.jar:$jars/httpcore5-h2.jar:$jars/slf4j-api.jar:$jars/slf4j-nop.jar:$jars/commons-codec.jar
CLIENTS=$PWD/.local/clients/node_modules/
export CLASSPATH CLIENTS
"$1" exec -- sh -euc 'java tests/clients/Clients.java; node tests/clients/tokens.mjs'
