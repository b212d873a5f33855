"""What the kit adds to a call: CPU time of this process, the kit beside bare httpx, in rounds that take turns."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))
import postern_client as kit  # noqa: E402
from postern_client.file_store import FileStore  # noqa: E402

from tests.stack import API, code_for, organization  # noqa: E402


def cpu(call: Callable[[], object], times: int) -> float:
    """Milliseconds per call."""
    begun = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - begun) / times * 1000


def wall(call: Callable[[], object], times: int) -> float:
    """The median in milliseconds."""
    figures = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        figures.append(time.perf_counter() - begun)
    return statistics.median(figures) * 1000


clinic = organization()
store: kit.SessionStore
with kit.Portal(API, clinic.api_key) as portal, httpx.Client() as bare, tempfile.TemporaryDirectory() as folder:
    memory, file = kit.MemoryStore(), FileStore(Path(folder) / "session")
    portal.send_code(email=clinic.email)
    session = portal.verify_code(code_for(clinic.email), memory, email=clinic.email)
    stored = memory.load()
    file.save(stored)
    headers = {"cv-api-key": clinic.api_key, "authorization": f"Bearer {session.access_token()}"}

    def by_httpx() -> None:
        bare.get(API + "/api/v1/users/me", headers=headers).raise_for_status().json()

    rounds = [(cpu(session.me, 40), cpu(by_httpx, 40)) for _ in range(25)]
    ours, theirs = (statistics.median(figures) for figures in zip(*rounds))
    print(f"me: {ours:.2f} ms of CPU with the kit, {theirs:.2f} ms with httpx alone")
    for name, store in (("memory", memory), ("a file", file)):
        of_store = portal.session(store)
        figure = statistics.median(cpu(of_store.access_token, 500) for _ in range(20))
        print(f"access_token that is still good, from {name}: {figure * 1000:.0f} µs of CPU")
    print(f"a save into a file, two per refresh: {wall(lambda: file.save(stored), 200):.1f} ms, most of it the disk's")

with kit.Partner(API, "demo-partner", "demo-partner-secret") as partner, kit.PartnerVerifier(API) as verifier:
    connection = kit.Connection(clinic.id, clinic.secret, clinic.user_id)
    token = partner.token(connection).access_token
    figure = statistics.median(cpu(lambda: partner.token(connection), 500) for _ in range(20))
    print(f"partner token from the cache: {figure * 1000:.0f} µs of CPU")
    verifier.verify(token, organization_id=clinic.id)
    figure = statistics.median(cpu(lambda: verifier.verify(token, organization_id=clinic.id), 100) for _ in range(20))
    print(f"verification of a partner's token under cached keys: {figure * 1000:.0f} µs of CPU")
