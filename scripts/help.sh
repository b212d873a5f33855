#!/bin/sh
# Prints the Makefile's targets with their descriptions (##), under their headings (##@).
set -eu
echo "make TARGET, where TARGET is one of"
awk -F ':.*## ' '
    /^##@ / { printf "\n%s\n", substr($0, 5) }
    /^[a-z-]+:.*## / { printf "  %-17s%s\n", $1, $2 }
' Makefile
