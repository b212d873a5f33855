"""Calls of the demo's API, and what the functions of the stack write about them."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

# Of the stack that this runs beside; tests/upgrade has stacks of its own, and names them.
API, CONSOLE, LOG = (os.environ.get(f"POSTERN_{name}", "") for name in ("API", "CONSOLE", "STACK_LOG"))
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
PATIENT = "patient@example.com"


def call(method, path, body=None, base=API, **headers):
    """The status and the body of an answer; headers are named with `_` for `-`."""
    form = isinstance(body, str)
    data = body.encode() if form else json.dumps(body).encode() if body is not None else None
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(base + path, data, {"content-type": kind} | named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def portal(route, body=None, key="demo-portal-key", method="POST", base=API, **headers):
    return call(method, f"/api/v1/users/{route}", body, base=base, cv_api_key=key, **headers)


def expect(status, answer):
    assert answer[0] == status, f"{status} was expected: {answer}"
    return answer[1]


def field(text, name):
    found = re.search(rf'"{name}":"([^"]*)"', text)
    assert found, f"no {name} in {text}"
    return found[1]


def postern(*arguments):
    ended = subprocess.run(["postern", "--yes", *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"postern {arguments}: {ended.stderr}"
    return ended.stdout.strip()


def lines():
    """All JSON lines of the functions so far."""
    for line in Path(LOG).read_text(errors="replace").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def until(what, found, seconds=20):
    """Waits for what arrives later."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"{what} didn't come within {seconds} s"
        time.sleep(0.05)
    return result


def code_of(email=PATIENT, base=API, console=CONSOLE):
    """A code that was just mailed."""
    call("DELETE", "/messages", base=console)
    expect(200, portal("auth/send-otp", {"email": email, "channel": "EMAIL"}, base=base))
    mailed = lambda: re.search(r">(\d{6})<", call("GET", "/messages", base=console)[1])
    return until("the mail", mailed)[1]
