"""A practice-management partner that acts for organizations."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from . import errors
from ._clients import AsyncClient, Client
from ._flight import AsyncFlight, BlockingFlight, Flight
from ._http import Io, Options, Request, call, finish, header, json_body, seconds, text


@dataclass(frozen=True)
class Connection:
    """What an organization that turned the integration on gave you."""

    organization_id: str
    organization_secret: str = field(repr=False)
    #: The user in whose name you act.
    user_id: str


@dataclass(frozen=True)
class PartnerToken:
    access_token: str = field(repr=False)
    #: Those that were granted: maybe fewer than you asked for.
    scope: frozenset[str]
    #: On the clock of `time.monotonic`, a minute before the token's end.
    renew_at: float


class _Calls:
    def __init__(self, io: Io, partner_id: str, partner_secret: str, scope: Sequence[str], flight: Flight[PartnerToken]):
        self._io = io
        self._headers = {
            "x-partner-id": header("the partner's id", partner_id),
            "x-partner-secret": header("the partner's secret", partner_secret),
            "content-type": "application/json",
        }
        self._body = json_body({"grantType": "client_credentials", "scope": list(scope)})
        self._flight = flight
        self._lock = threading.Lock()
        self._cached: dict[tuple[str, str], PartnerToken] = {}

    async def token(self, connection: Connection) -> PartnerToken:
        key = (connection.organization_id, connection.user_id)
        cached = self._live(key)
        return cached or await self._flight.join(key, lambda: self._fetch(key, connection))

    def drop(self, token: str) -> None:
        with self._lock:
            self._cached = {key: cached for key, cached in self._cached.items() if cached.access_token != token}

    async def validate(self, connection: Connection) -> None:
        token = (await self.token(connection)).access_token
        try:
            await self._validate(connection, token)
        except (errors.TokenInvalidError, errors.UserAccessError):
            self.drop(token)
            again = (await self.token(connection)).access_token
            try:
                await self._validate(connection, again)
            except (errors.TokenInvalidError, errors.UserAccessError):
                self.drop(again)
                raise

    def _live(self, key: tuple[str, str]) -> PartnerToken | None:
        with self._lock:
            cached = self._cached.get(key)
        return cached if cached and time.monotonic() < cached.renew_at else None

    async def _fetch(self, key: tuple[str, str], connection: Connection) -> PartnerToken:
        # Another call may have landed between the look at the cache and the start of this one.
        return self._live(key) or await self._fetched(key, connection)

    async def _fetched(self, key: tuple[str, str], connection: Connection) -> PartnerToken:
        headers = {
            **self._headers,
            "x-organization-id": header("the organization's id", connection.organization_id),
            "x-organization-secret": header("the organization's secret", connection.organization_secret),
            "x-user-id": header("the user's id", connection.user_id),
        }
        asked_at = time.monotonic()
        answer = await call(self._io, "partner", Request("POST", "/v1/token", headers, self._body))
        data = answer.object().get("data")
        body = data if isinstance(data, dict) else {}
        scope = body.get("scope")
        granted = frozenset(word for word in scope if isinstance(word, str)) if isinstance(scope, list) else frozenset()
        token = PartnerToken(text(body, "accessToken"), granted, asked_at + seconds(body, "expiresIn") - 60)
        with self._lock:
            self._cached[key] = token
        return token

    async def _validate(self, connection: Connection, token: str) -> None:
        # Without x-partner-secret, which this route refuses.
        headers = {
            "authorization": "Bearer " + header("the token", token),
            "x-organization-secret": header("the organization's secret", connection.organization_secret),
        }
        path = f"/v1/organizations/{quote(connection.organization_id, safe='')}/validate"
        await call(self._io, "partner", Request("GET", path, headers))


class Partner(Client):
    """Keep it for the life of the process: it caches a token per organization and user. Threads may share it."""

    def __init__(
        self,
        api: str,
        partner_id: str,
        partner_secret: str,
        *,
        scope: Sequence[str] = ("create:patient",),
        http: httpx.Client | None = None,
        options: Options = Options(),
    ) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, partner_id, partner_secret, scope, BlockingFlight[PartnerToken]())

    def token(self, connection: Connection) -> PartnerToken:
        """The cached token, until a minute before its end; then another one."""
        return finish(self._calls.token(connection))

    def drop(self, access_token: str) -> None:
        """Call it when an API of the organization answered the token with a 401."""
        self._calls.drop(access_token)

    def validate(self, connection: Connection) -> None:
        """Once per organization, and again when it was connected anew. A refused token is replaced once."""
        finish(self._calls.validate(connection))


class AsyncPartner(AsyncClient):
    """The same for asyncio."""

    def __init__(
        self,
        api: str,
        partner_id: str,
        partner_secret: str,
        *,
        scope: Sequence[str] = ("create:patient",),
        http: httpx.AsyncClient | None = None,
        options: Options = Options(),
    ) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, partner_id, partner_secret, scope, AsyncFlight[PartnerToken]())

    async def token(self, connection: Connection) -> PartnerToken:
        return await self._calls.token(connection)

    def drop(self, access_token: str) -> None:
        self._calls.drop(access_token)

    async def validate(self, connection: Connection) -> None:
        await self._calls.validate(connection)
