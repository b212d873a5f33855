"""Deploys to an AWS on loopback as docs/deploy.md says, changes the deployment as docs/upgrade.md does, and deletes it.

`python tests/deploy PROGRAMS`, where PROGRAMS is the folder of `postern`. What AWS is here: tests/deploy/emulator.
"""

import json
import sys
import unittest

import emulator
from project import Project

PROJECT = Project(sys.argv.pop())
# What moto doesn't answer, or isn't so on it: no address is verified, and no metric is there.
NOT_ON_MOTO = ("mail", "SMS", "delivery: age of records", "audit trail: age of records")


class Deployment(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        PROJECT.make()
        emulator.reset()
        self.cloudformation = emulator.client("cloudformation")

    def stack(self):
        return self.cloudformation.describe_stacks(StackName="postern")["Stacks"][0]

    def resources(self, kind):
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName="postern")
        found = [it for page in pages for it in page["StackResourceSummaries"] if it["ResourceType"] == kind]
        return {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in found}

    def tables(self):
        dynamodb = emulator.client("dynamodb")
        found = self.resources("AWS::DynamoDB::Table").items()
        return {id: dynamodb.describe_table(TableName=name)["Table"] for id, name in found}

    def versions(self):
        """CloudFormation publishes one for each of these ids that is new. (moto has another only for other code.)"""
        return set(self.resources("AWS::Lambda::Version"))

    def signing_keys(self):
        outputs = {it["OutputKey"]: it["OutputValue"] for it in self.stack()["Outputs"]}
        read = emulator.client("secretsmanager").get_secret_value
        return [read(SecretId=outputs[it])["SecretString"] for it in ("PartnerSigningSecret", "AuditSigningSecret")]

    def deploy(self):
        return PROJECT.run("scripts/deploy.sh", PROJECT.programs, "postern", "infra/parameters.yaml")

    def test_a_stack_is_made_changed_and_deleted(self):
        deployed = self.deploy()
        orders = [it for it in deployed.stdout.splitlines() if it.startswith(("create ", "protect ", "smoke "))]
        url = {it["OutputKey"]: it["OutputValue"] for it in self.stack()["Outputs"]}["ApiUrl"]
        self.assertEqual(orders, ["create postern, its tables not yet protected", "protect the tables", f"smoke {url}"])

        # What no template can say, and what it says last.
        self.assertTrue(self.stack()["EnableTerminationProtection"])
        policy = self.cloudformation.get_stack_policy(StackName="postern")["StackPolicyBody"]
        self.assertEqual(json.loads(policy), json.loads(PROJECT.text("infra/stack-policy.json")))
        protected = {it for it, table in self.tables().items() if table["DeletionProtectionEnabled"]}
        self.assertEqual(protected, {"OrganizationsTable", "UsersTable", "SessionsTable", "AuditTable"})
        versions = self.versions()
        self.assertEqual(len(versions), len(self.resources("AWS::Lambda::Function")))

        # doctor finds nothing but what moto lacks.
        found = json.loads(PROJECT.operate("postern doctor --output json || true").stdout)
        bad = [it for it in found if it["verdict"] != "good" and not it["check"].startswith(NOT_ON_MOTO)]
        self.assertEqual(bad, [])
        checked = {it["check"] for it in found}
        self.assertLessEqual({"published keys", "stack", "functions", "alarms", "alarms: subscribers"}, checked)

        # Again: nothing is made anew.
        keys = self.signing_keys()
        self.deploy()
        self.assertEqual((self.signing_keys(), self.versions()), (keys, versions))

        # A parameter alone: each function has a new version.
        PROJECT.write("infra/parameters.yaml", PROJECT.text("infra/parameters.yaml") + "LogRetentionDays: 365\n")
        self.deploy()
        self.assertEqual((len(self.versions()), self.versions() & versions), (len(versions), set()))
        # moto makes one more, of a function that it calls.
        groups = {it["logGroupName"]: it.get("retentionInDays") for it in emulator.client("logs").describe_log_groups()["logGroups"]}
        retained = {id: groups[name] for id, name in self.resources("AWS::Logs::LogGroup").items()}
        expected = {"FunctionsLogGroup": 365, "ApiLogGroup": 365, "MailLogGroup": 365, "AuditLogGroup": 2192}
        self.assertEqual(retained, expected)

        self.lines()
        self.destroy()

    def follow(self, document, first, replaced=(), stack="postern"):
        """Runs the lines of a document's shell block from the one on that begins so; returns what they print."""
        script = PROJECT.block(document, first)
        for placeholder, name in dict(replaced).items():
            self.assertIn(placeholder, script)
            script = script.replace(placeholder, name)
        done = PROJECT.operate(script, stack)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stderr}")
        return done.stdout

    def lines(self):
        """The commands of the documents that moto has, word for word but for the names."""
        function = self.resources("AWS::Lambda::Function")["PortalMeFunction"]
        listed = self.follow("upgrade.md", "aws lambda list-versions-by-function", {"NAME": function, "version 11": "version 1"})
        self.assertIn("1\t", listed)

        users, item = self.resources("AWS::DynamoDB::Table")["UsersTable"], {"pk": {"S": "USER#ORGANIZATION#ID"}, "role": {"S": "admin"}}
        dynamodb = emulator.client("dynamodb")
        dynamodb.put_item(TableName=users, Item=item)
        self.follow("restore.md", "aws dynamodb restore-table", {
            # Between restoring and reading, what was lost is lost.
            "aws dynamodb wait": f"aws dynamodb delete-item --table-name {users} --key '{json.dumps({'pk': item['pk']})}'\naws dynamodb wait",
        })
        self.assertEqual(dynamodb.get_item(TableName=users, Key={"pk": item["pk"]})["Item"], item)
        dynamodb.delete_table(TableName="users-restored")

        self.follow("runbook.md", "aws logs filter-log-events")
        queue = self.resources("AWS::SQS::Queue")["PortalDeliverOtpDeadLetters"]
        emulator.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
        # Version 1 of the command line takes SQS's address from no variable.
        self.follow("runbook.md", "QUEUE=$(aws cloudformation", {"aws sqs": 'aws --endpoint-url "$AWS_ENDPOINT_URL" sqs'})
        count = "ApproximateNumberOfMessages"
        attributes = emulator.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[count])
        self.assertEqual(attributes["Attributes"][count], "0")

        emulator.client("s3").create_bucket(Bucket="trail-of-postern")
        emulator.client("cloudtrail").create_trail(Name="clinic", S3BucketName="trail-of-postern")
        self.follow("review.md", "ARN=arn:aws:dynamodb", {"TRAIL": "clinic"})

    def destroy(self):
        def asked(answer):
            return PROJECT.run(".local/sam/bin/python", "scripts/deploy.py", "destroy", "--stack", "postern", input=answer)

        kept = [*self.resources("AWS::SecretsManager::Secret").values()]
        kept += [name for id, name in self.resources("AWS::DynamoDB::Table").items() if id != "ChallengesTable"]
        stay = [*kept, self.resources("AWS::Logs::LogGroup")["AuditLogGroup"], *self.resources("AWS::S3::Bucket").values()]
        for wrong in ("", "y\n", "other\n"):
            refused = asked(wrong)
            self.assertIn("nothing was changed", refused.stderr)
            self.assertTrue(self.stack()["EnableTerminationProtection"])
        destroyed = asked("postern\n")
        self.assertEqual(destroyed.returncode, 0, destroyed.stderr)
        told = [line.split()[-1] for line in destroyed.stdout.splitlines() if line.startswith("  ")]
        self.assertEqual(sorted(told), sorted(stay))
        left = emulator.client("dynamodb").list_tables()["TableNames"]
        self.assertEqual(sorted(left), sorted(it for it in kept if ":" not in it))
        secrets = emulator.client("secretsmanager").list_secrets()["SecretList"]
        self.assertEqual(sorted(it["ARN"] for it in secrets), sorted(it for it in kept if ":" in it))
        for table in left:
            name = {"TABLE": table, "SECRET": secrets.pop()["ARN"]}
            self.follow("upgrade.md", "aws dynamodb update-table --table-name TABLE", name, stack=None)
        self.assertEqual(emulator.client("dynamodb").list_tables()["TableNames"], [])
        again = asked("postern\n")
        self.assertIn("stack postern not found in this region and account", again.stderr)


if __name__ == "__main__":
    PROJECT.environment |= emulator.serve()
    unittest.main()
