"""The archive of the audit trail: off by default, and nothing in it takes back what the bucket's lock promises."""

import json
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "infra/watch"))

import sam

STACK = sam.read()
ARCHIVE = sam.read(ROOT / "infra/audit-archive.yaml")
RESOURCES = ARCHIVE["Resources"]


def denied(policy):
    return {action: it.get("Condition") for it in policy["Statement"] if it["Effect"] == "Deny" for action in listed(it["Action"])}


def listed(actions):
    return actions if isinstance(actions, list) else [actions]


class Archived(unittest.TestCase):
    def test_a_stack_sends_its_trail_nowhere_by_default(self):
        self.assertEqual(STACK["Parameters"]["AuditDestinationArn"]["Default"], "")
        filters = [it for it in STACK["Resources"].values() if it["Type"] == "AWS::Logs::SubscriptionFilter"]
        self.assertEqual([it["Condition"] for it in filters], ["ArchivesAudit"])
        # An empty pattern is every line, and no other group is sent.
        self.assertEqual(filters[0]["Properties"]["FilterPattern"], "")
        self.assertEqual(filters[0]["Properties"]["LogGroupName"], {"Ref": "AuditLogGroup"})

    def test_the_parameter_takes_a_destination_alone(self):
        pattern = STACK["Parameters"]["AuditDestinationArn"]["AllowedPattern"]
        of = "us-east-1:111122223333"
        for arn in ("", f"arn:aws:logs:{of}:destination:archive", f"arn:aws-us-gov:logs:{of}:destination:a"):
            self.assertTrue(re.fullmatch(pattern, arn), arn)
        others = f"arn:aws:firehose:{of}:deliverystream/a", "arn:aws:logs:us-east-1::destination:a"
        for arn in ("archive", f"arn:aws:logs:{of}:destination:*", *others):
            self.assertFalse(re.fullmatch(pattern, arn), arn)

    def test_nobody_can_delete_what_was_archived(self):
        bucket = RESOURCES["Bucket"]["Properties"]
        rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": {"Ref": "RetentionDays"}}}
        self.assertTrue(bucket["ObjectLockEnabled"])
        self.assertEqual(bucket["ObjectLockConfiguration"], {"ObjectLockEnabled": "Enabled", "Rule": rule})
        self.assertEqual(bucket["VersioningConfiguration"], {"Status": "Enabled"})
        # No rule ends an object, now or after its lock.
        for lifecycle in bucket["LifecycleConfiguration"]["Rules"]:
            self.assertEqual(lifecycle.keys(), {"Id", "Status", "AbortIncompleteMultipartUpload"})
        policy = denied(RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"])
        self.assertEqual(policy["s3:*"], {"Bool": {"aws:SecureTransport": "false"}})
        self.assertEqual((policy["s3:DeleteObject"], policy["s3:DeleteObjectVersion"]), (None, None))
        writer = {"Fn::GetAtt": ["ArchivingRole", "Arn"]}
        self.assertEqual(policy["s3:PutObject"], {"ArnNotEquals": {"aws:PrincipalArn": writer}})

    def test_what_holds_the_trail_outlives_the_stack(self):
        for name, policy in (("Bucket", "RetainExceptOnCreate"), ("BucketPolicy", "RetainExceptOnCreate"), ("Key", "Retain")):
            self.assertEqual((RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]), (policy, "Retain"))
        self.assertEqual(denied(RESOURCES["Key"]["Properties"]["KeyPolicy"]), {"kms:ScheduleKeyDeletion": None, "kms:DisableKey": None})

    def test_it_is_stored_for_as_long_as_the_trail_itself(self):
        self.assertEqual(ARCHIVE["Parameters"]["RetentionDays"]["Default"], STACK["Parameters"]["AuditRetentionDays"]["Default"])

    def test_records_stay_as_they_were_sent(self):
        stored = RESOURCES["Stream"]["Properties"]["ExtendedS3DestinationConfiguration"]
        self.assertEqual(stored["CompressionFormat"], "UNCOMPRESSED")
        self.assertNotIn("ProcessingConfiguration", stored)
        self.assertNotIn("DataFormatConversionConfiguration", stored)

    def test_one_account_may_send(self):
        text = RESOURCES["Destination"]["Properties"]["DestinationPolicy"]["Fn::Sub"]
        [allowed] = json.loads(text)["Statement"]
        self.assertEqual((allowed["Principal"], allowed["Action"]), ({"AWS": "${SenderAccount}"}, "logs:PutSubscriptionFilter"))
        self.assertTrue(allowed["Resource"].endswith(":destination:${AWS::StackName}"))
        self.assertEqual(RESOURCES["Destination"]["Properties"]["DestinationName"], {"Ref": "AWS::StackName"})


if __name__ == "__main__":
    unittest.main()
