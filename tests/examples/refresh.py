"""One patient's session, kept by an example while its network fails."""

import json
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request

from network import Network, serving

API, CONSOLE = os.environ["POSTERN_API"], os.environ["POSTERN_CONSOLE"]
KEY = "demo-portal-key"
CALLERS = 5
SIGN_IN = threading.Lock()


def call(method, url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers = {"cv-api-key": KEY, "content-type": "application/json", **headers}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else None
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.loads(refusal.read())


def sign_in():
    """One at a time: there is one patient, and the inbox is searched."""
    with SIGN_IN:
        return signed_in()


def signed_in():
    call("DELETE", f"{CONSOLE}/messages")
    patient = {"email": "patient@example.com"}
    call("POST", f"{API}/api/v1/users/auth/send-otp", {**patient, "channel": "EMAIL"})
    deadline = time.monotonic() + 20
    while not (code := re.search(r">(\d{6})<", json.dumps(call("GET", f"{CONSOLE}/messages")[1]))):
        if time.monotonic() > deadline:
            raise SystemExit("no code arrived")
        time.sleep(0.05)
    status, tokens = call("POST", f"{API}/api/v1/users/auth/verify-otp", {**patient, "code": code[1]})
    expect("the sign-in", status == 200, tokens)
    return tokens


def expect(what, holds, seen):
    if not holds:
        raise SystemExit(f"{what}: not so: {seen}")


class Example:
    """A program that prints an access token for each of its callers, and its session's file."""

    def __init__(self, command, folder, is_one_process):
        self._command, self._file, self._is_one_process = command, folder / "session.json", is_one_process

    @property
    def session(self):
        return json.loads(self._file.read_text())

    def store(self, **changed):
        """A session whose access token is to be refreshed now."""
        before = self.session if self._file.exists() else {}
        self._file.write_text(json.dumps({**before, "refreshAt": 0, **changed}))

    def start(self, network, callers=1):
        environment = {**os.environ, "POSTERN_API": network, "POSTERN_API_KEY": KEY}
        # A language whose processes share nothing has one process for each caller.
        groups = [callers] if self._is_one_process else [1] * callers
        return [
            subprocess.Popen(
                [*self._command, str(self._file), str(group)],
                env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for group in groups
        ]  # fmt: skip

    def run(self, network, callers=1):
        """Returns the exit status of each process, what they printed, and what they complained of."""
        processes = self.start(network, callers)
        told = [process.communicate(timeout=60) for process in processes]
        printed = [line for out, _ in told for line in out.split()]
        return {process.returncode for process in processes}, printed, "".join(err for _, err in told)


def check(command, folder, is_one_process):
    example = Example(command, folder, is_one_process)
    tokens = sign_in()
    example.store(accessToken=tokens["accessToken"], refreshToken=tokens["refreshToken"])
    network = Network(API)
    with serving(network) as address:
        lost(example, network, address)
        killed(example, network, address)
        fresh(example, network, address)
        ended(example, network, address)


def is_good(token):
    return call("GET", f"{API}/api/v1/users/me", authorization=f"Bearer {token}")[0] == 200


def lost(example, network, address):
    """Five callers at once share one rotation, however often it has to be asked for."""
    before = example.session["refreshToken"]
    network.seen, network.plan = [], ["lost answer", 503, "lost request"]
    status, printed, complaints = example.run(address, CALLERS)
    expect("lost answers are survived", status == {0}, complaints)
    expect("there is one rotation", len(printed) == CALLERS and len(set(printed)) == 1, printed)
    expect("four calls are made", len(network.seen) == 4, network.seen)
    expect("all are the same call", len(set(network.seen)) == 1 and network.seen[0][0], network.seen)
    after = example.session
    expect("the answer is stored", after["accessToken"] == printed[0] and after["refreshToken"] != before, "")
    expect("nothing is pending", not after.get("pending"), "")
    expect("the next refresh is ahead of expiry", 600 < after["refreshAt"] / 1000 - time.time() < 850, after["refreshAt"])
    expect("the access token works", is_good(printed[0]), "")


def killed(example, network, address):
    """A process that dies between asking and storing loses nothing."""
    example.store()
    network.seen, network.plan = [], ["held"]
    network.arrived.clear(), network.release.clear()
    (process,) = example.start(address)
    expect("the call is made", network.arrived.wait(30), "")
    process.kill()
    process.communicate()
    network.release.set()
    expect("what is asked for was stored before", example.session.get("pending"), "")
    status, printed, complaints = example.run(address)
    expect("the next process goes on", status == {0} and is_good(printed[0]), complaints)
    expect("with the same call", len(network.seen) == 2 and len(set(network.seen)) == 1, network.seen)


def fresh(example, network, address):
    """A token that is good for a while is used as it is; the next rotation has another key."""
    network.seen, network.plan = [], []
    status, printed, complaints = example.run(address)
    expect("a good token is used", status == {0} and printed == [example.session["accessToken"]], complaints)
    expect("nothing is asked for", network.seen == [], "")
    keys = set()
    for _ in range(2):
        example.store()
        status, printed, complaints = example.run(address)
        expect("a refresh works", status == {0}, complaints)
    keys = {key for key, _ in network.seen}
    expect("each rotation has a key of its own", len(keys) == 2, keys)


def ended(example, network, address):
    """A session that was ended is forgotten, and asked about once."""
    example.store()
    token = example.session["refreshToken"]
    call("POST", f"{API}/api/v1/users/auth/logout", {"refresh_token": token})
    network.seen, network.plan = [], []
    status, printed, complaints = example.run(address, CALLERS)
    expect("all callers are told to sign in", status == {3} and "sign" in printed, (status, complaints))
    expect("one call is made", len(network.seen) == 1, len(network.seen))
    expect("the session is forgotten", example.session is None, "")
