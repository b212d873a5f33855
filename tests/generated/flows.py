"""The four flows and the refusals that a partner meets, with the client of openapi-python-client."""

import os
import re
import sys
import time
import urllib.request
import uuid

sys.path.insert(0, ".local/generated")
from postern_client import AuthenticatedClient, Client, models
from postern_client.api.partner import get_partner_keys, issue_partner_token, validate_partner_token
from postern_client.api.password import get_password_account, log_in_password_user, log_out_password_user
from postern_client.api.portal import end_portal_session, get_portal_user, refresh_portal_session, send_portal_otp, verify_portal_otp
from postern_client.api.sso import get_sso_user, get_sso_user_by_post, sign_in_sso_user, sign_out_sso_user

API, CONSOLE = os.environ["POSTERN_API"], os.environ["POSTERN_CONSOLE"]
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
EMAIL = "patient@example.com"


def client(token=None, **headers):
    if token is None:
        return Client(base_url=API, headers=headers)
    return AuthenticatedClient(base_url=API, headers=headers, token=token)


def refused(response, kind, status, **fields):
    """The refusal, once its type, its status and some of its fields are as expected."""
    refusal = response.parsed
    assert (type(refusal), response.status_code) == (kind, status), response
    assert {name: getattr(refusal, name) for name in fields} == fields, refusal
    return refusal


def inbox(method="GET"):
    with urllib.request.urlopen(urllib.request.Request(f"{CONSOLE}/messages", method=method)) as answer:
        return answer.read().decode()


def code():
    """The code of the newest mail, from the local stack's inbox."""
    for _ in range(100):
        if found := re.search(r"\b[0-9]{6}\b", inbox()):
            return found[0]
        time.sleep(0.1)
    raise AssertionError("no code was sent")


def of_the_portal():
    portal = client(**{"cv-api-key": "demo-portal-key"})
    by_mail = models.PortalSendOtpByMail(email=EMAIL, channel=models.PortalSendOtpByMailChannel.EMAIL)
    inbox("DELETE")
    assert send_portal_otp.sync(client=portal, body=by_mail, idempotency_key=str(uuid.uuid4())).success
    first = verify_portal_otp.sync(client=portal, body=models.PortalVerifyOtpByMail(email=EMAIL, code=code()))
    me = get_portal_user.sync(client=client(first.access_token, **{"cv-api-key": "demo-portal-key"}))
    assert me.data.email == EMAIL

    def rotate(token, key):
        body = models.PortalPresentedToken(refresh_token=token)
        return refresh_portal_session.sync_detailed(client=portal, body=body, idempotency_key=key)

    key = str(uuid.uuid4())
    second = rotate(first.refresh_token, key).parsed
    assert rotate(first.refresh_token, key).parsed.refresh_token == second.refresh_token, "a lost answer is made good"
    presented = models.PortalPresentedToken(refresh_token=second.refresh_token)
    assert end_portal_session.sync(client=portal, body=presented).success

    kind = models.PortalRefusal
    refused(rotate(second.refresh_token, str(uuid.uuid4())), kind, 401, code="REFRESH_REUSED", success=False)
    refused(rotate("x" * 43, str(uuid.uuid4())), kind, 401, code="REFRESH_INVALID")
    nobody = models.PortalVerifyOtpByMail(email="nobody@example.com", code="000000")
    refused(verify_portal_otp.sync_detailed(client=portal, body=nobody), kind, 401, code="UNAUTHORIZED")
    malformed = models.PortalSendOtpBySms("5551234567", models.PortalSendOtpBySmsChannel.SMS)
    refused(send_portal_otp.sync_detailed(client=portal, body=malformed), kind, 400, code="VALIDATION_ERROR")
    stranger = client(**{"cv-api-key": "unknown"})
    refused(send_portal_otp.sync_detailed(client=stranger, body=by_mail), kind, 404, code="NOT_FOUND")
    forged = client("forged", **{"cv-api-key": "demo-portal-key"})
    refused(get_portal_user.sync_detailed(client=forged), kind, 401, code="VALIDATION_ERROR")


def of_a_partner():
    headers = {
        "x_partner_id": "demo-partner",
        "x_partner_secret": "demo-partner-secret",
        "x_organization_id": ORGANIZATION,
        "x_organization_secret": "demo-organization-secret",
        "x_user_id": "33333333-3333-4333-8333-333333333333",
    }
    client_credentials = models.PartnerGrantGrantType.CLIENT_CREDENTIALS
    grant = models.PartnerGrant(client_credentials, [models.PartnerScope.CREATEPATIENT])
    issued = issue_partner_token.sync(client=client(), body=grant, **headers)
    assert issued.data.scope == ["create:patient"]
    partner = client(issued.data.access_token)

    def validate(secret):
        return validate_partner_token.sync_detailed(ORGANIZATION, client=partner, x_organization_secret=secret)

    assert validate(headers["x_organization_secret"]).parsed.data.validated
    keys = get_partner_keys.sync_detailed(client=client())
    assert {key.kty for key in keys.parsed.keys} == {"RSA"}
    assert get_partner_keys.sync_detailed(client=client(), if_none_match=keys.headers["etag"]).status_code == 304

    kind = models.PartnerRefusal
    assert "secret" in refused(validate("wrong"), kind, 401, success=False).error.detail
    wrong = issue_partner_token.sync_detailed(client=client(), body=grant, **headers | {"x_partner_secret": "wrong"})
    refused(wrong, kind, 401, status_code=401)
    empty = issue_partner_token.sync_detailed(client=client(), body=models.PartnerGrant(client_credentials, []), **headers)
    assert refused(empty, kind, 422).error.validation[0].code == "VALIDATION_ERROR"


def of_a_password():
    right = models.PasswordCredentials(username="demo", password="demo-password-1")
    where = {"api": "patient", "organization": ORGANIZATION}
    token = log_in_password_user.sync(client=client(), body=right, **where).token
    assert get_password_account.sync(client=client(token), **where).username == "demo"
    assert log_out_password_user.sync_detailed(client=client(token), **where).status_code == 204

    kind = models.PasswordRefusal
    wrong = models.PasswordCredentials(username="demo", password="wrong")
    refused(log_in_password_user.sync_detailed(client=client(), body=wrong, **where), kind, 401, message="Invalid credentials")
    elsewhere = log_in_password_user.sync_detailed(client=client(), body=right, **where | {"api": "unknown"})
    refused(elsewhere, kind, 404, status_code=404)


def of_an_exchange():
    who = {"client_id": "18550"}
    sso, stranger = client(**{"X-Auth-Token": "demo-client-token"}), client(**{"X-Auth-Token": "wrong"})
    login = models.SsoLogin(email="xyz@example.com", password="demo-password-1")
    token = sign_in_sso_user.sync(client=sso, body=login, **who).access_token
    user = get_sso_user.sync(token, client=sso, **who)
    assert isinstance(user, models.SsoUserInfo) and user.email == login.email and user.is_active is True
    assert get_sso_user_by_post.sync(token, client=sso, **who).id == user.id
    assert sign_out_sso_user.sync(token, client=sso, body=login, **who).error is False

    # A 404 may be the gateway's, so its type is of both.
    both = models.SsoOrGatewayRefusal
    refused(get_sso_user.sync_detailed(token, client=sso, **who), both, 404, code=401)
    refused(sign_in_sso_user.sync_detailed(client=stranger, body=login, **who), models.SsoRefusal, 401, code=401)
    wrong = models.SsoLogin(email=login.email, password="wrong")
    refused(sign_in_sso_user.sync_detailed(client=sso, body=wrong, **who), both, 404, code=401)


for flow in (of_the_portal, of_a_partner, of_a_password, of_an_exchange):
    flow()
print("ok: four flows and 14 refusals with openapi-python-client's client")
