"""Tokens good and bad, judged by an example: the stack's own, and those of an issuer whose keys change."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import uuid

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from network import Issuer, serving
from refresh import API, call, expect

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
USER = "33333333-3333-4333-8333-333333333333"
COOLDOWN = 1
WAIT = COOLDOWN + 1.1
"""Seconds until an unknown key is looked for again, by a clock of whole seconds, too."""
CONDITIONAL = {"csharp", "go", "java", "php"}
"""Ask with If-None-Match. The libraries of the others don't."""


class Signer:
    def __init__(self):
        self.kid = uuid.uuid4().hex
        self._key = rsa.generate_private_key(65537, 2048)

    def published(self):
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": jwk["n"], "e": jwk["e"]}

    def token(self, kid=None, without=(), **changed):
        claims = {name: value for name, value in {**claims_now(), **changed}.items() if name not in without}
        return jwt.encode(claims, self._key, "RS256", {"kid": kid or self.kid})

    def confused(self):
        """Signed with the published key as if it were a shared secret (RFC 8725 §2.1)."""
        secret = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        signed = f"{encoded({'alg': 'HS256', 'kid': self.kid})}.{encoded(claims_now())}"
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"

    def unsigned(self):
        return f"{encoded({'alg': 'none', 'kid': self.kid})}.{encoded(claims_now())}."


def claims_now():
    now = int(time.time())
    return {
        "iss": "postern", "sub": USER, "jti": uuid.uuid4().hex, "iat": now, "exp": now + 21600,
        "organization_id": ORGANIZATION, "partner_id": "demo-partner", "user_id": USER, "scope": ["create:patient"],
    }  # fmt: skip


def encoded(what):
    data = what if isinstance(what, bytes) else json.dumps(what).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def tampered(token):
    """The token, of another user."""
    header, claims, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{header}.{encoded({**claims, 'user_id': str(uuid.uuid4())})}.{signature}"


class Example:
    """A program that judges a token for each line that it is given."""

    def __init__(self, command, address, folder):
        environment = {**os.environ, "POSTERN_API": address, "JWKS_COOLDOWN": str(COOLDOWN)}
        environment["JWKS_CACHE"] = str(folder / f"{uuid.uuid4()}.json")
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def judged(self, token, organization=ORGANIZATION):
        """Empty if the example ended."""
        self._process.stdin.write(f"{organization} {token}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def accepts(self, what, token):
        expect(f"{what} is accepted", (seen := self.judged(token)) == f"ok {USER}", seen or self._complaints())

    def refuses(self, what, token, organization=ORGANIZATION):
        seen = self.judged(token, organization)
        expect(f"{what} is refused", seen.startswith("refused"), seen or self._complaints())

    def fails(self, what, token):
        expect(f"{what}: nothing is said of the token", self.judged(token) == "", "")
        expect(f"{what}: the program says so", self._process.wait(10) != 0, "")

    def _complaints(self):
        return self._process.communicate(timeout=10)[1]


def check(command, folder, language):
    the_stacks(command, folder)
    issuer, old, new = Issuer(), Signer(), Signer()
    issuer.keys = [old.published()]
    with serving(issuer) as address:
        issuer.is_up = False
        with Example(command, address, folder) as example:
            example.fails("keys that can't be fetched", old.token())
        issuer.is_up, issuer.fetches = True, 0
        with Example(command, address, folder) as example:
            claims(example, old, new)
            expect("the keys are fetched once", issuer.fetches == 1, issuer.fetches)
            rotation(example, issuer, old, new, language)


def the_stacks(command, folder):
    status, answer = call(
        "POST", f"{API}/v1/token", {"grantType": "client_credentials", "scope": ["create:patient"]},
        **{"x-partner-id": "demo-partner", "x-partner-secret": "demo-partner-secret", "x-organization-id": ORGANIZATION,
           "x-organization-secret": "demo-organization-secret", "x-user-id": USER},
    )  # fmt: skip
    expect("a token of the stack", status == 200, answer)
    token = answer["data"]["accessToken"]
    with Example(command, API, folder) as example:
        example.accepts("the stack's token", token)
        example.refuses("a token of another user", tampered(token))
        example.refuses("a token for another organization", token, "22222222-2222-4222-8222-222222222222")


def claims(example, signer, other):
    now = int(time.time())
    example.accepts("a good token", signer.token())
    example.accepts("a token of a clock that is ahead", signer.token(iat=now + 30))
    example.accepts("a token that ended within the leeway", signer.token(exp=now - 20))
    example.refuses("an expired token", signer.token(exp=now - 120))
    example.refuses("a token of another issuer", signer.token(iss="somebody"))
    for name in ("iss", "exp", "organization_id", "scope", "user_id"):
        example.refuses(f"a token without {name}", signer.token(without=[name]))
    example.refuses("a token without the scope", signer.token(scope=["read:user"]))
    example.refuses("a token with another form of scope", signer.token(scope="create:patient"))
    example.refuses("a token under a foreign key's name", other.token(kid=signer.kid))
    example.refuses("a token signed with the public key", signer.confused())
    example.refuses("a token without a signature", signer.unsigned())
    example.refuses("a token cut short", signer.token()[:-4])
    example.refuses("a tampered token", tampered(signer.token()))
    for text in ("a.b.c", "a", "..", "{}"):
        example.refuses("what is no token", text)


def rotation(example, issuer, old, new, language):
    began = time.monotonic()
    for _ in range(20):
        example.refuses("a token of an invented key", new.token(kid=uuid.uuid4().hex))
    allowed = 2 + (time.monotonic() - began) / COOLDOWN
    expect("invented keys cause few fetches", issuer.fetches <= allowed, (issuer.fetches, allowed))
    issuer.keys = [new.published(), old.published()]
    time.sleep(WAIT)
    before = issuer.fetches
    example.accepts("a token of the next key", new.token())
    example.accepts("a token of the key before", old.token())
    expect("the next key is found by one fetch", issuer.fetches == before + 1, issuer.fetches)
    time.sleep(WAIT)
    example.refuses("a token of an invented key", new.token(kid="invented"))
    example.accepts("a token, after the keys were the same", new.token())
    if language in CONDITIONAL:
        expect("the tag of the keys is sent along", issuer.unchanged >= 1, issuer.unchanged)
    issuer.keys = [new.published()]
    time.sleep(WAIT)
    example.refuses("a token of an invented key", new.token(kid="invented"))
    example.refuses("a token of a key that was withdrawn", old.token())
    example.accepts("a token of the key that is left", new.token())
