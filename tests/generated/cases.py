"""Every answer that infra/openapi.yaml describes, as v1 may send it one day: with fields and words that the document lacks.

cases.py DESCRIPTION prints a list of them: operation, status, the schema's name, and the body, if there is one.
"""

import json
import re
import sys

from ruamel.yaml import YAML

METHODS = ("get", "head", "post")
# Strings that have a form: times, and the types of problems.
FORMED = re.compile(r"\d{4}-\d{2}-\d{2}[ T]|https://")


def altered(value):
    """The value with an unknown field in each object, and an unknown word for each string."""
    if isinstance(value, dict):
        known = {name: altered(inner) for name, inner in value.items()}
        return known | {"unheardOf": {"soFar": [1, None, "new"]}}
    if isinstance(value, list):
        return [altered(inner) for inner in value] + ["unheard-of" for _ in value[:1] if isinstance(value[0], str)]
    if isinstance(value, str) and not FORMED.match(value):
        return "unheard-of"
    return value


def cases(document):
    def followed(value):
        while "$ref" in value:
            name = value["$ref"]
            value = document
            for step in name.removeprefix("#/").split("/"):
                value = value[step]
        return value

    for path in document["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            for status, response in operation["responses"].items():
                yield from answers(operation, status, followed(response))


def answers(operation, status, response):
    """The cases of one response; its examples for `default` name their statuses."""
    name = operation["operationId"]
    if "content" not in response:
        if status != "default":
            yield {"operation": name, "status": int(status)}
        return
    for kind, content in response["content"].items():
        assert kind == "application/json", kind
        for example in content["examples"].values():
            case_status = example["summary"] if status == "default" else status
            if status == "default" and case_status in operation["responses"]:
                continue
            schema = content["schema"]["$ref"].rsplit("/", 1)[1]
            yield {"operation": name, "status": int(case_status), "schema": schema, "body": altered(example["value"])}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = YAML(typ="safe").load(file)
    json.dump(list(cases(document)), sys.stdout, indent=1)


main()
