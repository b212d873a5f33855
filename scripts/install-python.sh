#!/bin/sh
# install-python.sh FOLDER PACKAGE…: installs packages from PyPI into a virtual environment.
set -eu
folder=$1
shift
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet "$@"
