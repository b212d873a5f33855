#!/bin/sh
# test-docs.sh STACK DOCUMENT…: runs the shell blocks of documents, as a reader pastes them, in each of four shells.
set -eu
. scripts/tools.sh
stack=$1
shift
need "the test of the documents' shell blocks needs Python, bash and curl" python3:python3 bash:bash curl:curl
installed lint/installed "the test of the documents' shell blocks needs shellcheck, which needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv)"
python3 -B tests/docs/selftest.py --quiet
for shell in bash:bash dash:dash zsh:zsh ash:busybox; do
    package=${shell#*:}
    (need "the test of the documents' shell blocks in $package needs $package" "$package:$package")
    if command -v "$package" >/dev/null; then
        set -- --shell "${shell%:*}" "$@"
    fi
done
python3 -B tests/docs/run.py --stack "$stack" --alone docs/integrate.md "$@"
