"""What must never change in infra/template.yaml: an edit would lose data, and CloudFormation would not ask."""

import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "infra/watch"))

import sam

TABLES = {"OrganizationsTable", "UsersTable", "ChallengesTable", "SessionsTable", "AuditTable"}
GENERATED = {
    "IdentifierSecret",
    "OtpSecret",
    "PortalAccessSecret",
    "PortalRefreshSecret",
    "PasswordAccessSecret",
    "AuditSecret",
}
# Another text generates another value, and every key in it is lost.
GENERATOR = {
    "SecretStringTemplate": '{"kid":"initial"}',
    "GenerateStringKey": "key",
    "PasswordLength": 88,
    "ExcludePunctuation": True,
    "IncludeSpace": False,
}
# Its codes and counters live for days.
MAY_GO = {"ChallengesTable"}


def of_type(kind):
    return {name: it for name, it in sam.read()["Resources"].items() if it["Type"] == kind}


class Frozen(unittest.TestCase):
    def test_no_secret_is_renamed_or_generated_anew(self):
        secrets = of_type("AWS::SecretsManager::Secret")
        self.assertEqual(secrets.keys(), GENERATED | {"PartnerSigningSecret", "AuditSigningSecret"})
        for name, secret in secrets.items():
            with self.subTest(name):
                generator = secret["Properties"].get("GenerateSecretString")
                self.assertEqual(generator, GENERATOR if name in GENERATED else None)

    def test_no_table_is_renamed_or_keyed_anew(self):
        tables = of_type("AWS::DynamoDB::Table")
        self.assertEqual(tables.keys(), TABLES)
        for name, table in tables.items():
            with self.subTest(name):
                properties = table["Properties"]
                self.assertEqual(properties["KeySchema"], [{"AttributeName": "pk", "KeyType": "HASH"}])
                self.assertEqual(properties["AttributeDefinitions"], [{"AttributeName": "pk", "AttributeType": "S"}])
                self.assertNotIn("TableName", properties)

    def test_what_holds_data_outlives_the_stack(self):
        for name, resource in (of_type("AWS::DynamoDB::Table") | of_type("AWS::SecretsManager::Secret")).items():
            with self.subTest(name):
                self.assertNotIn("Name", resource["Properties"])
                policies = resource["DeletionPolicy"], resource["UpdateReplacePolicy"]
                expected = ("Delete", "Delete") if name in MAY_GO else ("RetainExceptOnCreate", "Retain")
                self.assertEqual(policies, expected)
                if name in TABLES - MAY_GO:
                    protected = resource["Properties"]["DeletionProtectionEnabled"]
                    self.assertEqual(protected, {"Fn::If": ["IsProtected", True, False]})

    def test_the_stack_policy_denies_replacing_and_deleting_them(self):
        statements = json.loads((ROOT / "infra/stack-policy.json").read_text())["Statement"]
        [deny] = [it for it in statements if it["Effect"] == "Deny"]
        self.assertEqual(set(deny["Action"]), {"Update:Replace", "Update:Delete"})
        kinds = deny["Condition"]["StringEquals"]["ResourceType"]
        self.assertEqual(set(kinds), {"AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"})
        self.assertEqual((deny["Resource"], deny["Principal"]), ("*", "*"))


if __name__ == "__main__":
    unittest.main()
