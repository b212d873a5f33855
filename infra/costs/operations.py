"""What one call costs at DynamoDB and in the log, at most: on an instance that has nothing cached.

`make test-alarms` compares it with what the functions of a running stack report, so it can't grow old.
"""

from typing import NamedTuple


class Cost(NamedTuple):
    reads: float
    """Read request units."""
    writes: float
    """Write request units, failed conditions included."""
    megabytes: int = 256
    milliseconds: int = 25
    """What Lambda bills: an assumption, because an emulator on the same machine answers faster than DynamoDB."""
    lines: int = 0
    """Lines of the audit trail: changes of items that are no counters. Tests of the trail count them."""
    log: int = 550
    """Bytes of the function's line in the log."""
    metrics: int = 0
    """Bytes of the line with its metrics, if a success has one."""


NOTHING_DUE = Cost(0, 0, milliseconds=5, log=400)
"""A call of `portal-deliver-otp` for a change that is no send: its own note, and an attempt."""

CALLS = {
    "portal-send-otp": Cost(1.5, 2, lines=1),
    "portal-deliver-otp": Cost(2.5, 2, milliseconds=80, lines=1, log=700, metrics=300),
    "portal-verify-otp": Cost(3, 5, milliseconds=35, lines=4, metrics=430),
    "portal-refresh-token": Cost(3.5, 2, lines=2),
    "portal-logout": Cost(2.5, 1, lines=1),
    "portal-me": Cost(2.5, 0, milliseconds=15),
    "password-login": Cost(2.5, 2, megabytes=1769, milliseconds=60, metrics=430),
}
