#!/bin/sh
# install-python.sh NAME: makes the virtual environment .local/NAME of what scripts/python/NAME.txt pins, by uv, which takes
# seconds where pip takes minutes.
set -eu
. scripts/tools.sh
name=$1
uv=.local/uv/bin/uv

# Of two at once, the second finds it.
install_uv() {
    # shellcheck disable=SC2016 # the inner shell expands it
    alone uv sh -euc '[ -x "$0" ] || {
        python3 -m venv .local/uv
        .local/uv/bin/pip install --quiet --require-hashes --requirement scripts/python/uv.txt
    }' $uv
}

mkdir -p .local
[ -x $uv ] || install_uv
[ "$name" = uv ] || {
    # The python3 of this machine: uv would look for another one, or load one down.
    $uv venv --quiet --clear --no-python-downloads --python "$(command -v python3)" ".local/$name"
    $uv pip install --quiet --require-hashes --python ".local/$name/bin/python" --requirement "scripts/python/$name.txt"
}
touch ".local/$name/installed"
