"""Judges a partner's token by a JWT library that shares nothing with ours, which finds the key in our
JWK Set as any integrator's would.

Run beside a stack: `make test-clients`.
"""

import base64
import hashlib
import json
import os
import urllib.request

import jwt

API = os.environ["POSTERN_API"]
REQUIRED = ["exp", "iat", "iss", "jti", "organization_id", "partner_id", "scope", "sub", "user_id"]


def get_token():
    headers = {
        "content-type": "application/json",
        "x-partner-id": "demo-partner",
        "x-partner-secret": "demo-partner-secret",
        "x-organization-id": "11111111-1111-4111-8111-111111111111",
        "x-organization-secret": "demo-organization-secret",
        "x-user-id": "33333333-3333-4333-8333-333333333333",
    }
    body = {"grantType": "client_credentials", "scope": ["create:patient"]}
    request = urllib.request.Request(API + "/v1/token", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)["data"]["accessToken"]


def thumbprint(key):
    """RFC 7638."""
    members = {name: key[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def verify(token, key):
    return jwt.decode(token, key, ["RS256"], {"require": REQUIRED}, issuer="postern")


def refused(what, *arguments):
    try:
        verify(*arguments)
    except jwt.InvalidTokenError as error:
        print(f"refused: {what} ({type(error).__name__})")
    else:
        raise SystemExit(f"PyJWT accepts {what}")


def tampered(token):
    """The same token for another user, with the signature of the old one."""
    header, claims, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    claims["user_id"] = "00000000-0000-4000-8000-000000000000"
    claims = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{claims}.{signature}"


token = get_token()
keys = jwt.PyJWKClient(API + "/.well-known/jwks.json")
key = keys.get_signing_key_from_jwt(token)
with urllib.request.urlopen(API + "/.well-known/jwks.json") as response:
    published = {jwk["kid"]: jwk for jwk in json.load(response)["keys"]}
if any(thumbprint(jwk) != kid for kid, jwk in published.items()):
    raise SystemExit("a key is not named by its thumbprint")
if key.key.key_size < 2048:
    raise SystemExit(f"a key of {key.key.key_size} bits")
claims = verify(token, key.key)
if sorted(claims) != REQUIRED or claims["exp"] - claims["iat"] != 21600:
    raise SystemExit(f"unexpected claims: {claims}")
if claims["scope"] != ["create:patient"] or claims["partner_id"] != "demo-partner":
    raise SystemExit(f"unexpected claims: {claims}")
print(f"PyJWT {jwt.__version__} verifies the token by the JWK Set: {jwt.get_unverified_header(token)}")
refused("a tampered token", tampered(token), key.key)
refused("a token cut short", token[:-4], key.key)
