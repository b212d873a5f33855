#!/bin/sh
# prove.sh [quick|long]: checks the write protocol (docs/proof.md). SEED=n replays one seed of the simulation.
set -eu

# In this build, getrandom takes its random bytes from the seed instead of the kernel.
simulate() {
    RUSTFLAGS='--cfg getrandom_backend="custom"' cargo run --quiet --profile prove --target-dir target/prove -p simulation -- "$@" >/dev/null
}

# With the features of the whole workspace, as its tests are built; a package alone would be built once more, with all it needs.
run() {
    cargo build --quiet --workspace --all-targets
    program=${CARGO_TARGET_DIR:-target}/debug/$1
    shift
    "$program" "$@"
}

case ${1:-all} in
all)
    if [ -n "${SEED:-}" ]; then
        simulate --seed "$SEED"
    else
        run writes
        run model
        simulate --seeds 2000
    fi
    ;;
quick)
    run writes --faults
    run model --quick
    simulate --seeds 2000
    ;;
long) simulate --seeds 100000 ;;
*)
    echo "usage: prove.sh [quick|long]" >&2
    exit 2
    ;;
esac
