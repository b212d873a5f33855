"""Tokens of a partner: cached, validated, verified."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import jwt
import postern_client as kit
from cryptography.hazmat.primitives.asymmetric import rsa
from postern_client import errors, verifier

from .fault_proxy import Exchange
from .stack import Asyncio, Blocking, Organization, Scenarios, organization

TOKEN = "/v1/token"
JWKS = "/.well-known/jwks.json"


def connection(clinic: Organization) -> kit.Connection:
    return kit.Connection(clinic.id, clinic.secret, clinic.user_id)


class PartnerScenarios(Scenarios):
    def setUp(self) -> None:
        super().setUp()
        self.clinic = organization()

    def partner(self, secret: str = "demo-partner-secret", **options: Any) -> Any:
        return self.client(self.Partner, "demo-partner", secret, **options)

    def test_a_token_is_fetched_once_and_validated(self) -> None:
        partner = self.partner(scope=["create:patient", "read:patient"])
        token = self.run_(partner.token(connection(self.clinic)))
        # One is only announced, and not granted.
        self.assertEqual(token.scope, {"create:patient"})
        self.assertNotIn(token.access_token, repr(token))
        self.run_(partner.validate(connection(self.clinic)))
        self.assertEqual(self.run_(partner.token(connection(self.clinic))), token)
        self.assertEqual(self.proxy.count(TOKEN), 1)
        partner.drop(token.access_token)
        self.assertNotEqual(self.run_(partner.token(connection(self.clinic))).access_token, token.access_token)
        other = organization()
        self.run_(partner.token(connection(other)))
        self.assertEqual(self.proxy.count(TOKEN), 3)

    def test_a_token_is_used_until_a_minute_before_its_end(self) -> None:
        def short(exchange: Exchange) -> None:
            if exchange.path == TOKEN and exchange.said:
                exchange.said.body = exchange.said.body.replace(b'"expiresIn":21600', b'"expiresIn":61')

        self.proxy.after = short
        partner = self.partner()
        begun = time.monotonic()
        first = self.run_(partner.token(connection(self.clinic)))
        found = first
        while time.monotonic() < first.renew_at:
            self.assertEqual(found, first)
            time.sleep(0.1)
            found = self.run_(partner.token(connection(self.clinic)))
        self.assertNotEqual(self.run_(partner.token(connection(self.clinic))), first)
        self.assertLess(abs(first.renew_at - begun - 1), 1)

    def test_a_refused_token_is_replaced_once(self) -> None:
        partner = self.partner()
        self.run_(partner.token(connection(self.clinic)))

        def spoiled(exchange: Exchange) -> None:
            if "validate" in exchange.path:
                exchange.headers["authorization"] = "Bearer " + spoil.pop(0)(exchange.headers["authorization"][7:])

        spoil: list[Callable[[str], str]] = [lambda token: token[:-4], lambda token: token]
        self.proxy.before = spoiled
        self.run_(partner.validate(connection(self.clinic)))
        self.assertEqual(self.proxy.count(TOKEN), 2)
        spoil = [lambda token: token[:-4]] * 2
        with self.assertRaises(errors.TokenInvalidError):
            self.run_(partner.validate(connection(self.clinic)))
        self.assertEqual((self.proxy.count(TOKEN), spoil), (3, []))
        self.proxy.calm()
        self.run_(partner.validate(connection(self.clinic)))
        self.assertEqual(self.proxy.count(TOKEN), 4)

    def test_each_refusal_has_its_class(self) -> None:
        with self.assertRaises(errors.PartnerCredentialsError):
            self.run_(self.partner("wrong").token(connection(self.clinic)))
        with self.assertRaises(errors.InvalidFieldsError) as caught:
            self.run_(self.partner(scope=["no:such"]).token(connection(self.clinic)))
        self.assertEqual(caught.exception.issues[0].field[:5], "scope")
        self.assertTrue((caught.exception.request_id or "").startswith("req_"))
        partner = self.partner()
        self.run_(partner.token(connection(self.clinic)))
        with self.assertRaises(errors.OrganizationSecretError):
            self.run_(partner.validate(kit.Connection(self.clinic.id, "wrong", self.clinic.user_id)))
        with self.assertRaises(errors.InsufficientScopeError):
            self.run_(self.partner(scope=["read:users"]).validate(connection(self.clinic)))

    def test_lost_answers_are_asked_for_again(self) -> None:
        partner = self.partner()
        self.proxy.lose(0.3, seed=3)
        for _ in range(10):
            partner.drop(self.run_(partner.token(connection(self.clinic))).access_token)
            self.run_(partner.validate(connection(self.clinic)))
        self.assertTrue(any(not call.delivered for call in self.proxy.exchanges))

    def test_a_token_is_verified_under_the_published_keys(self) -> None:
        token = self.run_(self.partner().token(connection(self.clinic))).access_token
        keys = self.client(self.PartnerVerifier)
        claims = self.run_(keys.verify(token, organization_id=self.clinic.id, scope="create:patient"))
        self.assertEqual((claims.organization_id, claims.user_id), (self.clinic.id, self.clinic.user_id))
        self.assertEqual((claims.partner_id, claims.scope), ("demo-partner", {"create:patient"}))
        self.run_(keys.verify(token, organization_id=None))
        self.assertEqual(self.proxy.count(JWKS), 1)
        head, body, signature = token.split(".")
        refused: dict[str, tuple[str, dict[str, Any]]] = {
            "another organization": (token, {"organization_id": organization().id}),
            "another scope": (token, {"organization_id": None, "scope": "read:users"}),
            "cut short": (token[:-4], {"organization_id": None}),
            "changed": (f"{head}.{changed(body, user_id='somebody')}.{signature}", {"organization_id": None}),
            "HS256 under the public key": (self.confused(head, body), {"organization_id": None}),
            "none": (f"{changed(head, alg='none')}.{body}.", {"organization_id": None}),
            "no JWT": ("opaque", {"organization_id": None}),
            "empty": ("", {"organization_id": None}),
        }
        for what, (wrong, expected) in refused.items():
            with self.subTest(what), self.assertRaises(errors.TokenNotVerifiedError) as caught:
                self.run_(keys.verify(wrong, **expected))
            self.assertNotIn(wrong or "no text", str(caught.exception))

    def confused(self, head: str, body: str) -> str:
        """The public key as the secret of an HMAC."""
        said = next(call.said for call in self.proxy.exchanges if call.path == JWKS and call.said)
        published = json.loads(said.body)["keys"][0]
        secret = base64.urlsafe_b64decode(published["n"] + "==")
        signed = f"{changed(head, alg='HS256')}.{body}"
        digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    def test_a_rotated_key_is_found_and_an_unknown_one_asked_for_once_a_minute(self) -> None:
        new = rsa.generate_private_key(65537, 2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(new.public_key()))
        token = self.run_(self.partner().token(connection(self.clinic))).access_token
        claims = jwt.decode(token, options={"verify_signature": False})
        of_new_key = jwt.encode(claims, new, "RS256", {"kid": "new"})
        keys = self.client(self.PartnerVerifier)
        self.run_(keys.verify(token, organization_id=self.clinic.id))
        with self.at(30), self.assertRaises(errors.TokenNotVerifiedError):
            self.run_(keys.verify(of_new_key, organization_id=self.clinic.id))
        self.assertEqual(self.proxy.count(JWKS), 1)

        def publish(exchange: Exchange) -> None:
            if exchange.path == JWKS and exchange.said:
                asked.append(exchange.headers.get("if-none-match"))
                if exchange.said.status == 200:
                    content = json.loads(exchange.said.body)
                    unknown = [{"kty": "OKP", "crv": "Ed25519", "kid": "of a later version"}, {"of": "no form"}, 7]
                    content["keys"] += [{**public, "kid": "new", "use": "sig", "alg": "RS256"}, *unknown]
                    exchange.said.body = json.dumps(content).encode()

        asked: list[str | None] = []
        # The API's set didn't change, so the proxy doesn't tell it what the kit knows.
        self.proxy.before = lambda exchange: exchange.headers.pop("if-none-match", None) and None
        self.proxy.after = publish
        with self.at(61):
            self.run_(keys.verify(of_new_key, organization_id=self.clinic.id))
            self.run_(keys.verify(token, organization_id=self.clinic.id))
        self.assertEqual(self.proxy.count(JWKS), 2)
        self.proxy.calm()
        self.proxy.after = lambda exchange: asked.append(exchange.headers.get("if-none-match"))
        with self.at(61 + 301):
            self.run_(keys.verify(token, organization_id=self.clinic.id))
        self.assertEqual(self.proxy.count(JWKS), 3)
        self.assertTrue(asked[-1])
        last = self.proxy.exchanges[-1].said
        assert last
        self.assertEqual(last.status, 304)

    def test_in_an_outage_known_keys_serve_a_quarter_of_an_hour(self) -> None:
        token = self.run_(self.partner().token(connection(self.clinic))).access_token
        keys = self.client(self.PartnerVerifier)
        self.proxy.lose(2.0, seed=1)
        with self.assertRaises(errors.KeysUnavailableError):
            self.run_(keys.verify(token, organization_id=self.clinic.id))
        self.proxy.calm()
        with self.at(61):
            self.run_(keys.verify(token, organization_id=self.clinic.id))
        self.proxy.lose(2.0, seed=1)
        with self.at(61 + 890):
            self.run_(keys.verify(token, organization_id=self.clinic.id))
        with self.at(61 + 951), self.assertRaises(errors.KeysUnavailableError):
            self.run_(keys.verify(token, organization_id=self.clinic.id))

    def at(self, seconds: float) -> Any:
        """So much later, for the verifier's clock alone."""
        later = mock.Mock(wraps=time, monotonic=lambda: time.monotonic() + seconds)
        return mock.patch.object(verifier, "time", later)


def changed(part: str, **members: str) -> str:
    content = {**json.loads(base64.urlsafe_b64decode(part + "==")), **members}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


class BlockingPartner(Blocking, PartnerScenarios):
    def test_threads_share_one_fetch(self) -> None:
        partner = self.partner()
        self.proxy.before = lambda exchange: time.sleep(0.1)
        with ThreadPoolExecutor(20) as pool:
            tokens = set(pool.map(lambda _: partner.token(connection(self.clinic)).access_token, range(20)))
        self.assertEqual((len(tokens), self.proxy.count(TOKEN)), (1, 1))


class AsyncioPartner(Asyncio, PartnerScenarios):
    def test_tasks_share_one_fetch(self) -> None:
        partner = self.partner()

        async def ask() -> list[Any]:
            return await asyncio.gather(*(partner.token(connection(self.clinic)) for _ in range(20)))

        self.assertEqual(len(set(self.loop.run_until_complete(ask()))), 1)
        self.assertEqual(self.proxy.count(TOKEN), 1)


del Scenarios, PartnerScenarios
