#!/usr/bin/env python3
"""Compares an archived audit trail with a seal that was stored elsewhere (docs/audit.md#archive).

Each seal names the one before it by its digest, so whoever has one seal needs neither a key nor AWS to check all before it:
a copy of the archive and Python are enough.
"""

import argparse
import base64
import gzip
import json
import sys
import zlib
from collections import defaultdict
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path

HOUR = 3600
UNREADABLE = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError)


def base64url(digest):
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def named(hour):
    return datetime.fromtimestamp(hour, timezone.utc).strftime("%Y-%m-%dT%H")


def hour_of(text):
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=timezone.utc).timestamp())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an hour in UTC, as 2026-11-27T07") from None


def is_second(number):
    return isinstance(number, int) and 0 <= number < 1 << 33


def digest_of(seal):
    return base64url(sha256(seal.encode()).digest())


def statement_of(seal):
    """What a seal states (docs/audit.md#verify)."""
    _, payload, _ = seal.split(".")
    statement = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    hour, lines, digest, previous = (statement.get(it) for it in ("hour", "lines", "hash", "previous"))
    is_hour = is_second(hour) and hour % HOUR == 0
    if not (is_hour and isinstance(lines, int) and isinstance(digest, str) and isinstance(previous, str | None)):
        raise ValueError("not a seal")
    return statement


def seal_in(path):
    """The seal that `postern audit seal --output json` printed."""
    try:
        seal = json.loads(path.read_text())["seal"]
        statement_of(seal)
    except UNREADABLE:
        return None
    return seal


def records_in(path):
    """What CloudWatch Logs sent: JSON after JSON, each compressed by itself."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        record, at = decoder.raw_decode(text, at)
        yield record
        while at < len(text) and text[at].isspace():
            at += 1


class Archive:
    def __init__(self):
        self.lines = defaultdict(set)
        self.seals = {}
        self.first = None
        self.unreadable = []

    def read(self, folder):
        for path in sorted(it for it in folder.rglob("*") if it.is_file()):
            try:
                for record in records_in(path):
                    self.add(record)
            except UNREADABLE as cause:
                self.unreadable.append((path, cause))

    def add(self, record):
        # CloudWatch Logs also sends records that only test the way.
        if record["messageType"] != "DATA_MESSAGE":
            return
        stream = record["logStream"]
        for event in record["logEvents"]:
            second, text = event["timestamp"] // 1000, event["message"]
            if not is_second(second):
                raise ValueError("an event without a time")
            self.first = second if self.first is None else min(self.first, second)
            if stream.startswith("changes/"):
                self.lines[second - second % HOUR].add(sha256(text.encode()).digest())
            elif stream.startswith("seals/"):
                seal = json.loads(text)["seal"]
                statement_of(seal)
                self.seals[digest_of(seal)] = seal

    def first_whole_hour(self):
        """The hour after the one in which the archive begins."""
        return self.first - self.first % HOUR + HOUR


def compare(archive, head, since):
    """Goes back from a seal; yields what is wrong, and returns the first hour that was compared, and how many were."""
    seal, hours, hour = head, 0, None
    while True:
        statement = statement_of(seal)
        if statement["hour"] < since:
            break
        hour, hours = statement["hour"], hours + 1
        lines = archive.lines.get(hour, set())
        if (len(lines), base64url(sha256(b"".join(sorted(lines))).digest())) != (statement["lines"], statement["hash"]):
            counts = f"{statement['lines']} lines were sealed, the archive has {len(lines)}"
            yield f"lines-differ: {named(hour)}: {counts}; lines are missing, edited or inserted"
        previous = statement.get("previous")
        if previous is None or hour == since:
            break
        if previous not in archive.seals:
            yield f"seal-missing: {named(hour - HOUR)}: the archive has no seal {previous}; no hour before it was compared"
            break
        seal = archive.seals[previous]
    return hour, hours


def main():
    parser = argparse.ArgumentParser(description="Compares an archived audit trail with a seal that was stored elsewhere.")
    parser.add_argument("folder", type=Path, help="a copy of the bucket")
    parser.add_argument("head", type=Path, help="the seal to begin at, as `postern audit seal --output json` printed it")
    parser.add_argument("seals", type=Path, nargs="*", help="further seals, if the archive lacks some")
    since = "the hour to go back to, as 2026-11-27T07; without it the first that is whole in the archive"
    parser.add_argument("--since", metavar="HOUR", type=hour_of, help=since)
    asked = parser.parse_args()

    if not asked.folder.is_dir():
        parser.error(f"{asked.folder} is not a folder")
    given = {path: seal_in(path) for path in (asked.head, *asked.seals)}
    for path, seal in given.items():
        if seal is None:
            parser.error(f"{path} has no seal: it must be what `postern audit seal --output json` printed")
    archive = Archive()
    archive.read(asked.folder)
    archive.seals |= {digest_of(seal): seal for seal in given.values()}
    if archive.first is None and not archive.unreadable:
        parser.error(f"{asked.folder} has no lines of an audit trail")

    findings = [f"unreadable: {path}: {cause}" for path, cause in archive.unreadable]
    head = given[asked.head]
    since = asked.since
    if since is None and archive.first is not None:
        since = archive.first_whole_hour()
    if since is not None:
        if statement_of(head)["hour"] < since:
            parser.error(f"the seal is of {named(statement_of(head)['hour'])}, before {named(since)}: nothing can be compared")
        compared = compare(archive, head, since)
        while True:
            try:
                findings.append(next(compared))
            except StopIteration as end:
                first, hours = end.value
                break
        last = statement_of(head)["hour"]
        later = sum(len(lines) for hour, lines in archive.lines.items() if hour > last)
        print(f"compared {hours} hours, {named(first)} to {named(last)}; {later} lines are of later hours")
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
