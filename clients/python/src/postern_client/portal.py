"""Patient sign-in by one-time code."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from . import errors
from ._http import CODE_TRIES, SEND_TRIES, Answer, Io, Request, call, finish, flag, header, json_body, member, optional_text, text
from ._session import Rotation, read_tokens
from .store import AsyncSessionStore, Blocked, SessionStore

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


class AsyncPortal:
    """`Portal` for asyncio."""

    def __init__(self, io: Io, api_key: str) -> None:
        self._io = io
        self._api_key = header("api_key", api_key)

    async def send_code(
        self,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        body = {**_recipient(email, phone_number), "channel": "EMAIL" if phone_number is None else "SMS"}
        key = {"idempotency-key": header("idempotency_key", str(uuid.uuid4()) if idempotency_key is None else idempotency_key)}
        request = self._post("auth/send-otp", body, {**key, **_end_user(end_user_ip)})
        await call(self._io, "portal", request, flag("success", True), tries=SEND_TRIES)

    async def verify_code(
        self,
        code: str,
        store: AsyncSessionStore,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
    ) -> AsyncPortalSession:
        body = {**_recipient(email, phone_number), "code": code}
        request = self._post("auth/verify-otp", body, _end_user(end_user_ip))
        signed_in = await call(self._io, "portal", request, read_tokens, tries=CODE_TRIES)
        session = self.session(store)
        await session._rotation.save(signed_in)
        return session

    def session(self, store: AsyncSessionStore) -> AsyncPortalSession:
        return AsyncPortalSession(self, Rotation(self._io, self._api_key, store))

    async def _me(self, access_token: str) -> PortalUser:
        headers = {"cv-api-key": self._api_key, "authorization": "Bearer " + header("the access token", access_token)}
        return await call(self._io, "portal", Request("GET", "/api/v1/users/me", headers), _user)

    async def _logout(self, refresh_token: str) -> None:
        await call(self._io, "portal", self._post("auth/logout", {"refresh_token": refresh_token}, {}), flag("success", True))

    def _post(self, route: str, body: dict[str, Any], headers: dict[str, str]) -> Request:
        headers = {"cv-api-key": self._api_key, "content-type": "application/json", **headers}
        return Request("POST", "/api/v1/users/" + route, headers, json_body(body))


def _recipient(email: str | None, phone_number: str | None) -> dict[str, str]:
    if email is not None and phone_number is None:
        return {"email": email}
    if phone_number is not None and email is None:
        return {"phoneNumber": phone_number}
    raise errors.ConfigurationError("name exactly one of email and phone_number")


def _end_user(address: Address | None) -> dict[str, str]:
    return {} if address is None else {"x-end-user-ip": header("end_user_ip", str(address))}


def _user(answer: Answer) -> PortalUser:
    raw = member(answer.object(), "data")
    return PortalUser(
        text(raw, "userId"),
        text(raw, "organizationId"),
        optional_text(raw, "email"),
        optional_text(raw, "phoneNumber"),
        optional_text(raw, "role"),
        optional_text(raw, "organizationAccessRole"),
        raw,
    )


class AsyncPortalSession:
    """`PortalSession` for asyncio. A caller that is cancelled doesn't cancel a refresh that others wait for."""

    def __init__(self, portal: AsyncPortal, rotation: Rotation) -> None:
        self._portal = portal
        self._rotation = rotation

    async def access_token(self) -> str:
        return (await self._rotation.fresh()).access_token

    async def refresh(self) -> None:
        await self._rotation.refresh()

    async def me(self) -> PortalUser:
        session = await self._rotation.fresh()
        try:
            return await self._portal._me(session.access_token)
        except errors.AccessTokenInvalidError:
            renewed = await self._rotation.refresh(session)
            return await self._portal._me(renewed.access_token)

    async def logout(self) -> None:
        await self._rotation.end(self._portal._logout)

    async def forget(self) -> None:
        await self._rotation.save(None)


class Portal:
    """Patient sign-in by one-time code, for the organization of an API key."""

    def __init__(self, io: Io, api_key: str) -> None:
        self._steps = AsyncPortal(io, api_key)

    def send_code(
        self,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Asks for a code by mail or SMS. Success doesn't mean that the patient exists, or that a message was sent.
        To repeat one press of the button after an error, pass its `idempotency_key` again: nothing is sent twice then.
        `end_user_ip` is the address of the connection that your server accepted, never from a header of the client."""
        finish(
            self._steps.send_code(
                email=email, phone_number=phone_number, end_user_ip=end_user_ip, idempotency_key=idempotency_key
            )
        )

    def verify_code(
        self,
        code: str,
        store: SessionStore,
        *,
        email: str | None = None,
        phone_number: str | None = None,
        end_user_ip: Address | None = None,
    ) -> PortalSession:
        """Exchanges the code for a session, and stores it. Name what the code was asked for with. Each call uses one of the
        code's three attempts."""
        verifying = self._steps.verify_code(
            code, Blocked(store), email=email, phone_number=phone_number, end_user_ip=end_user_ip
        )
        return PortalSession(finish(verifying))

    def session(self, store: SessionStore) -> PortalSession:
        """The session of a store, whether it has one yet or not."""
        return PortalSession(self._steps.session(Blocked(store)))


class PortalSession:
    """A patient's session. Any number of threads, objects and processes may have the same store."""

    def __init__(self, steps: AsyncPortalSession) -> None:
        self._steps = steps

    def access_token(self) -> str:
        """A token that is good for a minute at least, if the API can be reached; while it can't, for as long as it lives."""
        return finish(self._steps.access_token())

    def refresh(self) -> None:
        """Rotates both tokens now. Calls of the same moment share one rotation."""
        finish(self._steps.refresh())

    def me(self) -> PortalUser:
        """The patient, as stored now. A refused token is refreshed once."""
        return finish(self._steps.me())

    def logout(self) -> None:
        """Ends the session there and here. If it raises, the session is still stored: repeat it, or `forget` it.
        Access tokens that are out work until they expire."""
        finish(self._steps.logout())

    def forget(self) -> None:
        """Forgets the session here alone: its refresh token lives on until it expires."""
        finish(self._steps.forget())
