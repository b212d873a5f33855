"""The shell blocks of a Markdown file, the commands in them, and what none of them may contain."""

import json
import re
import subprocess
from dataclasses import dataclass

FENCE = re.compile(r"(?P<indent>\s*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
OTHER_NAMES = {"ash", "bash", "console", "shell", "shell-session", "zsh"}
NANOSECONDS = re.compile(r"\bdate\b[^|;)\n]*%[0-9]*N")
PROMPT = re.compile(r"[$>] ")
REFUSAL = re.compile(r"[45]\d\d")


@dataclass(frozen=True)
class Block:
    file: str
    line: int
    """Of the first line between the fences."""
    info: tuple
    text: str

    @property
    def is_shell(self):
        return self.info[:1] == ("sh",)

    @property
    def runs(self):
        return self.info == ("sh",) or self.refusal is not None

    @property
    def refusal(self):
        """The status that each of its curls is answered with, if the block shows a refusal."""
        is_one = self.is_shell and REFUSAL.fullmatch(" ".join(self.info[1:]))
        return int(self.info[1]) if is_one else None


@dataclass(frozen=True)
class Command:
    line: int
    text: str
    refusal: int | None = None


@dataclass(frozen=True)
class Complaint:
    line: int
    text: str


def blocks(file):
    """All fenced blocks of a file, whatever their language."""
    with open(file, encoding="utf-8") as document:
        lines = document.read().split("\n")
    fence, found = None, []
    for number, line in enumerate(lines, 1):
        match = FENCE.match(line)
        if fence is None and match:
            fence, first, text = match, number + 1, []
        elif fence and match and match["fence"].startswith(fence["fence"]) and not match["info"].strip():
            found.append(Block(file, first, tuple(fence["info"].split()), "".join(text)))
            fence = None
        elif fence:
            text.append(line.removeprefix(fence["indent"]) + "\n")
    return found


def commands(block):
    """Splits a block where a shell does: at the first line after which nothing is left open."""
    found, pending, first = [], "", block.line
    for number, line in enumerate(block.text.splitlines(keepends=True), block.line):
        if not pending:
            first = number
            if not line.strip():
                continue
        pending += line
        if is_complete(pending):
            found.append(Command(first, pending, block.refusal))
            pending = ""
    return found + ([Command(first, pending, block.refusal)] if pending else [])


def is_complete(text):
    """Whether a shell runs the text without waiting for another line."""
    if re.search(r"(?<!\\)(\\\\)*\\\n\Z", text):
        return False
    # An unfinished here-document is only a warning.
    parsed = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
    return parsed.returncode == 0 and not parsed.stderr


def complaints(block, shellcheck):
    """What keeps a block from running in every shell when it is pasted, run by a test or not."""
    found = []
    if block.info[:1] and block.info[0] in OTHER_NAMES:
        found.append(Complaint(block.line - 1, f"a shell block is marked sh, not {block.info[0]}"))
    if not block.is_shell:
        return found
    if block.info not in {("sh",), ("sh", "norun")} and not block.refusal:
        found.append(Complaint(block.line - 1, "a shell block is marked sh, sh norun, or sh and the status of a refusal"))
    for number, line in enumerate(block.text.splitlines(), block.line):
        if NANOSECONDS.search(line):
            found.append(Complaint(number, "%N is GNU's date alone"))
        if PROMPT.match(line):
            found.append(Complaint(number, "a prompt can't be pasted"))
    for line in comments(block.text):
        found.append(Complaint(block.line + line, "zsh takes a pasted comment for arguments"))
    for line, text in bashisms(block.text, shellcheck):
        found.append(Complaint(block.line + line, text))
    return sorted(found, key=lambda complaint: complaint.line)


def comments(text):
    """The lines, from 0, on which a comment begins."""
    found, quote, before, at = [], "", "\n", 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            before, at = char, at + 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and before in " \t\n;&|(":
            found.append(text.count("\n", 0, at))
            at = text.find("\n", at)
            if at < 0:
                break
            char = "\n"
        before, at = char, at + 1
    return found


def bashisms(text, shellcheck):
    """shellcheck's findings SC3000 to SC3999: what POSIX doesn't define."""
    told = subprocess.run(
        [shellcheck, "--shell=sh", "--format=json1", "-"], input=text, capture_output=True, text=True
    )
    for comment in json.loads(told.stdout)["comments"]:
        if 3000 <= comment["code"] < 4000:
            yield comment["line"] - 1, comment["message"]
