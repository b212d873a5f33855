"""The dashboard: what alarms watch, as pictures, in the order in which a call passes through the stack."""

import json


def _widget(title, metrics, stat="Sum", **properties):
    return {
        "type": "metric",
        "width": 8,
        "height": 6,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "view": "timeSeries",
            "period": 300,
            "stat": stat,
            "metrics": metrics,
            **properties,
        },
    }


def _ours(*names, dimension=None):
    """One line for each metric or, with a dimension, for each of its values."""
    if dimension is None:
        return [["Postern", name, "stack", "${Stack}"] for name in names]
    search = "SEARCH('{{Postern,stack,{0}}} MetricName=\"{1}\" stack=\"${{Stack}}\"', 'Sum', 300)"
    return [[{"expression": search.format(dimension, name), "label": ""}] for name in names]


def _lambda(functions, name):
    return [["AWS/Lambda", name, "FunctionName", f"${{{it.id}}}", {"label": it.name}] for it in functions]


def body(functions, tables, alarms):
    """The dashboard's JSON, for Fn::Sub."""
    functions, tables = list(functions), list(tables)
    api = ["ApiId", "${Api}"]
    throttles = [
        ["AWS/DynamoDB", f"{kind}ThrottleEvents", "TableName", f"${{{table}}}"]
        for table in tables
        for kind in ("Read", "Write")
    ]
    streams = [it for it in functions if it.has_stream]
    widgets = [
        {
            "type": "alarm",
            "width": 24,
            "height": 6,
            "properties": {
                "title": "Alarms",
                "alarms": [
                    "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${Stack}-" + alarm.id
                    for alarm in alarms
                ],
            },
        },
        _widget("Requests", [["AWS/ApiGateway", name, *api] for name in ("Count", "4xx", "5xx")]),
        _widget("Latency of the API, p99 (ms)", [["AWS/ApiGateway", "Latency", *api]], "p99"),
        _widget("Server errors by function", _ours("ServerError", dimension="function")),
        _widget("Calls", _lambda(functions, "Invocations")),
        _widget("Duration, p99 (ms)", _lambda(functions, "Duration"), "p99"),
        _widget("Errors and throttles", _lambda(functions, "Errors") + _lambda(functions, "Throttles")),
        _widget("Sign-ins", _ours("CodeAccepted", "PasswordAccepted", "CodeRefused", "PasswordRefused")),
        _widget("Codes sent", _ours("CodeSent", dimension="channel") + _ours("CodeUndeliverable", "CodeSandboxed")),
        _widget("Age of records (ms)", _lambda(streams, "IteratorAge"), "Maximum"),
        _widget("Refusals", _ours("ClientRefused", "SecretRefused", "TokenRefused", "RateLimited")),
        _widget("Refused refreshes by reason", _ours("RefreshReused", dimension="reason")),
        _widget("Throttled by DynamoDB", throttles),
        _widget("Reputation at SES", [["AWS/SES", f"Reputation.{it}Rate"] for it in ("Bounce", "Complaint")], "Average"),
        _widget("SMS this month (USD)", [["AWS/SNS", "SMSMonthToDateSpentUSD"]], "Maximum"),
        _widget("SMS near or at the cap", _ours("SmsCapNear", "SmsCapReached")),
    ]
    return json.dumps({"widgets": widgets})
