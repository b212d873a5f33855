"""Keeps a patient's session: one refresh at a time, and a lost answer loses nothing.

Python 3.10 or later, no dependencies. Try it: python3 refresh.py session.json
"""

import http.client
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor


class SignInAgain(Exception):
    pass


class File:
    """Where a session lives: a row of your database, say. `save` returns when it is durable; None deletes."""

    def __init__(self, path):
        self._path = path

    def load(self):
        try:
            with open(self._path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def save(self, session):
        with open(os.open(self._path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(session, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self._path + ".new", self._path)


class Tokens:
    """One for each session, shared by all threads. Several processes need a lock that all of them see."""

    def __init__(self, store, api, api_key):
        self._store, self._api, self._api_key = store, api, api_key
        self._lock = threading.Lock()

    def access_token(self):
        with self._lock:  # others wait, and find what this one stored
            session = self._store.load()
            if session is None:
                raise SignInAgain("there is no session")
            if not session.get("pending") and time.time() * 1000 < session["refreshAt"]:
                return session["accessToken"]
            return self._rotate(session)

    def _rotate(self, session):
        # Before the call: after a crash the next try is the same call.
        pending = session.get("pending") or {"token": session["refreshToken"], "key": str(uuid.uuid4())}
        self._store.save({**session, "pending": pending})
        for attempt in range(5):
            status, retry_after, body = self._ask(pending)
            if status == 200:
                refresh_at = time.time() * 1000 + (body["expiresIn"] - 90) * 1000
                # Before the use of the answer: the old refresh token is dead.
                new = {"accessToken": body["accessToken"], "refreshToken": body["refreshToken"]}
                self._store.save({**new, "refreshAt": refresh_at})
                return body["accessToken"]
            if status == 401:
                self._store.save(None)
                raise SignInAgain(body.get("code"))
            if status and status != 429 and status < 500:
                raise RuntimeError(f"refresh: {status} {body.get('code')}")  # our request is wrong
            time.sleep(retry_after or 2**attempt)
        raise RuntimeError("refresh: no answer; the next call tries again with the same key")

    def _ask(self, pending):
        """Returns status, Retry-After and body; a status of 0 is no answer."""
        headers = {
            "cv-api-key": self._api_key,
            "content-type": "application/json",
            "idempotency-key": pending["key"],
        }
        body = json.dumps({"refresh_token": pending["token"]}).encode()
        request = urllib.request.Request(self._api + "/api/v1/users/auth/refresh-token", body, headers)
        try:
            try:
                answer = urllib.request.urlopen(request, timeout=10)
            except urllib.error.HTTPError as refusal:
                answer = refusal
            with answer:
                is_json = answer.headers.get_content_type() == "application/json"
                body = json.loads(answer.read()) if is_json else {}
                return answer.status, int(answer.headers.get("retry-after", 0)), body
        except (OSError, ValueError, http.client.HTTPException):  # lost, or cut off
            return 0, 0, {}


def main():
    tokens = Tokens(File(sys.argv[1]), os.environ["POSTERN_API"], os.environ["POSTERN_API_KEY"])
    callers = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with ThreadPoolExecutor(callers) as pool:
        try:
            for token in pool.map(lambda _: tokens.access_token(), range(callers)):
                print(token)
        except SignInAgain:
            print("sign in again")
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
