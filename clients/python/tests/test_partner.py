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
from postern_client import partner as partner_module

from .fault_proxy import Exchange, Said
from .stack import Asyncio, Blocking, Organization, Scenarios, organization

TOKEN = "/v1/token"
JWKS = "/.well-known/jwks.json"


def connection(clinic: Organization, *scope: str) -> kit.Connection:
    return kit.Connection(clinic.id, clinic.secret, clinic.user_id, scope or ("create:patient",))


class PartnerScenarios(Scenarios):
    def setUp(self) -> None:
        super().setUp()
        self.clinic = organization()

    def partner(self, secret: str = "demo-partner-secret") -> Any:
        return self.postern.partner(partner_id="demo-partner", partner_secret=secret)

    def test_a_token_is_fetched_once_and_validated(self) -> None:
        partner = self.partner()
        announced = self.run_(partner.token(connection(self.clinic, "create:patient", "read:patient")))
        # One is only announced, and not granted.
        self.assertEqual(announced.scope, ["create:patient"])
        self.proxy.exchanges.clear()
        token = self.run_(partner.token(connection(self.clinic)))
        self.assertNotIn(token.access_token, repr(token))
        self.assertLess(abs(token.expires_at.timestamp() - time.time() - 21_600), 60)
        self.run_(partner.validate(connection(self.clinic)))
        self.assertEqual(self.run_(partner.token(connection(self.clinic))), token)
        self.assertEqual(self.proxy.count(TOKEN), 1)
        partner.drop(token.access_token)
        self.assertNotEqual(self.run_(partner.token(connection(self.clinic))).access_token, token.access_token)
        other = organization()
        self.run_(partner.token(connection(other)))
        self.assertEqual(self.proxy.count(TOKEN), 3)

    def test_a_token_is_used_until_a_minute_before_its_end(self) -> None:
        partner = self.partner()
        first = self.run_(partner.token(connection(self.clinic)))
        with self.at(21_600 - 70, partner_module):
            self.assertEqual(self.run_(partner.token(connection(self.clinic))), first)
        with self.at(21_600 - 55, partner_module):
            self.assertNotEqual(self.run_(partner.token(connection(self.clinic))), first)
        self.assertEqual(self.proxy.count(TOKEN), 2)

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
            self.run_(self.partner().token(connection(self.clinic, "no:such")))
        self.assertEqual(caught.exception.issues[0].field[:5], "scope")
        self.assertTrue((caught.exception.request_id or "").startswith("req_"))
        partner = self.partner()
        self.run_(partner.token(connection(self.clinic)))
        with self.assertRaises(errors.OrganizationSecretError):
            self.run_(partner.validate(kit.Connection(self.clinic.id, "wrong", self.clinic.user_id)))
        with self.assertRaises(errors.InsufficientScopeError):
            self.run_(self.partner().validate(connection(self.clinic, "read:users")))

    def test_lost_answers_are_asked_for_again(self) -> None:
        partner = self.partner()
        self.proxy.lose(0.3, seed=3)
        for _ in range(10):
            partner.drop(self.run_(partner.token(connection(self.clinic))).access_token)
            self.run_(partner.validate(connection(self.clinic)))
        self.assertTrue(any(not call.delivered for call in self.proxy.exchanges))

    def test_a_token_is_verified_under_the_published_keys(self) -> None:
        token = self.run_(self.partner().token(connection(self.clinic))).access_token
        keys = self.client().token_verifier()
        claims = self.run_(keys.verify(token, organization_id=self.clinic.id, scope=["create:patient"]))
        self.assertEqual((claims.organization_id, claims.user_id), (self.clinic.id, self.clinic.user_id))
        self.assertEqual((claims.partner_id, claims.scope), ("demo-partner", ["create:patient"]))
        self.run_(keys.verify(token, organization_id=None))
        self.assertEqual(self.proxy.count(JWKS), 1)
        head, body, signature = token.split(".")
        refused: dict[str, tuple[str, dict[str, Any]]] = {
            "another organization": (token, {"organization_id": organization().id}),
            "another scope": (token, {"organization_id": None, "scope": ["read:users"]}),
            "cut short": (token[:-4], {"organization_id": None}),
            "changed": (f"{head}.{changed(body, user_id='somebody')}.{signature}", {"organization_id": None}),
            "HS256 under the public key": (self.confused(head, body), {"organization_id": None}),
            "none": (f"{changed(head, alg='none')}.{body}.", {"organization_id": None}),
            "a header that is nested deeply": (f"{encoded(b'[' * 100_000)}.{body}.{signature}", {"organization_id": None}),
            "a header that isn't UTF-8": (f"{encoded(bytes([255]))}.{body}.{signature}", {"organization_id": None}),
            "half of a surrogate": ("\ud800.a.b", {"organization_id": None}),
            "no JWT": ("opaque", {"organization_id": None}),
            "empty": ("", {"organization_id": None}),
        }
        for what, (wrong, expected) in refused.items():
            with self.subTest(what), self.assertRaises(errors.TokenNotVerifiedError) as caught:
                self.run_(keys.verify(wrong, **expected))
            self.assertNotIn(wrong or "no text", str(caught.exception))

    def test_under_a_published_key_only_our_form_counts(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        self.publish([{**jwk, "kid": "k", "use": "sig"}])
        now = int(time.time())
        good = {"iss": "postern", "sub": "u", "jti": "j", "iat": now, "exp": now + 3600, "scope": ["a", "b"]}
        good |= {"organization_id": "O", "partner_id": "p", "user_id": "u"}
        keys = self.client().token_verifier()

        def verify(claims: dict[str, Any], algorithm: str = "RS256") -> Any:
            return self.run_(keys.verify(jwt.encode(claims, key, algorithm, {"kid": "k"}), organization_id="o"))

        self.assertEqual(verify(good).scope, ["a", "b"])
        self.assertEqual((verify(good).token_id, int(verify(good).expires_at.timestamp())), ("j", now + 3600))
        verify({**good, "exp": now - 50, "later": 1})
        refused: list[dict[str, Any]] = [{name: good[name] for name in good if name != lacking} for lacking in good]
        refused += [{**good, "iss": "another"}, {**good, "exp": now - 70}, {**good, "nbf": now + 90}, {**good, "scope": "a b"}]
        refused += [{**good, "exp": "tomorrow"}, {**good, "exp": 1e300}, {**good, "user_id": 7}, {**good, "scope": None}]
        for claims in refused:
            with self.subTest(claims), self.assertRaises(errors.TokenNotVerifiedError):
                verify(claims)
        with self.assertRaises(errors.TokenNotVerifiedError):
            verify(good, "PS256")
        with self.assertRaises(errors.ConfigurationError):
            self.run_(keys.verify(jwt.encode(good, key, "RS256", {"kid": "k"}), organization_id="o", scope="a"))
        self.assertEqual(self.proxy.count(JWKS), 1)

    def publish(self, keys: list[Any]) -> None:
        def instead(exchange: Exchange) -> None:
            if exchange.path == JWKS:
                exchange.said = Said(200, [], json.dumps({"keys": keys}).encode())

        self.proxy.before = instead

    def test_a_set_that_is_no_set_is_an_outage(self) -> None:
        token = self.run_(self.partner().token(connection(self.clinic))).access_token
        for body in (b"", b"<html>", b"[]", b'{"keys":7}', b'{"keys":[' + b"7," * 600_000 + b"7]}"):
            self.proxy.before = lambda exchange: setattr(exchange, "said", Said(200, [], body))
            with self.subTest(body[:9]), self.assertRaises(errors.KeysUnavailableError):
                self.run_(self.client().token_verifier().verify(token, organization_id=None))

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
        keys = self.client().token_verifier()
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
        keys = self.client().token_verifier()
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

    def at(self, seconds: float, module: Any = verifier) -> Any:
        """So much later, for the clock of one module alone."""
        later = mock.Mock(wraps=time, monotonic=lambda: time.monotonic() + seconds)
        return mock.patch.object(module, "time", later)


def changed(part: str, **members: str) -> str:
    return encoded(json.dumps({**json.loads(base64.urlsafe_b64decode(part + "==")), **members}).encode())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


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

        self.assertEqual(len({token.access_token for token in self.loop.run_until_complete(ask())}), 1)
        self.assertEqual(self.proxy.count(TOKEN), 1)


del Scenarios, PartnerScenarios
