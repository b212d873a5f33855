"""What the kit adds to a call: CPU time of this process, the kit beside bare httpx, in rounds that take turns."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))
import postern_client as kit  # noqa: E402
from postern_client.file_store import FileStore  # noqa: E402

from tests.stack import API, code_for, organization  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
USERS = API + "/api/v1/users/"


def medians(times: int, *calls: Callable[[], object]) -> list[tuple[float, float]]:
    """Of each call CPU time and time of the clock, in milliseconds."""
    figures: list[list[tuple[float, float]]] = [[] for _ in calls]
    for _ in range(ROUNDS + 3):
        for call, figure in zip(calls, figures):
            cpu, clock = time.process_time(), time.perf_counter()
            for _ in range(times):
                call()
            figure.append(((time.process_time() - cpu) / times * 1000, (time.perf_counter() - clock) / times * 1000))
    # The first ones make connections, and compile what they need.
    return [tuple(statistics.median(column) for column in zip(*figure[3:])) for figure in figures]


def row(name: str, figures: list[tuple[float, float]]) -> None:
    print(f"{name:<32}", "".join(f"{cpu:>9.3f} ms CPU {clock:>8.3f} ms" for cpu, clock in figures))


def signed_in(postern: kit.PosternClient, store: kit.SessionStore) -> tuple[str, kit.PortalSession]:
    clinic = organization()
    portal = postern.portal(api_key=clinic.api_key)
    portal.send_code(email=clinic.email)
    return clinic.api_key, portal.verify_code(code_for(clinic.email), store, email=clinic.email)


with kit.PosternClient(API) as postern, httpx.Client() as bare, tempfile.TemporaryDirectory() as folder:
    memory = kit.MemoryStore()
    api_key, plain = signed_in(postern, memory)
    stored = memory.load()
    assert stored
    headers = {"cv-api-key": api_key}
    me = {**headers, "authorization": f"Bearer {stored.access_token}"}
    token = stored.refresh_token

    def fetched_refresh() -> None:
        global token
        key = {**headers, "idempotency-key": str(uuid.uuid4())}
        token = bare.post(USERS + "auth/refresh-token", headers=key, json={"refresh_token": token}).json()["refreshToken"]

    in_memory = signed_in(postern, kit.MemoryStore())[1]
    in_file = signed_in(postern, FileStore(Path(folder) / "session"))[1]
    print(f"{'':<32} {'httpx alone':>26}{'session in memory':>26}{'session in a file':>26}")
    row("me", medians(1, lambda: bare.get(USERS + "me", headers=me).json(), in_memory.me, in_file.me))
    row("refresh", medians(1, fetched_refresh, in_memory.refresh, in_file.refresh))
    row("access token that is still good", [(0, 0), *medians(100, in_memory.access_token, in_file.access_token)])

    clinic = organization()
    partner = postern.partner(partner_id="demo-partner", partner_secret="demo-partner-secret")
    verifier = postern.token_verifier()
    connection = kit.Connection(clinic.id, clinic.secret, clinic.user_id)
    granted = partner.token(connection).access_token
    row("partner's token from the cache", medians(100, lambda: partner.token(connection)))
    row("verification, keys in the cache", medians(20, lambda: verifier.verify(granted, organization_id=clinic.id)))
