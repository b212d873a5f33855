#!/bin/sh
# test-amazon.sh STACK: runs the tests of handlers and store on Amazon's DynamoDB Local.
set -eu
. scripts/tools.sh
need "the tests on Amazon's DynamoDB Local need a JDK and npm" javac:default-jdk-headless npm:npm
stack=$1
set --
for test in tests/store/tests/*; do
    set -- "$@" --test "$(basename "$test")"
done
DYNAMODB=local "$stack" exec -- cargo test --workspace "$@"
