"""Reads a CloudFormation template: short forms such as `!Ref x` become `{"Ref": "x"}`."""

from dataclasses import dataclass
from pathlib import Path

import yaml

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML with CloudFormation's tags."""


def _long_form(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


Loader.add_multi_constructor("!", _long_form)


def read(path=TEMPLATE):
    """The template as one dictionary."""
    return yaml.load(Path(path).read_text(), Loader)


@dataclass(frozen=True)
class Function:
    """One function: its logical id, and the name of its folder, package and binary."""

    id: str
    name: str
    has_stream: bool
    is_scheduled: bool = False


def functions(template):
    """All functions, in the template's order."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            events = properties.get("Events", {}).values()
            name = properties["CodeUri"].rstrip("/").rsplit("/", 1)[-1]
            kinds = {event["Type"] for event in events}
            yield Function(logical_id, name, "DynamoDB" in kinds, "Schedule" in kinds)


def tables(template):
    """The logical ids of all tables."""
    return [name for name, it in template["Resources"].items() if it["Type"] == "AWS::DynamoDB::Table"]
