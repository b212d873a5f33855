#!/bin/sh
# test-upgrade.sh FROM PROGRAMS: builds the functions of the commit FROM, and lets them and those of PROGRAMS take turns.
set -eu
from=${1:?give a commit or tag: make test-upgrade FROM=v1.2.2}
programs=$2
commit=$(git rev-parse --verify "$from^{commit}")
checkout=$PWD/.local/upgrade/$commit
if [ ! -d "$checkout" ]; then
    git worktree add --detach "$checkout" "$commit"
fi
(cd "$checkout" && CARGO_TARGET_DIR=$checkout/target cargo build --workspace --bins --locked)
python3 -B tests/upgrade "$programs/local-stack" "$checkout/target/debug" "$programs"
git worktree remove --force "$checkout"
