"""Partners' tokens, judged under the published keys (docs/integrate.md, "Verify a token yourself")."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

from . import errors
from ._clients import AsyncClient, Client
from ._flight import AsyncFlight, BlockingFlight, Flight
from ._http import Io, Options, Request, call, finish

#: The set is asked for again after five minutes, and for a key that it lacks at most once a minute.
FRESH, PAUSE = 300.0, 60.0
#: Without an answer the set is used no longer than this: a new key signs a quarter of an hour after it was published.
STALE = 900.0
#: For clocks that differ.
LEEWAY = 60

_REQUIRED = ["exp", "iat", "iss", "sub", "jti", "organization_id", "partner_id", "user_id", "scope"]


@dataclass(frozen=True)
class PartnerClaims:
    organization_id: str
    partner_id: str
    user_id: str
    scope: frozenset[str]
    expires_at: int
    #: All claims, also those that this version doesn't know.
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class _Set:
    keys: dict[str, jwt.PyJWK]
    etag: str | None
    fetched_at: float


class _Keys:
    def __init__(self, io: Io, flight: Flight[None]) -> None:
        self._io = io
        self._flight = flight
        self._set = _Set({}, None, float("-inf"))
        self._asked_at = float("-inf")
        self._failed = False

    async def key(self, kid: str) -> jwt.PyJWK:
        found = self._found(kid, FRESH)
        if found is None:
            await self._flight.join("jwks", self._look_again)
            found = self._found(kid, STALE)
        if found is not None:
            return found
        if self._failed:
            raise errors.KeysUnavailableError("the JWK Set could not be fetched; the token may be good: try again later")
        raise errors.TokenNotVerifiedError("the token names a key that isn't published")

    def _found(self, kid: str, age: float) -> jwt.PyJWK | None:
        published = self._set
        return published.keys.get(kid) if time.monotonic() - published.fetched_at < age else None

    async def _look_again(self) -> None:
        # Also after a failure, or in an outage each token would wait for it.
        if time.monotonic() - self._asked_at >= PAUSE:
            await self._fetch()

    async def _fetch(self) -> None:
        self._asked_at = time.monotonic()
        asked_for = {"if-none-match": self._set.etag} if self._set.etag else {}
        try:
            answer = await call(self._io, "partner", Request("GET", "/.well-known/jwks.json", asked_for))
            keys = self._set.keys if answer.status == 304 else _keys(answer.object())
        except (errors.NoAnswerError, errors.RefusalError):
            self._failed = True
            return
        self._set = _Set(keys, answer.headers.get("etag"), self._asked_at)
        self._failed = False


def _keys(body: dict[str, Any]) -> dict[str, jwt.PyJWK]:
    listed = body.get("keys")
    if not isinstance(listed, list):
        raise errors.NoAnswerError("the answer can't be read: it has no list keys")
    keys = {}
    for jwk in listed:
        # Keys for something else, or of a kind that this version doesn't know, break nothing.
        if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
            continue
        try:
            keys[str(jwk["kid"])] = jwt.PyJWK(jwk, algorithm="RS256")
        except (KeyError, jwt.PyJWTError):
            continue
    return keys


async def _verify(keys: _Keys, token: str, organization_id: str | None, scope: str | None) -> PartnerClaims:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.InvalidTokenError, ValueError):
        kid = None
    if not isinstance(kid, str):
        raise errors.TokenNotVerifiedError("the token isn't a JWT whose header names a key")
    key = await keys.key(kid)
    reason = "its claims have another form"
    try:
        raw = jwt.decode(token, key, ["RS256"], {"require": _REQUIRED}, issuer="postern", leeway=LEEWAY)
        words = raw["scope"]
        claims = PartnerClaims(
            str(raw["organization_id"]),
            str(raw["partner_id"]),
            str(raw["user_id"]),
            frozenset(words) if isinstance(words, list) else frozenset(str(words).split()),
            int(raw["exp"]),
            raw,
        )
    except jwt.InvalidTokenError as error:
        reason = type(error).__name__
    except (TypeError, ValueError):
        pass
    else:
        if organization_id is not None and claims.organization_id.lower() != organization_id.lower():
            raise errors.TokenNotVerifiedError("the token is for another organization")
        if scope is not None and scope not in claims.scope:
            raise errors.TokenNotVerifiedError("the token hasn't the scope")
        return claims
    raise errors.TokenNotVerifiedError(f"the token is refused: {reason}")


class PartnerVerifier(Client):
    """For an API that partners call. Keep it for the life of the process: it caches the keys. Threads may share it."""

    def __init__(self, api: str, *, http: httpx.Client | None = None, options: Options = Options()) -> None:
        super().__init__(api, http, options)
        self._keys = _Keys(self._io, BlockingFlight[None]())

    def verify(self, token: str, *, organization_id: str | None, scope: str | None = None) -> PartnerClaims:
        """Checks signature, issuer and life; and that the token is for the organization and has the scope. There is no
        audience: only with `organization_id=None` you accept any organization's token, and look at the claims yourself."""
        return finish(_verify(self._keys, token, organization_id, scope))


class AsyncPartnerVerifier(AsyncClient):
    """The same for asyncio."""

    def __init__(self, api: str, *, http: httpx.AsyncClient | None = None, options: Options = Options()) -> None:
        super().__init__(api, http, options)
        self._keys = _Keys(self._io, AsyncFlight[None]())

    async def verify(self, token: str, *, organization_id: str | None, scope: str | None = None) -> PartnerClaims:
        return await _verify(self._keys, token, organization_id, scope)
