"""Writes the nested stack with alarms, dashboard and queries, from infra/template.yaml: `python infra/watch FILE`.

A function or table that is added there is watched without further ado.
"""

import sys
from pathlib import Path

import yaml

import alarms
import dashboard
import queries
import sam


class Dumper(yaml.SafeDumper):
    """YAML without aliases, which CloudFormation doesn't understand."""

    def ignore_aliases(self, _):
        return True


def logical_id(name, kind):
    return "".join(word[0].upper() + word[1:] for word in name.split("-")) + kind


def parameters(template):
    names = ["Stack", "Runbook", "Topic", "Api", "DeadLetters"]
    names += [f"Audit{table}" for table in ("Organizations", "Users", "Challenges", "Sessions")]
    names += [function.id for function in sam.functions(template)] + sam.tables(template)
    return {name: {"Type": "String"} for name in names} | {
        name: {"Type": "Number"} for name in ("MailsPerHour", "SmsSpend")
    }


def build(template):
    functions, tables = list(sam.functions(template)), sam.tables(template)
    watched = list(alarms.all_of(functions, tables))
    resources = {logical_id(alarm.id, "Alarm"): alarm.resource() for alarm in watched}
    resources |= {logical_id(it.name, "Query"): it.resource() for it in queries.ALL}
    resources["Dashboard"] = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Ref": "Stack"},
            "DashboardBody": {"Fn::Sub": dashboard.body(functions, tables, watched)},
        },
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Alarms, dashboard and queries of Postern; made by infra/watch",
        "Parameters": parameters(template),
        "Resources": resources,
        # The gradual deployment of a function ends if its alarm goes off.
        "Outputs": {
            f"{it.id}Fails": {"Value": {"Fn::Sub": f"${{Stack}}-{it.name}-fails"}} for it in functions
        },
    }


def main():
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(build(sam.read()), Dumper=Dumper, sort_keys=False, width=120))


if __name__ == "__main__":
    main()
