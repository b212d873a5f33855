"""What moves the metrics of each alarm, as far as the local stack can reach it."""

import json
import os
import re

from api import CONSOLE, ORGANIZATION, PATIENT, call, code_of, expect, field, portal, postern, until

PARTNER = {"x_partner_id": "demo-partner", "x_partner_secret": "demo-partner-secret"}
CONSENT = {"x_organization_id": ORGANIZATION, "x_user_id": "33333333-3333-4333-8333-333333333333"}


def codes():
    """CodeSent, CodeAccepted, CodeRefused, RefreshReused{reuse}; and the other calls of a session, for their costs."""
    code = code_of()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    expect(401, portal("auth/verify-otp", {"email": PATIENT, "code": wrong}))
    tokens = expect(200, portal("auth/verify-otp", {"email": PATIENT, "code": code}))
    refresh = {"refresh_token": field(tokens, "refreshToken")}
    tokens = expect(200, portal("auth/refresh-token", refresh))
    bearer = f"Bearer {field(tokens, 'accessToken')}"
    expect(200, portal("me", method="GET", authorization=bearer))
    expect(401, portal("auth/refresh-token", refresh))
    expect(200, portal("auth/logout", {"refresh_token": field(tokens, "refreshToken")}))


def sms():
    """CodeSent{SMS}, CodeAccepted{SMS}, and SmsCapReached of an organization whose cap is one."""
    postern("organization", "create", "--id", "one-sms", "--name", "One SMS", "--sms-per-day", "1")
    postern("user", "create", "--organization", "one-sms", "--phone", "+15557654321")
    postern("user", "create", "--organization", "one-sms", "--phone", "+15557654322")
    key = postern("api-key", "create", "--organization", "one-sms")
    call("DELETE", "/messages", base=CONSOLE)
    expect(200, portal("auth/send-otp", {"phoneNumber": "+15557654321", "channel": "SMS"}, key))
    texts = lambda: " ".join(it["text"] for it in json.loads(call("GET", "/messages", base=CONSOLE)[1]))
    sent = until("the SMS", lambda: re.search(r"(?<!\d)\d{6}(?!\d)", texts()))
    expect(200, portal("auth/verify-otp", {"phoneNumber": "+15557654321", "code": sent[0]}, key))
    expect(200, portal("auth/send-otp", {"phoneNumber": "+15557654322", "channel": "SMS"}, key))


def undeliverable():
    """CodeUndeliverable: SES refuses the recipient."""
    postern("user", "create", "--organization", ORGANIZATION, "--email", "jo@rejected.example")
    expect(200, portal("auth/send-otp", {"email": "jo@rejected.example", "channel": "EMAIL"}))


def passwords():
    """PasswordAccepted, PasswordRefused."""
    login = {"username": "demo", "password": "demo-password-1"}
    expect(200, call("POST", "/patient/auth", login, organization=ORGANIZATION))
    expect(401, call("POST", "/patient/auth", login | {"password": "wrong"}, organization=ORGANIZATION))


def partners():
    """SecretRefused, TokenRefused."""
    ask = {"grantType": "client_credentials", "scope": ["create:patient"]}
    expect(401, call("POST", "/v1/token", ask, **PARTNER, **CONSENT, x_organization_secret="wrong"))
    path = f"/v1/organizations/{ORGANIZATION}/validate"
    secret = {"x_organization_secret": "demo-organization-secret"}
    expect(401, call("GET", path, authorization="Bearer e30.e30.e30", **secret))


def clients():
    """ClientRefused."""
    form = "email=xyz%40example.com&password=demo-password-1"
    expect(401, call("POST", "/api/1.0/sso/signin", form, client_id="18550", X_Auth_Token="wrong"))


def audit():
    """AuditUnknownAuthor: a change by hand. AuditSealed: an hour is over, for which the clock is moved."""
    by_hand("DYNAMODB", "DynamoDB_20120810.UpdateItem", {
        "TableName": os.environ["ORGANIZATIONS_TABLE"],
        "Key": {"pk": {"S": f"ORG#{ORGANIZATION}"}},
        "UpdateExpression": "SET byHand = :yes",
        "ExpressionAttributeValues": {":yes": {"BOOL": True}},
    })
    expect(200, call("POST", "/clock", {"advance": "3h"}, base=CONSOLE))


def by_hand(service, target, body):
    """A call of AWS. The local stack looks at whose key it is, not at the signature."""
    signature = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/"
    endpoint = os.environ[f"AWS_ENDPOINT_URL_{service}"]
    expect(200, call("POST", "/", body, base=endpoint, X_Amz_Target=target, authorization=signature))


def server_errors():
    """ServerError: a key ring that can't be read."""
    body = {"SecretId": os.environ["PASSWORD_ACCESS_SECRET"], "SecretString": "no ring", "ClientRequestToken": "a" * 32}
    by_hand("SECRETS_MANAGER", "secretsmanager.PutSecretValue", body)
    token = "Bearer " + "e30." * 2 + "e30"
    status, _ = call("GET", "/patient/users/account", organization=ORGANIZATION, authorization=token)
    assert status >= 500, status


# The last two break what passwords need, and move the time.
ALL = (codes, sms, undeliverable, passwords, partners, clients, server_errors, audit)
