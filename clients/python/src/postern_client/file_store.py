"""A session in a file, for one machine. POSIX only: it needs flock."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from . import _fork
from .errors import ConfigurationError, LockLostError, StoreBusyError, StoreCorruptError, StoreUnsafeError
from .store import AssertHeld, StoredSession, held

T = TypeVar("T")


class FileStore:
    """A session in a file that its owner alone may read. Processes on one machine may share it; `<path>.lock` beside it has
    their lock, and stays: who deletes it gives the lock to two. Keep the file out of backups, images and repositories.
    `patience_seconds`: how long to wait for another process."""

    def __init__(self, path: str | os.PathLike[str], *, patience_seconds: float = 60.0) -> None:
        self._path = Path(path)
        self._lock_path = self._path.with_name(self._path.name + ".lock")
        self._patience = patience_seconds

    def load(self) -> StoredSession | None:
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(file, "rb") as opened:
            status = os.fstat(file)
            # What others could read is no secret, and what they could write may be their session.
            if status.st_uid != os.geteuid() or status.st_mode & 0o007:
                raise StoreUnsafeError(
                    "the session's file is another user's, or others may read or change it: remove it, or give it to this user, mode 600"
                )
            content = opened.read()
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            value = None
        return StoredSession.from_json(value)

    def save(self, session: StoredSession | None) -> None:
        if session is None:
            self._path.unlink(missing_ok=True)
        else:
            self._replace(json.dumps(session.to_json()).encode())
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _replace(self, content: bytes) -> None:
        # Its name is always the same, for only the holder of the lock writes it: none is left behind by who was killed.
        new = self._path.with_name(self._path.name + ".new")
        new.unlink(missing_ok=True)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(new, self._path)

    @contextmanager
    def lock(self) -> Iterator[AssertHeld]:
        with _Lock(self._lock_path, self._patience) as lock:
            while not lock.taken():
                time.sleep(lock.wait())
            yield held


class AsyncFileStore:
    """The same for asyncio, and for the same files."""

    def __init__(self, path: str | os.PathLike[str], *, patience_seconds: float = 60.0) -> None:
        self._file = FileStore(path, patience_seconds=patience_seconds)

    async def load(self) -> StoredSession | None:
        return await _in_thread(self._file.load)

    async def save(self, session: StoredSession | None) -> None:
        await _in_thread(lambda: self._file.save(session))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[AssertHeld]:
        with _Lock(self._file._lock_path, self._file._patience) as lock:
            while not lock.taken():
                await asyncio.sleep(lock.wait())
            yield held


class _Lock:
    """Opened anew each time, for flock excludes open files, not processes: so threads exclude each other, too."""

    def __init__(self, path: Path, patience: float) -> None:
        self._end = time.monotonic() + patience
        self._patience = patience
        self._wait = 0.005
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except IsADirectoryError:
            raise ConfigurationError("FileStore: the file's lock is that of the kit for TypeScript; one kit has a file") from None
        _fork.watch(self)

    def __enter__(self) -> _Lock:
        return self

    def __exit__(self, *_: object) -> None:
        file, self._file = self._file, None
        if file is not None:
            # A child that was forked meanwhile may have the file, too, so closing it wouldn't be enough.
            fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)

    def forked(self) -> None:
        # Or the lock of a parent that is killed would live on with the child. To unlock it here would end the parent's.
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def taken(self) -> bool:
        if self._file is None:
            raise LockLostError("the lock is the parent's, from whom this process was forked")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait(self) -> float:
        """The seconds until the next try. Polled, for a thread that waits for a lock can neither be cancelled nor give up."""
        if time.monotonic() > self._end:
            raise StoreBusyError(f"another process has kept the session's lock for {self._patience:g} seconds")
        wait, self._wait = self._wait, min(2 * self._wait, 0.1)
        return wait


async def _in_thread(work: Callable[[], T]) -> T:
    """A cancellation waits for the thread, or the lock would be released under it."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()
        raise cancelled
    return running.result()
