"""Compares the public names of clients/typescript and clients/python, which differ in their letter case alone: `make lint-docs`."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

CLIENTS = Path(__file__).parents[2] / "clients"
DECLARED = re.compile(r"^export (?:class|interface) (\w+)[^{]*\{\n(.*?)^\}|^export class (\w+) [^\n]*\{\}$", re.MULTILINE | re.DOTALL)
MEMBER = re.compile(r"^  (?:declare |readonly |async )*([a-z]\w*)(?:\?|<\w+>)?[(:]", re.MULTILINE)

#: What one language has in another form, with the reason.
ONLY = {
    "typescript": {
        "ClientOptions": "keyword arguments",
        "EndUser": "keyword arguments",
        "Expected": "keyword arguments",
        "FetchAnswer": "a type of the option fetch",
    },
    "python": {
        "PosternClient.close": "httpx has a pool to close, Node's fetch hasn't",
        "StoredSession.to_json": "JSON.stringify",
        "StoredSession.from_json": "the function storedSession",
        "RefusalError.refusal": "TypeScript's RefusalError is a Refusal itself",
    },
}


def typescript() -> set[str]:
    found = set()
    index = (CLIENTS / "typescript/src/index.ts").read_text("utf-8")
    public = set(re.findall(r"\b[A-Z]\w+", index))
    for path in (CLIENTS / "typescript/src").glob("*.ts"):
        for name, body, empty in DECLARED.findall(path.read_text("utf-8")):
            if path.stem == "errors" or name in public:
                found.add(name or empty)
                # Not what a comment says, nor what a method declares.
                members = MEMBER.findall(re.sub(r"/\*\*.*?\*/", "", body, flags=re.DOTALL))
                found |= {f"{name}.{snake(member)}" for member in members if member not in ("constructor", "if", "for", "return")}
    return found


def python() -> set[str]:
    found: set[str] = set()
    for path in (CLIENTS / "python/src/postern_client").glob("*.py"):
        if path.stem.startswith("_"):
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith(("Async", "_", "Blocked")):
                found |= {node.name, *(f"{node.name}.{member}" for member in members(node))}
    return found


def members(node: ast.ClassDef) -> set[str]:
    found = set()
    for statement in ast.walk(node):
        if isinstance(statement, ast.FunctionDef) and statement in node.body:
            found.add(statement.name)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement in node.body:
            found.add(statement.target.id)
        elif isinstance(statement, ast.Attribute) and isinstance(statement.ctx, ast.Store):
            found.add(statement.attr)
    # `forked` is called by the kit alone.
    return {name for name in found if not name.startswith("_") and name != "forked"}


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def complaints() -> list[str]:
    ours = {"typescript": typescript(), "python": python()}
    found = []
    for kit, other in (("typescript", "python"), ("python", "typescript")):
        listed = {name for name in ours[kit] if {name, name.split(".")[0]} & ONLY[kit].keys()}
        found += [f"{other} lacks {name}" for name in sorted(ours[kit] - ours[other] - listed)]
        found += [f"{kit} has no {name} of the list" for name in sorted(ONLY[kit].keys() - ours[kit])]
    return found


if __name__ == "__main__":
    found = complaints()
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
