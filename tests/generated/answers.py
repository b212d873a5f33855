"""answers.py CASES COMMAND…: runs the command beside a server that answers `/{n}/…` with the case of that number.

The command finds its address in POSTERN_ANSWERS.
"""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        case = CASES[int(self.path.split("/")[1])]
        body = json.dumps(case["body"]).encode() if "body" in case else b""
        self.send_response(case["status"])
        if body:
            self.send_header("content-type", "application/json")
        if case["status"] not in (204, 304):
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = answer

    def log_message(self, *_):
        pass


with open(sys.argv[1], encoding="utf-8") as file:
    CASES = json.load(file)
server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
environment = os.environ | {"POSTERN_ANSWERS": f"http://127.0.0.1:{server.server_port}", "POSTERN_CASES": sys.argv[1]}
sys.exit(subprocess.run(sys.argv[2:], env=environment, check=False).returncode)
