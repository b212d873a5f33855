"""What `make deploy` reads, in a folder of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".local/deploy"
sys.path.insert(0, str(ROOT / "infra/watch"))

import sam


class Project:
    def __init__(self, programs):
        self.programs = str(Path(programs).resolve())
        paths = [self.programs, str(ROOT / ".local/awscli/bin"), os.environ["PATH"]]
        # Whatever isn't on this machine is refused before it is called.
        nowhere, here = "http://127.0.0.1:9", "localhost,127.0.0.1"
        proxies = {"HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "NO_PROXY": here, "no_proxy": here}
        self.environment = os.environ | proxies | {"https_proxy": nowhere, "PATH": ":".join(paths), "SAM_CLI_TELEMETRY": "0", "AWS_PAGER": ""}

    def make(self):
        """Each function's package is a binary that is no function: nothing starts it."""
        shutil.rmtree(FOLDER, ignore_errors=True)
        left_out = shutil.ignore_patterns("local-stack", "postern", "__pycache__")
        for name in ("infra", "scripts"):
            shutil.copytree(ROOT / name, FOLDER / name, ignore=left_out)
        for function in sam.functions(sam.read()):
            package = FOLDER / "target/lambda" / function.name
            package.mkdir(parents=True)
            shutil.copy("/bin/true", package / "bootstrap")
        for nested in ("watch.yaml", "sender.yaml"):
            shutil.copy(ROOT / "target" / nested, FOLDER / "target")
        (FOLDER / ".local").mkdir()
        (FOLDER / ".local/sam").symlink_to(ROOT / ".local/sam")
        shutil.copy(FOLDER / "infra/parameters.example.yaml", FOLDER / "infra/parameters.yaml")
        # No API answers here; `make test-smoke` runs the check against the local stack.
        self.write("scripts/smoke.sh", '#!/bin/sh\necho "smoke $1"\n')

    def text(self, path):
        return (FOLDER / path).read_text()

    def write(self, path, text):
        (FOLDER / path).write_text(text)

    def run(self, *command, **options):
        done = subprocess.run(command, cwd=FOLDER, env=self.environment, text=True, capture_output=True, check=False, **options)
        (FOLDER / "run.log").open("a").write(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}\n")
        return done

    def operate(self, script, stack="postern"):
        """Runs a script of an operator, with the variables of the stack, as the documents do first."""
        variables = f'eval "$(postern env --stack {stack})"' if stack else ""
        return self.run("bash", "-euo", "pipefail", "-c", f"{variables}\n{script}")

    def block(self, document, first):
        """The lines of a shell block of a document, from the one on that begins so."""
        text = (ROOT / "docs" / document).read_text()
        blocks = re.findall(r"^```sh.*?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        found = [block[at:] for block in blocks if (at := ("\n" + block).find("\n" + first)) >= 0]
        if len(found) != 1:
            raise LookupError(f"{len(found)} blocks of {document} have a line that begins {first!r}")
        return found[0]
