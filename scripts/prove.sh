#!/bin/sh
# prove.sh [quick|long]: the evidence for the write protocol (docs/proof.md). SEED=n replays one seed of the simulation.
set -eu

# Randomness is the seed's: getrandom's own way to replace the kernel's source, for this build alone.
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
    echo "prove.sh [quick|long]" >&2
    exit 2
    ;;
esac
