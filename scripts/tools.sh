# shellcheck shell=sh
# Sourced: what a step needs beyond Rust, a C compiler and make.
# CI installs what is missing, and fails without it. Elsewhere the step is skipped, and says so.

# skip WHAT: ends the script.
skip() {
    if [ -n "${CI:-}" ]; then
        echo "$1" >&2
        exit 1
    fi
    echo "SKIPPED: $1"
    exit 0
}

# lacks COMMAND:PACKAGE…: prints the Debian packages whose commands are missing.
lacks() {
    for tool; do
        command -v "${tool%%:*}" >/dev/null || echo "${tool#*:}"
    done
}

# need WHAT COMMAND:PACKAGE…: WHAT "needs …" is said when commands are missing, and could not be installed.
need() {
    needing=$1
    shift
    # shellcheck disable=SC2046 # one package a word
    set -- $(lacks "$@")
    if [ $# = 0 ]; then
        return
    elif [ -z "${CI:-}" ]; then
        skip "$needing (Debian: apt-get install $*)"
    elif ! install_packages "$@"; then
        skip "$needing, and apt-get install $* failed: see .local/packages.log"
    fi
}

# install_packages PACKAGE…: from Debian.
install_packages() {
    mkdir -p .local
    if [ "$(id -u)" = 0 ]; then as_root="env"; else as_root="sudo"; fi
    { "$as_root" apt-get update && "$as_root" apt-get install -y --no-install-recommends "$@"; } >.local/packages.log 2>&1
}

# installed TARGET WHAT: TARGET of the Makefile, below .local; WHAT is said when it can't be made.
installed() {
    mkdir -p .local
    log=.local/${1%%/*}.log
    make --no-print-directory --silent ".local/$1" 2>"$log" || skip "$2; see $log"
}
