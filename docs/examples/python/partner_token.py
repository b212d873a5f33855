"""Verifies partners' tokens by the published keys.

Python 3.10 or later, with PyJWT 2.15 (pip install "PyJWT[crypto]").
Try it: echo "ORGANIZATION_ID TOKEN" | python3 partner_token.py
"""

import os
import sys

import jwt

KEYS = jwt.PyJWKClient(
    os.environ["POSTERN_API"] + "/.well-known/jwks.json",
    lifespan=300,  # looks again after five minutes
    cooldown_duration=float(os.environ.get("JWKS_COOLDOWN", 60)),  # for an unknown key, once a minute at most
    timeout=10,
)


def verify(token, organization):
    """Returns the user in whose name the partner acts."""
    key = KEYS.get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        issuer="postern",
        leeway=60,
        options={"require": ["exp", "iss", "organization_id", "user_id", "scope"]},
    )
    # There is no audience: the organization says for whom the token is.
    if claims["organization_id"] != organization:
        raise jwt.InvalidTokenError("another organization's")
    if not isinstance(claims["scope"], list) or "create:patient" not in claims["scope"]:
        raise jwt.InvalidTokenError("no scope")
    return claims["user_id"]


for line in sys.stdin:
    organization, _, token = line.strip().partition(" ")
    try:
        print("ok", verify(token, organization), flush=True)
    except jwt.PyJWKClientConnectionError:
        raise  # says nothing of the token: answer 503
    except jwt.PyJWTError as refusal:
        print("refused", type(refusal).__name__, flush=True)
