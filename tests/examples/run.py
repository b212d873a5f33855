"""Runs the programs of docs/examples against the local stack: `make test-examples`.

Arguments: three for each language, its name and the commands of its two programs.
"""

import shlex
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import partner_token
import refresh

SHARE_NOTHING = {"php"}
"""Languages whose callers are processes of their own."""


def run(language, refreshing, verifying):
    with tempfile.TemporaryDirectory(prefix="postern-examples-") as folder, ThreadPoolExecutor(1) as beside:
        began = time.monotonic()
        # Most of it is waiting.
        verified = beside.submit(partner_token.check, shlex.split(verifying), Path(folder), language)
        try:
            refresh.check(shlex.split(refreshing), Path(folder), language not in SHARE_NOTHING)
            verified.result()
        except SystemExit as reason:
            raise SystemExit(f"docs/examples/{language}: {reason}") from None
        print(f"docs/examples/{language}: refresh and partner token work, {time.monotonic() - began:.1f} s", flush=True)


def main():
    words = iter(sys.argv[1:])
    languages = [(language, next(words), next(words)) for language in words]
    failed = []
    # Most of it is waiting; more at once would wait for processors.
    with ThreadPoolExecutor(3) as pool:
        for running in [pool.submit(run, *language) for language in languages]:
            try:
                running.result()
            except SystemExit as reason:
                failed.append(reason)
    print(*failed, sep="\n", end="\n" if failed else "")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
