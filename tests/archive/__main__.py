"""Archives the trail of a running stack as CloudWatch Logs and Firehose do, and has scripts/verify-archive.py compare it.

`python tests/archive` beside a fresh local stack, with `postern` in the path. What AWS itself does with the records, and whether
it delivers all of them, is not tested: no emulator sends from one account to another.
"""

import base64
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOURS = 4
# In each hour: so many that they don't come in the order of their digests.
CHANGES = 6


# The local stack asks who calls, and checks no signature.
CALLER = f"{os.environ['AWS_ACCESS_KEY_ID']}/20261127/us-east-1/logs/aws4_request"
OF_LOGS = {
    "content-type": "application/x-amz-json-1.1",
    "authorization": f"AWS4-HMAC-SHA256 Credential={CALLER}, SignedHeaders=host, Signature=0",
}


def ask(url, body, headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def advance(by):
    ask(f"{os.environ['POSTERN_CONSOLE']}/clock", {"advance": by}, {"content-type": "application/json"})


def operate(*words):
    return subprocess.run(["postern", *words], check=True, capture_output=True, text=True).stdout


def is_change(line):
    return line[0].startswith("changes/")


def trail():
    """Each line as the log group has it: its stream, the millisecond of its writing, its text."""
    asked, lines = {"logGroupName": os.environ["AUDIT_LOG_GROUP"], "startTime": 0, "endTime": 4_000_000_000_000}, []
    while True:
        page = ask(os.environ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"], asked, OF_LOGS | {"x-amz-target": "Logs_20140328.FilterLogEvents"})
        lines += [(it["logStreamName"], it["timestamp"], it["message"]) for it in page["events"]]
        if "nextToken" not in page:
            return lines
        asked["nextToken"] = page["nextToken"]


def eventually(what, look):
    deadline = time.monotonic() + 60
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.1)
    return found


def changed():
    return {json.loads(it[2]).get("organization") for it in trail() if is_change(it)}


def recorded():
    """A trail of whole hours, each with a change, and the seal of the last of them."""
    made = set()
    for number in range(HOURS):
        for other in range(CHANGES):
            made.add(json.loads(operate("organization", "create", "--name", f"Archived {number}.{other}", "--output", "json"))["id"])
        eventually("the changes are recorded", lambda: made <= changed())
        advance("1h")
    advance("15m")
    eventually("the hours are sealed", lambda: sum(it[0].startswith("seals/") for it in trail()) >= HOURS)
    return trail(), operate("audit", "seal", "--output", "json")


def record(stream, events):
    """What CloudWatch Logs sends: one compressed JSON, without a line's end."""
    sent = {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "/postern/postern/audit",
        "logStream": stream,
        "subscriptionFilters": ["archive"],
        "logEvents": [{"id": str(number), "timestamp": at, "message": text} for number, (at, text) in enumerate(events)],
    }
    return gzip.compress(json.dumps(sent).encode())


# CloudWatch Logs tries a destination with such a record.
HEALTH = {"id": "", "timestamp": 0, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}
CONTROL = gzip.compress(json.dumps({"messageType": "CONTROL_MESSAGE", "logStream": "", "logEvents": [HEALTH]}).encode())


class Archived(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.trail, cls.head = recorded()
        hours = sorted({it[1] // 3_600_000 for it in cls.trail if is_change(it)})
        # The archive begins within the first hour, so the second is the first that is whole.
        cls.whole = [it for it in cls.trail if is_change(it) and it[1] // 3_600_000 == hours[1]]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.bucket = self.folder / "bucket"

    def store(self, lines, name="2026/11/27/07/postern-1"):
        """An object of the bucket: Firehose writes the records of some minutes one after another."""
        path = self.bucket / f"{name}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTROL + b"".join(record(stream, [(at, text)]) for stream, at, text in lines))
        return path

    def verify(self, *more, head=None):
        seal = self.folder / "head.json"
        seal.write_text(head or self.head)
        command = [sys.executable, "-B", ROOT / "scripts/verify-archive.py", self.bucket, seal, *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def found(self, lines, *more):
        self.store(lines)
        done = self.verify(*more)
        findings = [it.split(":")[0] for it in done.stdout.splitlines() if ": " in it]
        self.assertEqual(done.returncode, 1 if findings else 0, done.stdout + done.stderr)
        return findings

    def without(self, line):
        return [it for it in self.trail if it != line]

    def test_a_whole_archive_is_whole(self):
        self.assertEqual(self.found(self.trail), [])
        self.assertIn(f"compared {HOURS - 1} hours", self.verify().stdout)

    def test_lines_of_hours_that_the_seal_does_not_reach_are_counted(self):
        self.store([*self.trail, (self.whole[0][0], self.trail[-1][1] + 7_200_000, "{}")])
        self.assertIn("; 1 lines are of later hours", self.verify().stdout)

    def test_neither_order_nor_repetition_nor_objects_matter(self):
        self.store(self.trail[::2], "2026/11/27/09/postern-3")
        self.store(self.trail, "2026/11/27/08/postern-2")
        self.assertEqual(self.found(self.trail[::-1]), [])

    def test_a_missing_line_is_found(self):
        self.assertEqual(self.found(self.without(self.whole[0])), ["lines-differ"])

    def test_an_edited_line_is_found(self):
        stream, at, text = self.whole[0]
        edited = (stream, at, text.replace('"operator"', '"unknown"'))
        self.assertNotEqual(edited, self.whole[0])
        self.assertEqual(self.found([*self.without(self.whole[0]), edited]), ["lines-differ"])

    def test_an_inserted_line_is_found(self):
        stream, at, text = self.whole[0]
        self.assertEqual(self.found([*self.trail, (stream, at, text.replace('"audit":1', '"audit":2'))]), ["lines-differ"])

    def test_a_line_of_another_hour_is_found(self):
        stream, at, text = self.whole[0]
        moved = (stream, at + 3_600_000, text)
        self.assertEqual(self.found([*self.without(self.whole[0]), moved]), ["lines-differ", "lines-differ"])

    def seals(self):
        return sorted((it for it in self.trail if not is_change(it)), key=lambda it: json.loads(it[2])["hour"])

    def test_a_missing_seal_is_found_and_can_be_given(self):
        seal = self.seals()[-2]
        self.assertEqual(self.found([it for it in self.trail if it[2] != seal[2]]), ["seal-missing"])
        given = self.folder / "given.json"
        given.write_text(seal[2])
        done = self.verify(given)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_replaced_seal_is_a_missing_one(self):
        stream, at, text = self.seals()[-2]
        seal = json.loads(text)
        head, payload, signature = seal["seal"].split(".")
        replaced = (stream, at, json.dumps(seal | {"seal": f"{head}.{payload}.{signature[::-1]}"}))
        self.assertEqual(self.found([replaced if it[2] == text else it for it in self.trail]), ["seal-missing"])

    def test_hours_before_the_archive_are_missed_only_if_they_are_asked_for(self):
        first = json.loads(self.seals()[0][2])["hour"]
        later = [it for it in self.trail if it[1] >= self.whole[0][1]]
        self.assertEqual(self.found(later), [])
        self.assertEqual(self.verify("--since", first).returncode, 1)

    def test_an_object_that_was_cut_off_is_found(self):
        path = self.store(self.trail, "2026/11/27/06/postern-0")
        path.write_bytes(path.read_bytes()[:-5])
        self.assertEqual(self.found(self.trail), ["unreadable"])

    def test_what_is_no_archive_and_no_seal_is_refused(self):
        self.store(self.trail)
        payloads = ({}, [], {"hour": 3600}, {"hour": 1, "lines": 0, "hash": ""}, {"hour": 1 << 60, "lines": 0, "hash": ""})
        sealed = [base64.urlsafe_b64encode(json.dumps(it).encode()).decode().rstrip("=") for it in payloads]
        for head in ("", "{}", "[]", '{"seal":"a"}', '{"seal":"a.b.c"}', '{"seal":7}', *(f'{{"seal":"a.{it}.c"}}' for it in sealed)):
            with self.subTest(head):
                done = self.verify(head=head or " ")
                self.assertEqual(done.returncode, 2)
                self.assertIn("has no seal", done.stderr)
        events = '{"messageType":"DATA_MESSAGE","logStream":"%s/a","logEvents":[{"timestamp":%s,"message":"%s"}]}'
        untimed = events % ("changes", "-1", ""), events % ("changes", '"0"', "")
        for text in ("[]", "7", '{"messageType":"DATA_MESSAGE"}', "{", *untimed, events % ("seals", "0", "{}")):
            with self.subTest(text):
                path = self.store([], "2026/11/27/05/postern-9")
                path.write_bytes(gzip.compress(text.encode()))
                self.assertIn("unreadable: ", self.verify().stdout)

    def test_what_is_no_hour_is_refused(self):
        self.store(self.trail)
        done = self.verify("--since", "yesterday")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'yesterday' is not an hour in UTC", done.stderr)

    def test_an_empty_folder_is_refused(self):
        self.bucket.mkdir()
        self.assertEqual(self.verify().returncode, 2)

    def test_a_seal_from_before_the_archive_is_refused(self):
        self.store(self.trail)
        done = self.verify(head=self.seals()[0][2])
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing can be compared", done.stderr)


if __name__ == "__main__":
    unittest.main()
