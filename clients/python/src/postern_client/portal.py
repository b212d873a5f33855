"""Patient sign-in by one-time code."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import httpx

from . import errors
from ._clients import AsyncClient, Client
from ._flight import AsyncFlight, BlockingFlight
from ._http import Io, Options, Request, call, finish, header, json_body, optional_text, text
from ._session import Rotation, read_tokens
from .store import AsyncSessionStore, Blocked, SessionStore, StoredSession

Address = str | IPv4Address | IPv6Address


@dataclass(frozen=True)
class PortalUser:
    user_id: str = field(repr=False)
    organization_id: str
    email: str | None = field(repr=False)
    phone_number: str | None = field(repr=False)
    role: str | None
    organization_access_role: str | None
    #: All that the answer has, also what this version doesn't know.
    raw: dict[str, Any] = field(repr=False)


class _Calls:
    def __init__(self, io: Io, api_key: str) -> None:
        self.io = io
        self.api_key = header("the API key", api_key)

    async def send_code(
        self, email: str | None, phone_number: str | None, end_user_ip: Address | None, idempotency_key: str | None
    ) -> None:
        body = {**_recipient(email, phone_number), "channel": "EMAIL" if phone_number is None else "SMS"}
        extra = {"idempotency-key": header("the Idempotency-Key", idempotency_key or str(uuid.uuid4()))}
        await call(self.io, "portal", self._post("auth/send-otp", body, {**extra, **_end_user(end_user_ip)}))

    async def verify(
        self, code: str, email: str | None, phone_number: str | None, end_user_ip: Address | None
    ) -> StoredSession:
        body = {**_recipient(email, phone_number), "code": code}
        asked_at = time.time()
        # Each try is an attempt at the code, so the same code is sent once more at most.
        request = self._post("auth/verify-otp", body, _end_user(end_user_ip))
        return read_tokens(await call(self.io, "portal", request, tries=2), asked_at)

    async def me(self, access_token: str) -> PortalUser:
        headers = {"cv-api-key": self.api_key, "authorization": "Bearer " + header("the access token", access_token)}
        answer = await call(self.io, "portal", Request("GET", "/api/v1/users/me", headers))
        data = answer.object().get("data")
        raw = data if isinstance(data, dict) else {}
        return PortalUser(
            text(raw, "userId"),
            text(raw, "organizationId"),
            optional_text(raw, "email"),
            optional_text(raw, "phoneNumber"),
            optional_text(raw, "role"),
            optional_text(raw, "organizationAccessRole"),
            raw,
        )

    async def logout(self, refresh_token: str) -> None:
        await call(self.io, "portal", self._post("auth/logout", {"refresh_token": refresh_token}, {}))

    def _post(self, route: str, body: dict[str, Any], headers: dict[str, str]) -> Request:
        headers = {"cv-api-key": self.api_key, "content-type": "application/json", **headers}
        return Request("POST", "/api/v1/users/" + route, headers, json_body(body))


def _recipient(email: str | None, phone_number: str | None) -> dict[str, str]:
    if email is not None and phone_number is None:
        return {"email": email}
    if phone_number is not None and email is None:
        return {"phoneNumber": phone_number}
    raise errors.ConfigurationError("name exactly one of email and phone_number")


def _end_user(address: Address | None) -> dict[str, str]:
    return {} if address is None else {"x-end-user-ip": header("the end user's address", str(address))}


class _Session:
    def __init__(self, calls: _Calls, rotation: Rotation) -> None:
        self._calls = calls
        self.rotation = rotation

    async def verify(
        self, code: str, email: str | None, phone_number: str | None, end_user_ip: Address | None
    ) -> None:
        await self.rotation.save(await self._calls.verify(code, email, phone_number, end_user_ip))

    async def me(self) -> PortalUser:
        session = await self.rotation.fresh()
        try:
            return await self._calls.me(session.access_token)
        except errors.AccessTokenInvalidError:
            renewed = await self.rotation.refresh(session)
            return await self._calls.me(renewed.access_token)

    async def access_token(self) -> str:
        return (await self.rotation.fresh()).access_token

    async def logout(self) -> None:
        await self.rotation.end(self._calls.logout)


class PortalSession:
    """One patient's session, kept in a store. Threads may share it."""

    def __init__(self, calls: _Calls, store: SessionStore) -> None:
        flight = BlockingFlight[StoredSession]()
        self._steps = _Session(calls, Rotation(calls.io, calls.api_key, Blocked(store), flight))

    def access_token(self) -> str:
        """One that works, refreshed ahead of time. `NotSignedInError` and `SessionEndedError` ask for a sign-in."""
        return finish(self._steps.access_token())

    def refresh(self) -> None:
        """Rotates the tokens now, if you can't wait for `access_token` to do it."""
        finish(self._steps.rotation.refresh())

    def me(self) -> PortalUser:
        """The patient as stored now. A refused token is refreshed once."""
        return finish(self._steps.me())

    def logout(self) -> None:
        """Ends the session, then forgets it. After an error nothing is forgotten: call it again."""
        finish(self._steps.logout())

    def forget(self) -> None:
        """Forgets the session on this side alone."""
        finish(self._steps.rotation.save(None))


class AsyncPortalSession:
    """The same for asyncio. A caller that is cancelled doesn't cancel a refresh that others wait for."""

    def __init__(self, calls: _Calls, store: AsyncSessionStore) -> None:
        flight = AsyncFlight[StoredSession]()
        self._steps = _Session(calls, Rotation(calls.io, calls.api_key, store, flight))

    async def access_token(self) -> str:
        return await self._steps.access_token()

    async def refresh(self) -> None:
        await self._steps.rotation.refresh()

    async def me(self) -> PortalUser:
        return await self._steps.me()

    async def logout(self) -> None:
        await self._steps.logout()

    async def forget(self) -> None:
        await self._steps.rotation.save(None)


class Portal(Client):
    """Keep it for the life of the process, and make a session of it per patient."""

    def __init__(self, api: str, api_key: str, *, http: httpx.Client | None = None, options: Options = Options()) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, api_key)

    def send_code(
        self,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Asks for a code. Success doesn't mean that the patient exists or that a message was sent. `idempotency_key`, if
        you have one, is random for each press of the button."""
        finish(self._calls.send_code(email, phone_number, end_user_ip, idempotency_key))

    def verify_code(
        self,
        code: str,
        store: SessionStore,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
    ) -> PortalSession:
        """Exchanges the code for tokens, and stores them. Each call uses one of the code's three attempts. After an error
        with `may_have_been_done` the code may be used up: ask for a new one."""
        session = self.session(store)
        finish(session._steps.verify(code, email, phone_number, end_user_ip))
        return session

    def session(self, store: SessionStore) -> PortalSession:
        """The one that the store has, e.g. after a restart."""
        return PortalSession(self._calls, store)


class AsyncPortal(AsyncClient):
    """The same for asyncio."""

    def __init__(
        self, api: str, api_key: str, *, http: httpx.AsyncClient | None = None, options: Options = Options()
    ) -> None:
        super().__init__(api, http, options)
        self._calls = _Calls(self._io, api_key)

    async def send_code(
        self,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        await self._calls.send_code(email, phone_number, end_user_ip, idempotency_key)

    async def verify_code(
        self,
        code: str,
        store: AsyncSessionStore,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
    ) -> AsyncPortalSession:
        session = self.session(store)
        await session._steps.verify(code, email, phone_number, end_user_ip)
        return session

    def session(self, store: AsyncSessionStore) -> AsyncPortalSession:
        return AsyncPortalSession(self._calls, store)
