"""The client of openapi-generator's python decodes every answer with unknown fields and words."""

import json
import os
import re
import sys

sys.path.insert(0, ".local/generated/python")
import openapi_client as postern
from openapi_client import exceptions

BY_MAIL = postern.PortalSendOtp(postern.PortalSendOtpByMail(email="a@example.com", channel="EMAIL"))
VERIFY = postern.PortalVerifyOtp(postern.PortalVerifyOtpByMail(email="a@example.com", code="123456"))
PRESENTED = postern.PortalPresentedToken(refresh_token="t")
GRANT = postern.PartnerGrant(grant_type="client_credentials", scope=["create:patient"])
CREDENTIALS = postern.PasswordCredentials(username="u", password="p")
ARGUMENTS = {
    "sendPortalOtp": (BY_MAIL,),
    "verifyPortalOtp": (VERIFY,),
    "refreshPortalSession": (PRESENTED,),
    "endPortalSession": (PRESENTED,),
    "issuePartnerToken": ("p", "s", "s", "o", "u", GRANT),
    "validatePartnerToken": ("o", "s"),
    "logInPasswordUser": ("o", "patient", CREDENTIALS),
    "logInPasswordUserByAlias": ("o", CREDENTIALS),
    "logInPasswordUserBySecondAlias": ("o", CREDENTIALS),
    "getPasswordAccount": ("o", "patient"),
    "logOutPasswordUser": ("o", "patient"),
    "signInSsoUser": ("c", "a@example.com", "p"),
    "signOutSsoUser": ("t", "c", "a@example.com", "p"),
    "getSsoUser": ("t", "c"),
    "getSsoUserByPost": ("t", "c"),
}


def decoded(case, address):
    """What the client makes of the answer: a model, in an exception if it is a refusal."""
    api_client = postern.ApiClient(postern.Configuration(host=address, api_key={"portalApiKey": "k"}, access_token="t", retries=False))
    surface = re.search("Portal|Partner|Password|Sso", case["operation"])[0]
    api = getattr(postern, f"{surface}Api")(api_client)
    method = getattr(api, re.sub("([A-Z])", r"_\1", case["operation"]).lower())
    try:
        return method(*ARGUMENTS.get(case["operation"], ()))
    except exceptions.ApiException as refusal:
        assert refusal.status == case["status"], (case, refusal)
        return refusal.data


def main():
    with open(os.environ["POSTERN_CASES"], encoding="utf-8") as file:
        cases = json.load(file)
    for number, case in enumerate(cases):
        answer = decoded(case, f"{os.environ['POSTERN_ANSWERS']}/{number}")
        if "body" in case:
            model = getattr(answer, "actual_instance", answer)
            sent = json.loads(model.to_json())
            expected = json.loads(json.dumps(case["body"]))
            for body in (sent, expected):
                body.pop("timestamp", None)
            assert sent == expected, (case, sent)
    print(f"ok: openapi-generator's Python client decodes {len(cases)} answers with unknown fields and words")


main()
