"""Runs the shell blocks of documents against the local stack, unchanged, in several shells: `make test-docs`.

Each document gets a fresh stack and one session in each shell. A block whose info string is `sh` runs;
`sh norun` doesn't. A command fails by its exit status, by a curl that was not answered with 2xx, by a
variable that it assigned and left empty, and by what a shell says on standard error.
"""

import argparse
import sys
import textwrap

from blocks import blocks, commands
from session import SHELLS, Ended, Session
from stack import ROOT, Stack, Unavailable

LINES = 40
"""Of what a failed command printed."""


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stack", required=True, help="the program local-stack")
    arguments.add_argument("--shell", choices=SHELLS, action="append", required=True, dest="shells")
    arguments.add_argument("files", nargs="+")
    arguments = arguments.parse_args()
    failed = [
        (file, shell)
        for file in arguments.files
        for shell in arguments.shells
        if not runs(file, shell, arguments.stack)
    ]
    return 1 if failed else 0


def runs(file, shell, program):
    """Runs a document in one shell until its first failure."""
    todo = [command for block in blocks(file) if block.runs for command in commands(block)]
    if not todo:
        print(f"{file}: there is no command to run")
        return False
    log = ROOT / f".local/docs-{shell}.log"
    try:
        with Stack(program, log) as stack, Session(shell, stack.folder) as session:
            for command in todo:
                if not succeeds(session, command, f"{file}:{command.line} in {shell}"):
                    print(f"  the stack's own output is in {log.relative_to(ROOT)}")
                    return False
    except Unavailable as reason:
        print(f"{file} in {shell}: {reason}")
        return False
    print(f"{file} in {shell}: {len(todo)} commands succeed")
    return True


def succeeds(session, command, place):
    try:
        outcome = session.run(command.text)
        complaints, told = outcome.complaints(), outcome.output + outcome.errors
    except Ended as reason:
        complaints, told = [str(reason)], session.said()
    if complaints:
        print(f"{place}: {', '.join(complaints)}")
        print(textwrap.indent(command.text, "  | "), end="")
        print(*(f"  > {line}" for line in told.splitlines()[-LINES:]), sep="\n")
    return not complaints


if __name__ == "__main__":
    (ROOT / ".local").mkdir(exist_ok=True)
    sys.exit(main())
