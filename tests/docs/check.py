"""Reads the shell blocks of documents, those that no test runs included: `make lint-docs`."""

import argparse
import sys

from blocks import blocks, complaints

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--shellcheck", required=True)
arguments.add_argument("files", nargs="+")
arguments = arguments.parse_args()

found = [
    f"{file}:{complaint.line}: {complaint.text}"
    for file in arguments.files
    for block in blocks(file)
    for complaint in complaints(block, arguments.shellcheck)
]
print(*found, sep="\n", end="\n" if found else "")
sys.exit(1 if found else 0)
