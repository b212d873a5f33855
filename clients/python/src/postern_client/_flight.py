"""One call of a kind at a time: either the others share it (flights), or they wait for their turn (turns)."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Generic, Protocol, TypeVar

from . import _fork

T = TypeVar("T")


class Flight(Protocol[T]):
    """Those who join share the result and the error of the call that is in flight."""

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T: ...


class Turns(Protocol):
    def turn(self, key: Hashable) -> AbstractAsyncContextManager[None]: ...


class BlockingFlight(Generic[T]):
    """For threads."""

    def __init__(self) -> None:
        self.forked()
        _fork.watch(self)

    def forked(self) -> None:
        # Who has the call is a thread of the parent, and nobody would ever land it here.
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[T]] = {}

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        while True:
            with self._lock:
                running = self._running.get(key)
                if running is None:
                    own = self._running[key] = Future()
                    break
            try:
                return running.result()
            except CancelledError:
                # The thread that had the call was interrupted: another one takes it.
                continue
        try:
            result = await start()
        except BaseException as error:
            self._land(key, own)
            if isinstance(error, Exception):
                own.set_exception(error)
            else:
                own.cancel()
            raise
        self._land(key, own)
        own.set_result(result)
        return result

    def _land(self, key: Hashable, own: Future[T]) -> None:
        with self._lock:
            # A child that was forked in the middle of the call has forgotten it.
            if self._running.get(key) is own:
                del self._running[key]


class AsyncFlight(Generic[T]):
    """For tasks of one event loop. A waiter that is cancelled doesn't cancel the call."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(start())
            task.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(task)

    async def end(self) -> None:
        """A refresh that is cut off here is made again by the next client, with its stored key."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _land(self, key: Hashable, done: asyncio.Task[T]) -> None:
        del self._running[key]
        if not done.cancelled():
            # Asked for here, too, since no waiter may be left to ask.
            done.exception()


class BlockingTurns:
    """For threads."""

    def __init__(self) -> None:
        self.forked()
        _fork.watch(self)

    def forked(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._waiting: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
            self._waiting[key] += 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                self._waiting[key] -= 1
                if self._waiting[key] <= 0:
                    del self._waiting[key]
                    self._locks.pop(key, None)


class AsyncTurns:
    """For tasks of one event loop."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._waiting: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[key] -= 1
            if self._waiting[key] <= 0:
                del self._waiting[key]
                self._locks.pop(key, None)
