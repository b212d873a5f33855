"""Password login per organization."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from . import errors
from ._http import PASSWORD_TRIES, Answer, Io, Request, call, finish, header, instant, json_body, optional_text, seconds, text


@dataclass(frozen=True)
class PasswordToken:
    token: str = field(repr=False)
    #: Log in again shortly before: there is no refresh.
    expires_at: datetime


@dataclass(frozen=True)
class PasswordAccount:
    id: str = field(repr=False)
    username: str | None = field(repr=False)
    organization: str
    #: All that the answer has, also what this version doesn't know.
    raw: dict[str, Any] = field(repr=False)


class AsyncPassword:
    """`Password` for asyncio."""

    def __init__(self, io: Io, organization_id: str, api: str) -> None:
        if api in ("", ".", ".."):
            raise errors.ConfigurationError("api: can't stand in a path")
        self._io = io
        self._path = "/" + quote(api, safe="")
        self._headers = {"organization": header("organization_id", organization_id)}
        self._turns = io.turns()

    async def login(self, username: str, password: str) -> PasswordToken:
        headers = {**self._headers, "content-type": "application/json"}
        body = json_body({"username": username, "password": password})
        request = Request("POST", self._path + "/auth", headers, body)
        async with self._turns.turn(username.strip().casefold()):
            return await call(self._io, "password", request, _token, tries=PASSWORD_TRIES)

    async def account(self, token: str) -> PasswordAccount:
        return await call(self._io, "password", Request("GET", self._path + "/users/account", self._with(token)), _account)

    async def logout(self, token: str) -> None:
        await call(self._io, "password", Request("POST", self._path + "/auth/logout", self._with(token)), lambda _: None)

    def _with(self, token: str) -> dict[str, str]:
        return {**self._headers, "authorization": "Bearer " + header("token", token)}


def _token(answer: Answer) -> PasswordToken:
    body = answer.object()
    return PasswordToken(text(body, "token"), instant(answer.asked_at + seconds(body, "expiresIn")))


def _account(answer: Answer) -> PasswordAccount:
    raw = answer.object()
    return PasswordAccount(text(raw, "id"), optional_text(raw, "username"), text(raw, "organization"), raw)


class Password:
    """Login with user name and password, in one organization."""

    def __init__(self, io: Io, organization_id: str, api: str) -> None:
        self._steps = AsyncPassword(io, organization_id, api)

    def login(self, username: str, password: str) -> PasswordToken:
        """Exchanges user name and password for a token. Logins of one user run one after the other: each counts while it
        runs."""
        return finish(self._steps.login(username, password))

    def account(self, token: str) -> PasswordAccount:
        """The user of the token, as stored now."""
        return finish(self._steps.account(token))

    def logout(self, token: str) -> None:
        """Clears a browser's cookie. The token itself works until it expires: forget it."""
        finish(self._steps.logout(token))
