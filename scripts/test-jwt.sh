#!/bin/sh
# test-jwt.sh STACK: verifies the tokens of password logins and of partners with another JWT library.
set -eu
. scripts/tools.sh
installed pyjwt/with-crypto "the test of tokens with another JWT library needs PyJWT, which needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
for token in password partner; do
    "$1" exec -- .local/pyjwt/bin/python "tests/contract/independent/${token}_token.py"
done
