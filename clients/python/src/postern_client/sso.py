"""Identity provider of an exchange."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from . import errors
from ._clients import AsyncClient, Client
from ._http import Io, Options, Request, call, finish, header, optional_text, text

_ACCESS_TOKEN = re.compile(r"[A-Za-z0-9_~-]{1,256}")


@dataclass(frozen=True)
class SsoProfile:
    #: `provider`, `admin`, `facility`, `patient`, or another word of an operator's.
    type: str
    id: str = field(repr=False)
    #: A code covers every place whose code begins with it.
    catchment: list[str]


@dataclass(frozen=True)
class SsoUser:
    id: int = field(repr=False)
    name: str = field(repr=False)
    email: str = field(repr=False)
    access_token: str = field(repr=False)
    is_active: bool
    groups: list[str]
    profiles: list[SsoProfile]
    #: All that the answer has, also what an operator added.
    raw: dict[str, Any] = field(repr=False)


class _Calls:
    def __init__(self, io: Io, client_id: str, client_token: str) -> None:
        self._io = io
        # With a hyphen, for proxies drop names with an underscore.
        self._headers = {
            "client-id": header("the client's id", client_id),
            "x-auth-token": header("the client's token", client_token),
        }

    async def sign_in(self, email: str, password: str) -> str:
        # A try without an answer may count as a wrong password until the quarter of an hour ends.
        answer = await call(self._io, "sso", self._form("signin", email, password), tries=3)
        return text(answer.object(), "access_token")

    async def user(self, access_token: str) -> SsoUser:
        request = Request("GET", f"/api/1.0/sso/token/{_segment(access_token)}", self._headers)
        return _user_info((await call(self._io, "sso", request)).object())

    async def identify(self, access_token: str, client_id: str, from_email: str) -> SsoUser:
        info = await self.user(access_token)
        same_token = hmac.compare_digest(info.access_token.encode(), access_token.encode())
        if not same_token or str(info.id) != client_id or info.email != from_email:
            raise errors.CallerMismatchError("the token's user isn't the one that the caller's headers name: refuse it")
        return info

    async def sign_out(self, access_token: str, email: str, password: str) -> None:
        request = self._form(f"signout/{_segment(access_token)}", email, password)
        try:
            await call(self._io, "sso", request, tries=3)
        except errors.NotAuthenticatedError as error:
            # After a lost answer a 404 means that it was done; it could also be a wrong password.
            if not error.may_have_been_done or await self._lives(access_token):
                raise

    async def _lives(self, access_token: str) -> bool:
        try:
            await self.user(access_token)
        except (errors.NotAuthenticatedError, errors.ClientRefusedError):
            return False
        return True

    def _form(self, route: str, email: str, password: str) -> Request:
        headers = {**self._headers, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        body = urlencode({"email": email, "password": password}).encode()
        return Request("POST", f"/api/1.0/sso/{route}", headers, body)


def _segment(access_token: str) -> str:
    # It may be whatever a caller sent: nothing that could lead to another path is asked about.
    if not _ACCESS_TOKEN.fullmatch(access_token):
        raise errors.NotAuthenticatedError(errors.Refusal("sso", 404, text="the text isn't an access token; nothing was sent"))
    return access_token


def _user_info(raw: dict[str, Any]) -> SsoUser:
    number = raw.get("id")
    if not isinstance(number, int):
        raise errors.NoAnswerError("the answer can't be read: it has no number id")
    profiles = raw.get("profiles")
    return SsoUser(
        number,
        optional_text(raw, "name") or "",
        text(raw, "email"),
        text(raw, "access_token"),
        raw.get("is_active") in (True, 1),
        _texts(raw.get("groups")),
        [
            SsoProfile(str(profile.get("type", "")), str(profile.get("id", "")), _texts(profile.get("catchment")))
            for profile in (profiles if isinstance(profiles, list) else [])
            if isinstance(profile, dict)
        ],
        raw,
    )


def _texts(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


class Sso(Client):
    def __init__(
        self, api: str, client_id: str, client_token: str, *, http: httpx.Client | None = None, options: Options = Options()
    ) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, client_id, client_token)

    def sign_in(self, email: str, password: str) -> str:
        """A new access token, good for a day. One sign-in of a user at a time: many at once can meet the limit."""
        return finish(self._calls.sign_in(email, password))

    def user(self, access_token: str) -> SsoUser:
        """The user of an access token. If another system showed it to you, use `identify`."""
        return finish(self._calls.user(access_token))

    def identify(self, access_token: str, client_id: str, from_email: str) -> SsoUser:
        """Who calls you: the user of the `X-Auth-Token` header that you got, if `client_id` and `From` name the same."""
        return finish(self._calls.identify(access_token, client_id, from_email))

    def sign_out(self, access_token: str, email: str, password: str) -> None:
        """Ends this token and no other, for everyone."""
        finish(self._calls.sign_out(access_token, email, password))


class AsyncSso(AsyncClient):
    """The same for asyncio."""

    def __init__(
        self,
        api: str,
        client_id: str,
        client_token: str,
        *,
        http: httpx.AsyncClient | None = None,
        options: Options = Options(),
    ) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, client_id, client_token)

    async def sign_in(self, email: str, password: str) -> str:
        return await self._calls.sign_in(email, password)

    async def user(self, access_token: str) -> SsoUser:
        return await self._calls.user(access_token)

    async def identify(self, access_token: str, client_id: str, from_email: str) -> SsoUser:
        return await self._calls.identify(access_token, client_id, from_email)

    async def sign_out(self, access_token: str, email: str, password: str) -> None:
        await self._calls.sign_out(access_token, email, password)
