"""What a session's file, a fork, a pause or a cancellation can do to it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import postern_client as kit
from postern_client import errors
from postern_client.file_store import AsyncFileStore, FileStore
from postern_client.store import AssertHeld

from .fault_proxy import Exchange, Lost
from .stack import QUICK, REFRESH, Asyncio, Blocking, Case, Scenarios

ME = "/api/v1/users/me"
SESSION = kit.StoredSession("access", "refresh", 1.5, 900, kit.Pending("refresh", "key"))


def in_child(work: Callable[[], object]) -> int:
    """The exit status of a forked child: 0 if `work` returned, and -SIGALRM if it still ran after 20 seconds."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            work()
            os._exit(0)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Forks(Blocking, Scenarios):
    def test_a_child_has_connections_of_its_own(self) -> None:
        session = self.signed_in(FileStore(self.folder / "session"))
        session.me()
        parents = self.proxy.exchanges[-1].port
        self.assertEqual(in_child(session.me), 0)
        self.assertNotEqual(self.proxy.exchanges[-1].port, parents)
        session.me()
        self.assertEqual(self.proxy.exchanges[-1].port, parents)

    def test_a_child_does_not_wait_for_a_refresh_of_its_parents_for_ever(self) -> None:
        store = FileStore(self.folder / "session")
        session = self.signed_in(store)
        reached, release = threading.Event(), threading.Event()

        def held(exchange: Exchange) -> None:
            reached.set()
            release.wait(30)

        self.proxy.before = held
        refreshing = threading.Thread(target=session.refresh)
        refreshing.start()
        self.assertTrue(reached.wait(20))
        self.proxy.calm()
        threading.Timer(0.3, release.set).start()
        # It waits for the file's lock, and finds that its parent was faster.
        self.assertEqual(in_child(session.refresh), 0)
        refreshing.join()
        self.assertEqual(self.proxy.count(REFRESH), 1)
        self.assertEqual(session.me().user_id, self.organization.user_id)

    def test_a_session_in_memory_is_not_a_childs(self) -> None:
        store = kit.MemoryStore()

        def own() -> None:
            # One that was empty may be used by each for itself.
            store.save(SESSION)
            assert store.load() == SESSION

        self.assertEqual(in_child(own), 0)
        store.save(SESSION)

        def load() -> None:
            try:
                store.load()
            except errors.ConfigurationError:
                os._exit(7)

        self.assertEqual(in_child(load), 7)
        self.assertEqual(store.load(), SESSION)

    def test_a_child_does_not_keep_the_lock_of_a_parent_that_is_killed(self) -> None:
        path = self.folder / "session"
        holder = """
import os, signal, sys, time
from postern_client.file_store import FileStore
with FileStore(sys.argv[1]).lock():
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)
"""
        process = subprocess.Popen([sys.executable, "-c", holder, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout
        child = int(process.stdout.readline())
        self.assertEqual(process.wait(20), -signal.SIGKILL)
        process.stdout.close()
        try:
            with FileStore(path, patience_seconds=1).lock():
                pass
        finally:
            os.kill(child, signal.SIGKILL)

    def test_a_lock_that_ended_is_free_though_a_child_was_forked_in_it(self) -> None:
        store = FileStore(self.folder / "session", patience_seconds=1)
        with store.lock():
            child = os.fork()
            if child == 0:
                signal.alarm(20)
                signal.pause()
        try:
            with store.lock():
                pass
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


class Files(Case):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.folder / "session"
        self.store = FileStore(self.path)

    def test_a_file_that_is_no_session_is_named_as_such_without_its_content(self) -> None:
        whole = json.dumps(replace(SESSION, access_token="s3cret").to_json())
        half = json.dumps({**json.loads(whole), "pending": {"refreshToken": "s3cret"}})
        torn = [whole[:-9], whole.replace("1.5", '"s3cret"'), whole.replace("1.5", "NaN"), whole.replace("900", "1e999"), half]
        for content in ["", "s3cret", "{}", "null", "[]", "[" * 99_999, "\udcff", *torn]:
            self.write(content.encode("utf-8", "surrogateescape"))
            with self.subTest(content[:30]), self.assertRaises(errors.StoreCorruptError) as caught:
                self.store.load()
            self.assertNotIn("s3cret", repr(caught.exception) + repr(caught.exception.__cause__) + repr(caught.exception.__context__))

    def test_the_files_form_is_that_of_the_kit_for_typescript(self) -> None:
        written = b'{"accessToken":"a","refreshToken":"b","askedAt":1767000000.25,"expiresIn":900,"pending":{"refreshToken":"b","idempotencyKey":"k"},"later":{}}'
        self.write(written)
        read = kit.StoredSession("a", "b", 1767000000.25, 900, kit.Pending("b", "k"))
        self.assertEqual(self.store.load(), read)
        self.store.save(read)
        self.assertEqual({**json.loads(self.path.read_bytes()), "later": {}}, json.loads(written))

    def test_a_file_whose_lock_is_the_typescript_kits_is_refused(self) -> None:
        (self.folder / "session.lock").mkdir()
        with self.assertRaises(errors.ConfigurationError), self.store.lock():
            pass

    def test_a_file_that_others_may_read_or_change_is_refused_and_so_is_another_users(self) -> None:
        self.store.save(SESSION)
        for mode in (0o644, 0o602, 0o601):
            self.path.chmod(mode)
            with self.subTest(oct(mode)), self.assertRaises(errors.StoreUnsafeError):
                self.store.load()
        # A group may be given it, as Kubernetes does with volumes.
        self.path.chmod(0o660)
        self.assertEqual(self.store.load(), SESSION)
        if os.geteuid() == 0:
            os.chown(self.path, 4242, 4242)
            with self.assertRaises(errors.StoreUnsafeError):
                self.store.load()

    def test_a_draft_that_was_left_behind_or_a_link_in_its_place_is_replaced(self) -> None:
        victim = self.folder / "victim"
        victim.write_bytes(b"")
        (self.folder / "session.new").symlink_to(victim)
        self.store.save(SESSION)
        self.assertEqual((victim.read_bytes(), self.store.load()), (b"", SESSION))

    def test_a_lock_that_another_process_keeps_is_waited_for_and_given_up(self) -> None:
        path = self.folder / "deep" / "session"
        busy = FileStore(path, patience_seconds=0.2)
        with FileStore(path).lock():
            with self.assertRaises(errors.StoreBusyError), busy.lock():
                pass

            async def ask() -> None:
                async with AsyncFileStore(path, patience_seconds=0.2).lock():
                    pass

            with self.assertRaises(errors.StoreBusyError):
                asyncio.run(ask())
        with busy.lock():
            pass

    def write(self, content: bytes) -> None:
        self.path.write_bytes(content)
        self.path.chmod(0o600)


class Lease(kit.MemoryStore):
    """A store whose lock can pass to another holder, as one in Redis can."""

    holder: object = None

    @contextmanager
    def lock(self) -> Iterator[AssertHeld]:
        mine = self.holder = object()

        def assert_held() -> None:
            if self.holder is not mine:
                raise errors.LockLostError("another has it")

        yield assert_held


class Pauses(Blocking, Scenarios):
    def test_who_was_taken_for_dead_sends_nothing_more_and_finds_what_came_of_its_refresh(self) -> None:
        store = Lease()
        session = self.signed_in(store)
        other = self.postern.portal(api_key=self.organization.api_key).session(store)

        def paused(exchange: Exchange) -> None:
            # As if this process had been stopped: another takes over, and rotates twice. The old call would be a replay.
            self.proxy.calm()
            other.refresh()
            other.refresh()
            raise Lost

        self.proxy.after = paused
        session.refresh()
        self.assertEqual(self.proxy.count(REFRESH), 3)
        self.assertEqual(session.me().user_id, self.organization.user_id)

    def test_no_refresh_runs_beside_a_logout(self) -> None:
        store = kit.MemoryStore()
        session = self.signed_in(store)
        other = self.postern.portal(api_key=self.organization.api_key).session(store)
        caught: list[Exception] = []

        def refresh() -> None:
            try:
                other.refresh()
            except errors.NotSignedInError as error:
                caught.append(error)

        refreshing = threading.Thread(target=refresh)

        def held(exchange: Exchange) -> None:
            if exchange.path.endswith("/logout"):
                refreshing.start()
                time.sleep(0.3)

        self.proxy.before = held
        session.logout()
        refreshing.join()
        self.assertEqual((len(caught), self.proxy.count(REFRESH), store.load()), (1, 0, None))

    def test_a_token_is_used_for_a_while_after_a_refresh_ahead_of_time_that_failed(self) -> None:
        path = self.folder / "session"
        session = self.signed_in(FileStore(path, patience_seconds=0.1))
        stored = FileStore(path).load()
        assert stored
        FileStore(path).save(replace(stored, asked_at=stored.asked_at - 825))
        with FileStore(path).lock():
            # Nor does a stuck holder of the lock take a token away that still works.
            self.assertEqual(session.access_token(), stored.access_token)
        self.assertEqual(session.access_token(), stored.access_token)
        self.assertEqual(self.proxy.count(REFRESH), 0)

    def test_a_token_with_a_short_life_is_refreshed_in_the_middle_of_it(self) -> None:
        store = kit.MemoryStore()
        session = self.signed_in(store)
        for age, calls in ((25, 0), (35, 1)):
            stored = store.load()
            assert stored
            store.save(replace(stored, expires_in=60, asked_at=time.time() - age))
            session.access_token()
            self.assertEqual(self.proxy.count(REFRESH), calls)

    def test_two_that_find_a_due_token_refresh_it_once_even_if_the_new_access_token_is_the_same_text(self) -> None:
        for store in (kit.MemoryStore(), FileStore(self.folder / "session")):
            session = self.signed_in(store)
            stored = store.load()
            assert stored
            store.save(replace(stored, asked_at=stored.asked_at - 901))
            before = self.proxy.count(REFRESH)

            def same(exchange: Exchange) -> None:
                # Tokens of one second are equal.
                if exchange.path == REFRESH and exchange.said:
                    body = {**json.loads(exchange.said.body), "accessToken": stored.access_token}
                    exchange.said.body = json.dumps(body).encode()
                    time.sleep(0.2)

            self.proxy.after = same
            other = self.postern.portal(api_key=self.organization.api_key).session(store)
            threads = [threading.Thread(target=each.access_token) for each in (session, other)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.proxy.calm()
            self.assertEqual(self.proxy.count(REFRESH) - before, 1)


class Cancellations(Asyncio, Scenarios):
    def test_no_cancellation_at_any_moment_ends_a_session(self) -> None:
        path = self.folder / "session"
        self.signed_in(AsyncFileStore(path))
        chance = random.Random(26)
        self.proxy.lose(0.3, seed=26)
        cancelled = 0

        async def once() -> None:
            async with kit.AsyncPosternClient(self.proxy.url, **QUICK) as postern:
                session = postern.portal(api_key=self.organization.api_key).session(AsyncFileStore(path))
                tasks = [asyncio.create_task(work()) for work in (session.refresh, session.me, session.refresh)]
                for task in tasks:
                    await asyncio.sleep(chance.random() * 0.03)
                    task.cancel()
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                nonlocal cancelled
                cancelled += sum(task.cancelled() for task in tasks)
                # The client is closed, and the loop ends; and with them a refresh that nobody waits for.

        for _ in range(40):
            try:
                asyncio.run(once())
            except errors.NoAnswerError:
                pass
        self.assertGreater(cancelled, 20)
        self.proxy.calm()
        with kit.PosternClient(self.proxy.url) as postern:
            session = postern.portal(api_key=self.organization.api_key).session(FileStore(path))
            session.refresh()
            self.assertEqual(session.me().user_id, self.organization.user_id)

    def test_a_client_that_is_closed_says_so_and_leaves_nothing_running(self) -> None:
        path = self.folder / "session"
        self.signed_in(AsyncFileStore(path))
        self.proxy.lose(2.0, seed=1)

        async def closed_in_the_middle() -> None:
            # It waits for its second try when the client is closed.
            postern = kit.AsyncPosternClient(self.proxy.url, first_wait_seconds=10)
            session = postern.portal(api_key=self.organization.api_key).session(AsyncFileStore(path))
            refreshing = asyncio.create_task(session.refresh())
            while self.proxy.count(REFRESH) == 0:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.2)
            await postern.aclose()
            self.assertEqual(asyncio.all_tasks() - {refreshing}, {asyncio.current_task()})
            await asyncio.gather(refreshing, return_exceptions=True)
            with self.assertRaises(errors.ConfigurationError):
                await session.refresh()

        self.loop.run_until_complete(closed_in_the_middle())
        self.proxy.calm()
        with kit.PosternClient(self.proxy.url) as postern:
            session = postern.portal(api_key=self.organization.api_key).session(FileStore(path))
            session.refresh()
        with self.assertRaises(errors.ConfigurationError):
            session.refresh()

    def test_a_lock_is_not_released_under_a_save(self) -> None:
        path = self.folder / "session"
        store = AsyncFileStore(path)
        saving, release = threading.Event(), threading.Event()

        def slow(session: kit.StoredSession | None) -> None:
            saving.set()
            release.wait(20)

        store._file.save = slow  # type: ignore[method-assign]

        async def save() -> None:
            async with store.lock():
                await store.save(SESSION)

        async def cancelled_twice() -> None:
            task = asyncio.create_task(save())
            while not saving.is_set():
                await asyncio.sleep(0.01)
            for _ in range(2):
                task.cancel()
                await asyncio.sleep(0.05)
            with self.assertRaises(errors.StoreBusyError):
                async with AsyncFileStore(path, patience_seconds=0.1).lock():
                    pass
            release.set()
            await asyncio.gather(task, return_exceptions=True)
            self.assertTrue(task.cancelled())

        self.loop.run_until_complete(cancelled_twice())


del Case, Scenarios
