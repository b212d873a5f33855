"""A session in a file, for one machine. POSIX only: it needs flock."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from .errors import StoreCorruptError
from .store import StoredSession

T = TypeVar("T")


class FileStore:
    """The file is readable by its owner alone and replaced as a whole. The lock is another file, `<path>.lock`, which
    stays: who deletes it gives the lock to two."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._lock_path = self._path.with_name(self._path.name + ".lock")

    def load(self) -> StoredSession | None:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            value = json.loads(content)
        except ValueError:
            value = None
        if value is None:
            raise StoreCorruptError("the session's file has no JSON: have the patient sign in, and save anew")
        return StoredSession.from_json(value)

    def save(self, session: StoredSession | None) -> None:
        if session is None:
            self._path.unlink(missing_ok=True)
        else:
            self._replace(json.dumps(session.to_json()).encode())
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _replace(self, content: bytes) -> None:
        # Its name is always the same, for only the holder of the lock writes it: none is left behind by who was killed.
        new = self._path.with_name(self._path.name + ".new")
        new.unlink(missing_ok=True)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(new, self._path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        # Opened anew each time, for flock excludes open files, not processes: so threads exclude each other, too.
        file = self._open_lock()
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _open_lock(self) -> int:
        return os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)


class AsyncFileStore:
    """The same for asyncio, and for the same files."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = FileStore(path)

    async def load(self) -> StoredSession | None:
        return await _in_thread(self._file.load)

    async def save(self, session: StoredSession | None) -> None:
        await _in_thread(lambda: self._file.save(session))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        file = self._file._open_lock()
        try:
            wait = 0.005
            # A thread that waits for a lock can't be cancelled.
            while not _try_lock(file):
                await asyncio.sleep(wait)
                wait = min(2 * wait, 0.1)
            yield
        finally:
            os.close(file)


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _in_thread(work: Callable[[], T]) -> T:
    """A cancellation waits for the thread, or the lock would be released under it."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
