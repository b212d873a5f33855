"""Requests and answers, and which calls are sent again. The decisions are coroutines that both kinds of clients run:
asynchronously, or, over an `Io` that blocks, in one step (`finish`)."""

from __future__ import annotations

import ipaddress
import json
import random
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from . import errors
from ._refusals import refusal

T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """How long a call may take, and how often it is repeated. Times are seconds."""

    #: For connecting, for sending, and for each wait for bytes; 5 at least, so that the server says what is down.
    timeout: float = 10.0
    #: How often the same call is sent, the first time included. Some calls are sent less often.
    tries: int = 5
    #: The wait before the second try of a call without `Retry-After`; twice as long each time.
    first_wait: float = 1.0
    #: The longest wait within a call. A longer `Retry-After` is left to the caller.
    longest_wait: float = 10.0
    #: HTTP without TLS to other machines than this one: for a local stack in a container.
    allow_http: bool = False

    def __post_init__(self) -> None:
        if not (self.timeout > 0 and self.tries >= 1 and self.first_wait >= 0 and self.longest_wait >= 0):
            raise errors.ConfigurationError("timeout is above 0, tries at least 1, and no wait is negative")


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

    def object(self) -> dict[str, Any]:
        """The JSON object of the body, or an empty one."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


class Io(Protocol):
    """What differs between the blocking and the asyncio clients."""

    options: Options

    async def send(self, request: Request) -> Answer | errors.NoAnswerError: ...

    async def sleep(self, seconds: float) -> None: ...


def finish(steps: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine over what blocks, so that it never has to wait."""
    try:
        steps.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    finally:
        steps.close()
    raise RuntimeError("a blocking call waited for an event loop")


def address(api: str, options: Options) -> str:
    """The API's address without its last slash."""
    parts = urlsplit(api)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise errors.ConfigurationError("the API's address is not an http or https URL without user, query and fragment")
    if parts.scheme == "http" and not (options.allow_http or _is_this_machine(parts.hostname)):
        raise errors.ConfigurationError("the API's address is not https: secrets would be readable on the way")
    return api.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def header(name: str, value: str) -> str:
    """A value that is one header line. The error doesn't quote it: it may be a secret."""
    if not value or not value.isascii() or not value.isprintable() or value != value.strip():
        raise errors.ConfigurationError(f"{name} is empty, or has characters that no header may have")
    return value


async def call(io: Io, surface: str, request: Request, tries: int | None = None) -> Answer:
    """The answer, if it is a success or a 304. What may pass is tried again, as often as `tries` and the options say."""
    tries = io.options.tries if tries is None else min(tries, io.options.tries)
    may_have_been_done = False
    attempt = 0
    while True:
        attempt += 1
        answer = await io.send(request)
        failure = _failure(surface, answer, may_have_been_done)
        if failure is None:
            assert isinstance(answer, Answer)
            return answer
        wait = _wait(io.options, failure, attempt)
        if wait is None or attempt >= tries:
            raise failure
        status = getattr(failure, "status", 500)
        may_have_been_done = may_have_been_done or status >= 500
        await io.sleep(wait)


def _failure(
    surface: str, answer: Answer | errors.NoAnswerError, may_have_been_done: bool
) -> errors.NoAnswerError | errors.RefusalError | None:
    if isinstance(answer, errors.NoAnswerError):
        return answer
    if 200 <= answer.status < 300 or answer.status == 304:
        return None
    after = answer.headers.get("retry-after", "")
    retry_after = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None
    request_id = answer.headers.get("x-request-id") or answer.headers.get("apigw-requestid")
    return refusal(surface, answer.status, answer.object(), request_id, retry_after, may_have_been_done)


def _wait(options: Options, failure: errors.NoAnswerError | errors.RefusalError, attempt: int) -> float | None:
    """The seconds before the next try; `None` if there is to be no other."""
    backoff = min(options.first_wait * 2.0 ** (attempt - 1), options.longest_wait)
    # Those who failed together don't come back together.
    backoff *= 1 + random.random() / 4
    if isinstance(failure, errors.NoAnswerError):
        return backoff
    if failure.status != 429 and failure.status < 500:
        return None
    if failure.retry_after is not None:
        return float(failure.retry_after) if failure.retry_after <= options.longest_wait else None
    if isinstance(failure, errors.InternalError) and attempt > 1:
        # A bug answers the same each time.
        return None
    return backoff


def text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise errors.NoAnswerError(f"the answer can't be read: it has no text {name}")
    return value


def seconds(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise errors.NoAnswerError(f"the answer can't be read: it has no number {name}")
    return value


def optional_text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def json_body(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
