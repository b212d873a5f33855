"""The alarms: what is watched, and from where on somebody has to look."""

from metric import Alarm, Metric, ours, share

# A request is answered within 2.5 s, or refused.
SLOW_MS = 2000


def of_function(function):
    """Whether a function fails, and how long it takes. A route is one function, so this is per route, too."""
    named = {"FunctionName": {"Ref": function.id}}
    failed = "FILL(errors, 0) + FILL(throttles, 0) + FILL(answers, 0)"
    called = "FILL(calls, 0) + FILL(throttles, 0)"
    # Three bad minutes within an hour: an outage of a busy API takes three minutes to be seen, one of a clinic
    # with a call now and then three failed calls.
    yield Alarm(
        f"{function.name}-fails",
        "a-function-fails",
        f"At least 5 % of the calls of {function.name} fail, or are throttled, in three minutes of an hour.",
        f"IF({called} > 0, 100 * ({failed}) / ({called}), 0)",
        {
            "calls": Metric("AWS/Lambda", "Invocations", named),
            "errors": Metric("AWS/Lambda", "Errors", named),
            "throttles": Metric("AWS/Lambda", "Throttles", named),
            "answers": ours("ServerError", function={"Ref": function.id}),
        },
        threshold=4.99,
        minutes=1,
        of=3,
        periods=60,
    )
    if function.has_stream:
        # A code is waited for; a line of the audit trail isn't, but what waits for a day is lost.
        is_recorder = function.name == "audit-record"
        seconds = 300 if is_recorder else 30
        yield Alarm(
            f"{function.name}-late",
            "the-audit-trail-is-late" if is_recorder else "codes-are-late",
            f"Records wait for more than {seconds} s before {function.name} gets them.",
            "FILL(age, 0)",
            {"age": Metric("AWS/Lambda", "IteratorAge", named, "Maximum")},
            threshold=1000 * seconds,
            minutes=1,
            of=3,
            periods=5,
        )
    elif not function.is_scheduled:
        yield Alarm(
            f"{function.name}-slow",
            "a-function-is-slow",
            f"One call in a hundred of {function.name} takes more than two of its 2.5 seconds.",
            "FILL(slowest, 0)",
            {"slowest": Metric("AWS/Lambda", "Duration", named, "p99")},
            threshold=SLOW_MS,
            minutes=5,
            of=3,
            periods=6,
        )


def of_table(table):
    named = {"TableName": {"Ref": table}}
    yield Alarm(
        f"{table}-throttled",
        "a-table-is-throttled",
        f"DynamoDB throttles {table}.",
        "FILL(reads, 0) + FILL(writes, 0)",
        {
            "reads": Metric("AWS/DynamoDB", "ReadThrottleEvents", named),
            "writes": Metric("AWS/DynamoDB", "WriteThrottleEvents", named),
        },
        threshold=0,
        minutes=1,
        of=3,
        periods=5,
    )


def of_api():
    api = {"ApiId": {"Ref": "Api"}}
    yield Alarm(
        "api-fails",
        "the-api-fails",
        "At least 5 % of the API's answers are 5xx in three minutes of an hour.",
        "IF(FILL(count, 0) > 0, 100 * FILL(failed, 0) / count, 0)",
        {"count": Metric("AWS/ApiGateway", "Count", api), "failed": Metric("AWS/ApiGateway", "5xx", api)},
        threshold=4.99,
        minutes=1,
        of=3,
        periods=60,
    )
    yield Alarm(
        "api-slow",
        "a-function-is-slow",
        "One answer in a hundred takes more than two seconds.",
        "FILL(latency, 0)",
        {"latency": Metric("AWS/ApiGateway", "Latency", api, "p99")},
        threshold=SLOW_MS,
        minutes=5,
        of=3,
        periods=6,
    )


def of_delivery():
    queue = {"QueueName": {"Ref": "DeadLetters"}}
    yield Alarm(
        "dead-letters",
        "codes-were-not-sent",
        "Codes could not be sent, and are not tried again.",
        "FILL(waiting, 0)",
        {"waiting": Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue, "Maximum")},
        threshold=0,
        minutes=1,
    )
    yield Alarm(
        "codes-undeliverable",
        "codes-are-undeliverable",
        "SES or SNS refuses for good one code in ten or more.",
        share("refused", "sent", at_least=5),
        {"refused": ours("CodeUndeliverable"), "sent": ours("CodeSent")},
        threshold=9.99,
        minutes=15,
    )
    for channel in ("EMAIL", "SMS"):
        # SES and SNS take a message and may lose it later. Then nobody types its code.
        yield Alarm(
            f"codes-unused-{channel.lower()}",
            "codes-do-not-arrive",
            f"Fewer than three in ten codes that were sent by {channel} are typed in.",
            "IF(FILL(sent, 0) >= 20, 100 * FILL(accepted, 0) / sent, 100)",
            {"sent": ours("CodeSent", channel=channel), "accepted": ours("CodeAccepted", channel=channel)},
            threshold=30,
            minutes=60,
            below=True,
        )
    yield Alarm(
        "mail-volume",
        "many-mails-are-sent",
        "More codes are mailed in an hour than MailsPerHourAlarm.",
        "FILL(sent, 0)",
        {"sent": ours("CodeSent", channel="EMAIL")},
        threshold={"Ref": "MailsPerHour"},
        minutes=60,
    )
    yield Alarm(
        "sms-cap",
        "the-sms-cap-is-reached",
        "An organization has no SMS left until midnight UTC.",
        "FILL(refused, 0)",
        {"refused": ours("SmsCapReached")},
        threshold=0,
        minutes=5,
    )


def of_guessing():
    for noun in ("Code", "Password"):
        yield Alarm(
            f"{noun.lower()}s-refused",
            "many-sign-ins-are-refused",
            f"More than three {noun.lower()}s are refused for each that is accepted, and at least 30.",
            "IF(FILL(refused, 0) >= 30, refused / (FILL(accepted, 0) + 1), 0)",
            {"refused": ours(f"{noun}Refused"), "accepted": ours(f"{noun}Accepted")},
            threshold=3,
            minutes=15,
        )
    for noun in ("Client", "Secret", "Token"):
        # Nothing counts what is accepted of these, so it is a number: no caller in order sends hundreds.
        yield Alarm(
            f"{noun.lower()}s-refused",
            "many-callers-are-refused",
            f"More than 300 {noun.lower()}s are refused in a quarter of an hour.",
            "FILL(refused, 0)",
            {"refused": ours(f"{noun}Refused")},
            threshold=300,
            minutes=15,
        )
    yield Alarm(
        "refresh-reused",
        "refresh-tokens-are-replayed",
        "Five refresh tokens or more are replayed in five minutes: somebody may have stolen them.",
        "FILL(replays, 0)",
        {"replays": ours("RefreshReused", reason="reuse")},
        threshold=4,
        minutes=5,
    )


def of_audit():
    yield Alarm(
        "audit-unknown-author",
        "a-change-names-no-author",
        "An item was changed by somebody whom the change doesn't name: by hand, or by another program.",
        "FILL(unknown, 0)",
        {"unknown": ours("AuditUnknownAuthor")},
        threshold=0,
        minutes=5,
    )
    yield Alarm(
        "audit-malformed",
        "a-change-could-not-be-read",
        "The audit trail has lines about changes that the recorder could not read.",
        "FILL(malformed, 0)",
        {"malformed": ours("AuditMalformed")},
        threshold=0,
        minutes=5,
    )
    yield Alarm(
        "audit-unsealed",
        "an-hour-is-not-sealed",
        "The audit trail got no seal for three hours.",
        "FILL(sealed, 0)",
        {"sealed": ours("AuditSealed")},
        threshold=1,
        minutes=180,
        below=True,
        # Before the first seal there is no such metric at all.
        missing="breaching",
    )
    def of_mappings(name):
        tables = ("Organizations", "Users", "Challenges", "Sessions")
        return {
            f"lost{index}": Metric("AWS/Lambda", name, {"EventSourceMappingUUID": {"Ref": f"Audit{table}"}})
            for index, table in enumerate(tables)
        }

    lost = of_mappings("OnFailureDestinationDeliveredEventCount")
    yield Alarm(
        "audit-dead-letters",
        "changes-were-not-recorded",
        "Changes could not be recorded for 23 hours. Their records are in the bucket AuditFailures for 30 days.",
        " + ".join(f"FILL({name}, 0)" for name in lost),
        lost,
        threshold=0,
        minutes=5,
    )
    # What Lambda could not even put into the bucket.
    dropped = of_mappings("DroppedEventCount")
    yield Alarm(
        "audit-dropped",
        "changes-were-lost",
        "Changes could not be recorded, and their records could not be put into the bucket AuditFailures either.",
        " + ".join(f"FILL({name}, 0)" for name in dropped),
        dropped,
        threshold=0,
        minutes=5,
    )


def of_account():
    """What SES and SNS count for the whole account and region, all stacks together."""
    for rate, limit, text in (
        ("Bounce", 0.05, "SES reviews an account from 5 % of bounces on, and pauses it at 10 %."),
        ("Complaint", 0.001, "SES reviews an account from 0.1 % of complaints on, and pauses it at 0.5 %."),
    ):
        yield Alarm(
            f"ses-{rate.lower()}s",
            "the-reputation-at-ses-sinks",
            text,
            "FILL(rate, 0)",
            {"rate": Metric("AWS/SES", f"Reputation.{rate}Rate", {}, "Average")},
            threshold=limit,
            minutes=60,
        )
    direct = {"PhoneNumber": "PhoneNumberDirect"}
    yield Alarm(
        "sms-undelivered",
        "sms-do-not-arrive",
        "SNS took SMS, and could not deliver one in five or more.",
        share("failed", "delivered", at_least=5),
        {
            "failed": Metric("AWS/SNS", "NumberOfNotificationsFailed", direct),
            "delivered": Metric("AWS/SNS", "NumberOfNotificationsDelivered", direct),
        },
        threshold=19.99,
        minutes=60,
    )
    yield Alarm(
        "sms-spend",
        "the-spend-for-sms-is-high",
        "This month's SMS cost more than SmsSpendAlarm.",
        "FILL(spent, 0)",
        {"spent": Metric("AWS/SNS", "SMSMonthToDateSpentUSD", {}, "Maximum")},
        threshold={"Ref": "SmsSpend"},
        minutes=60,
    )


def all_of(functions, tables):
    for function in functions:
        yield from of_function(function)
    for table in tables:
        yield from of_table(table)
    for group in (of_api, of_delivery, of_guessing, of_audit, of_account):
        yield from group()
