"""Drives the local stack into each condition that an alarm of ours watches, and compares the metrics that the functions
wrote with those that the alarms read: name, dimensions and namespace. Costs of the calls are compared, too.

Run beside a stack, in its environment: `local-stack exec -- python tests/alarms`.
"""

import json
import sys
from pathlib import Path

INFRA = Path(__file__).parents[2] / "infra"
sys.path[:0] = [str(INFRA / "watch"), str(INFRA / "costs")]

import alarms
import conditions
import sam
from api import lines, until
from operations import CALLS


def watched():
    """Alarm → what it reads of our metrics, as the functions of a local stack write them."""
    template = sam.read()
    names = {function.id: function.name for function in sam.functions(template)}
    for alarm in alarms.all_of(sam.functions(template), sam.tables(template)):
        for metric in alarm.metrics.values():
            if metric.namespace == "Postern":
                plain = {
                    key: names.get(value["Ref"], "postern") if isinstance(value, dict) else value
                    for key, value in metric.dimensions.items()
                }
                yield alarm.id, (metric.name, frozenset(plain.items()))


def moved():
    """What the functions counted so far."""
    found = set()
    for line in lines():
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                found |= {
                    (metric["Name"], dimensions)
                    for metric in directive["Metrics"]
                    if directive["Namespace"] == "Postern" and line[metric["Name"]] >= 1
                }
    return found


def reachable(metric):
    """Every function counts its server errors in the same line of code; one of them has to fail here. No stream has a
    record that can't be read."""
    name, dimensions = metric
    return name != "AuditMalformed" and (name != "ServerError" or ("function", "password-account") in dimensions)


def check_costs():
    """No call costs more than docs/costs.md says, and no line is longer."""
    seen = set()
    for line in lines():
        if line.get("message") == "request" and line["outcome"] in {"ok", "sent"} and line["function"] in CALLS:
            name, cost = line["function"], CALLS[line["function"]]
            found = (line["readUnits"], line["writeUnits"])
            if found[0] > cost.reads or found[1] > cost.writes:
                sys.exit(f"{name} costs {found}; infra/costs/operations.py says at most {cost.reads}, {cost.writes}")
            if (size := len(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode())) > cost.log:
                sys.exit(f"the line of {name} has {size} bytes; infra/costs/operations.py says at most {cost.log}")
            seen.add(name)
    longest = max(cost.metrics for cost in CALLS.values())
    successes = ("CodeSent", "CodeAccepted", "PasswordAccepted")
    for line in lines():
        if any(line.get(name) for name in successes) and len(json.dumps(line, separators=(",", ":")).encode()) > longest:
            sys.exit(f"a line of metrics is longer than {longest} bytes: {sorted(line)}")
    if unseen := CALLS.keys() - seen:
        sys.exit(f"no call of {', '.join(sorted(unseen))} was seen")


def main():
    expected = {(alarm, metric) for alarm, metric in watched() if reachable(metric)}
    assert len(expected) > 15, expected
    for condition in conditions.ALL:
        condition()
    missing = lambda: {alarm for alarm, metric in expected if metric not in moved()}
    try:
        until("every metric", lambda: not missing())
    except AssertionError:
        sys.exit(f"no condition moved the metrics of {', '.join(sorted(missing()))}")
    check_costs()
    print(f"the metrics of {len({alarm for alarm, _ in expected})} alarms moved")


main()
