"""The stack that the tests run beside, and both kinds of clients for one test."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import time
import unittest
import urllib.request
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import postern_client as kit
from postern_client.file_store import AsyncFileStore, FileStore

from .fault_proxy import FaultProxy

API = os.environ["POSTERN_API"]
CONSOLE = os.environ["POSTERN_CONSOLE"]
#: Short waits, so that a thousand losses take seconds. How often and in which order is as always.
QUICK: Any = {"first_wait_seconds": 0.001, "longest_wait_seconds": 5.0}
REFRESH = "/api/v1/users/auth/refresh-token"
PASSWORD = "demo-password-1"


def console(method: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(CONSOLE + path, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as response:
        content = response.read()
    return json.loads(content) if content else None


@dataclass
class Organization:
    id: str
    api_key: str
    user_id: str
    email: str
    username: str
    secret: str


def organization(**settings: str) -> Organization:
    """A new one, connected to the demo partner, with one patient."""
    user = {"username": "somebody", "password": PASSWORD, "scopes": ["create:patient"]}
    made = console("POST", "/demo/organizations", {**user, **settings})
    patient = made["patient"]
    return Organization(
        made["organizationId"],
        made["apiKey"],
        patient["userId"],
        patient["email"],
        patient["username"],
        made["partnerSecret"],
    )


def code_for(email: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for message in console("GET", "/messages"):
            code = re.search(r"\b\d{6}\b", message["text"])
            if message["to"] == email and code:
                return code[0]
        time.sleep(0.02)
    raise AssertionError("no code was sent")


class Blocking:
    """The blocking clients: a value is there at once."""

    PosternClient, MemoryStore, FileStore = kit.PosternClient, kit.MemoryStore, FileStore

    def run_(self, value: Any) -> Any:
        return value

    def close_(self, client: Any) -> None:
        client.close()


class Asyncio:
    """Those for asyncio: a value is awaited."""

    PosternClient, MemoryStore, FileStore = kit.AsyncPosternClient, kit.AsyncMemoryStore, AsyncFileStore

    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        super().setUp()  # type: ignore[misc]

    def tearDown(self) -> None:
        super().tearDown()  # type: ignore[misc]
        self.loop.close()

    def run_(self, value: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(value)

    def close_(self, client: Any) -> None:
        self.loop.run_until_complete(client.aclose())


class Case(unittest.TestCase):
    """Behind a proxy of its own."""

    def setUp(self) -> None:
        self.proxy = self.enterContext_(FaultProxy(API))
        self.folder = Path(self.enterContext_(tempfile.TemporaryDirectory()))

    def enterContext_(self, context: Any) -> Any:
        """`enterContext` came with Python 3.11."""
        entered = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return entered


class Scenarios(Case):
    """Tests that run with both kinds of clients."""

    PosternClient: Any
    MemoryStore: Any
    FileStore: Any

    def setUp(self) -> None:
        super().setUp()
        self._clients: list[Any] = []
        self.postern = self.client()

    def run_(self, value: Any) -> Any:
        raise NotImplementedError

    def close_(self, client: Any) -> None:
        raise NotImplementedError

    def client(self, **options: Any) -> Any:
        """One whose calls go through the proxy."""
        made = self.PosternClient(self.proxy.url, **{**QUICK, **options})
        self._clients.append(made)
        return made

    def tearDown(self) -> None:
        for client in self._clients:
            self.close_(client)

    def signed_in(self, store: Any) -> Any:
        """A session of a new organization's patient."""
        self.organization, self.store = organization(), store
        portal = self.postern.portal(api_key=self.organization.api_key)
        self.run_(portal.send_code(email=self.organization.email))
        code = code_for(self.organization.email)
        return self.run_(portal.verify_code(code, store, email=self.organization.email))
