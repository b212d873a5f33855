"""What `make deploy` refuses, and what it gives to SAM."""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import deployment as deploy
from deployment import sam

TEMPLATE = sam.read()
# The beginning of a binary: class, byte order, type and machine are all that is read.
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00"
MACHINES = {"x86_64": b"\x3e\x00", "arm64": b"\xb7\x00"}


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def file(self, text):
        path = self.folder / "parameters.yaml"
        path.write_text(text)
        return path

    def refusal(self, text, built="arm64"):
        with self.assertRaises(deploy.Refused) as refused:
            deploy.parameters(self.file(text), TEMPLATE, built)
        return str(refused.exception)


class Parameters(Folder):
    def test_all_are_given_so_that_none_stays_as_it_was(self):
        given = deploy.parameters(self.file("SenderAddress: a@b.example\nLogRetentionDays: 30\n"), TEMPLATE, "arm64")
        self.assertEqual(given.keys(), TEMPLATE["Parameters"].keys())
        self.assertEqual((given["LogRetentionDays"], given["KmsKeyArn"]), ("30", ""))
        self.assertEqual(given["Architecture"], "arm64")

    def test_a_boolean_is_what_the_template_allows(self):
        given = deploy.parameters(self.file("SenderAddress: a@b.example\nPasswordLoginAliases: false\n"), TEMPLATE, "arm64")
        self.assertEqual(given["PasswordLoginAliases"], "false")

    def test_a_mistake_is_named(self):
        self.assertIn("no parameter Sender", self.refusal("Sender: a@b.example"))
        self.assertIn("lacks SenderAddress", self.refusal("Deployment: AllAtOnce"))
        self.assertIn("is not YAML", self.refusal("a: [b"))
        self.assertIn("must have lines", self.refusal("nonsense"))
        self.assertIn("separate its members", self.refusal("SenderAddress: a@b.example\nSubnetIds: [a, b]"))
        self.assertIn("no backslash", self.refusal("SenderAddress: a\\\\b@c.example"))

    def test_a_name_that_cloudformation_would_shorten_is_refused(self):
        deploy.check_name("a" * 17, TEMPLATE)
        with self.assertRaisesRegex(deploy.Refused, "at most 17"):
            deploy.check_name("a" * 18, TEMPLATE)

    def test_another_processor_than_that_of_the_packages_is_refused(self):
        refusal = self.refusal("SenderAddress: a@b.example\nArchitecture: x86_64")
        self.assertIn("make package ARCH=x86_64", refusal)

    def test_a_missing_file_says_what_to_copy(self):
        with self.assertRaisesRegex(deploy.Refused, "parameters.example.yaml"):
            deploy.parameters(self.folder / "none.yaml", TEMPLATE, "arm64")


class Packages(Folder):
    def package(self, machine, only=None):
        for function in sam.functions(TEMPLATE):
            if only in (None, function.name):
                path = self.folder / function.name
                path.mkdir(exist_ok=True)
                (path / "bootstrap").write_bytes(ELF + machine + bytes(44))

    def test_the_processor_is_in_the_binaries(self):
        for name, machine in MACHINES.items():
            self.package(machine)
            self.assertEqual(deploy.architecture(TEMPLATE, self.folder), name)

    def test_a_mixture_is_refused(self):
        self.package(MACHINES["arm64"])
        self.package(MACHINES["x86_64"], only="portal-me")
        with self.assertRaisesRegex(deploy.Refused, "x86_64: portal-me"):
            deploy.architecture(TEMPLATE, self.folder)

    def test_a_missing_package_and_what_is_no_binary_are_refused(self):
        with self.assertRaisesRegex(deploy.Refused, "not found: run `make package`"):
            deploy.architecture(TEMPLATE, self.folder)
        self.package(MACHINES["arm64"])
        (self.folder / "portal-me/bootstrap").write_text("#!/bin/sh")
        with self.assertRaisesRegex(deploy.Refused, "no binary"):
            deploy.architecture(TEMPLATE, self.folder)


class Rendered(unittest.TestCase):
    TEXT = sam.TEMPLATE.read_text()

    def test_another_value_is_another_version_of_every_function(self):
        first, second = (deploy.render({"SenderAddress": it}, self.TEXT) for it in ("a@b.example", "c@d.example"))
        self.assertNotEqual(first, second)
        self.assertEqual(first, deploy.render({"SenderAddress": "a@b.example"}, self.TEXT))

    def test_packages_are_found_from_the_folder_of_the_rendered_template(self):
        rendered = deploy.render({}, self.TEXT)
        self.assertIn("CodeUri: ../lambda/portal-me/", rendered)
        self.assertIn("TemplateURL: ../watch.yaml", rendered)
        self.assertNotIn("../target/", rendered)

    def test_every_value_reaches_sam_whole(self):
        command = deploy.sam_command("postern", {"RunbookUrl": 'https://wiki.example/a "b"', "KmsKeyArn": ""})
        self.assertIn('RunbookUrl="https://wiki.example/a \\"b\\""', command)
        self.assertIn('KmsKeyArn=""', command)


if __name__ == "__main__":
    unittest.main()
