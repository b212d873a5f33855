"""What an alarm is made of. Every alarm is an expression: FILL turns silence into zeros.

CloudWatch leaves an alarm on a DynamoDB metric in its state while data is missing, and may see a single
datapoint of a sparse metric too late. An expression of filled metrics has neither fault.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    namespace: str
    name: str
    dimensions: dict
    stat: str = "Sum"

    def query(self, name, period):
        dimensions = [{"Name": key, "Value": value} for key, value in self.dimensions.items()]
        metric = {"Namespace": self.namespace, "MetricName": self.name}
        if dimensions:
            metric["Dimensions"] = dimensions
        return {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {"Metric": metric, "Period": period, "Stat": self.stat},
        }


@dataclass(frozen=True)
class Alarm:
    """Goes off if the expression is above the threshold, or below it, in `of` of the last `periods`.

    `entry` is the anchor of its entry in docs/runbook.md.
    """

    id: str
    entry: str
    text: str
    expression: str
    metrics: dict
    threshold: object
    minutes: int
    of: int = 1
    periods: int = 1
    below: bool = False
    missing: str = "notBreaching"

    def resource(self):
        period = 60 * self.minutes
        queries = [{"Id": "watched", "Expression": self.expression, "Label": self.id}]
        queries += [metric.query(name, period) for name, metric in self.metrics.items()]
        properties = {
            "AlarmName": {"Fn::Sub": "${Stack}-" + self.id},
            "AlarmDescription": {"Fn::Sub": self.text + " ${Runbook}#" + self.entry},
            "Metrics": queries,
            "EvaluationPeriods": self.periods,
            "DatapointsToAlarm": self.of,
            "Threshold": self.threshold,
            "ComparisonOperator": "LessThanThreshold" if self.below else "GreaterThanThreshold",
            "TreatMissingData": self.missing,
            "AlarmActions": [{"Ref": "Topic"}],
            "OKActions": [{"Ref": "Topic"}],
        }
        return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def ours(name, **dimensions):
    """A metric that the functions write, of this stack."""
    return Metric("Postern", name, {"stack": {"Ref": "Stack"}} | dimensions)


def share(part, rest, at_least=1):
    """The percentage of `part` among both; 0 if there is less of `part` than `at_least`."""
    part, rest = (f"FILL({name}, 0)" for name in (part, rest))
    return f"IF({part} >= {at_least}, 100 * {part} / ({part} + {rest}), 0)"
