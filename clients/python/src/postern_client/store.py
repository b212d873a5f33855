"""Where a session is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ._http import optional_text
from .errors import StoreCorruptError


@dataclass(frozen=True)
class Pending:
    """A refresh whose answer isn't stored yet. The next try is the same call."""

    refresh_token: str = field(repr=False)
    idempotency_key: str = field(repr=False)


@dataclass(frozen=True)
class StoredSession:
    """What a store keeps of one session. All of it is secret."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    #: When the access token was asked for, in seconds of this machine's clock (`time.time`).
    asked_at: float
    #: The access token's life in seconds.
    expires_in: int
    pending: Pending | None = None

    def to_json(self) -> dict[str, Any]:
        pending = self.pending and {
            "refreshToken": self.pending.refresh_token,
            "idempotencyKey": self.pending.idempotency_key,
        }
        return {
            "accessToken": self.access_token,
            "refreshToken": self.refresh_token,
            "askedAt": self.asked_at,
            "expiresIn": self.expires_in,
            **({"pending": pending} if pending else {}),
        }

    @staticmethod
    def from_json(value: object) -> StoredSession:
        try:
            if not isinstance(value, Mapping):
                raise TypeError
            pending = value.get("pending")
            return StoredSession(
                _text(value, "accessToken"),
                _text(value, "refreshToken"),
                float(value["askedAt"]),
                int(value["expiresIn"]),
                Pending(_text(pending, "refreshToken"), _text(pending, "idempotencyKey")) if pending else None,
            )
        except (KeyError, TypeError, ValueError):
            pass
        # Outside of the handler, for its error may quote what was read.
        raise StoreCorruptError("what the store has is not a session: have the patient sign in, and save anew")


def _text(value: Any, name: str) -> str:
    text = optional_text(value, name)
    if not text:
        raise ValueError
    return text


class SessionStore(Protocol):
    """Where one session is kept: a row, a Redis key, a file. It has to be durable once `save` is done: a refresh token that
    is presented again with another key ends the session."""

    def load(self) -> StoredSession | None: ...

    def save(self, session: StoredSession | None) -> None:
        """Called with the lock held. `None` forgets the session."""

    def lock(self) -> AbstractContextManager[None]:
        """Excludes all who use this session, in any thread and process. The lock of a killed process ends by itself."""


class AsyncSessionStore(Protocol):
    """The same for asyncio."""

    async def load(self) -> StoredSession | None: ...

    async def save(self, session: StoredSession | None) -> None: ...

    def lock(self) -> AbstractAsyncContextManager[None]: ...


class MemoryStore:
    """One process; a restart ends it."""

    def __init__(self) -> None:
        self._session: StoredSession | None = None
        self._lock = threading.Lock()

    def load(self) -> StoredSession | None:
        return self._session

    def save(self, session: StoredSession | None) -> None:
        self._session = session

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            yield


class AsyncMemoryStore:
    """The same for asyncio."""

    def __init__(self) -> None:
        self._session: StoredSession | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> StoredSession | None:
        return self._session

    async def save(self, session: StoredSession | None) -> None:
        self._session = session

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with self._lock:
            yield


class Blocked:
    """A blocking store in the form that the decisions use."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    async def load(self) -> StoredSession | None:
        return self._store.load()

    async def save(self, session: StoredSession | None) -> None:
        self._store.save(session)

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        with self._store.lock():
            yield
