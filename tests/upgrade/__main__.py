"""Two versions on one set of tables: what one begins, the other goes on with. `python tests/upgrade STACK OLD NEW`:
the local stack, and the folders of the functions of both versions.

The versions take turns, step by step: in AWS, instances of both answer at once, so any call may meet either.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "alarms"))

from api import ORGANIZATION, PATIENT, call, code_of, expect, field, portal
from stack import Stack

PARTNER = {"x_partner_id": "demo-partner", "x_partner_secret": "demo-partner-secret"}
CONSENT = {"x_organization_id": ORGANIZATION, "x_user_id": "33333333-3333-4333-8333-333333333333"}
SECRET = {"x_organization_secret": "demo-organization-secret"}
CLIENT = {"client_id": "18550", "X_Auth_Token": "demo-client-token"}
FORM = "email=xyz%40example.com&password=demo-password-1"


def send(stack, known):
    known["code"] = code_of(base=stack.api, console=stack.console)
    ask = {"grantType": "client_credentials", "scope": ["create:patient"]}
    answer = expect(200, call("POST", "/v1/token", ask, stack.api, **PARTNER, **CONSENT, **SECRET))
    known["partner"] = json.loads(answer)


def verify(stack, known):
    body = {"email": PATIENT, "code": known["code"]}
    known["tokens"] = expect(200, portal("auth/verify-otp", body, base=stack.api))
    token = next(value for value in texts(known["partner"]) if value.startswith("eyJ"))
    path = f"/v1/organizations/{ORGANIZATION}/validate"
    expect(200, call("GET", path, base=stack.api, authorization=f"Bearer {token}", **SECRET))


def refresh(stack, known):
    bearer = f"Bearer {field(known['tokens'], 'accessToken')}"
    expect(200, portal("me", method="GET", base=stack.api, authorization=bearer))
    known["before"] = {"refresh_token": field(known["tokens"], "refreshToken")}
    known["after"] = expect(200, repeated(stack, known))
    login = {"username": "demo", "password": "demo-password-1"}
    known["login"] = expect(200, call("POST", "/patient/auth", login, stack.api, organization=ORGANIZATION))


def retry(stack, known):
    """The answer to the refresh was lost; the other version repeats it."""
    again = expect(200, repeated(stack, known))
    assert field(again, "refreshToken") == field(known["after"], "refreshToken"), "another successor"
    token = next(value for value in texts(json.loads(known["login"])) if value.startswith("eyJ"))
    account = {"organization": ORGANIZATION, "authorization": f"Bearer {token}"}
    expect(200, call("GET", "/patient/users/account", base=stack.api, **account))
    known["sso"] = expect(200, call("POST", "/api/1.0/sso/signin", FORM, stack.api, **CLIENT)).split('"')[3]


def logout(stack, known):
    known["last"] = {"refresh_token": field(known["after"], "refreshToken")}
    expect(200, portal("auth/logout", known["last"], base=stack.api))
    expect(200, call("GET", f"/api/1.0/sso/token/{known['sso']}", base=stack.api, **CLIENT))


def ended(stack, known):
    expect(401, portal("auth/refresh-token", known["last"], base=stack.api))
    expect(200, call("POST", f"/api/1.0/sso/signout/{known['sso']}", FORM, stack.api, **CLIENT))


def gone(stack, known):
    expect(404, call("GET", f"/api/1.0/sso/token/{known['sso']}", base=stack.api, **CLIENT))


def repeated(stack, known):
    return portal("auth/refresh-token", known["before"], base=stack.api, idempotency_key="one-key-of-one-refresh")


def texts(value):
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from texts(member)


def complete(folder, old, new):
    """The binaries of an older version, with those of functions that it doesn't have from today's: an update creates
    them before it replaces the others."""
    folder.mkdir()
    functions = sorted(it.name for it in (Path(__file__).parents[2] / "functions").iterdir())
    for name in functions:
        own = Path(old, name)
        (folder / name).symlink_to((own if own.exists() else Path(new, name)).resolve())
    return str(folder)


STEPS = (send, verify, refresh, retry, logout, ended, gone)


def main():
    program, old, new, *template = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="postern-upgrade-") as binaries:
        take_turns(program, complete(Path(binaries, "old"), old, new), new, template)


def take_turns(program, old, new, template):
    for versions in ((old, new), (new, old)):
        known = {}
        with tempfile.TemporaryDirectory(prefix="postern-upgrade-") as data:
            for number, step in enumerate(STEPS):
                with Stack(program, versions[number % 2], data, *template) as stack:
                    step(stack, known)
        names = " and ".join("the old" if it == old else "the new" for it in versions)
        print(f"{names} version in turn: {len(STEPS)} steps")


main()
