"""Sign-in, who it is, sign-out, and each refusal."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from postern_client import errors

from .fault_proxy import Disturbance, Exchange, Lost, Said
from .stack import REFRESH, Asyncio, Blocking, Scenarios, code_for, organization

ME = "/api/v1/users/me"
SEND = "/api/v1/users/auth/send-otp"
VERIFY = "/api/v1/users/auth/verify-otp"
LOGOUT = "/api/v1/users/auth/logout"


def refused(status: int, body: object, **headers: str) -> Said:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Said(status, [("content-type", "application/json"), *named], json.dumps(body).encode())


class PortalScenarios(Scenarios):
    def test_a_patient_signs_in_and_out(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        patient = self.run_(session.me())
        self.assertEqual((patient.user_id, patient.email), (self.organization.user_id, self.organization.email))
        self.assertEqual(patient.role, "patient")
        stored = self.run_(store.load())
        self.run_(session.logout())
        self.assertIsNone(self.run_(store.load()))
        with self.assertRaises(errors.NotSignedInError):
            self.run_(session.access_token())
        self.run_(store.save(stored))
        with self.assertRaises(errors.RefreshReusedError):
            self.run_(session.refresh())
        self.assertIsNone(self.run_(store.load()))

    def test_each_refusal_has_its_class(self) -> None:
        clinic = organization(limits="default")
        portal = self.postern.portal(api_key=clinic.api_key)
        store = self.MemoryStore()
        with self.assertRaises(errors.UnauthorizedError) as caught:
            self.run_(portal.verify_code("000000", store, email=clinic.email))
        self.assertEqual((caught.exception.status, caught.exception.code), (401, "UNAUTHORIZED"))
        self.assertTrue(caught.exception.request_id)
        self.assertFalse(caught.exception.may_have_been_done)
        with self.assertRaises(errors.ValidationError):
            self.run_(portal.verify_code("12345", store, email=clinic.email))
        with self.assertRaises(errors.ValidationError):
            self.run_(portal.send_code(email=clinic.email, end_user_ip="not one address"))
        with self.assertRaises(errors.ConfigurationError):
            self.run_(portal.send_code(email=clinic.email, phone_number="+15551234567"))
        with self.assertRaises(errors.NotFoundError):
            self.run_(self.postern.portal(api_key="no-such-key").send_code(email=clinic.email))
        for _ in range(10):
            self.run_(portal.send_code(email=clinic.email))
        sent = self.proxy.count(SEND)
        with self.assertRaises(errors.RateLimitedError) as limited:
            self.run_(portal.send_code(email=clinic.email))
        self.assertGreater(limited.exception.retry_after_seconds or 0, 0)
        # Until midnight is too long for a call, and for its other tries.
        self.assertEqual(self.proxy.count(SEND), sent + 1)

    def test_a_lost_answer_of_send_is_repeated_with_the_same_key(self) -> None:
        clinic = organization()
        portal = self.postern.portal(api_key=clinic.api_key)
        self.proxy.after = lose_first(SEND)
        self.run_(portal.send_code(email=clinic.email, end_user_ip="203.0.113.7"))
        keys = [call.headers["idempotency-key"] for call in self.proxy.exchanges]
        self.assertEqual(len(keys), 2)
        self.assertEqual(len(set(keys)), 1)
        self.assertEqual(self.proxy.exchanges[0].headers["x-end-user-ip"], "203.0.113.7")
        self.run_(portal.send_code(email=clinic.email))
        self.assertNotEqual(self.proxy.exchanges[2].headers["idempotency-key"], keys[0])

    def test_a_lost_verify_is_sent_once_more_and_says_that_the_code_may_be_used_up(self) -> None:
        clinic = organization()
        portal = self.postern.portal(api_key=clinic.api_key)
        self.run_(portal.send_code(email=clinic.email))
        code = code_for(clinic.email)
        store = self.MemoryStore()
        self.proxy.after = lose_first(VERIFY)
        with self.assertRaises(errors.UnauthorizedError) as caught:
            self.run_(portal.verify_code(code, store, email=clinic.email))
        self.assertTrue(caught.exception.may_have_been_done)
        self.assertEqual(self.proxy.count(VERIFY), 2)
        self.proxy.lose(2.0, seed=1)
        with self.assertRaises(errors.NoAnswerError):
            self.run_(portal.verify_code(code, store, email=clinic.email))
        self.assertEqual(self.proxy.count(VERIFY), 4)
        # Each send is one of the patient's ten of the day.
        with self.assertRaises(errors.NoAnswerError):
            self.run_(portal.send_code(email=clinic.email))
        self.assertEqual(self.proxy.count(SEND), 1 + 2)

    def test_me_refreshes_a_refused_token_once(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        stored = self.run_(store.load())
        self.run_(store.save(replace(stored, access_token="eyJ.not.ours")))
        self.assertEqual(self.run_(session.me()).user_id, self.organization.user_id)
        self.assertEqual((self.proxy.count(ME), self.proxy.count(REFRESH)), (2, 1))
        self.proxy.before = lambda exchange: setattr(exchange, "headers", {**exchange.headers, "authorization": "Bearer x"})
        with self.assertRaises(errors.AccessTokenInvalidError):
            self.run_(session.me())
        self.assertIsNotNone(self.run_(store.load()))

    def test_a_logout_whose_answer_was_lost_is_repeated(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        self.proxy.after = lose_first(LOGOUT)
        self.run_(session.logout())
        self.assertEqual(self.proxy.count(LOGOUT), 2)
        self.assertIsNone(self.run_(store.load()))

    def test_retry_after_is_waited_for(self) -> None:
        session = self.signed_in(self.MemoryStore())
        unavailable = {"status": 503, "success": False, "error": "Service unavailable", "code": "UNAVAILABLE"}
        answers = [
            refused(503, unavailable, retry_after="1"),
            refused(429, {"message": "Too Many Requests"}),
            # A proxy's date, by the clock that the same answer shows.
            refused(502, "<html>", retry_after="Mon, 15 Jan 2024 10:30:01 GMT", date="Mon, 15 Jan 2024 10:30:00 GMT"),
        ]

        def disturbed(exchange: Exchange) -> None:
            if answers:
                exchange.said = answers.pop(0)

        self.proxy.before = disturbed
        begun = time.monotonic()
        self.run_(session.me())
        self.assertGreaterEqual(time.monotonic() - begun, 2)
        self.assertEqual(self.proxy.count(ME), 4)

    def test_a_longer_retry_after_is_the_callers(self) -> None:
        session = self.signed_in(self.MemoryStore())
        unavailable = {"status": 503, "success": False, "error": "Service unavailable", "code": "UNAVAILABLE"}
        self.proxy.before = lambda exchange: setattr(exchange, "said", refused(503, unavailable, retry_after="70"))
        with self.assertRaises(errors.UnavailableError) as caught:
            self.run_(session.me())
        self.assertEqual(caught.exception.retry_after_seconds, 70)
        self.assertEqual(self.proxy.count(ME), 1)

    def test_a_wait_that_is_over_or_unreadable_is_ours(self) -> None:
        session = self.signed_in(self.MemoryStore())
        for wait in ("0", "-1", "1.5", "soon", "", "Mon, 15 Jan 2024 10:30:00 GMT", "Xxx, 99 Jan 2024 10:30:00 GMT"):
            for_me = self.client(first_wait_seconds=0.3, tries=2).portal(api_key=self.organization.api_key)
            answers = [refused(503, {"message": "Service Unavailable"}, retry_after=wait)]
            self.proxy.before = lambda exchange: setattr(exchange, "said", answers.pop() if answers else None)
            begun = time.monotonic()
            self.run_(for_me.session(self.store).me())
            with self.subTest(wait):
                self.assertGreaterEqual(time.monotonic() - begun, 0.3)
        self.proxy.calm()
        self.run_(session.me())

    def test_a_limit_without_its_end_is_the_callers(self) -> None:
        session = self.signed_in(self.MemoryStore())
        limited = {"status": 429, "success": False, "error": "Too many requests", "code": "RATE_LIMITED"}
        self.proxy.before = lambda exchange: setattr(exchange, "said", refused(429, limited))
        with self.assertRaises(errors.RateLimitedError) as caught:
            self.run_(session.me())
        self.assertIsNone(caught.exception.retry_after_seconds)
        self.assertEqual(self.proxy.count(ME), 1)

    def test_a_page_that_says_200_is_no_success(self) -> None:
        store = self.MemoryStore()
        session = self.signed_in(store)
        portal = self.postern.portal(api_key=self.organization.api_key)
        for body in (b"", b"<html>Sign in to the network", b"{}", b"[]"):
            self.proxy.before = lambda exchange: setattr(exchange, "said", Said(200, [], body))
            for call in (lambda: portal.send_code(email="a@example.com"), session.me, session.logout, session.refresh):
                with self.subTest(body), self.assertRaises(errors.NoAnswerError):
                    self.run_(call())
            self.assertIsNotNone(self.run_(store.load()))
        self.proxy.calm()
        self.run_(session.logout())

    def test_a_cut_off_answer_is_asked_for_again_with_the_same_key(self) -> None:
        session = self.signed_in(self.MemoryStore())
        cuts = [b'{"accessToken":"a"}', b'{"accessToken":', b""]

        def cut(exchange: Exchange) -> None:
            if cuts and exchange.said:
                exchange.said.body = cuts.pop()

        self.proxy.after = cut
        self.run_(session.refresh())
        calls = [call for call in self.proxy.exchanges if call.path == REFRESH]
        self.assertEqual((len(calls), len({call.headers["idempotency-key"] for call in calls})), (4, 1))
        self.run_(session.refresh())

    def test_an_answer_that_never_ends_is_none(self) -> None:
        self.signed_in(self.MemoryStore())
        quick = self.client(timeout_seconds=0.5, tries=1).portal(api_key=self.organization.api_key)
        self.proxy.before = lambda exchange: setattr(exchange, "said", Said(200, [], b" " * 2_000_000))
        with self.assertRaises(errors.NoAnswerError) as caught:
            self.run_(quick.session(self.store).me())
        self.assertIn("1 MiB", str(caught.exception))
        self.proxy.trickle = True
        begun = time.monotonic()
        with self.assertRaises(errors.NoAnswerError) as caught:
            self.run_(quick.session(self.store).me())
        self.assertLess(time.monotonic() - begun, 2)
        self.assertIn("the time was over", str(caught.exception))

    def test_a_server_error_is_tried_again_once_and_the_gateways_as_often_as_a_lost_one(self) -> None:
        session = self.signed_in(self.MemoryStore())
        internal = {"status": 500, "success": False, "error": "Internal server error", "code": "INTERNAL_ERROR"}
        self.proxy.before = lambda exchange: setattr(exchange, "said", refused(500, internal))
        with self.assertRaises(errors.InternalError):
            self.run_(session.me())
        self.assertEqual(self.proxy.count(ME), 2)
        self.proxy.before = lambda exchange: setattr(exchange, "said", refused(503, {"message": "Service Unavailable"}))
        with self.assertRaises(errors.GatewayError):
            self.run_(session.me())
        self.assertEqual(self.proxy.count(ME), 2 + 5)


def lose_first(path: str) -> Disturbance:
    left = [path]

    def lost(exchange: Exchange) -> None:
        if exchange.path in left:
            left.clear()
            raise Lost

    return lost


class BlockingPortal(Blocking, PortalScenarios):
    pass


class AsyncioPortal(Asyncio, PortalScenarios):
    pass


del Scenarios, PortalScenarios
