"""Password login, and the identity provider."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from postern_client import errors

from .fault_proxy import Disturbance, Exchange, Lost
from .stack import PASSWORD, Asyncio, Blocking, Scenarios, organization

SIGNOUT = "/api/1.0/sso/signout/"
EMAIL = "xyz@example.com"


def lost_answers(times: int, path: str) -> Disturbance:
    left = [Lost] * times

    def lose(exchange: Exchange) -> None:
        if left and exchange.path.startswith(path):
            raise left.pop()

    return lose


class LoginScenarios(Scenarios):
    def test_a_user_logs_in_with_a_password(self) -> None:
        clinic = organization(limits="default")
        password = self.postern.password(organization_id=clinic.id)
        begun = time.time()
        login = self.run_(password.login(clinic.username, PASSWORD))
        self.assertLess(abs(login.expires_at.timestamp() - begun - 3600), 5)
        self.assertNotIn(login.token, repr(login))
        account = self.run_(password.account(login.token))
        self.assertEqual((account.id, account.username), (clinic.user_id, clinic.username))
        self.run_(password.logout(login.token))
        with self.assertRaises(errors.PasswordTokenInvalidError):
            self.run_(self.postern.password(organization_id=organization().id).account(login.token))
        with self.assertRaises(errors.CredentialsRequiredError):
            self.run_(password.login("", PASSWORD))
        with self.assertRaises(errors.ApiNotFoundError):
            self.run_(self.postern.password(organization_id=clinic.id, api="no-such-api").login(clinic.username, PASSWORD))
        for _ in range(10):
            with self.assertRaises(errors.InvalidCredentialsError):
                self.run_(password.login(clinic.username, "wrong"))
        with self.assertRaises(errors.RateLimitedError) as caught:
            self.run_(password.login(clinic.username, PASSWORD))
        self.assertGreater(caught.exception.retry_after_seconds or 0, 0)

    def test_a_login_whose_answer_was_lost_is_repeated_twice_at_most(self) -> None:
        clinic = organization()
        password = self.postern.password(organization_id=clinic.id)
        self.proxy.after = lost_answers(2, "/patient/auth")
        self.run_(password.login(clinic.username, PASSWORD))
        self.proxy.after = lost_answers(3, "/patient/auth")
        with self.assertRaises(errors.NoAnswerError):
            self.run_(password.login(clinic.username, PASSWORD))

    def test_one_users_cookie_goes_along_with_no_call(self) -> None:
        def insecure(exchange: Exchange) -> None:
            # A client without TLS would keep a secure cookie to itself anyway.
            assert exchange.said
            exchange.said.headers = [(name, value.replace("; Secure", "")) for name, value in exchange.said.headers]

        self.proxy.after = insecure
        password = self.postern.password(organization_id="11111111-1111-4111-8111-111111111111")
        login = self.run_(password.login("demo", PASSWORD))
        first = self.proxy.exchanges[0].said
        assert first
        self.assertIn("set-cookie", [name.lower() for name, _ in first.headers])
        self.run_(password.account(login.token))
        self.assertFalse(any("cookie" in map(str.lower, call.headers) for call in self.proxy.exchanges))

    def test_a_system_signs_a_user_in_and_out(self) -> None:
        sso = self.postern.sso(client_id="18550", client_token="demo-client-token")
        token = self.run_(sso.sign_in(EMAIL, PASSWORD)).access_token
        info = self.run_(sso.identify(token, client_id="6", from_email=EMAIL))
        self.assertEqual((info.id, info.email, info.is_active, info.access_token), (6, EMAIL, True, token))
        self.assertEqual(info.profiles[0].type, "provider")
        self.assertIn("MCI Admin", info.groups)
        for client_id, sender in (("7", EMAIL), ("6", "XYZ@example.com")):
            with self.assertRaises(errors.CallerMismatchError):
                self.run_(sso.identify(token, client_id=client_id, from_email=sender))
        with self.assertRaises(errors.NotAuthenticatedError):
            self.run_(sso.sign_out(token, EMAIL, "wrong"))
        self.run_(sso.sign_out(token, EMAIL, PASSWORD))
        for refused in (token, "A" * 42, "no/such?token", "..", ""):
            with self.assertRaises(errors.NotAuthenticatedError):
                self.run_(sso.user(refused))
        with self.assertRaises(errors.ClientRefusedError):
            self.run_(self.postern.sso(client_id="18550", client_token="wrong").sign_in(EMAIL, PASSWORD))

    def test_a_signout_whose_answer_was_lost_is_done(self) -> None:
        sso = self.postern.sso(client_id="18550", client_token="demo-client-token")
        token = self.run_(sso.sign_in(EMAIL, PASSWORD)).access_token
        self.proxy.after = lost_answers(1, SIGNOUT)
        self.run_(sso.sign_out(token, EMAIL, PASSWORD))
        with self.assertRaises(errors.NotAuthenticatedError):
            self.run_(sso.user(token))

    def test_a_signout_with_a_wrong_password_is_not_done_though_an_answer_was_lost(self) -> None:
        sso = self.postern.sso(client_id="18550", client_token="demo-client-token")
        token = self.run_(sso.sign_in(EMAIL, PASSWORD)).access_token
        self.proxy.after = lost_answers(1, SIGNOUT)
        with self.assertRaises(errors.NotAuthenticatedError):
            self.run_(sso.sign_out(token, EMAIL, "wrong"))
        self.run_(sso.sign_out(token, EMAIL, PASSWORD))


class BlockingLogin(Blocking, LoginScenarios):
    def test_logins_of_one_user_run_one_after_the_other(self) -> None:
        clinic = organization(limits="default")
        password = self.postern.password(organization_id=clinic.id)
        sso = self.postern.sso(client_id="18550", client_token="demo-client-token")
        watch = Watch()
        self.proxy.before, self.proxy.after = watch.begins, watch.ends
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: password.login(name, PASSWORD), [clinic.username, clinic.username.upper()] * 2))
            list(pool.map(lambda _: sso.sign_in(EMAIL, PASSWORD), range(3)))
        self.assertEqual(watch.most, 1)


class AsyncioLogin(Asyncio, LoginScenarios):
    def test_logins_of_one_user_run_one_after_the_other(self) -> None:
        clinic = organization(limits="default")
        password = self.postern.password(organization_id=clinic.id)
        watch = Watch()
        self.proxy.before, self.proxy.after = watch.begins, watch.ends

        async def all_at_once() -> None:
            names = [clinic.username, clinic.username.upper()] * 2
            first, *others = [asyncio.create_task(password.login(name, PASSWORD)) for name in names]
            await asyncio.sleep(0)
            # One that is cancelled while it waits keeps nobody from its turn.
            others.pop().cancel()
            await asyncio.gather(first, *others)

        self.loop.run_until_complete(all_at_once())
        self.assertEqual(watch.most, 1)


class Watch:
    """How many calls were running at once."""

    def __init__(self) -> None:
        self.most = self.running = 0
        self._lock = threading.Lock()

    def begins(self, _: Exchange) -> None:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)

    def ends(self, _: Exchange) -> None:
        with self._lock:
            self.running -= 1


del Scenarios, LoginScenarios
