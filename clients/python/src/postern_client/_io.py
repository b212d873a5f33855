"""httpx as the two kinds of `Io`."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import ssl
import time
import weakref
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx

from . import _fork
from ._flight import AsyncFlight, AsyncTurns, BlockingFlight, BlockingTurns, Flight, Turns
from ._http import Answer, Options, Request
from .errors import ConfigurationError, NoAnswerError

#: No answer of Postern's comes near.
_LARGEST = 1 << 20

_TOKEN_IN_PATH = re.compile(r"(/sso/(?:token|signout)/)[^/?#]+")


class _Redact(logging.Filter):
    """The identity provider's routes have the access token in the path, and httpx logs each URL; httpcore logs the
    headers of answers, one of which may set a token as a cookie."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        redacted = _TOKEN_IN_PATH.sub(r"\1…", message)
        if "set-cookie" in redacted.lower():
            redacted = redacted.split(" ", 1)[0] + " …"
        if redacted != message:
            record.msg, record.args = redacted, ()
        return True


for _name in ("httpx", "httpcore.http11", "httpcore.http2"):
    logging.getLogger(_name).addFilter(_Redact())


def address(base_url: str, allow_http: bool) -> str:
    """The API's address without its last slash."""
    try:
        parts = urlsplit(base_url)
        httpx.URL(base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.port == 0)
    except (ValueError, TypeError, httpx.InvalidURL):
        usable = False
    if not usable:
        raise ConfigurationError("base_url: not an http or https address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError("base_url: only scheme, host, port and path")
    if parts.scheme == "http" and not (allow_http or _is_this_machine(parts.hostname or "")):
        raise ConfigurationError("base_url: HTTPS is needed, except for this machine")
    return base_url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _prepared(base_url: str, options: Options, request: Request) -> httpx.Request:
    # Not the client's `build_request`, which would add its cookies, headers and parameters.
    return httpx.Request(
        request.method,
        base_url + request.path,
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "postern-client",
            **request.headers,
        },
        content=request.body,
        extensions={"timeout": httpx.Timeout(options.timeout_seconds).as_dict()},
    )


class _Reading:
    """An answer as it comes in."""

    def __init__(self, options: Options) -> None:
        self._asked_at, self._begun = time.time(), time.monotonic()
        self._end = self._begun + options.timeout_seconds
        self._body = bytearray()

    def add(self, chunk: bytes) -> NoAnswerError | None:
        self._body += chunk
        if len(self._body) > _LARGEST:
            return NoAnswerError("no readable answer: it is longer than 1 MiB")
        # httpx knows the time of each wait alone, so bytes that trickle in would never be too late.
        return timed_out() if time.monotonic() > self._end else None

    def whole(self, response: httpx.Response) -> Answer:
        return Answer(response.status_code, response.headers, bytes(self._body), self._asked_at, self._begun)


def timed_out() -> NoAnswerError:
    return NoAnswerError("no answer: the time was over; what was asked for may have been done")


def _assert_open(is_closed: bool) -> None:
    if is_closed:
        raise ConfigurationError("the client is closed: make another one")


def _lost(error: httpx.HTTPError) -> NoAnswerError:
    # The class alone: httpx's error has the request with its secrets.
    return NoAnswerError(f"no answer ({type(error).__name__}); what was asked for may have been done")


@cache
def _tls() -> ssl.SSLContext:
    """Reading the authorities takes some 40 ms, so all clients share them."""
    return httpx.create_ssl_context()


def _no_cookies() -> CookieJar:
    """A login may set its token as a cookie: it must go along with no other user's call, and be kept nowhere."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


class Blocking:
    def __init__(self, base_url: str, http: httpx.Client | None, options: Options) -> None:
        self.options = options
        self._base_url = address(base_url, options.allow_http)
        self._owned = http is None
        self._http = http or self._connected()
        _fork.watch(self)

    def _connected(self) -> httpx.Client:
        return httpx.Client(verify=_tls(), cookies=_no_cookies())

    def forked(self) -> None:
        # On a connection that both have, one reads the other's answer: another patient's tokens. The old client isn't
        # closed, for that would end the parent's connections.
        if self._owned:
            self._http = self._connected()

    async def send(self, request: Request) -> Answer | NoAnswerError:
        _assert_open(self._http.is_closed)
        reading = _Reading(self.options)
        try:
            response = self._http.send(
                _prepared(self._base_url, self.options, request), auth=None, follow_redirects=False, stream=True
            )
            try:
                for chunk in response.iter_bytes():
                    refused = reading.add(chunk)
                    if refused is not None:
                        return refused
            finally:
                response.close()
            return reading.whole(response)
        except httpx.HTTPError as error:
            return _lost(error)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def flight(self) -> Flight[Any]:
        return BlockingFlight[Any]()

    def turns(self) -> Turns:
        return BlockingTurns()

    def close(self) -> None:
        if self._owned:
            self._http.close()


class Asyncio:
    def __init__(self, base_url: str, http: httpx.AsyncClient | None, options: Options) -> None:
        self.options = options
        self._base_url = address(base_url, options.allow_http)
        self._owned = http is None
        self._flights: weakref.WeakSet[AsyncFlight[Any]] = weakref.WeakSet()
        self._http = http or self._connected()
        _fork.watch(self)

    def _connected(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=_tls(), cookies=_no_cookies())

    def forked(self) -> None:
        if self._owned:
            self._http = self._connected()

    async def send(self, request: Request) -> Answer | NoAnswerError:
        _assert_open(self._http.is_closed)
        try:
            return await asyncio.wait_for(self._send(request), self.options.timeout_seconds)
        except asyncio.TimeoutError:
            return timed_out()
        except httpx.HTTPError as error:
            return _lost(error)

    async def _send(self, request: Request) -> Answer | NoAnswerError:
        reading = _Reading(self.options)
        response = await self._http.send(
            _prepared(self._base_url, self.options, request), auth=None, follow_redirects=False, stream=True
        )
        try:
            async for chunk in response.aiter_bytes():
                refused = reading.add(chunk)
                if refused is not None:
                    return refused
        finally:
            await response.aclose()
        return reading.whole(response)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def flight(self) -> Flight[Any]:
        flight = AsyncFlight[Any]()
        self._flights.add(flight)
        return flight

    def turns(self) -> Turns:
        return AsyncTurns()

    async def close(self) -> None:
        for flight in list(self._flights):
            await flight.end()
        if self._owned:
            await self._http.aclose()
