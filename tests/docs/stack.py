"""The local stack where the documents say that it is: on its own ports, seen from the project's folder."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PORTS = (9000, 9001)
READY = "http://127.0.0.1:9001/ready"
ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class Unavailable(Exception):
    """The stack can't be started."""


class Stack:
    """A fresh stack, and a stand-in for the project's folder that blocks may write to."""

    def __init__(self, program, log):
        self._program, self._log = Path(program).resolve(), log
        for port in PORTS:
            if is_taken(port):
                raise Unavailable(
                    f"port {port} is in use, and the documents name it: stop what uses it (a `make run`?)"
                )

    def __enter__(self):
        self.folder = self._stand_in()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("POSTERN_")}
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [self._program, "--local", self.folder / ".local", "--template", ROOT / "infra/template.yaml"],
                env=inherited | {"POSTERN_DYNAMODB_PORT": "0", "DYNAMODB": "embedded"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _stand_in(self):
        folder = Path(tempfile.mkdtemp(prefix="postern-docs-"))
        for entry in ROOT.iterdir():
            if entry.name not in {".git", ".local", "target"}:
                (folder / entry.name).symlink_to(entry)
        # The programs alone, so that no block builds into the developer's folder.
        programs = folder / "target/debug"
        programs.mkdir(parents=True)
        for file in self._program.parent.iterdir():
            if file.is_file() and os.access(file, os.X_OK):
                (programs / file.name).symlink_to(file)
        return folder

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while not ((self.folder / ".local/env").exists() and is_ready()):
            if self._process.poll() is not None:
                raise Unavailable(f"the stack ended: see {self._log}")
            if time.monotonic() > deadline:
                raise Unavailable(f"the stack did not start within {START_SECONDS} s: see {self._log}")
            time.sleep(0.05)

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder)


def is_taken(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def is_ready():
    try:
        with urllib.request.urlopen(READY, timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
