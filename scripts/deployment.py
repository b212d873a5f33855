"""What is deployed: parameters, packages and the template for both. Knows nothing of AWS."""

import hashlib
import json
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "infra/watch"))

import sam
import yaml

PACKAGES = ROOT / "target/lambda"
RENDERED = ROOT / "target/deploy/template.yaml"
MACHINES = {62: "x86_64", 183: "arm64"}


class Refused(Exception):
    """What is wrong, and what to do."""


def parameters(file, template, built):
    """The parameters of the file, all known to the template and none missing, for packages of this architecture."""
    try:
        given = yaml.safe_load(Path(file).read_text())
    except FileNotFoundError:
        raise Refused(f"{file} not found: copy infra/parameters.example.yaml to it, and edit it") from None
    except yaml.YAMLError as error:
        raise Refused(f"{file} is not YAML: {error}") from None
    if not isinstance(given, dict):
        raise Refused(f"{file} must have lines like `SenderAddress: no-reply@clinic.example`")
    known = template["Parameters"]
    if unknown := sorted(given.keys() - known.keys()):
        raise Refused(f"{file}: the template has no parameter {', '.join(map(str, unknown))}")
    texts = {}
    for name, value in given.items():
        if isinstance(value, (dict, list)) or value is None:
            raise Refused(f"{file}: {name} must be one value; for a list, separate its members by commas")
        if "\\" in str(value):
            raise Refused(f"{file}: {name} must have no backslash, which SAM can't pass on")
        texts[name] = str(value).lower() if isinstance(value, bool) else str(value)
    if texts.setdefault("Architecture", built) != built:
        wanted = texts["Architecture"]
        raise Refused(f"{file} wants {wanted}, but the packages are for {built}: run `make package ARCH={wanted}`")
    # All of them: of one that isn't named, an update would go on with the value before.
    defaults = {name: str(it["Default"]) for name, it in known.items() if "Default" in it}
    if missing := sorted(known.keys() - defaults.keys() - texts.keys()):
        raise Refused(f"{file} lacks {', '.join(missing)}")
    return defaults | texts


def check_name(stack, template):
    """A role names the streams of its function by the beginning of its name, which CloudFormation must not shorten."""
    longest = max(len(function.id) for function in sam.functions(template))
    # Lambda's limit, without two hyphens and the random end.
    most = 64 - 2 - 13 - longest
    if len(stack) > most:
        raise Refused(f"{stack} has {len(stack)} characters: choose a name of at most {most}, or functions could write no logs")


def architecture(template, packages=PACKAGES):
    """The processor of all functions' binaries, from their ELF headers."""
    found = {}
    for function in sam.functions(template):
        file = packages / function.name / "bootstrap"
        try:
            with file.open("rb") as binary:
                header = binary.read(20)
        except FileNotFoundError:
            raise Refused(f"{file} not found: run `make package`") from None
        machine = struct.unpack_from("<H", header, 18)[0] if header[:5] == b"\x7fELF\x02" else None
        if machine not in MACHINES:
            raise Refused(f"{file} is no binary for Lambda: run `make package`")
        found.setdefault(MACHINES[machine], []).append(function.name)
    if len(found) > 1:
        raise Refused(
            "the packages are for different processors: "
            + "; ".join(f"{machine}: {', '.join(names)}" for machine, names in found.items())
            + ". Run `make package` with one ARCH"
        )
    return next(iter(found))




def render(given, text):
    """The template for `given`, whose digest publishes new versions if a parameter or the template changed."""
    digest = hashlib.sha256((text + json.dumps(given, sort_keys=True)).encode()).hexdigest()[:16]
    rendered = text.replace("DEPLOYMENT_DIGEST: none", f"DEPLOYMENT_DIGEST: d{digest}")
    if rendered == text:
        raise Refused("infra/template.yaml has no DEPLOYMENT_DIGEST: none")
    return rendered.replace("../target/", "../")


def sam_command(stack, given):
    # SAM understands no other escape.
    quoted = {name: value.replace('"', '\\"') for name, value in given.items()}
    pairs = [f'{name}="{value}"' for name, value in sorted(quoted.items())]
    return [
        str(Path(sys.executable).parent / "sam"), "deploy", "--template-file", str(RENDERED), "--stack-name", stack,
        "--resolve-s3", "--s3-prefix", stack, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset",
        "--no-fail-on-empty-changeset", "--parameter-overrides", *pairs,
    ]  # fmt: skip
