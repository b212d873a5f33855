"""Takes each guard of clients/typescript and clients/python away, one at a time, and sees the test fail that is about it.

Run by scripts/test-kit-guards.sh beside a stack: guards.py FOLDER [WORD…]. The words choose guards by their names, or by
`python:` and `typescript:`.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import python_guards
import typescript_guards

ROOT = Path(__file__).parents[2]
#: In seconds. A test that waits for ever without its guard has failed, too.
LONGEST = 60


@dataclass
class Run:
    status: int
    failed: list[str]
    output: str


class TypeScript:
    name, guards = "typescript", typescript_guards.GUARDS

    def __init__(self, folder: Path) -> None:
        self.home = folder / "typescript"
        kit = ROOT / "clients/typescript"
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        for name in ("package.json", "tsconfig.json", "README.md"):
            shutil.copy(kit / name, self.home)
        shutil.copytree(kit / "test", self.home / "test")
        (self.home / "node_modules").symlink_to(kit / "node_modules")
        self.source = self.home / "src"
        self.original = kit / "src"

    def run(self, tests: str, longest: float = LONGEST) -> Run:
        tsc = ["node_modules/.bin/tsc", "--noUnusedLocals", "false", "--noUnusedParameters", "false", "--project"]
        for project in ("tsconfig.json", "test/tsconfig.json"):
            built = finished([*tsc, project], self.home, {})
            if built.status:
                raise SystemExit(f"a guard can't be taken away like this: {built.output}")
        # Only the files that have the tests: each is a process.
        files = [f"build/{test.stem}.js" for test in (self.home / "test").glob("*.test.ts") if re.search(tests, test.read_text("utf-8"))]
        node = ["node", "--test", "--test-reporter=tap", "--test-concurrency=1", f"--test-name-pattern={tests}", *files]
        run = finished(node, self.home, {}, longest)
        run.failed = [name for name in re.findall(r"^\s*not ok \d+ - (.*)$", run.output, re.MULTILINE) if ".test.js" not in name]
        return run


class Python:
    name, guards = "python", python_guards.GUARDS

    def __init__(self, folder: Path) -> None:
        kit = ROOT / "clients/python"
        self.home = folder / "python"
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        shutil.copytree(kit / "tests", self.home / "tests")
        self.source = self.home / "src/postern_client"
        self.original = kit / "src/postern_client"

    def run(self, tests: str, longest: float = LONGEST) -> Run:
        patterns = [part for test in tests.split("|") for part in ("-k", test)]
        unittest = [sys.executable, "-B", "-m", "unittest", "discover", "--start-directory", "tests", "--top-level-directory", "."]
        run = finished([*unittest, *patterns], self.home, {"PYTHONPATH": str(self.source.parent)}, longest)
        run.failed = re.findall(r"^(?:FAIL|ERROR): (\w+)", run.output, re.MULTILINE)
        if "Ran 0 tests" in run.output:
            raise SystemExit(f"no test is called {tests}")
        return run


def finished(command: list[str], home: Path, environment: dict[str, str], longest: float = LONGEST) -> Run:
    process = subprocess.Popen(
        command,
        cwd=home,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output = process.communicate(timeout=longest)[0]
    except subprocess.TimeoutExpired:
        # With the processes that a test has started.
        os.killpg(process.pid, signal.SIGKILL)
        return Run(1, [], process.communicate()[0] + "\nstill running")
    return Run(process.returncode, [], output)


def without(kit: TypeScript | Python, edits: tuple[tuple[str, str, str], ...]) -> None:
    shutil.rmtree(kit.source, ignore_errors=True)
    shutil.copytree(kit.original, kit.source, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in edits:
        path = kit.source / name
        text = path.read_text("utf-8")
        if text.count(old) != 1:
            raise SystemExit(f"{path}: {text.count(old)} times: {old}")
        path.write_text(text.replace(old, new), "utf-8")


def check(kit: TypeScript | Python, words: list[str]) -> list[str]:
    chosen = [guard for guard in kit.guards if not words or any(word in f"{kit.name}: {guard[0]}" for word in words)]
    survived = []
    if chosen and kit.name == "typescript":
        shutil.copy(ROOT / "clients/refusals.json", kit.home.parent)
    for name, tests, *edits in chosen:
        begun = time.monotonic()
        without(kit, tuple(edits))
        run = kit.run(tests)
        taken = f"{time.monotonic() - begun:.0f} s"
        if run.status == 0:
            survived.append(f"{kit.name}: {name}")
            print(f"SURVIVED {kit.name}: {name} ({taken}): {tests}", flush=True)
        else:
            print(f"{kit.name}: {name}: {'; '.join(run.failed) or 'it never ended'} ({taken})", flush=True)
    # And with every guard the same tests pass.
    if chosen:
        without(kit, ())
        run = kit.run("|".join(sorted({test for _, tests, *_ in chosen for test in tests.split("|")})), 20 * LONGEST)
        if run.status:
            raise SystemExit(f"{kit.name}: with every guard {run.failed} fail\n{run.output}")
    return survived


if __name__ == "__main__":
    folder, words = Path(sys.argv[1]).resolve(), sys.argv[2:]
    survived = [name for kind in (TypeScript, Python) for name in check(kind(folder), words)]
    raise SystemExit(f"no test fails without: {survived}" if survived else 0)
