"""One interactive shell, to which commands are given one by one, as a reader pastes them.

Interactive, because that is what a reader has: zsh takes comments for arguments there, bash and zsh
expand `!` within double quotes.
"""

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "--noediting", "-i"],
    "dash": ["dash", "-i"],
    "zsh": ["zsh", "-f", "-i", "-o", "no_prompt_cr", "-o", "no_prompt_sp"],
    "ash": ["busybox", "ash", "-i"],
}

CURL = str(Path(__file__).parent / "bin")
ASSIGNED = re.compile(r"(?:^|;|\b(?:export|if|until|while) )\s*([A-Za-z_]\w*)=(?![\s;]|$)", re.MULTILINE)
STATUS = re.compile(r"^HTTP/\S+ (\d{3})", re.MULTILINE)
# What a pipe or a substitution hides.
SHELL_ERROR = re.compile(
    r"not found|bad substitution|syntax error|parse error|no matches found|no such file|permission denied", re.IGNORECASE
)


@dataclass(frozen=True)
class Outcome:
    status: int
    output: str
    errors: str
    answers: list
    """The HTTP status of each curl; 0 where nobody answered."""
    empty: list
    """Variables that the command assigned and left empty."""

    def complaints(self, refusal=None):
        """What is wrong; with a status in `refusal`, each curl has to be answered with that."""
        found = [] if self.status == 0 else [f"its exit status is {self.status}"]
        for answer in self.answers:
            if answer == 0:
                found.append("a curl got no answer")
            elif answer != refusal if refusal else not 200 <= answer < 300:
                found.append(f"a curl was answered with {answer}")
        found += [f"{name} is empty" for name in self.empty]
        if SHELL_ERROR.search(self.errors):
            found.append("standard error reports an error")
        return found


class Ended(Exception):
    """The shell has ended, or waits for something."""


class Session:
    def __init__(self, shell, folder):
        self._scratch = Path(tempfile.mkdtemp(prefix="postern-docs-"))
        home, self._answers = self._scratch / "home", self._scratch / "answers"
        home.mkdir()
        self._answers.mkdir()
        os.mkfifo(self._scratch / "control")
        # For writing as well, so that it has no end between two commands.
        self._control = os.open(self._scratch / "control", os.O_RDWR | os.O_NONBLOCK)
        self._output = (self._scratch / "output").open("w+b")
        self._errors = (self._scratch / "errors").open("w+b")
        self._shell = subprocess.Popen(
            SHELLS[shell],
            cwd=folder,
            env=self._environment(home),
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._errors,
            # An interactive shell would take the developer's terminal.
            start_new_session=True,
        )
        self.run("PS1= PS2=\n")

    def _environment(self, home):
        """A reader's, with nothing that points elsewhere: no POSTERN_…, no AWS_…."""
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return kept | {
            "DOCS_ANSWERS": str(self._answers),
            "DOCS_CONTROL": str(self._scratch / "control"),
            "DOCS_CURL": shutil.which("curl"),
            "HOME": str(home),
            # A block that builds is marked norun: in this home it would begin with a toolchain.
            "RUSTUP_AUTO_INSTALL": "0",
            "PATH": f"{CURL}:{os.environ['PATH']}",
            "TERM": "dumb",
        }

    def run(self, command, seconds=30):
        """Runs one command; raises Ended if it doesn't come back."""
        began = [file.seek(0, os.SEEK_END) for file in (self._output, self._errors)]
        names = sorted(set(ASSIGNED.findall(command)))
        filled = "".join(f"${{{name}:+ {name}}}" for name in names)
        try:
            self._shell.stdin.write(f'{command}printf \'%s\\n\' "$?{filled}" >"$DOCS_CONTROL"\n'.encode())
            self._shell.stdin.flush()
        except BrokenPipeError as error:
            raise Ended("the shell has ended") from error
        status, *filled = self._reply(seconds).split()
        output, errors = (read(file, at) for file, at in zip((self._output, self._errors), began))
        return Outcome(int(status), output, errors, self._answered(), [it for it in names if it not in filled])

    def _reply(self, seconds):
        reply, deadline = b"", time.monotonic() + seconds
        while not reply.endswith(b"\n"):
            if time.monotonic() > deadline:
                raise Ended(f"it did not end within {seconds} s; does it read its input?")
            if self._shell.poll() is not None:
                raise Ended("the shell has ended")
            if select.select([self._control], [], [], 0.1)[0]:
                reply += os.read(self._control, 4096)
        return reply.decode()

    def _answered(self):
        found = []
        for answer in sorted(self._answers.iterdir(), key=lambda file: file.stat().st_mtime_ns):
            statuses = [int(status) for status in STATUS.findall(answer.read_text("latin-1"))]
            # The last line of a dialogue counts: 100 Continue and redirections come before it.
            found.append(statuses[-1] if statuses else 0)
            answer.unlink()
        return found

    def said(self):
        """Everything that the shell printed to standard error."""
        return read(self._errors, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._shell.stdin.close()
        # What the shell started is in its group, for without a terminal there is no job control.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait()
        os.close(self._control)
        self._output.close()
        self._errors.close()
        shutil.rmtree(self._scratch)


def read(file, start):
    file.seek(start)
    return file.read().decode(errors="replace")
