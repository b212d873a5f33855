#!/bin/sh
# install-tools.sh TARGET…: loads what the tests need: Debian's packages in one go, then these targets of the Makefile.
set -eu
. scripts/tools.sh
need "the tests need more" bash:bash busybox:busybox chromium:chromium curl:curl javac:default-jdk-headless node:nodejs npm:npm zsh:zsh
make --no-print-directory --silent "$@"
