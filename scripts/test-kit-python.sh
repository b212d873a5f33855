#!/bin/sh
# test-kit-python.sh STACK: checks the types of clients/python, builds its wheel, and tries that in an empty environment.
set -eu
. scripts/tools.sh
stack=$1
installed kit-python/installed "the test of the kit for Python needs python3 (3.10 or later) with venv, and PyPI once (Debian: apt-get install python3-venv)"
kit=.local/kit-python
"$kit/bin/mypy" --config-file clients/python/pyproject.toml --cache-dir "$kit/mypy" clients/python/src clients/python/tests docs/examples/first

rm -rf "$kit/dist" "$kit/empty"
"$kit/bin/pip" --quiet --disable-pip-version-check wheel --no-deps --no-build-isolation --wheel-dir "$kit/dist" ./clients/python
"$kit/bin/python" -m venv --without-pip "$kit/empty"
"$kit/bin/pip" --quiet --disable-pip-version-check --python "$kit/empty/bin/python" install --no-index --find-links "$kit/wheels" "$kit"/dist/*.whl

# A killed process needs no disk, and a thousand refreshes wait for it twice each.
if [ -w /dev/shm ]; then TMPDIR=/dev/shm; export TMPDIR; fi
# shellcheck disable=SC2016 # the inner shell expands it
"$stack" exec -- sh -euc '
    "$0/bin/python" -B -m unittest discover --start-directory clients/python/tests --top-level-directory clients/python
    cd "$0"
    bin/python -B "$1/docs/examples/first/sign_in.py" | grep -Fx "refreshed 5 times" >/dev/null' "$kit/empty" "$PWD"
