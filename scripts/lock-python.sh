#!/bin/sh
# lock-python.sh: pins what scripts/python/*.in asks for, with all that it needs, by version and hash, in the .txt beside it.
# The pins hold for every system, and from the oldest Python on that all of the packages support.
set -eu
for asked in scripts/python/*.in; do
    pinned=${asked%.in}.txt
    for python in 3.10 3.11; do
        if refused=$(.local/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
            --python-version "$python" --output-file "$pinned" "$@" "$asked" 2>&1); then
            refused=
            break
        fi
    done
    [ -z "$refused" ] || { echo "$asked: $refused" >&2; exit 1; }
    echo "$pinned, from Python $python on"
done
