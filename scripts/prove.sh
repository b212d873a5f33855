#!/bin/sh
# prove.sh [quick|long]: checks the write protocol (docs/proof.md). SEED=n replays one seed of the simulation.
set -eu

# In this build, getrandom takes its random bytes from the seed instead of the kernel.
simulate() {
    RUSTFLAGS='--cfg getrandom_backend="custom"' cargo run --quiet --profile prove --target-dir target/prove -p simulation -- "$@" >/dev/null
}

case ${1:-all} in
all)
    if [ -n "${SEED:-}" ]; then
        simulate --seed "$SEED"
    else
        cargo run --quiet -p writes
        cargo run --quiet -p model
        simulate --seeds 2000
    fi
    ;;
quick)
    cargo run --quiet -p writes -- --faults
    cargo run --quiet -p model -- --quick
    simulate --seeds 2000
    ;;
long) simulate --seeds 100000 ;;
*)
    echo "usage: prove.sh [quick|long]" >&2
    exit 2
    ;;
esac
