"""Where a session is kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from . import _fork
from .errors import ConfigurationError, StoreCorruptError

#: Raises `LockLostError` if the lock has passed to another holder.
AssertHeld = Callable[[], None]


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
    expires_in: float
    pending: Pending | None = None

    def to_json(self) -> dict[str, Any]:
        """The form that both kits have on disk."""
        stored: dict[str, Any] = {
            "accessToken": self.access_token,
            "refreshToken": self.refresh_token,
            "askedAt": self.asked_at,
            "expiresIn": self.expires_in,
        }
        if self.pending is not None:
            stored["pending"] = {
                "refreshToken": self.pending.refresh_token,
                "idempotencyKey": self.pending.idempotency_key,
            }
        return stored

    @staticmethod
    def from_json(value: object) -> StoredSession:
        try:
            pending = _member(value, "pending")
            return StoredSession(
                _text(value, "accessToken"),
                _text(value, "refreshToken"),
                _number(value, "askedAt"),
                _number(value, "expiresIn"),
                None if pending is None else Pending(_text(pending, "refreshToken"), _text(pending, "idempotencyKey")),
            )
        except ValueError:
            pass
        # Outside of the handler, for its error may quote what was read.
        raise StoreCorruptError("what the store has is not a session: remove it, and have the patient sign in again")


def _member(value: object, name: str) -> object:
    if not isinstance(value, Mapping):
        raise ValueError
    return value.get(name)


def _text(value: object, name: str) -> str:
    text = _member(value, name)
    if not isinstance(text, str) or not text:
        raise ValueError
    return text


def _number(value: object, name: str) -> float:
    number = _member(value, name)
    # A number that is none is equal to nothing.
    if not isinstance(number, (int, float)) or isinstance(number, bool) or not -(2**53) < number < 2**53:
        raise ValueError
    return number


class SessionStore(Protocol):
    """Where one session is kept: a row, a Redis key, a file. It has to be durable once `save` is done: a refresh token that
    is presented again with another key ends the session."""

    def load(self) -> StoredSession | None: ...

    def save(self, session: StoredSession | None) -> None:
        """Called with the lock alone. `None` forgets the session."""

    def lock(self) -> AbstractContextManager[AssertHeld]:
        """Excludes all who use this session, in any thread and process. The lock of a killed process ends by itself. If a
        lock can pass to another holder while its own is only paused, what it gives raises `LockLostError` then, and so does
        `save`, which changes nothing."""


class AsyncSessionStore(Protocol):
    """The same for asyncio."""

    async def load(self) -> StoredSession | None: ...

    async def save(self, session: StoredSession | None) -> None: ...

    def lock(self) -> AbstractAsyncContextManager[AssertHeld]: ...


def held() -> None:
    """Of locks that only their holder can end."""


class _Memory:
    def __init__(self) -> None:
        self._session: StoredSession | None = None
        self._is_copy = False
        _fork.watch(self)

    def forked(self) -> None:
        self._is_copy = self._session is not None

    def _read(self) -> StoredSession | None:
        if self._is_copy:
            # Its parent has it, too, and the second to refresh would end it for both.
            raise ConfigurationError("MemoryStore: this process was forked with a session in memory; use a FileStore")
        return self._session

    def _write(self, session: StoredSession | None) -> None:
        self._session, self._is_copy = session, False


class MemoryStore(_Memory):
    """One process; a restart ends it."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def forked(self) -> None:
        super().forked()
        self._lock = threading.Lock()

    def load(self) -> StoredSession | None:
        return self._read()

    def save(self, session: StoredSession | None) -> None:
        self._write(session)

    @contextmanager
    def lock(self) -> Iterator[AssertHeld]:
        with self._lock:
            yield held


class AsyncMemoryStore(_Memory):
    """The same for asyncio."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = asyncio.Lock()

    async def load(self) -> StoredSession | None:
        return self._read()

    async def save(self, session: StoredSession | None) -> None:
        self._write(session)

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[AssertHeld]:
        async with self._lock:
            yield held


class Blocked:
    """A blocking store in the form that the decisions use."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    async def load(self) -> StoredSession | None:
        return self._store.load()

    async def save(self, session: StoredSession | None) -> None:
        self._store.save(session)

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[AssertHeld]:
        with self._store.lock() as assert_held:
            yield assert_held
