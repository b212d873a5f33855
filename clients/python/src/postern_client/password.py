"""Password login per organization."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from ._clients import AsyncClient, Client
from ._http import Io, Options, Request, call, finish, header, json_body, seconds, text


@dataclass(frozen=True)
class PasswordToken:
    token: str = field(repr=False)
    #: In seconds of this machine's clock (`time.time`). Log in again shortly before.
    expires_at: float


@dataclass(frozen=True)
class PasswordAccount:
    id: str = field(repr=False)
    username: str = field(repr=False)
    organization: str
    #: All that the answer has, also what this version doesn't know.
    raw: dict[str, Any] = field(repr=False)


class _Calls:
    def __init__(self, io: Io, organization_id: str, api_name: str) -> None:
        self._io = io
        self._path = "/" + quote(api_name, safe="")
        self._headers = {"organization": header("the organization's id", organization_id)}

    async def login(self, username: str, password: str) -> PasswordToken:
        headers = {**self._headers, "content-type": "application/json"}
        body = json_body({"username": username, "password": password})
        asked_at = time.time()
        # A try without an answer may count as a wrong password until the quarter of an hour ends.
        answer = await call(self._io, "password", Request("POST", self._path + "/auth", headers, body), tries=3)
        found = answer.object()
        return PasswordToken(text(found, "token"), asked_at + seconds(found, "expiresIn"))

    async def account(self, token: str) -> PasswordAccount:
        headers = {**self._headers, "authorization": "Bearer " + header("the token", token)}
        raw = (await call(self._io, "password", Request("GET", self._path + "/users/account", headers))).object()
        return PasswordAccount(text(raw, "id"), text(raw, "username"), text(raw, "organization"), raw)

    async def logout(self) -> None:
        await call(self._io, "password", Request("POST", self._path + "/auth/logout", self._headers))


class Password(Client):
    def __init__(
        self,
        api: str,
        organization_id: str,
        *,
        api_name: str = "patient",
        http: httpx.Client | None = None,
        options: Options = Options(),
    ) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, organization_id, api_name)

    def login(self, username: str, password: str) -> PasswordToken:
        """One login of a user at a time: many at once can meet the limit of wrong passwords."""
        return finish(self._calls.login(username, password))

    def account(self, token: str) -> PasswordAccount:
        return finish(self._calls.account(token))

    def logout(self) -> None:
        """Clears a browser's cookie, if that browser calls it. A token that you have works until it expires: forget it."""
        finish(self._calls.logout())


class AsyncPassword(AsyncClient):
    """The same for asyncio."""

    def __init__(
        self,
        api: str,
        organization_id: str,
        *,
        api_name: str = "patient",
        http: httpx.AsyncClient | None = None,
        options: Options = Options(),
    ) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, organization_id, api_name)

    async def login(self, username: str, password: str) -> PasswordToken:
        return await self._calls.login(username, password)

    async def account(self, token: str) -> PasswordAccount:
        return await self._calls.account(token)

    async def logout(self) -> None:
        await self._calls.logout()
