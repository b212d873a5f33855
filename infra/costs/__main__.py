"""Prints docs/costs.md: what a month costs, from what each call does (operations.py) and list prices (prices.py)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "watch"))

import alarms
import prices
import sam
from operations import CALLS, NOTHING_DUE, Cost

USERS = (1_000, 100_000, 10_000_000)
# What a user does in a month. A session lives for 90 days, so most days begin with a refresh.
MONTH = {
    "portal-send-otp": 2,
    "portal-deliver-otp": 2,
    "portal-verify-otp": 2,
    "portal-refresh-token": 20,
    "portal-logout": 0.5,
    "portal-me": 40,
    "password-login": 0.5,
}
SMS_SHARE = 0.2
# A user with identifiers, its pointers and a session: three items of the table users, two of sessions.
ITEM_KILOBYTES = 3
# Beside the function's own lines: those of Lambda for an invocation, API Gateway's for a request; each line has 26 bytes
# more, which CloudWatch adds.
PLATFORM_LOG = 650
GATEWAY_LOG = 360
LINE_OVERHEAD = 26
RETENTION_MONTHS = 3
# A line of the audit trail: 330 to 430 bytes as measured by `make smoke` against the local stack, its author, and
# 26 bytes that CloudWatch adds. It is stored for six years, compressed to less than a quarter.
LINE_KILOBYTES = 0.5
AUDIT_MONTHS = 72
# Records that one call of audit-record gets in the second that it waits: a busy stack has more of them.
RECORDS_OF_CALL = 2
RECORDER = Cost(0, 0, milliseconds=40, log=400)
# Changes of a code that are no send, for each send: the note of the delivery, and an attempt.
NOT_DUE = 2
# What a sign-in by code calls.
SIGN_IN = ("portal-send-otp", "portal-deliver-otp", "portal-verify-otp")
# Metrics of ours with data in each hour: sign-ins, refusals, codes by channel, each with and without its dimension.
METRICS = 30

HEAD = """# Costs

<!-- Made by `make costs`: edit infra/costs, not this file. -->

US dollars a month, without free tier and taxes, for a stack with every default, if each user signs in twice by code (one in five codes by SMS), \
refreshes {refreshes} times, is looked up {lookups} times (`/me` or an authorizer) and logs in with a password every other month.
Operations at DynamoDB are those that `make test-alarms` sees; times, log sizes and prices are assumptions in [infra/costs](../infra/costs/prices.py). Print it for your own figures:

```sh norun
make costs
```
"""


def calls(users):
    return {name: users * often for name, often in MONTH.items()}


def by_stream(name):
    return name == "portal-deliver-otp"


def lambda_call(it):
    return prices.LAMBDA_REQUEST + prices.LAMBDA_GB_SECOND * it.megabytes / 1024 * it.milliseconds / 1000


def log_bytes(name, it):
    """What a call adds to the logs."""
    own = it.log + LINE_OVERHEAD + (it.metrics + LINE_OVERHEAD if it.metrics else 0)
    return own + PLATFORM_LOG + (0 if by_stream(name) else GATEWAY_LOG)


def stored(size):
    """What bytes cost in a log group of ours, until they are deleted."""
    return size / 1e9 * (prices.LOG_GB + prices.LOG_GB_MONTH * RETENTION_MONTHS)


def idle(sends):
    """What calls of portal-deliver-otp cost that find nothing to send: Lambda, and their log."""
    calls = sends * NOT_DUE
    return calls * lambda_call(NOTHING_DUE), stored(calls * log_bytes("portal-deliver-otp", NOTHING_DUE))


def recorder(lines):
    """What the function that writes lines of the audit trail costs, its own log included."""
    calls = lines / RECORDS_OF_CALL
    return calls * lambda_call(RECORDER), stored(calls * log_bytes("portal-deliver-otp", RECORDER))


def trail(lines):
    """What lines of the audit trail cost, until they are deleted."""
    return lines * LINE_KILOBYTES / 1e6 * (prices.LOG_GB + prices.LOG_GB_MONTH / 4 * AUDIT_MONTHS)


def month(users):
    """What each service costs."""
    made = calls(users)
    requests = sum(count for name, count in made.items() if not by_stream(name))
    total = lambda per_call: sum(count * per_call(CALLS[name]) for name, count in made.items())
    lines = sum(count * CALLS[name].lines for name, count in made.items())
    sms = made["portal-deliver-otp"] * SMS_SHARE
    idle_calls, idle_log = idle(made["portal-deliver-otp"])
    template = sam.read()
    watched = list(alarms.all_of(sam.functions(template), sam.tables(template)))
    secrets = sum(it["Type"] == "AWS::SecretsManager::Secret" for it in template["Resources"].values())
    return {
        "API Gateway": requests * prices.API_REQUEST,
        "Lambda": total(lambda_call) + idle_calls,
        "DynamoDB": total(lambda it: prices.READ_UNIT * it.reads + prices.WRITE_UNIT * it.writes)
        + prices.TABLE_GB_MONTH * users * ITEM_KILOBYTES / 1e6,
        "Logs": stored(sum(count * log_bytes(name, CALLS[name]) for name, count in made.items())) + idle_log,
        "Audit trail": sum(recorder(lines)) + trail(lines),
        "Secrets": secrets * prices.SECRET_MONTH,
        "Alarms and metrics": prices.ALARM_METRIC_MONTH * sum(len(it.metrics) for it in watched)
        + prices.METRIC_MONTH * METRICS
        + prices.DASHBOARD_MONTH,
        "Mail": (made["portal-deliver-otp"] - sms) * prices.MAIL,
        "**Without SMS**": None,
        "SMS": sms * prices.SMS,
    }


def dollars(amount):
    return f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"


def table():
    months = [month(users) for users in USERS]
    for costs in months:
        services = list(costs)
        costs["**Without SMS**"] = sum(costs[it] for it in services[: services.index("**Without SMS**")])
    yield "| | " + " | ".join(f"{users:,} users" for users in USERS) + " |"
    yield "|---|" + "---|" * len(USERS)
    for service in months[0]:
        yield f"| {service} | " + " | ".join(dollars(costs[service]) for costs in months) + " |"
    alone = [costs["**Without SMS**"] / users for costs, users in zip(months, USERS)]
    yield "| **per user, without SMS** | " + " | ".join(f"{amount:.5f}" for amount in alone) + " |"


def operations():
    yield "| call | read units | write units | lines of the audit trail | billed, assumed | calls of a user |"
    yield "|---|---|---|---|---|---|"
    for name, it in CALLS.items():
        billed = f"{it.milliseconds} ms at {it.megabytes} MB"
        yield f"| `{name}` | {it.reads:g} | {it.writes:g} | {it.lines} | {billed} | {MONTH[name]:g} |"


def sign_ins():
    """A million sign-ins: Lambda, logs, and what the audit trail adds."""
    million = 1e6
    lines = sum(CALLS[name].lines for name in SIGN_IN) * million
    calls, log = recorder(lines)
    idle_calls, _ = idle(million)
    size = sum(log_bytes(name, CALLS[name]) for name in SIGN_IN) + NOT_DUE * log_bytes("portal-deliver-otp", NOTHING_DUE)
    rows = {
        "Lambda: " + ", ".join(f"`{name}`" for name in SIGN_IN): million * sum(lambda_call(CALLS[it]) for it in SIGN_IN) + idle_calls,
        f"their logs, {size / 1000:.1f} kB each, for {RETENTION_MONTHS} months": stored(size * million),
        "`audit-record`: Lambda": calls,
        "its log": log,
        f"{lines / million:g} lines of the audit trail each, for {AUDIT_MONTHS // 12} years": trail(lines),
    }
    yield "| a million sign-ins by code | dollars |"
    yield "|---|---|"
    for name, amount in rows.items():
        yield f"| {name} | {dollars(amount)} |"


def main():
    print(HEAD.format(refreshes=MONTH["portal-refresh-token"], lookups=MONTH["portal-me"]))
    print("\n".join(table()))
    print("\nWhat a call costs at most, on an instance that has nothing cached:\n")
    print("\n".join(operations()))
    print(
        "\nWhat request log and audit trail cost. The sizes of the functions' lines are measured (`make test-alarms` refuses longer"
        " ones); lines of Lambda and API Gateway are assumed. Lambda's reads of streams are free.\n"
    )
    print("\n".join(sign_ins()))
    print(
        "\nA customer's KMS key adds $1 and $0.03 for 10,000 uses, infra/edge.yaml about $9 and $0.60 for a million"
        " requests,\na VPC its endpoints: about $7.30 for each of them and zone."
    )


main()
