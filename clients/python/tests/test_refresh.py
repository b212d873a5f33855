"""Refreshes in a bad network, of many callers, and of processes that are killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import postern_client as kit
from postern_client import errors
from postern_client.file_store import AsyncFileStore, FileStore

from .fault_proxy import Disturbance, Exchange, Lost
from .stack import API, REFRESH, Asyncio, Blocking, Case, Scenarios

ME = "/api/v1/users/me"
WORKER = Path(__file__).with_name("worker.py")


def worker(api: str, api_key: str, store: Path, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), api, api_key, str(store), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


class RefreshScenarios(Scenarios):
    def test_many_refreshes_in_a_bad_network_end_no_session(self) -> None:
        """With those of the two processes below: a thousand, 400 here with each kind of client, in four sessions at once."""
        stores = [FileStore(self.folder / f"session-{number}") for number in range(4)]
        sessions = [self.signed_in(self.FileStore(self.folder / f"session-{number}")) for number in range(4)]
        begun = len(self.proxy.exchanges)
        self.proxy.lose(0.3, seed=20)
        refreshed = self.refreshed_at_once(list(zip(sessions, stores)))
        self.assertEqual([len(set(tokens)) for tokens in refreshed], [100] * 4)
        calls = self.proxy.exchanges[begun:]
        lost = sum(not call.delivered for call in calls)
        print(f"{type(self).__name__}: 400 refreshes, {len(calls)} calls, {lost} lost, 0 sign-outs")
        self.assertGreater(lost, len(calls) * 0.2)
        self.proxy.calm()
        for session in sessions:
            self.assertTrue(self.run_(session.me()).user_id)

    def refreshed_at_once(self, sessions: list[tuple[Any, FileStore]]) -> list[list[str]]:
        raise NotImplementedError

    def test_the_key_is_stored_before_the_call_and_the_token_before_its_use(self) -> None:
        store = self.FileStore(self.folder / "session")
        session = self.signed_in(store)
        file = FileStore(self.folder / "session")
        found: list[kit.StoredSession | None] = []

        def lost(exchange: Exchange) -> None:
            found.append(file.load())
            raise Lost

        self.proxy.after = lost
        with self.assertRaises(errors.NoAnswerError):
            self.run_(session.refresh())
        self.proxy.calm()
        self.run_(session.refresh())
        calls = [call for call in self.proxy.exchanges if call.path == REFRESH]
        self.assertEqual(len(calls), 6)
        self.assertEqual(len({(call.headers["idempotency-key"], call.body) for call in calls}), 1)
        for stored in found:
            assert stored and stored.pending
            self.assertEqual(stored.pending.idempotency_key, calls[0].headers["idempotency-key"])
            self.assertIn(stored.pending.refresh_token.encode(), calls[0].body)

    def test_a_token_is_refreshed_ahead_of_time(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        self.run_(session.access_token())
        self.assertEqual(self.proxy.count(REFRESH), 0)
        stored = self.run_(store.load())
        self.run_(store.save(replace(stored, asked_at=stored.asked_at - 825)))
        token = self.run_(session.access_token())
        renewed = self.run_(store.load())
        self.assertNotEqual(renewed.refresh_token, stored.refresh_token)
        self.assertEqual(token, renewed.access_token)
        self.assertEqual(self.run_(session.access_token()), token)
        self.assertEqual(self.proxy.count(REFRESH), 1)

    def test_a_token_that_still_works_outlives_a_refresh_that_fails(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        stored = self.run_(store.load())
        self.run_(store.save(replace(stored, asked_at=stored.asked_at - 825)))
        self.proxy.lose(2.0, seed=1)
        self.assertEqual(self.run_(session.access_token()), stored.access_token)
        self.assertEqual(self.run_(session.access_token()), stored.access_token)
        self.assertEqual(self.proxy.count(REFRESH), 1)
        self.run_(store.save(replace(stored, asked_at=stored.asked_at - 901)))
        with self.assertRaises(errors.NoAnswerError):
            self.run_(session.access_token())

    def test_a_clock_that_was_put_back_makes_a_token_due(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        stored = self.run_(store.load())
        self.run_(store.save(replace(stored, asked_at=stored.asked_at + 3600)))
        self.run_(session.access_token())
        self.assertEqual(self.proxy.count(REFRESH), 1)

    def test_a_restored_store_gets_a_new_key(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        self.run_(session.refresh())
        used = self.proxy.exchanges[-1].headers["idempotency-key"]
        stored = self.run_(store.load())
        self.run_(store.save(replace(stored, pending=kit.Pending(stored.refresh_token, used))))
        self.run_(session.refresh())
        self.assertEqual(self.run_(session.me()).user_id, self.organization.user_id)

    def test_a_refused_session_is_forgotten_and_an_error_of_configuration_forgets_nothing(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        stored = self.run_(store.load())
        wrong = self.postern.portal(api_key="no-such-key").session(store)
        with self.assertRaises(errors.NotFoundError):
            self.run_(wrong.refresh())
        self.assertIsNotNone(self.run_(store.load()))
        self.run_(store.save(replace(stored, refresh_token="A" * 43)))
        with self.assertRaises(errors.RefreshInvalidError) as caught:
            self.run_(session.refresh())
        self.assertEqual(caught.exception.code, "REFRESH_INVALID")
        self.assertIsNone(self.run_(store.load()))


def refresh_token(store: FileStore) -> str:
    stored = store.load()
    assert stored and stored.pending is None
    return stored.refresh_token


class BlockingRefresh(Blocking, RefreshScenarios):
    def refreshed_at_once(self, sessions: list[tuple[Any, FileStore]]) -> list[list[str]]:
        def refresh(session: Any, store: FileStore) -> list[str]:
            tokens: list[str] = []
            while len(tokens) < 100:
                try:
                    session.refresh()
                except errors.NoAnswerError:
                    continue  # of five tries: no sign-out, and the next refresh is the same call
                tokens.append(refresh_token(store))
            return tokens

        with ThreadPoolExecutor(len(sessions)) as pool:
            return list(pool.map(lambda pair: refresh(*pair), sessions))

    def test_threads_share_one_refresh(self) -> None:
        for store in (kit.MemoryStore(), FileStore(self.folder / "session")):
            session = self.signed_in(store)
            stored = store.load()
            assert stored
            store.save(replace(stored, asked_at=stored.asked_at - 901))
            before = self.proxy.count(REFRESH)
            self.proxy.before = lambda exchange: time.sleep(0.1)
            start = threading.Barrier(20)

            def ask(_: int) -> str:
                start.wait()
                token: str = session.access_token()
                return token

            with ThreadPoolExecutor(20) as pool:
                tokens = set(pool.map(ask, range(20)))
            self.proxy.calm()
            self.assertEqual(len(tokens), 1)
            self.assertEqual(self.proxy.count(REFRESH) - before, 1)

    def test_threads_share_its_error(self) -> None:
        store = kit.MemoryStore()
        session = self.signed_in(store)
        start = threading.Barrier(10)

        def lost(_: Exchange) -> None:
            # Five times, in which the last of the threads has begun.
            time.sleep(0.3)
            raise Lost

        self.proxy.before = lost

        def ask(_: int) -> bool:
            start.wait()
            try:
                session.refresh()
            except errors.NoAnswerError:
                return True
            return False

        with ThreadPoolExecutor(10) as pool:
            self.assertEqual(list(pool.map(ask, range(10))), [True] * 10)
        self.assertEqual(self.proxy.count(REFRESH), 5)


class AsyncioRefresh(Asyncio, RefreshScenarios):
    def refreshed_at_once(self, sessions: list[tuple[Any, FileStore]]) -> list[list[str]]:
        async def refresh(session: Any, store: FileStore) -> list[str]:
            tokens: list[str] = []
            while len(tokens) < 100:
                try:
                    await session.refresh()
                except errors.NoAnswerError:
                    continue
                tokens.append(refresh_token(store))
            return tokens

        async def all_of_them() -> list[list[str]]:
            return await asyncio.gather(*(refresh(*pair) for pair in sessions))

        return self.loop.run_until_complete(all_of_them())

    def test_tasks_share_one_refresh_and_a_cancelled_one_cancels_no_other(self) -> None:
        for store in (kit.AsyncMemoryStore(), AsyncFileStore(self.folder / "session")):
            session = self.signed_in(store)
            before = self.proxy.count(REFRESH)
            self.proxy.before = lambda exchange: time.sleep(0.2)

            async def ask() -> list[Any]:
                tasks = [asyncio.create_task(session.refresh()) for _ in range(20)]
                await asyncio.sleep(0.1)
                tasks[0].cancel()
                return await asyncio.gather(*tasks, return_exceptions=True)

            results = self.loop.run_until_complete(ask())
            self.proxy.calm()
            self.assertIsInstance(results[0], asyncio.CancelledError)
            self.assertEqual(results[1:], [None] * 19)
            self.assertEqual(self.proxy.count(REFRESH) - before, 1)
            self.assertIsNone(self.run_(store.load()).pending)


class Processes(Blocking, Scenarios):
    def test_two_processes_on_one_store_end_no_session(self) -> None:
        path = self.folder / "session"
        session = self.signed_in(FileStore(path))
        self.proxy.lose(0.3, seed=21)
        running = [worker(self.proxy.url, self.organization.api_key, path, 200) for _ in range(2)]
        printed = [process.communicate(timeout=120)[0].split() for process in running]
        self.assertEqual([process.returncode for process in running], [0, 0])
        self.proxy.calm()
        # Each got a new token each time; some are those that the other one had just stored.
        self.assertEqual([len(set(tokens)) for tokens in printed], [200, 200])
        rotations = len({token for tokens in printed for token in tokens})
        self.assertGreaterEqual(rotations, 200)
        self.assertEqual(session.me().user_id, self.organization.user_id)
        print(f"two processes: {rotations} refreshes, {self.proxy.count(REFRESH)} calls, 0 sign-outs")

    def test_two_processes_that_find_a_due_token_refresh_it_once(self) -> None:
        path = self.folder / "session"
        store = FileStore(path)
        self.signed_in(store)
        stored = store.load()
        assert stored
        store.save(replace(stored, asked_at=stored.asked_at - 901))
        # Both wait for the lock, so both found the old token.
        with store.lock():
            running = [worker(self.proxy.url, self.organization.api_key, path, 0) for _ in range(2)]
            self.wait_for_lock(path, running)
        printed = [process.communicate(timeout=60)[0] for process in running]
        self.assertEqual(len(set(printed)), 1)
        self.assertTrue(printed[0].strip())
        self.assertEqual(self.proxy.count(REFRESH), 1)

    def wait_for_lock(self, path: Path, processes: list[subprocess.Popen[str]]) -> None:
        """Until each has opened the lock's file, which it does right before it waits."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if all(f"{path}.lock" in open_files(process.pid) for process in processes):
                return
            time.sleep(0.02)
        self.fail("the processes don't wait for the lock")

    def test_a_process_that_is_killed_before_the_call_loses_nothing(self) -> None:
        self.killed("before")

    def test_a_process_that_is_killed_between_asking_and_storing_loses_nothing(self) -> None:
        self.killed("after")

    def killed(self, when: str) -> None:
        path = self.folder / "session"
        store = FileStore(path)
        session = self.signed_in(store)
        old = store.load()
        reached, release = threading.Event(), threading.Event()
        setattr(self.proxy, when, hold(reached, release))
        process = worker(self.proxy.url, self.organization.api_key, path, 1)
        self.assertTrue(reached.wait(30))
        process.send_signal(signal.SIGKILL)
        self.assertEqual(process.wait(30), -signal.SIGKILL)
        self.assertEqual(process.communicate()[0], "")
        self.proxy.calm()
        release.set()
        left = store.load()
        assert old and left and left.pending
        self.assertEqual(left.pending.refresh_token, old.refresh_token)
        # The lock of the killed process is free, and its refresh is made again, with its key.
        session.refresh()
        first, second = [call for call in self.proxy.exchanges if call.path == REFRESH]
        self.assertEqual(first.headers["idempotency-key"], second.headers["idempotency-key"])
        session.refresh()
        self.assertEqual(session.me().user_id, self.organization.user_id)


def open_files(pid: int) -> set[str]:
    found = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(os.readlink(file))
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


def hold(reached: threading.Event, release: threading.Event) -> Disturbance:
    def held(exchange: Exchange) -> None:
        reached.set()
        release.wait(60)

    return held


class Files(Case):
    def test_a_session_file_is_its_owners_and_whole(self) -> None:
        path = self.folder / "session"
        store = FileStore(path)
        self.assertIsNone(store.load())
        session = kit.StoredSession("access", "refresh", 1.5, 900, kit.Pending("refresh", "key"))
        store.save(session)
        self.assertEqual(store.load(), session)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("refresh'", repr(session))
        store.save(None)
        store.save(None)
        self.assertIsNone(store.load())

    def test_an_api_without_tls_is_this_machine(self) -> None:
        kit.PosternClient("http://[::1]:9000/").close()
        kit.PosternClient("http://example.com", allow_http=True).close()
        refused = ["http://example.com", "ftp://127.0.0.1", "127.0.0.1:9000", "https://user:password@example.com", "", "https://"]
        refused += ["https://example.com?query", "https://example.com:port", "https://example.com/\n"]
        for address in refused:
            with self.subTest(address), self.assertRaises(errors.ConfigurationError):
                kit.PosternClient(address)
        with kit.PosternClient(API) as postern:
            for secret in ("", "s3cret\n", "s3crät", " s3cret"):
                for what in (
                    lambda: postern.portal(api_key=secret),
                    lambda: postern.partner(partner_id="p", partner_secret=secret),
                    lambda: postern.sso(client_id="1", client_token=secret),
                    lambda: postern.password(organization_id=secret),
                    lambda: postern.portal(api_key="k").send_code(email="a@example.com", idempotency_key=secret),
                    lambda: postern.portal(api_key="k").send_code(email="a@example.com", end_user_ip=secret),
                ):
                    with self.assertRaises(errors.ConfigurationError) as caught:
                        what()
                    self.assertNotIn("s3cr", str(caught.exception))
        bounds: list[dict[str, Any]] = [{"timeout_seconds": 0}, {"tries": 0}, {"first_wait_seconds": -1}]
        for wrong in [*bounds, {"longest_wait_seconds": float("nan")}, {"timeout_seconds": float("inf")}]:
            with self.assertRaises(errors.ConfigurationError):
                kit.PosternClient(API, **wrong)


del Case, Scenarios, RefreshScenarios
