"""Requests and answers, and which calls are sent again. The decisions are coroutines that both kinds of clients run:
asynchronously, or, over an `Io` that blocks, in one step (`finish`)."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

from . import errors
from ._flight import Flight, Turns
from ._refusals import refusal

T = TypeVar("T")

#: How often a call is sent if each try costs something: a send of the day, an attempt at a code, a password.
SEND_TRIES, CODE_TRIES, PASSWORD_TRIES = 2, 2, 3


@dataclass(frozen=True)
class Options:
    """How long a call may take, and how often it is repeated."""

    timeout_seconds: float
    tries: int
    first_wait_seconds: float
    longest_wait_seconds: float
    allow_http: bool

    def __post_init__(self) -> None:
        waits = (self.first_wait_seconds, self.longest_wait_seconds)
        if not (0 < self.timeout_seconds < math.inf and self.tries >= 1 and all(0 <= wait < math.inf for wait in waits)):
            raise errors.ConfigurationError("timeout_seconds is above 0, tries at least 1, and no wait is negative")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    #: When the try was sent, in seconds of `time.time` and of `time.monotonic`: what the server says of time counts from there.
    asked_at: float
    begun: float

    def object(self) -> dict[str, Any]:
        """The JSON object of the body, or an empty one."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


class Unreadable(Exception):
    """A success that lacks what the contract promises."""


class Io(Protocol):
    """What differs between the blocking and the asyncio clients."""

    options: Options

    async def send(self, request: Request) -> Answer | errors.NoAnswerError: ...

    async def sleep(self, seconds: float) -> None: ...

    def flight(self) -> Flight[Any]: ...

    def turns(self) -> Turns: ...


def finish(steps: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine over what blocks, so that it never has to wait."""
    try:
        steps.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    finally:
        steps.close()
    raise RuntimeError("a blocking call waited for an event loop")


def header(name: str, value: str) -> str:
    """A value that is one header line. The error doesn't quote it: it may be a secret."""
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable() or value != value.strip():
        raise errors.ConfigurationError(f"{name}: visible ASCII is needed")
    return value


def nothing() -> None:
    pass


async def call(
    io: Io,
    surface: str,
    request: Request,
    read: Callable[[Answer], T],
    *,
    tries: int | None = None,
    before: Callable[[], None] = nothing,
) -> T:
    """What `read` makes of a success. What may pass is tried again, as often as `tries` and the options say; `before` runs
    right before each try, and if it raises, nothing is sent."""
    tries = io.options.tries if tries is None else min(tries, io.options.tries)
    may_have_been_done = False
    attempt = 0
    while True:
        attempt += 1
        before()
        answer = await io.send(request)
        failure = _failure(surface, answer, may_have_been_done)
        if failure is None:
            assert isinstance(answer, Answer)
            try:
                return read(answer)
            except Unreadable as missing:
                failure = errors.NoAnswerError(f"{surface} gave no readable answer: {missing}")
        wait = _wait(io.options, failure, attempt)
        if wait is None or attempt >= tries:
            raise failure
        may_have_been_done = may_have_been_done or isinstance(failure, errors.NoAnswerError) or failure.status >= 500
        await io.sleep(wait)


def _failure(
    surface: str, answer: Answer | errors.NoAnswerError, may_have_been_done: bool
) -> errors.NoAnswerError | errors.RefusalError | None:
    if isinstance(answer, errors.NoAnswerError):
        return answer
    if 200 <= answer.status < 300 or answer.status == 304:
        return None
    request_id = answer.headers.get("x-request-id") or answer.headers.get("apigw-requestid")
    return refusal(surface, answer.status, answer.object(), request_id, _retry_after(answer.headers), may_have_been_done)


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds. A proxy may send a date (RFC 9110, section 10.2.3), which its own clock makes a number of seconds."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    until = _date(value)
    if until is None:
        return None
    now = _date(headers.get("date", "")) or datetime.now(timezone.utc)
    return max(0, math.ceil((until - now) / timedelta(seconds=1)))


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value).replace(tzinfo=timezone.utc) if value.endswith(" GMT") else None
    except (ValueError, IndexError, OverflowError):
        return None


def _wait(options: Options, failure: errors.NoAnswerError | errors.RefusalError, attempt: int) -> float | None:
    """The seconds before the next try; `None` if there is to be no other."""
    # Of those who failed together each comes back at another time.
    backoff = min(options.first_wait_seconds * 2.0 ** (attempt - 1), options.longest_wait_seconds) * (1 + random.random() / 4)
    if isinstance(failure, errors.NoAnswerError):
        return backoff
    if failure.status != 429 and failure.status < 500:
        return None
    # 0, or a date that is over, is no reason to come back at once five times.
    if failure.retry_after_seconds:
        asked = float(failure.retry_after_seconds)
        return asked if asked <= options.longest_wait_seconds else None
    if isinstance(failure, errors.RateLimitedError):
        # Ours always says for how long; without that, the limit isn't one that ends soon.
        return None
    if isinstance(failure, errors.InternalError) and attempt > 1:
        # A bug answers the same each time.
        return None
    return backoff


# Answers are read field by field: unknown fields and values are let through, and a missing one is noticed.


def text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is missing")
    return value


def seconds(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 2**31:
        raise Unreadable(f"{name} is missing")
    return value


def optional_text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def texts(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name)
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def member(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def flag(name: str, expected: bool) -> Callable[[Answer], None]:
    """Reads a success that says nothing else: a proxy's page isn't one."""

    def read(answer: Answer) -> None:
        if answer.object().get(name) is not expected:
            raise Unreadable(f"{name} is missing")

    return read


def instant(seconds: float) -> datetime:
    """The time of `time.time`."""
    return datetime.fromtimestamp(seconds, timezone.utc)


def json_body(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
