#!/bin/sh
# test-amazon.sh STACK [TEST]: runs the tests of handlers and store on Amazon's DynamoDB Local, or one of them.
set -eu
. scripts/tools.sh
need "the tests on Amazon's DynamoDB Local need a JDK and npm" javac:default-jdk-headless npm:npm
stack=$1 only=${2:-*}
set --
for test in tests/store/tests/$only; do
    set -- "$@" --test "$(basename "$test")"
done
DYNAMODB=local "$stack" exec -- cargo test --workspace "$@"
