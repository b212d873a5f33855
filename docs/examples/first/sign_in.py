import os
import re
import time
import urllib.request

from postern_client import PosternClient
from postern_client.file_store import FileStore

API = os.environ.get("POSTERN_API", "http://127.0.0.1:9000")
INBOX = os.environ.get("POSTERN_CONSOLE", "http://127.0.0.1:9001") + "/messages"


def code() -> str:
    """Your patients type it. On the local stack a program can read their mail."""
    while True:
        with urllib.request.urlopen(INBOX) as answer:
            if found := re.search(r">(\d{6})<", answer.read().decode()):
                return found[1]
        time.sleep(0.2)


urllib.request.urlopen(urllib.request.Request(INBOX, method="DELETE"))
portal = PosternClient(API).portal(api_key="demo-portal-key")
portal.send_code(email="patient@example.com")
session = portal.verify_code(code(), FileStore("session.json"), email="patient@example.com")
print(session.me())
for count in range(1, 6):
    session.refresh()
    print(f"refreshed {count} times")
