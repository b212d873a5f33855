"""A deployment of Postern."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx

from ._http import Options
from ._io import Asyncio, Blocking
from .partner import AsyncPartner, Partner
from .password import AsyncPassword, Password
from .portal import AsyncPortal, Portal
from .sso import AsyncSso, Sso
from .verifier import AsyncTokenVerifier, TokenVerifier


class PosternClient:
    """A deployment of Postern, whose address is HTTPS unless it is this machine. One for the life of the process, for all
    threads; a forked child gets connections of its own.

    `timeout_seconds` is for a whole answer; 5 at least, so that the server says what is down. `tries` is how often the same
    call is sent, the first time included; some are sent less often. `first_wait_seconds` is the wait before the second try
    of a call without `Retry-After`, twice as long each time; a wait beyond `longest_wait_seconds` is left to you. `http` is
    an httpx client of your own, for a proxy or a certificate, which you close yourself.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout_seconds: float = 10.0,
        tries: int = 5,
        first_wait_seconds: float = 1.0,
        longest_wait_seconds: float = 10.0,
        allow_http: bool = False,
        http: httpx.Client | None = None,
    ) -> None:
        options = Options(timeout_seconds, tries, first_wait_seconds, longest_wait_seconds, allow_http)
        self._io = Blocking(base_url, http, options)

    def portal(self, *, api_key: str) -> Portal:
        """Patient sign-in by one-time code."""
        return Portal(self._io, api_key)

    def partner(self, *, partner_id: str, partner_secret: str) -> Partner:
        """Partner integration."""
        return Partner(self._io, partner_id, partner_secret)

    def token_verifier(self, *, clock_tolerance_seconds: float = 60) -> TokenVerifier:
        """Verification of partners' tokens, which needs no credential."""
        return TokenVerifier(self._io, clock_tolerance_seconds)

    def password(self, *, organization_id: str, api: str = "patient") -> Password:
        """Password login. `api` is what the token is for."""
        return Password(self._io, organization_id, api)

    def sso(self, *, client_id: str, client_token: str) -> Sso:
        """Identity provider of an exchange."""
        return Sso(self._io, client_id, client_token)

    def close(self) -> None:
        self._io.close()

    def __enter__(self) -> PosternClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncPosternClient:
    """The same for asyncio, in one event loop."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_seconds: float = 10.0,
        tries: int = 5,
        first_wait_seconds: float = 1.0,
        longest_wait_seconds: float = 10.0,
        allow_http: bool = False,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        options = Options(timeout_seconds, tries, first_wait_seconds, longest_wait_seconds, allow_http)
        self._io = Asyncio(base_url, http, options)

    def portal(self, *, api_key: str) -> AsyncPortal:
        return AsyncPortal(self._io, api_key)

    def partner(self, *, partner_id: str, partner_secret: str) -> AsyncPartner:
        return AsyncPartner(self._io, partner_id, partner_secret)

    def token_verifier(self, *, clock_tolerance_seconds: float = 60) -> AsyncTokenVerifier:
        return AsyncTokenVerifier(self._io, clock_tolerance_seconds)

    def password(self, *, organization_id: str, api: str = "patient") -> AsyncPassword:
        return AsyncPassword(self._io, organization_id, api)

    def sso(self, *, client_id: str, client_token: str) -> AsyncSso:
        return AsyncSso(self._io, client_id, client_token)

    async def aclose(self) -> None:
        await self._io.close()

    async def __aenter__(self) -> AsyncPosternClient:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.aclose()
