"""Partners' tokens, judged under the published keys (docs/integrate.md, "Verify a token yourself")."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt

from . import errors
from ._http import Answer, Io, Request, Unreadable, call, finish, instant

#: The set is asked for again after five minutes, and for a key that it lacks at most once a minute.
FRESH, PAUSE = 300.0, 60.0
#: Without an answer the set is used no longer than this: a new key signs a quarter of an hour after it was published.
STALE = 900.0

_REQUIRED = ["exp", "iat", "iss", "sub", "jti", "organization_id", "partner_id", "user_id", "scope"]


@dataclass(frozen=True)
class PartnerClaims:
    organization_id: str
    partner_id: str
    user_id: str
    scope: list[str]
    token_id: str
    issued_at: datetime
    expires_at: datetime
    #: All claims, also those that this version doesn't know.
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class _Set:
    keys: dict[str, jwt.PyJWK]
    etag: str | None
    fetched_at: float


class _Keys:
    def __init__(self, io: Io) -> None:
        self._io = io
        self._flight = io.flight()
        self._set = _Set({}, None, -math.inf)
        self._asked_at = -math.inf
        self._failed = False

    async def key(self, kid: str) -> jwt.PyJWK:
        found = self._found(kid, FRESH)
        if found is None:
            await self._flight.join("jwks", self._look_again)
            found = self._found(kid, STALE)
        if found is not None:
            return found
        if self._failed:
            raise errors.KeysUnavailableError("the JWK Set could not be fetched: try again")
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
            request = Request("GET", "/.well-known/jwks.json", asked_for)
            self._set = await call(self._io, "partner", request, self._read, tries=2)
            self._failed = False
        except (errors.NoAnswerError, errors.RefusalError):
            self._failed = True

    def _read(self, answer: Answer) -> _Set:
        is_same = answer.status == 304
        keys = self._set.keys if is_same else _keys(answer.object())
        etag = answer.headers.get("etag") or (self._set.etag if is_same else None)
        return _Set(keys, etag, self._asked_at)


def _keys(body: dict[str, Any]) -> dict[str, jwt.PyJWK]:
    listed = body.get("keys")
    if not isinstance(listed, list):
        raise Unreadable("keys is missing")
    keys = {}
    for jwk in listed:
        # Keys for something else, or of a kind that this version doesn't know, break nothing.
        if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
            continue
        try:
            keys[str(jwk["kid"])] = jwt.PyJWK(jwk, algorithm="RS256")
        except (KeyError, ValueError, TypeError, jwt.PyJWTError):
            continue
    return keys


async def _verify(
    keys: _Keys, token: str, organization_id: str | None, scope: Sequence[str], tolerance: float
) -> PartnerClaims:
    if isinstance(scope, str):
        raise errors.ConfigurationError("scope: a list is needed")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
        # PyJWT 2.10 lets the last one through, of a header that is nested deeply.
        kid = None
    if not isinstance(kid, str):
        raise errors.TokenNotVerifiedError("the token isn't a JWT whose header names a key")
    claims = _claims(token, await keys.key(kid), tolerance)
    # The id, a UUID as a rule, may be written in any letter case.
    if organization_id is not None and claims.organization_id.lower() != organization_id.lower():
        raise errors.TokenNotVerifiedError("the token is for another organization")
    missing = [word for word in scope if word not in claims.scope]
    if missing:
        raise errors.TokenNotVerifiedError(f"the token lacks the scope {missing[0]}")
    return claims


def _claims(token: str, key: jwt.PyJWK, tolerance: float) -> PartnerClaims:
    reason = "its claims have another form"
    try:
        # Two walls: the list, and the key, which PyJWT binds to RS256 (`_keys`). Either one alone keeps others out.
        raw = jwt.decode(token, key, ["RS256"], {"require": _REQUIRED}, issuer="postern", leeway=tolerance)
        words = [raw[name] for name in ("organization_id", "partner_id", "user_id", "jti")]
        if all(isinstance(word, str) for word in words) and isinstance(raw["scope"], list):
            organization_id, partner_id, user_id, token_id = words
            scope = [word for word in raw["scope"] if isinstance(word, str)]
            issued_at, expires_at = instant(raw["iat"]), instant(raw["exp"])
            return PartnerClaims(organization_id, partner_id, user_id, scope, token_id, issued_at, expires_at, raw)
    except jwt.InvalidTokenError as error:
        reason = type(error).__name__
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    # Outside of the handler, for its error may quote the token.
    raise errors.TokenNotVerifiedError(f"the token is refused: {reason}")


class TokenVerifier:
    """Verifies partners' tokens with the published keys. One object for the process: it caches them. Threads may share
    it."""

    def __init__(self, io: Io, clock_tolerance_seconds: float) -> None:
        self._keys = _Keys(io)
        self._tolerance = clock_tolerance_seconds

    def verify(self, token: str, *, organization_id: str | None, scope: Sequence[str] = ()) -> PartnerClaims:
        """The claims of a live token; `TokenNotVerifiedError` if it is none, or not for this organization, or if one of the
        scopes isn't granted. There is no audience: only with `organization_id=None` you accept any organization's token, and
        look at the claims yourself."""
        return finish(_verify(self._keys, token, organization_id, scope, self._tolerance))


class AsyncTokenVerifier:
    """`TokenVerifier` for asyncio."""

    def __init__(self, io: Io, clock_tolerance_seconds: float) -> None:
        self._keys = _Keys(io)
        self._tolerance = clock_tolerance_seconds

    async def verify(self, token: str, *, organization_id: str | None, scope: Sequence[str] = ()) -> PartnerClaims:
        return await _verify(self._keys, token, organization_id, scope, self._tolerance)
