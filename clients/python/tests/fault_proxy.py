"""A proxy in front of the API that loses requests and answers, holds them, and changes what they say."""

from __future__ import annotations

import http.client
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit


@dataclass
class Said:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Exchange:
    """One request; `said` is there once the API answered it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    #: The client's, so one for each connection.
    port: int = 0
    said: Said | None = None
    delivered: bool = False


class Lost(Exception):
    """Raised by a disturbance: the connection closes without an answer."""


Disturbance = Callable[[Exchange], None]


def nothing(_: Exchange) -> None:
    pass


class FaultProxy:
    """`before` and `after` see each exchange before and after the API does, and may change it, wait, or raise `Lost`."""

    def __init__(self, upstream: str) -> None:
        self.before: Disturbance = nothing
        self.after: Disturbance = nothing
        self.exchanges: list[Exchange] = []
        #: Answers come byte by byte.
        self.trickle = False
        self._host = urlsplit(upstream).netloc
        proxy = self

        class Handler(_Handler):
            owner = proxy

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that went away, which is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultProxy:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lose(self, share: float, seed: int) -> None:
        """Half of the share are requests, half are answers."""
        dice = random.Random(seed)

        def lost(_: Exchange) -> None:
            if dice.random() < share / 2:
                raise Lost

        self.before = self.after = lost

    def calm(self) -> None:
        self.before = self.after = nothing

    def count(self, path: str) -> int:
        return sum(exchange.path == path for exchange in self.exchanges)

    def forward(self, upstream: http.client.HTTPConnection, exchange: Exchange) -> None:
        upstream.request(exchange.method, exchange.path, exchange.body or None, exchange.headers)
        response = upstream.getresponse()
        exchange.said = Said(response.status, response.getheaders(), response.read())

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, timeout=30)


class _Handler(BaseHTTPRequestHandler):
    owner: FaultProxy
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        self.upstream = self.owner.connect()

    def finish(self) -> None:
        self.upstream.close()
        super().finish()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        exchange = Exchange(self.command, self.path, headers, body, self.client_address[1])
        self.owner.exchanges.append(exchange)
        try:
            self.owner.before(exchange)
            if exchange.said is None:
                self.owner.forward(self.upstream, exchange)
            self.owner.after(exchange)
        except Lost:
            self.close_connection = True
            return
        self._answer(exchange)

    do_POST = do_GET

    def _answer(self, exchange: Exchange) -> None:
        said = exchange.said
        assert said is not None
        head = [f"HTTP/1.1 {said.status} -"]
        head += [f"{name}: {value}" for name, value in said.headers if name.lower() != "content-length"]
        head += [f"content-length: {len(said.body)}", "", ""]
        # In one piece: two would wait for each other's acknowledgement.
        body = said.body if exchange.method != "HEAD" else b""
        whole = "\r\n".join(head).encode() + body
        if self.owner.trickle:
            split = len(whole) - len(body)
            self.wfile.write(whole[:split])
            for byte in body[:100]:
                time.sleep(0.05)
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(whole)
        exchange.delivered = True

    def log_message(self, format: str, *args: object) -> None:
        pass
