"""Runs the shell blocks of documents against the local stack, unchanged, in several shells: `make test-docs`.

Each document gets a fresh stack and one session in each shell; a document of `--alone` gets a session for
each block, as for a reader who pastes it into a terminal of its own. A block whose info string is `sh` runs;
`sh norun` doesn't. A command fails by its exit status, by a curl that was not answered with 2xx (in a block
`sh 401`: with that status), by a variable that it assigned and left empty, and by what a shell says on
standard error.
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
    arguments.add_argument("--alone", action="append", default=[], help="a document whose blocks share no variables")
    arguments.add_argument("--seconds", type=int, default=30, help="how long a command may take")
    arguments.add_argument("files", nargs="+")
    arguments = arguments.parse_args()
    if unknown := set(arguments.alone) - set(arguments.files):
        raise SystemExit(f"--alone {unknown.pop()}: it is none of the files")
    failed = [
        (file, shell)
        for file in arguments.files
        for shell in arguments.shells
        if not runs(file, shell, arguments, file in arguments.alone)
    ]
    return 1 if failed else 0


def runs(file, shell, arguments, is_alone):
    """Runs a document in one shell until its first failure."""
    todo = [commands(block) for block in blocks(file) if block.runs]
    if not todo:
        print(f"{file}: there is no command to run")
        return False
    sessions = todo if is_alone else [[command for block in todo for command in block]]
    log = ROOT / f".local/docs-{shell}.log"
    try:
        with Stack(arguments.stack, log) as stack:
            for session in sessions:
                if not runs_session(session, file, shell, stack, arguments.seconds):
                    print(f"  the stack's own output is in {log.relative_to(ROOT)}")
                    return False
    except Unavailable as reason:
        print(f"{file} in {shell}: {reason}")
        return False
    print(f"{file} in {shell}: {sum(map(len, sessions))} commands succeed" + (", each block alone" if is_alone else ""))
    return True


def runs_session(todo, file, shell, stack, seconds):
    with Session(shell, stack.folder) as session:
        return all(succeeds(session, command, f"{file}:{command.line} in {shell}", seconds) for command in todo)


def succeeds(session, command, place, seconds):
    try:
        outcome = session.run(command.text, seconds)
        complaints, told = outcome.complaints(command.refusal), outcome.output + outcome.errors
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
