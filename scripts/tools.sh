# shellcheck shell=sh
# Sourced by scripts that need tools beyond Rust, a C compiler and make.
# CI installs missing tools, and fails without them. Elsewhere the script prints SKIPPED and ends.

# skip MESSAGE: ends the script.
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

# need MESSAGE COMMAND:PACKAGE…: if commands are missing and can't be installed, ends the script. MESSAGE is "… needs …".
need() {
    needing=$1
    shift
    # shellcheck disable=SC2046 # one word per package
    set -- $(lacks "$@")
    if [ $# = 0 ]; then
        return
    elif [ -z "${CI:-}" ]; then
        skip "$needing (Debian: apt-get install $*)"
    elif ! install_packages "$@"; then
        skip "$needing, and apt-get install $* failed: see .local/packages.log"
    fi
}

# install_packages PACKAGE…: installs Debian packages.
install_packages() {
    mkdir -p .local
    if [ "$(id -u)" = 0 ]; then as_root="env"; else as_root="sudo"; fi
    # shellcheck disable=SC2016 # the inner shell expands it
    alone packages sh -c '"$0" apt-get update && "$0" apt-get install -y --no-install-recommends "$@"' "$as_root" "$@" >.local/packages.log 2>&1
}

# alone NAME COMMAND…: runs a command of which there is one at a time: `make test` runs some scripts side by side.
alone() {
    lock=.local/$1.lock
    shift
    if command -v flock >/dev/null; then flock "$lock" "$@"; else "$@"; fi
}

# installed TARGET MESSAGE: makes the Makefile's TARGET below .local. If that fails, ends the script with MESSAGE.
installed() {
    mkdir -p .local
    log=.local/${1%%/*}.log
    alone "${1%%/*}" make --no-print-directory --silent ".local/$1" 2>"$log" || skip "$2; see $log"
}
