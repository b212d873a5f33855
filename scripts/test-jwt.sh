#!/bin/sh
# test-jwt.sh STACK: another JWT library judges the tokens of password logins and of partners.
set -eu
. scripts/tools.sh
installed pyjwt/with-crypto "no other JWT library judged the tokens of password logins and of partners: PyJWT needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
for token in password partner; do
    "$1" exec -- .local/pyjwt/bin/python "tests/contract/independent/${token}_token.py"
done
