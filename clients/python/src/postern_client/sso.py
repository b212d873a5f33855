"""Identity provider of an exchange."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from . import errors
from ._http import PASSWORD_TRIES, Answer, Io, Request, Unreadable, call, finish, flag, header, instant, optional_text, text, texts

_ACCESS_TOKEN = re.compile(r"[A-Za-z0-9_~-]{1,256}")


@dataclass(frozen=True)
class SsoToken:
    access_token: str = field(repr=False)
    #: It is good for a day, unless the deployment says otherwise.
    signed_in_at: datetime


@dataclass(frozen=True)
class SsoProfile:
    #: `provider`, `admin`, `facility`, `patient`, or another word.
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
    #: All that the answer has: times, and attributes that an operator has added.
    raw: dict[str, Any] = field(repr=False)


class AsyncSso:
    """`Sso` for asyncio."""

    def __init__(self, io: Io, client_id: str, client_token: str) -> None:
        self._io = io
        # With a hyphen: some proxies drop names with an underscore.
        self._headers = {
            "client-id": header("client_id", client_id),
            "x-auth-token": header("client_token", client_token),
        }
        self._turns = io.turns()

    async def sign_in(self, email: str, password: str) -> SsoToken:
        request = self._form("signin", email, password)
        async with self._turns.turn(email.strip().casefold()):
            return await call(self._io, "sso", request, _token, tries=PASSWORD_TRIES)

    async def user(self, access_token: str) -> SsoUser:
        request = Request("GET", f"/api/1.0/sso/token/{_segment(access_token)}", self._headers)
        return await call(self._io, "sso", request, _user)

    async def identify(self, access_token: str, *, client_id: str, from_email: str) -> SsoUser:
        user = await self.user(access_token)
        is_token = hmac.compare_digest(user.access_token.encode(), access_token.encode())
        # The email exactly as registered, letter case included.
        if not is_token or str(user.id) != client_id or user.email != from_email:
            raise errors.CallerMismatchError("token, client_id and From are not of one user")
        return user

    async def sign_out(self, access_token: str, email: str, password: str) -> None:
        request = self._form(f"signout/{_segment(access_token)}", email, password)
        try:
            async with self._turns.turn(email.strip().casefold()):
                await call(self._io, "sso", request, flag("error", False), tries=PASSWORD_TRIES)
        except errors.NotAuthenticatedError as error:
            # If a try without an answer ended the token, it is unknown now. A wrong password gets the same answer.
            if not error.may_have_been_done or await self._lives(access_token):
                raise

    async def _lives(self, access_token: str) -> bool:
        try:
            await self.user(access_token)
        except errors.NotAuthenticatedError:
            return False
        except errors.ClientRefusedError:
            pass  # this client may not ask: nobody knows, so the refusal is the caller's
        return True

    def _form(self, route: str, email: str, password: str) -> Request:
        headers = {**self._headers, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        body = urlencode({"email": email, "password": password}).encode()
        return Request("POST", f"/api/1.0/sso/{route}", headers, body)


def _segment(access_token: str) -> str:
    # It may be what a caller sent: nothing that could lead to another path is asked about.
    if not _ACCESS_TOKEN.fullmatch(access_token):
        raise errors.NotAuthenticatedError(errors.Refusal("sso", 404, text="the text isn't an access token; nothing was sent"))
    return access_token


def _token(answer: Answer) -> SsoToken:
    return SsoToken(text(answer.object(), "access_token"), instant(answer.asked_at))


def _user(answer: Answer) -> SsoUser:
    raw = answer.object()
    number, profiles = raw.get("id"), raw.get("profiles")
    if not isinstance(number, int) or isinstance(number, bool):
        raise Unreadable("id is missing")
    return SsoUser(
        number,
        optional_text(raw, "name") or "",
        text(raw, "email"),
        text(raw, "access_token"),
        raw.get("is_active") in (True, 1),
        texts(raw, "groups"),
        [
            SsoProfile(optional_text(each, "type") or "", optional_text(each, "id") or "", texts(each, "catchment"))
            for each in (profiles if isinstance(profiles, list) else [])
            if isinstance(each, dict)
        ],
        raw,
    )


class Sso:
    """The identity provider of a health exchange, for one client pair."""

    def __init__(self, io: Io, client_id: str, client_token: str) -> None:
        self._steps = AsyncSso(io, client_id, client_token)

    def sign_in(self, email: str, password: str) -> SsoToken:
        """Exchanges a user's email and password for a token. Sign-ins of one user run one after the other."""
        return finish(self._steps.sign_in(email, password))

    def user(self, access_token: str) -> SsoUser:
        """The user of a token. If another system showed it to you, use `identify`."""
        return finish(self._steps.user(access_token))

    def identify(self, access_token: str, *, client_id: str, from_email: str) -> SsoUser:
        """The user of a call, if its headers `X-Auth-Token`, `client_id` and `From` are of one user;
        `NotAuthenticatedError` or `CallerMismatchError` if not."""
        return finish(self._steps.identify(access_token, client_id=client_id, from_email=from_email))

    def sign_out(self, access_token: str, email: str, password: str) -> None:
        """Ends this token for everyone. Email and password are those of its user."""
        finish(self._steps.sign_out(access_token, email, password))
