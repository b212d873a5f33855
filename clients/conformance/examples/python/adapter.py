"""The adapter of the kit for Python: a server on PORT, with a thread for each call. README.md says what a call answers."""

import json
import os
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from postern_client import Connection, PortalSession, PosternClient, errors
from postern_client.file_store import FileStore

Input = dict[str, Any]
postern = PosternClient(os.environ["POSTERN_API"])
portal = postern.portal(api_key=os.environ["POSTERN_API_KEY"])
verifier = postern.token_verifier()
sessions: dict[str, PortalSession] = {}


def store(name: str) -> FileStore:
    return FileStore(Path(os.environ["SESSIONS"]) / name)


def session(body: Input) -> PortalSession:
    """Sessions are files, so that they outlive the process and are shared. One object for each: its calls share a refresh."""
    return sessions.setdefault(body["session"], portal.session(store(body["session"])))


def identifier(body: Input) -> dict[str, str]:
    return {"email": body["email"]} if "email" in body else {"phone_number": body["phoneNumber"]}


def begin(body: Input) -> None:
    portal.send_code(**identifier(body))


def complete(body: Input) -> None:
    portal.verify_code(body["code"], store(body["session"]), **identifier(body))


def me(body: Input) -> dict[str, str]:
    return {"userId": session(body).me().user_id}


def refresh(body: Input) -> None:
    session(body).refresh()


def logout(body: Input) -> None:
    session(body).logout()


def verify(body: Input) -> None:
    verifier.verify(body["token"], organization_id=None)


CALLS: dict[str, Callable[[Input], dict[str, str] | None]] = {
    "begin": begin, "complete": complete, "me": me, "refresh": refresh, "logout": logout, "verify": verify,
}

if "PARTNER_ID" in os.environ:
    partner = postern.partner(partner_id=os.environ["PARTNER_ID"], partner_secret=os.environ["PARTNER_SECRET"])
    clinic = Connection(
        organization_id=os.environ["ORGANIZATION_ID"],
        organization_secret=os.environ["ORGANIZATION_SECRET"],
        user_id=os.environ["USER_ID"],
    )

    def partner_token(_: Input) -> None:
        partner.token(clinic)

    CALLS["partner-token"] = partner_token


def word(error: errors.PosternError) -> str:
    """What went wrong, in the runner's words."""
    match error:
        case errors.NotSignedInError() | errors.SessionEndedError() | errors.AccessTokenInvalidError():
            return "sign-in"
        case errors.UnauthorizedError():
            return "code"
        case errors.TokenNotVerifiedError():
            return "token"
        case errors.NoAnswerError() | errors.KeysUnavailableError():
            return "unavailable"
        case errors.RefusalError(status=429):
            return "wait"
        case errors.RefusalError(status=status) if status >= 500:
            return "unavailable"
        case _:
            return "request"


def answer(name: str, body: Input) -> Input:
    if name not in CALLS:
        return {"error": "not-supported"}
    try:
        return {"ok": True, **(CALLS[name](body) or {})}
    except errors.PosternError as error:
        return {"error": word(error)}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        content = json.dumps(answer(self.path[1:], body)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
