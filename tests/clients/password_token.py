"""Judges the token of a password login by a JWT library that shares nothing with ours.

Run beside a stack: `make test-clients`.
"""

import base64
import json
import os
import urllib.request

import jwt

REQUIRED = ["aud", "exp", "iat", "iss", "jti", "organization", "sub"]


def post(url, body, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def log_in():
    answer = post(
        os.environ["POSTERN_API"] + "/patient/auth",
        {"username": "demo", "password": "demo-password-1"},
        content_type="application/json",
        organization="11111111-1111-4111-8111-111111111111",
    )
    return answer["token"]


def signing_keys():
    """By name, as somebody with access to Secrets Manager would read them."""
    answer = post(
        os.environ["AWS_ENDPOINT_URL_SECRETS_MANAGER"],
        {"SecretId": os.environ["PASSWORD_ACCESS_SECRET"]},
        content_type="application/x-amz-json-1.1",
        x_amz_target="secretsmanager.GetSecretValue",
        # The local stack looks at whose key it is, not at the signature.
        authorization=f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/",
    )
    secret = json.loads(answer["SecretString"])
    ring = [secret.get("current", secret), *secret.get("previous", [])]
    return {key["kid"]: base64.urlsafe_b64decode(key["key"] + "==") for key in ring}


def verify(token, key, audience="patient", issuer="postern"):
    options = {"require": REQUIRED}
    return jwt.decode(token, key, ["HS512"], options, audience=audience, issuer=issuer)


def refused(what, *arguments, **expected):
    try:
        verify(*arguments, **expected)
    except jwt.InvalidTokenError as error:
        print(f"refused: {what} ({type(error).__name__})")
    else:
        raise SystemExit(f"PyJWT accepts {what}")


def tampered(token):
    """The same token for another user, with the signature of the old one."""
    header, claims, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    claims["sub"] = "00000000-0000-4000-8000-000000000000"
    claims = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{claims}.{signature}"


token = log_in()
header = jwt.get_unverified_header(token)
key = signing_keys()[header["kid"]]
claims = verify(token, key)
if sorted(claims) != REQUIRED or claims["exp"] - claims["iat"] != 3600:
    raise SystemExit(f"unexpected claims: {claims}")
print(f"PyJWT {jwt.__version__} verifies the token: {header}, {sorted(claims)}")
refused("a tampered token", tampered(token), key)
refused("a token cut short", token[:-2], key)
refused("another key", token, bytes(len(key)))
refused("another API", token, key, audience="crm")
refused("another issuer", token, key, issuer="ada-backend")
