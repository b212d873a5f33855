"""httpx as the two kinds of `Io`, and the clients' beginning and end."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
import time
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, TypeVar

import httpx

from ._http import Answer, Options, Request, address
from .errors import NoAnswerError

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


def _prepared(api: str, options: Options, request: Request) -> httpx.Request:
    # Not the client's `build_request`, which would add its cookies, headers and parameters.
    return httpx.Request(
        request.method,
        api + request.path,
        headers={"accept": "application/json", "user-agent": "postern-client", **request.headers},
        content=request.body,
        extensions={"timeout": httpx.Timeout(options.timeout).as_dict()},
    )


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content)


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
    def __init__(self, api: str, http: httpx.Client | None, options: Options) -> None:
        self.options = options
        self._api = address(api, options)
        self._owned = http is None
        self._http = http or httpx.Client(verify=_tls(), cookies=_no_cookies())

    async def send(self, request: Request) -> Answer | NoAnswerError:
        try:
            return _answer(self._http.send(_prepared(self._api, self.options, request), auth=None, follow_redirects=False))
        except httpx.HTTPError as error:
            return _lost(error)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        if self._owned:
            self._http.close()


class Asyncio:
    def __init__(self, api: str, http: httpx.AsyncClient | None, options: Options) -> None:
        self.options = options
        self._api = address(api, options)
        self._owned = http is None
        self._http = http or httpx.AsyncClient(verify=_tls(), cookies=_no_cookies())

    async def send(self, request: Request) -> Answer | NoAnswerError:
        try:
            sending = self._http.send(_prepared(self._api, self.options, request), auth=None, follow_redirects=False)
            return _answer(await sending)
        except httpx.HTTPError as error:
            return _lost(error)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        if self._owned:
            await self._http.aclose()


C = TypeVar("C", bound="Client")
A = TypeVar("A", bound="AsyncClient")


class Client:
    """The blocking clients' beginning and end. `http` is your own httpx client, for a proxy or a certificate of yours;
    you close that yourself."""

    def __init__(self, api: str, http: httpx.Client | None, options: Options) -> None:
        self._io = Blocking(api, http, options)

    def close(self) -> None:
        self._io.close()

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient:
    """The asyncio clients' beginning and end; `http` as above."""

    def __init__(self, api: str, http: httpx.AsyncClient | None, options: Options) -> None:
        self._io = Asyncio(api, http, options)

    async def aclose(self) -> None:
        await self._io.close()

    async def __aenter__(self: A) -> A:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.aclose()
