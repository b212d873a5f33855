"""One call of a kind in flight: others wait for it, and share its result and its error."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import CancelledError, Future
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Flight(Protocol[T]):
    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T: ...


class BlockingFlight(Generic[T]):
    """For threads."""

    def __init__(self) -> None:
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
            self._land(key)
            if isinstance(error, Exception):
                own.set_exception(error)
            else:
                own.cancel()
            raise
        self._land(key)
        own.set_result(result)
        return result

    def _land(self, key: Hashable) -> None:
        with self._lock:
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

    def _land(self, key: Hashable, done: asyncio.Task[T]) -> None:
        del self._running[key]
        if not done.cancelled():
            # Asked for here, too, since no waiter may be left to ask.
            done.exception()
