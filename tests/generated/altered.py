"""The client of openapi-python-client decodes every answer with unknown fields and words."""

import importlib
import json
import os
import re
import sys
from datetime import datetime

sys.path.insert(0, ".local/generated")
from postern_client import AuthenticatedClient, models

HEADERS = dict(x_partner_id="p", x_partner_secret="s", x_organization_id="o", x_organization_secret="s", x_user_id="u")
LOGIN = dict(organization="o", body=models.PasswordCredentials(username="u", password="p"))
USER = dict(access_token="t", client_id="c")
SSO_LOGIN = models.SsoLogin(email="a@example.com", password="p")
PRESENTED = dict(body=models.PortalPresentedToken(refresh_token="t"))
BY_MAIL = models.PortalSendOtpByMail(email="a@example.com", channel=models.PortalSendOtpByMailChannel.EMAIL)
GRANT = models.PartnerGrant(models.PartnerGrantGrantType.CLIENT_CREDENTIALS, [models.PartnerScope.CREATEPATIENT])
ARGUMENTS = {
    "sendPortalOtp": dict(body=BY_MAIL),
    "verifyPortalOtp": dict(body=models.PortalVerifyOtpByMail(email="a@example.com", code="123456")),
    "refreshPortalSession": PRESENTED,
    "endPortalSession": PRESENTED,
    "issuePartnerToken": HEADERS | dict(body=GRANT),
    "validatePartnerToken": dict(organization_id="o", x_organization_secret="s"),
    "logInPasswordUser": LOGIN | dict(api="patient"),
    "logInPasswordUserByAlias": LOGIN,
    "logInPasswordUserBySecondAlias": LOGIN,
    "getPasswordAccount": dict(api="patient", organization="o"),
    "logOutPasswordUser": dict(api="patient", organization="o"),
    "signInSsoUser": dict(client_id="c", body=SSO_LOGIN),
    "signOutSsoUser": USER | dict(body=SSO_LOGIN),
    "getSsoUser": USER,
    "getSsoUserByPost": USER,
}


def call(operation):
    """The generated function; the surface is the second word of its name."""
    surface = re.search("Portal|Partner|Password|Sso", operation)[0].lower()
    module = re.sub("([A-Z])", r"_\1", operation).lower()
    return importlib.import_module(f"postern_client.api.{surface}.{module}").sync_detailed


def plain(value):
    """With times in one spelling."""
    if isinstance(value, dict):
        return {name: datetime.fromisoformat(inner) if name == "timestamp" else plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def main():
    with open(os.environ["POSTERN_CASES"], encoding="utf-8") as file:
        cases = json.load(file)
    for number, case in enumerate(cases):
        client = AuthenticatedClient(base_url=f"{os.environ['POSTERN_ANSWERS']}/{number}", token="t")
        response = call(case["operation"])(client=client, **ARGUMENTS.get(case["operation"], {}))
        name = f"{case['operation']} {case['status']}"
        assert response.status_code == case["status"], name
        if "body" in case:
            assert response.parsed is not None, name
            assert plain(response.parsed.to_dict()) == plain(case["body"]), (name, response.parsed, case["body"])
    print(f"ok: openapi-python-client's client decodes {len(cases)} answers with unknown fields and words")


main()
