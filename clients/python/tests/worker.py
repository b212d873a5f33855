"""A process of its own: refreshes the session of a file so often, and prints each new refresh token; without a number,
asks for an access token once, and prints that."""

import sys

import postern_client as kit
from postern_client.file_store import FileStore

api, api_key, path, times = sys.argv[1:]
store = FileStore(path)
with kit.PosternClient(api, first_wait_seconds=0.001) as postern:
    session = postern.portal(api_key=api_key).session(store)
    if times == "0":
        print(session.access_token(), flush=True)
    done = 0
    while done < int(times):
        try:
            session.refresh()
        except kit.errors.NoAnswerError:
            continue
        done += 1
        stored = store.load()
        assert stored
        print(stored.refresh_token, flush=True)
