"""Compares what documents show of other files with those files: `make lint-docs`.

A block whose info string names a file, as in `ts docs/examples/typescript/refresh.ts`, is a part of it,
whatever its indentation. In a table whose last column is "run in", each code span of a row is
found in the file that the row links to.
"""

import re
import sys
from pathlib import Path

from blocks import blocks

ROOT = Path(__file__).parents[2]
COLUMN = "run in"
SPAN = re.compile(r"`([^`]+)`")
TARGET = re.compile(r"\]\(([^)#]+)\)")


def lines(text):
    return [line.strip() for line in text.strip().splitlines()]


def is_part(part, whole):
    part, whole = lines(part), lines(whole)
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def without_spaces(text):
    """Nor a language's choice of quotes."""
    return re.sub(r"\s+", "", text).replace("'", '"')


def of_blocks(document):
    for block in blocks(document):
        if len(block.info) == 2 and "/" in block.info[1]:
            file = ROOT / block.info[1]
            if not file.is_file():
                yield block.line, f"there is no {block.info[1]}"
            elif not is_part(block.text, file.read_text("utf-8")):
                yield block.line, f"the block is no part of {block.info[1]}"


def of_tables(document):
    is_run = False
    for number, line in enumerate(Path(document).read_text("utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            is_run = False
        elif cells[-1] == COLUMN:
            is_run = True
        elif is_run and cells[-1].startswith("["):
            file = Path(document).parent / TARGET.search(cells[-1])[1]
            text = without_spaces(file.read_text("utf-8"))
            for span in SPAN.findall(cells[1]):
                if without_spaces(span) not in text:
                    yield number, f"{file.name} doesn't have {span}"


if __name__ == "__main__":
    found = [
        f"{document}:{line}: {text}"
        for document in sys.argv[1:]
        for line, text in [*of_blocks(document), *of_tables(document)]
    ]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
