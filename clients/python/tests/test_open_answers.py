"""v1 only adds: fields, values and codes that this version doesn't know break nothing. And no secret gets into a log."""

from __future__ import annotations

import json
import logging
import unittest
from pathlib import Path
from typing import Any

import postern_client as kit
from postern_client import errors
from postern_client._refusals import refusal
from postern_client.file_store import FileStore

from .fault_proxy import Exchange
from .stack import PASSWORD, QUICK, REFRESH, Asyncio, Blocking, Scenarios

REFUSALS = Path(__file__).parents[2] / "refusals.json"
EMAIL = "second@example.com"


def grown(value: Any) -> Any:
    """With an unknown field in each object and an unknown value in each list of words; a key set has another key."""
    if isinstance(value, dict):
        return {**{name: grown(member) for name, member in value.items()}, "addedLater": {"by": ["v1"]}}
    if isinstance(value, list):
        return [grown(member) for member in value] + (["added:later"] if all(isinstance(x, str) for x in value) else [])
    return value


def grow(exchange: Exchange) -> None:
    said = exchange.said
    if said and said.body:
        content = grown(json.loads(said.body))
        if "code" in content and content.get("success") is False:
            content["code"] = "ADDED_LATER"
        said.body = json.dumps(content).encode()


class Refusals(unittest.TestCase):
    def test_each_refusal_of_the_description_has_the_class_that_the_page_of_errors_names(self) -> None:
        """The list is made of both: tests/docs/kits.py."""
        named = {"RefusalError", "SessionEndedError"}
        for row in json.loads(REFUSALS.read_text()):
            found = refusal(row["surface"], row["status"], row["body"], None, None, False)
            with self.subTest(row):
                self.assertEqual(type(found).__name__, row["class"])
                self.assertTrue(found.text)
                self.assertEqual(found.code, row["body"].get("code") if row["surface"] == "portal" else None)
            named.add(row["class"])
        kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.RefusalError)}
        self.assertEqual(kinds, named)


class OpenScenarios(Scenarios):
    def four_flows(self, session: Any) -> list[str]:
        """The secrets that went through."""
        clinic = self.organization
        patient = self.run_(session.me())
        self.run_(session.refresh())
        secrets = [clinic.api_key, clinic.secret, patient.email, PASSWORD, self.run_(session.access_token())]
        partner = self.postern.partner(partner_id="demo-partner", partner_secret="demo-partner-secret")
        connection = kit.Connection(clinic.id, clinic.secret, clinic.user_id)
        self.run_(partner.validate(connection))
        token = self.run_(partner.token(connection)).access_token
        self.run_(self.client().token_verifier().verify(token, organization_id=clinic.id))
        password = self.postern.password(organization_id=clinic.id)
        login = self.run_(password.login(clinic.username, PASSWORD))
        self.run_(password.account(login.token))
        cookie = self.run_(self.postern.password(organization_id="11111111-1111-4111-8111-111111111111").login("demo", PASSWORD))
        sso = self.postern.sso(client_id="18550", client_token="demo-client-token")
        access = self.run_(sso.sign_in(EMAIL, PASSWORD)).access_token
        self.run_(sso.user(access))
        self.run_(sso.sign_out(access, EMAIL, PASSWORD))
        return [*secrets, token, login.token, cookie.token, access, "demo-partner-secret", "demo-client-token", EMAIL]

    def test_what_v1_adds_breaks_nothing(self) -> None:
        self.proxy.after = grow
        store = self.FileStore(self.folder / "session")
        session = self.signed_in(store)
        self.four_flows(session)
        with self.assertRaises(errors.ValidationError) as caught:
            portal = self.postern.portal(api_key=self.organization.api_key)
            self.run_(portal.verify_code("12345", store, email=self.organization.email))
        self.assertEqual(caught.exception.code, "ADDED_LATER")
        stored = self.run_(store.load())
        self.run_(session.logout())
        self.run_(store.save(stored))
        with self.assertRaises(errors.SessionEndedError):
            self.run_(session.refresh())
        self.assertIsNone(self.run_(store.load()))

    def test_an_answer_that_is_not_ours_ends_no_session(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        pages = {
            200: (b"<html>", errors.NoAnswerError),
            204: (b"", errors.NoAnswerError),
            302: (b"", errors.GatewayError),
            401: (b"<html>Who are you?", errors.GatewayError),
            403: (b'{"message":"Forbidden"}', errors.GatewayError),
            400: (b'{"code":7,"success":false,"issues":[1]}', errors.GatewayError),
            502: (b"[" * 100_000, errors.GatewayError),
        }
        for status, (body, kind) in pages.items():

            def answer(exchange: Exchange) -> None:
                assert exchange.said
                exchange.said.status, exchange.said.body = status, body
                exchange.said.headers = [("location", self.proxy.url + "/elsewhere")]

            self.proxy.after = answer
            with self.subTest(status), self.assertRaises(kind):
                self.run_(session.refresh())
        self.proxy.calm()
        self.assertEqual(self.proxy.count("/elsewhere"), 0)
        self.run_(session.refresh())
        self.assertEqual(len({call.body for call in self.proxy.exchanges if call.path == REFRESH}), 1)

    def test_no_secret_gets_into_a_log_or_an_error(self) -> None:
        records: list[str] = []

        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                records.append(self.format(record))

        keep, root = Keep(), logging.getLogger()
        level = root.level
        root.addHandler(keep)
        root.setLevel(logging.DEBUG)
        try:
            session = self.signed_in(self.MemoryStore())
            secrets = self.four_flows(session)
        finally:
            root.removeHandler(keep)
            root.setLevel(level)
        self.assertTrue(any("/api/1.0/sso/token/…" in record for record in records))
        for number, secret in enumerate(secrets):
            self.assertFalse(any(secret in record for record in records), f"secret {number} of the list is in a log")


class BlockingOpen(Blocking, OpenScenarios):
    def test_a_store_that_cannot_save_loses_nothing(self) -> None:
        class Full(FileStore):
            full = False

            def save(self, session: kit.StoredSession | None) -> None:
                if self.full and session and session.pending is None:
                    raise OSError(28, "No space left on device")
                super().save(session)

        store = Full(self.folder / "session")
        session = self.signed_in(store)
        store.full = True
        with self.assertRaises(OSError):
            session.refresh()
        store.full = False
        session.refresh()
        self.assertTrue(session.me())


class AsyncioOpen(Asyncio, OpenScenarios):
    def test_the_client_is_a_context_manager(self) -> None:
        async def walk() -> None:
            async with kit.AsyncPosternClient(self.proxy.url, **QUICK) as postern:
                sso = postern.sso(client_id="18550", client_token="demo-client-token")
                token = (await sso.sign_in(EMAIL, PASSWORD)).access_token
                self.assertEqual((await sso.user(token)).email, EMAIL)

        self.loop.run_until_complete(walk())


del Scenarios, OpenScenarios
