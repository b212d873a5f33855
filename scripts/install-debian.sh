#!/bin/sh
# install-debian.sh FOLDER PACKAGE…: unpacks Debian packages into a folder, which needs no root if apt's lists are there.
set -eu
folder=$1
shift
mkdir -p "$folder/packages"
download() {
    (cd "$folder/packages" && apt-get download "$@")
}
download "$@" || { apt-get update && download "$@"; }
for package in "$folder"/packages/*.deb; do
    dpkg-deb --extract "$package" "$folder"
done
