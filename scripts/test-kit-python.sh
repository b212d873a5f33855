#!/bin/sh
# test-kit-python.sh STACK: checks the types of clients/python, builds its wheel, and tries that in an empty environment.
set -eu
. scripts/tools.sh
stack=$1
installed kit-python/installed "the test of the kit for Python needs python3 (3.10 or later) with venv, and PyPI once (Debian: apt-get install python3-venv)"
kit=.local/kit-python
"$kit/bin/mypy" --config-file clients/python/pyproject.toml --cache-dir "$kit/mypy" clients/python/src clients/python/tests docs/examples/first

rm -rf "$kit/dist"
uv() { .local/uv/bin/uv "$@" --quiet; }
uv build --wheel --no-build-isolation --python "$kit/bin/python" --out-dir "$kit/dist" clients/python
uv venv --clear --no-python-downloads --python "$kit/bin/python" "$kit/empty"
# What it needs was loaded for the environment above.
install() { uv pip install "$@" --python "$kit/empty/bin/python" --constraints scripts/python/kit-python.txt "$kit"/dist/*.whl; }
install --offline 2>/dev/null || install

# A killed process needs no disk, and a thousand refreshes wait for it twice each.
if [ -w /dev/shm ]; then TMPDIR=/dev/shm; export TMPDIR; fi
# shellcheck disable=SC2016 # the inner shell expands it
"$stack" exec -- sh -euc '
    "$0/bin/python" -B -m unittest discover --start-directory clients/python/tests --top-level-directory clients/python
    cd "$0"
    bin/python -B "$1/docs/examples/first/sign_in.py" | grep -Fx "refreshed 5 times" >/dev/null' "$kit/empty" "$PWD"
