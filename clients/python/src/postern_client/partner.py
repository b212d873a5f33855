"""A practice-management partner that acts for organizations."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from . import _fork, errors
from ._http import Answer, Io, Request, call, finish, flag, header, instant, json_body, member, seconds, text, texts


@dataclass(frozen=True)
class Connection:
    """What an organization that turned the integration on gave you, and what you ask for."""

    organization_id: str
    organization_secret: str = field(repr=False)
    #: The user in whose name you act.
    user_id: str
    scope: Sequence[str] = ("create:patient",)

    def __post_init__(self) -> None:
        if isinstance(self.scope, str) or not self.scope:
            raise errors.ConfigurationError("scope: a list of at least one is needed")


@dataclass(frozen=True)
class PartnerToken:
    access_token: str = field(repr=False)
    #: What was granted: it may be less than what was asked for.
    scope: list[str]
    expires_at: datetime


_Key = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class _Cached:
    token: PartnerToken
    #: On the clock of `time.monotonic`, which nobody sets.
    until: float


class AsyncPartner:
    """`Partner` for asyncio."""

    def __init__(self, io: Io, partner_id: str, partner_secret: str) -> None:
        self._io = io
        self._headers = {
            "x-partner-id": header("partner_id", partner_id),
            "x-partner-secret": header("partner_secret", partner_secret),
            "content-type": "application/json",
        }
        self._flight = io.flight()
        self._cached: dict[_Key, _Cached] = {}
        self.forked()
        _fork.watch(self)

    def forked(self) -> None:
        # A thread of the parent may have had it.
        self._lock = threading.Lock()

    async def token(self, connection: Connection) -> PartnerToken:
        key = (connection.organization_id, connection.user_id, tuple(sorted(connection.scope)))
        cached = self._live(key)
        if cached is not None:
            return cached
        fetched: PartnerToken = await self._flight.join(key, lambda: self._fetch(key, connection))
        return fetched

    def drop(self, access_token: str) -> None:
        with self._lock:
            self._cached = {key: one for key, one in self._cached.items() if one.token.access_token != access_token}

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

    def _live(self, key: _Key) -> PartnerToken | None:
        with self._lock:
            cached = self._cached.get(key)
        return cached.token if cached and time.monotonic() < cached.until else None

    async def _fetch(self, key: _Key, connection: Connection) -> PartnerToken:
        # Another call may have landed between the look at the cache and the start of this one.
        return self._live(key) or await self._fetched(key, connection)

    async def _fetched(self, key: _Key, connection: Connection) -> PartnerToken:
        headers = {
            **self._headers,
            "x-organization-id": header("organization_id", connection.organization_id),
            "x-organization-secret": header("organization_secret", connection.organization_secret),
            "x-user-id": header("user_id", connection.user_id),
        }
        body = json_body({"grantType": "client_credentials", "scope": list(connection.scope)})
        fetched = await call(self._io, "partner", Request("POST", "/v1/token", headers, body), _token)
        now = time.monotonic()
        with self._lock:
            self._cached = {other: one for other, one in self._cached.items() if now < one.until}
            self._cached[key] = fetched
        return fetched.token

    async def _validate(self, connection: Connection, token: str) -> None:
        # Without x-partner-secret, which this route refuses.
        headers = {
            "authorization": "Bearer " + header("the token", token),
            "x-organization-secret": header("organization_secret", connection.organization_secret),
        }
        path = f"/v1/organizations/{quote(connection.organization_id, safe='')}/validate"
        await call(self._io, "partner", Request("GET", path, headers), flag("success", True))


def _token(answer: Answer) -> _Cached:
    data = member(answer.object(), "data")
    life = seconds(data, "expiresIn")
    token = PartnerToken(text(data, "accessToken"), texts(data, "scope"), instant(answer.asked_at + life))
    return _Cached(token, answer.begun + max(life - 60, life / 2))


class Partner:
    """A practice-management partner's server. Keep it for the life of the process: it caches a token per organization, user
    and scope."""

    def __init__(self, io: Io, partner_id: str, partner_secret: str) -> None:
        self._steps = AsyncPartner(io, partner_id, partner_secret)

    def token(self, connection: Connection) -> PartnerToken:
        """A live token: the cached one until a minute before it expires. Callers of the same moment wait for one call."""
        return finish(self._steps.token(connection))

    def drop(self, access_token: str) -> None:
        """Forgets a token that an API answered with 401, so that the next call gets a new one."""
        self._steps.drop(access_token)

    def validate(self, connection: Connection) -> None:
        """Marks the organization as integrated. Once is enough; repeating it changes nothing. A refused token is replaced
        once."""
        finish(self._steps.validate(connection))
