"""What stands between an example and the API: a network that loses answers, and an issuer whose keys change."""

import hashlib
import http.client
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Network:
    """Forwards requests, and disturbs the next ones as `plan` says."""

    def __init__(self, api):
        self._api = urlsplit(api)
        self.plan = []
        """Of the next requests: "lost request", "lost answer", "held" (no answer while the caller waits), 503."""
        self.seen = []
        """Of each request: the idempotency key and the body."""
        self.arrived = threading.Event()
        """A held request was answered by the API."""
        self.release = threading.Event()

    def answer(self, request):
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        self.seen.append((request.headers.get("idempotency-key"), body))
        disturbance = self.plan.pop(0) if self.plan else None
        if disturbance == "lost request":
            return None
        if disturbance == 503:
            # As API Gateway does: not our envelope.
            return 503, {"content-type": "application/json", "retry-after": "1"}, b'{"message":"Service Unavailable"}'
        connection = http.client.HTTPConnection(self._api.hostname, self._api.port, timeout=30)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP | {"host"}}
        connection.request(request.command, request.path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if disturbance == "held":
            self.arrived.set()
            self.release.wait(30)
        if disturbance in ("lost answer", "held"):
            return None
        return answer.status, {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}, text


class Issuer:
    """Publishes keys as `GET /.well-known/jwks.json` does."""

    def __init__(self):
        self.keys = []
        self.is_up = True
        self.fetches = 0
        self.unchanged = 0
        """How many of these were answered with 304."""

    def answer(self, request):
        self.fetches += 1
        if not self.is_up:
            return 500, {"content-type": "application/json"}, b'{"message":"Internal Server Error"}'
        text = json.dumps({"keys": self.keys}).encode()
        tag = f'"{hashlib.sha256(text).hexdigest()}"'
        headers = {"content-type": "application/json", "cache-control": "public, max-age=300", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            self.unchanged += 1
            return 304, headers, b""
        return 200, headers, text


@contextmanager
def serving(what):
    """On a free port of the loopback; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            answer = what.answer(self)
            self.close_connection = True
            if answer is None:
                return
            status, headers, text = answer
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(text)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
