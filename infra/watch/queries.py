"""The questions of an on-call engineer to the request log, as saved queries of CloudWatch Logs Insights.

docs/runbook.md lists them by name; shared/runtime/src/telemetry has the fields. A line lacks a field that it has no value for.
"""

from dataclasses import dataclass

REQUEST = 'filter message = "request"'


@dataclass(frozen=True)
class Query:
    """One question: the name under which it is saved, and its text."""

    name: str
    text: str

    def resource(self):
        return {
            "Type": "AWS::Logs::QueryDefinition",
            "Properties": {
                "Name": {"Fn::Sub": f"${{Stack}}/{self.name}"},
                "LogGroupNames": [{"Fn::Sub": "/aws/lambda/${Stack}"}],
                "QueryString": self.text,
            },
        }


ALL = [
    Query("one-request", f"{REQUEST} and (requestId = 'ID' or gatewayRequestId = 'ID')"),
    Query("one-user", f"{REQUEST} and userId = 'ID' | sort @timestamp desc"
          " | display @timestamp, function, outcome, step, apiKey, partnerId, source, requestId"),
    Query("failing-tenants", f"{REQUEST} and status >= 500 | stats count(*) as failed by organizationId, function | sort failed desc"),
    Query("failing-checks", f"{REQUEST} and status >= 400 | stats count(*) as refused by function, coalesce(step, outcome) as failed"
          " | sort refused desc"),
    Query("causes", 'filter level in ["ERROR", "WARN"] | stats count(*) as times by level, function, message | sort times desc'),
    Query("latency", f"{REQUEST} | stats pct(durationMs, 50), pct(durationMs, 99), pct(dynamodbMs, 99), pct(secretsManagerMs, 99),"
          " pct(sesMs, 99), pct(snsMs, 99) by function"),
    Query("retries", f"{REQUEST} and retries > 0 | stats count(*) as calls, sum(retries) as again by function, bin(5m)"),
    Query("cold-starts", f"{REQUEST} | stats count(*) as calls, count(coldStart) as cold by function | sort cold desc"),
    Query("round-trips", f"{REQUEST} | stats avg(dynamodbRoundTrips), max(dynamodbRoundTrips), sum(readUnits), sum(writeUnits) by function"),
    Query("wrong-codes", f'{REQUEST} and step in ["CODE_WRONG", "ATTEMPTS_SPENT"] | stats count(*) as wrong by organizationId, bin(1h)'
          " | sort wrong desc"),
    Query("guessing-sources", f"{REQUEST} and ispresent(source) and status >= 400"
          " | stats count(*) as refused by source, organizationId | sort refused desc"),
    Query("sent-and-accepted", "filter ispresent(CodeSent) or CodeAccepted = 1"
          " | stats sum(CodeSent) as sent, sum(CodeAccepted) as accepted by channel, bin(1h)"),
    Query("ended-sessions", f'{REQUEST} and step in ["REFRESH_REUSED", "LOGGED_OUT", "SIGNED_OUT", "SESSION_REVOKED"]'
          " | stats count(*) as ended by step, organizationId | sort ended desc"),
    Query("keys-in-use", f"{REQUEST} and ispresent(apiKey) | stats count(*) as calls, max(@timestamp) as newest by organizationId, apiKey"),
    Query("callers", f"{REQUEST} and (ispresent(partnerId) or ispresent(clientId))"
          " | stats count(*) as calls, max(@timestamp) as newest by partnerId, clientId, organizationId, function"),
    Query("versions", f"{REQUEST} | stats count(*) as calls, max(@timestamp) as newest by version, function"),
]
