"""What a portal session does, for both kinds of clients."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from . import errors
from ._http import Answer, Io, Request, call, header, json_body, seconds, text
from .store import AssertHeld, AsyncSessionStore, Pending, StoredSession

T = TypeVar("T")

#: A session is refreshed this many seconds before its access token ends, or after half of a short life.
AHEAD = 90
#: After a refresh ahead of time that failed, the old token is used for so long before the next try.
PAUSE = 10


def remaining(session: StoredSession) -> float:
    """The seconds that the access token still works. None if this machine's clock was put back since."""
    age = time.time() - session.asked_at
    return session.expires_in - age if age >= 0 else 0.0


def is_due(session: StoredSession) -> bool:
    return remaining(session) <= min(AHEAD, session.expires_in / 2)


def read_tokens(answer: Answer) -> StoredSession:
    body = answer.object()
    tokens = text(body, "accessToken"), text(body, "refreshToken")
    return StoredSession(*tokens, answer.asked_at, seconds(body, "expiresIn"))


class Rotation:
    """Keeps one session's tokens fresh, with one refresh in flight."""

    def __init__(self, io: Io, api_key: str, store: AsyncSessionStore) -> None:
        self._io = io
        self._api_key = api_key
        self._store = store
        self._flight = io.flight()
        self._not_before = 0.0

    async def session(self) -> StoredSession:
        session = await self._store.load()
        if session is None:
            raise errors.NotSignedInError("the store has no session: sign in")
        return session

    async def save(self, session: StoredSession | None) -> None:
        await self._locked(lambda _: self._store.save(session))

    async def fresh(self) -> StoredSession:
        session = await self.session()
        if not is_due(session):
            return session
        # A token that still works is worth more than the error of a refresh that came early.
        works = remaining(session) > self._io.options.timeout_seconds
        if works and time.monotonic() < self._not_before:
            return session
        try:
            return await self.refresh(session, tries=1 if works else None)
        except (errors.NoAnswerError, errors.RefusalError, errors.StoreBusyError) as error:
            if not _may_pass(error) or remaining(session) <= 0:
                raise
            self._not_before = time.monotonic() + PAUSE
            return session

    async def refresh(self, seen: StoredSession | None = None, tries: int | None = None) -> StoredSession:
        """Rotates the refresh token, unless the session has another one than `seen` by now."""
        # Not by the access token: two of one second are the same text.
        known = (seen or await self.session()).refresh_token
        refreshed: StoredSession = await self._flight.join("refresh", lambda: self._refresh(known, tries))
        return refreshed

    async def end(self, logout: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        """No refresh runs beside the logout, or it could store its answer after it."""

        async def alone(_: AssertHeld) -> None:
            session = await self._store.load()
            if session is not None:
                # If it was rotated and the answer was lost: the old token names the same family.
                await logout(session.refresh_token)
                await self._store.save(None)

        await self._locked(alone)

    async def _locked(self, work: Callable[[AssertHeld], Coroutine[Any, Any, T]]) -> T:
        lost = 0
        while True:
            try:
                async with self._store.lock() as assert_held:
                    return await work(assert_held)
            except errors.LockLostError:
                # Whoever took over finishes the same rotation, with the same key: look what came of it.
                lost += 1
                if lost > 3:
                    raise

    async def _refresh(self, known: str, tries: int | None) -> StoredSession:
        async def alone(assert_held: AssertHeld) -> StoredSession:
            session = await self.session()
            # Another process was faster.
            if session.refresh_token != known and not is_due(session):
                return session
            return await self._rotate(session, tries, assert_held)

        return await self._locked(alone)

    async def _rotate(self, session: StoredSession, tries: int | None, assert_held: AssertHeld) -> StoredSession:
        session = await self._intended(session, anew=False)
        try:
            return await self._rotated(session, tries, assert_held)
        except errors.ValidationError as error:
            if not any(issue.field == "Idempotency-Key" for issue in error.issues):
                raise
            # The key served the rotation before, as it does if the store was restored. Nothing changed.
            return await self._rotated(await self._intended(session, anew=True), tries, assert_held)

    async def _intended(self, session: StoredSession, anew: bool) -> StoredSession:
        """Stored before the call: whoever finds it makes the same call, whatever became of this one."""
        if session.pending is None or anew:
            session = replace(session, pending=Pending(session.refresh_token, str(uuid.uuid4())))
            await self._store.save(session)
        return session

    async def _rotated(self, session: StoredSession, tries: int | None, assert_held: AssertHeld) -> StoredSession:
        pending = session.pending
        assert pending is not None
        headers = {
            "cv-api-key": self._api_key,
            "content-type": "application/json",
            "idempotency-key": header("the stored Idempotency-Key", pending.idempotency_key),
        }
        body = json_body({"refresh_token": pending.refresh_token})
        request = Request("POST", "/api/v1/users/auth/refresh-token", headers, body)
        try:
            renewed = await call(self._io, "portal", request, read_tokens, tries=tries, before=assert_held)
        except errors.RefusalError as error:
            # A proxy's 401 isn't about the session.
            if error.status == 401 and not isinstance(error, errors.GatewayError):
                await self._store.save(None)
                if not isinstance(error, errors.SessionEndedError):
                    error = errors.SessionEndedError(error.refusal)
            raise error
        # Stored before it is used; the old token and the key are forgotten with the same write.
        await self._store.save(renewed)
        return renewed


def _may_pass(error: errors.PosternError) -> bool:
    return not isinstance(error, errors.RefusalError) or error.status == 429 or error.status >= 500
