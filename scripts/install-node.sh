#!/bin/sh
# install-node.sh FOLDER PACKAGE…: installs packages from npm into a folder.
set -eu
folder=$1
shift
npm install --prefix "$folder" --no-save --no-package-lock --no-audit --no-fund --no-update-notifier --ignore-scripts --silent "$@"
