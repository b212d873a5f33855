"""Each refusal of infra/openapi.yaml with the class that docs/errors.md says the kits give it: clients/refusals.json, which
both kits' tests read. `make lint-docs` compares it; `kits.py --write` writes it anew.
"""

import json
import re
import sys

import errors

PATH = errors.ROOT / "clients/refusals.json"
CLASS = re.compile(r"^- \*\*Class:\*\* `(\w+)`\.$", re.MULTILINE)


def classes():
    """Of each anchor of the page. API Gateway's answers have one for all, which its section names."""
    page = (errors.ROOT / "docs/errors.md").read_text("utf-8")
    parts = re.split(r"^##+ (.+)$", page, flags=re.MULTILINE)
    for anchor, body in zip(parts[1::2], parts[2::2], strict=True):
        named = CLASS.findall(body)
        is_refusal = re.match(r"\w+-\d{3}", anchor) and anchor not in errors.GATEWAY
        if len(named) != (1 if is_refusal or anchor == "gateway" else 0):
            raise SystemExit(f"docs/errors.md: ### {anchor} has {len(named)} lines - **Class:** `…`.")
        yield from ((anchor, name) for name in named)


def rows():
    of_anchor = dict(classes())
    found = {}
    for surface, status, body in errors.answers():
        anchor = errors.anchor(surface, status, body)
        if status.isdigit() and int(status) >= 400:
            known = of_anchor.get(anchor or "gateway")
            row = {"surface": surface, "status": int(status), "body": body, "class": known}
            found[f"{surface} {status} {json.dumps(body)}"] = row
    return [found[key] for key in sorted(found)]


if __name__ == "__main__":
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows()) + "\n]\n"
    if "--write" in sys.argv:
        PATH.write_text(text, "utf-8")
    elif PATH.read_text("utf-8") != text:
        raise SystemExit("clients/refusals.json isn't what infra/openapi.yaml and docs/errors.md say: run kits.py --write")
