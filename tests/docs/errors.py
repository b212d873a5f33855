"""Compares docs/errors.md with the refusals of the code and of infra/openapi.yaml, both ways: `make lint-docs`.

The code's are read from the snapshots of shared/surfaces/src/*/refusal.rs, which Rust's tests compare
with the answers. PyYAML is needed for the description.
"""

import json
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SURFACES = ("portal", "partner", "password", "sso")
PREFIXES = {"/api/v1/users/": "portal", "/v1/": "partner", "/.well-known/": "partner", "/api/1.0/sso/": "sso"}
"""Of the routes; all others are the password surface's."""
METHODS = {"get", "put", "post", "delete", "head", "patch", "options"}
GATEWAY = {f"gateway-{status}" for status in (403, 404, 413, 429, 431, 500, 503)}
"""The statuses that API Gateway itself answers with; no source of ours lists them."""

HEADING = re.compile(r"^### (.+)$", re.MULTILINE)
SHOWN = re.compile(r"^\s*(\d{3}) \[.*\] .*?(\{.*\})$", re.MULTILINE)
STEP = re.compile(r'"([A-Z]+(?:_[A-Z]+)+|[A-Z]{6,})"')
FAILED = re.compile(r"failed_step\((.*?)\);", re.DOTALL)
TOLD = re.compile(r"(?:refused\(|Err\(|=> )" + STEP.pattern)
"""What a function returns or passes on as a step."""
NOT_STEPS = {"VALIDATION_ERROR"}
"""A code of answers; the log says more."""


def anchor(surface, status, body):
    """By the rule at the top of the page. None if the body is not the surface's refusal."""
    body = body if isinstance(body, dict) else {}
    word = {
        "portal": body.get("code"),
        "partner": isinstance(body.get("error"), dict) and body["error"].get("detail"),
        "password": "statusCode" in body and body.get("message"),
        "sso": body.get("error") is True and body.get("message"),
    }[surface]
    return f"{surface}-{status}-{slug(word)}" if word else None


def slug(word):
    return re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")


def of_code(surface):
    source = (ROOT / f"shared/surfaces/src/{surface}/refusal.rs").read_text("utf-8")
    found = {anchor(surface, status, json.loads(body)) for status, body in SHOWN.findall(source)}
    if not found or None in found:
        raise SystemExit(f"{surface}: the snapshot of its refusals can't be read")
    return found


def answers():
    """Surface, status and body of each example of an answer."""
    with open(ROOT / "infra/openapi.yaml", encoding="utf-8") as file:
        document = yaml.safe_load(file)
    for path, item in document["paths"].items():
        surface = next((it for prefix, it in PREFIXES.items() if path.startswith(prefix)), "password")
        for method in METHODS & item.keys():
            for status, answer in item[method]["responses"].items():
                yield from ((surface, status, body) for body in examples(resolved(document, answer)))


def of_description():
    """The refusals among the examples of all answers."""
    found = {anchor(*answer) for answer in answers()}
    return {it for it in found if it and not re.match(r"\w+-2", it)}


def resolved(document, node):
    while "$ref" in node:
        name = node["$ref"].removeprefix("#/")
        node = document
        for step in name.split("/"):
            node = node[step]
    return node


def examples(answer):
    for content in answer.get("content", {}).values():
        yield from (example.get("value") for example in content.get("examples", {}).values())


def steps(surface):
    """What the log may call a refusal of the surface."""
    refusals = (ROOT / f"shared/surfaces/src/{surface}/refusal.rs").read_text("utf-8").split("#[cfg(test)]")[0]
    found = set(STEP.findall(refusals))
    for shared in ("server_error.rs", "http/body.rs"):
        source = (ROOT / "shared/runtime/src" / shared).read_text("utf-8").split("#[cfg(test)]")[0]
        found.update(STEP.findall(source))
    if surface == "portal":
        found.update(STEP.findall((ROOT / "shared/surfaces/src/portal/issue.rs").read_text("utf-8")))
    surfaces = ROOT / "shared/surfaces/src"
    sources = [it for it in ROOT.glob(f"functions/{surface}-*/src/*.rs") if "authorizer" not in str(it)]
    sources += [it for it in surfaces.glob(f"{surface}/*.rs") if it.name != "refusal.rs"]
    sources.append(surfaces / ("admission.rs" if surface != "sso" else "password_check.rs"))
    if surface == "password":
        sources.append(surfaces / "password_check.rs")
    for source in sources:
        text = source.read_text("utf-8").split("#[cfg(test)]")[0]
        found.update(TOLD.findall(text))
        for told in FAILED.findall(text):
            found.update(STEP.findall(told))
    return found - NOT_STEPS


def complaints():
    page = (ROOT / "docs/errors.md").read_text("utf-8")
    headings = HEADING.findall(page)
    for twice in {it for it in headings if headings.count(it) > 1}:
        yield f"{twice} stands twice"
    told = set(headings)
    code = set().union(*map(of_code, SURFACES))
    described = of_description()
    for what, expected in (("refused by the code", code), ("an example of infra/openapi.yaml", described)):
        yield from (f"### {it} is missing: {what}" for it in sorted(expected - told))
    yield from (f"### {it} is no refusal of the code" for it in sorted(told - code - GATEWAY))
    yield from (f"### {it} is missing: API Gateway answers it" for it in sorted(GATEWAY - told))
    yield from (f"### {it} has no example in infra/openapi.yaml" for it in sorted(code - described))
    sections = dict(zip(headings, HEADING.split(page)[2::2], strict=True))
    for surface in SURFACES:
        text = "".join(body for name, body in sections.items() if name.startswith(f"{surface}-"))
        named = {step for line in re.findall(r"\*\*Log:\*\*.*", text) for step in re.findall(r"`([A-Z_]+)`", line)}
        yield from (f"{surface}: the log's step {step} is missing" for step in sorted(steps(surface) - named))
        yield from (f"{surface}: the log has no step {step}" for step in sorted(named - steps(surface)))
    for name, body in sections.items():
        wanted = ("Means", "Do") if name in GATEWAY else ("Where", "Means", "Do", "Log")
        yield from (f"### {name} lacks **{it}**" for it in wanted if f"- **{it}" not in body)


if __name__ == "__main__":
    found = list(complaints())
    print(*(f"docs/errors.md: {it}" for it in found), sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
