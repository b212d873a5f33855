"""A local stack with the functions of one version, on a folder of data that the other version uses in turn."""

import os
import subprocess
import sys
import time
from pathlib import Path


class Stack:
    """Runs while it is entered."""

    def __init__(self, program, binaries, data, template=None):
        self._command = [program, "--binaries", binaries, "--data", data, "--local", Path(data) / "local"]
        self._command += ["--template", template] if template else []
        self._environment = Path(data) / "local/env"

    def __enter__(self):
        self._environment.unlink(missing_ok=True)
        ports = {f"POSTERN_{name}_PORT": "0" for name in ("API", "CONSOLE", "DYNAMODB")}
        self._log = open(self._environment.parents[1] / "stack.log", "ab")
        self._process = subprocess.Popen(
            self._command, env=os.environ | ports, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        deadline = time.monotonic() + 60
        while not self._environment.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                sys.exit(f"the stack did not start: see {self._log.name}")
            time.sleep(0.05)
        lines = self._environment.read_text().splitlines()
        variables = dict(line.split("=", 1) for line in lines if "=" in line)
        self.api, self.console = variables["POSTERN_API"], variables["POSTERN_CONSOLE"]
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
