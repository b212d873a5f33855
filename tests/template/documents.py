"""Documents about the template say what is in it."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "infra/watch"))

import sam
import yaml

PARAMETERS = sam.read()["Parameters"]


class Documents(unittest.TestCase):
    def test_each_parameter_is_in_the_documentation_and_no_other(self):
        text = (ROOT / "docs/configuration.md").read_text().split("## Template parameters", 1)[1]
        rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
        self.assertEqual({name for row in rows for name in re.findall(r"`(\w+)`", row)}, PARAMETERS.keys())

    def test_only_the_sender_has_no_default(self):
        self.assertEqual([name for name, it in PARAMETERS.items() if "Default" not in it], ["SenderAddress"])

    def test_the_example_can_be_deployed(self):
        example = yaml.safe_load((ROOT / "infra/parameters.example.yaml").read_text())
        self.assertLessEqual(example.keys(), PARAMETERS.keys())
        self.assertIn("SenderAddress", example)
        for name, value in example.items():
            self.assertIn(value, PARAMETERS[name].get("AllowedValues", [value]))

    def test_the_costs_are_those_that_are_computed(self):
        program = [sys.executable, "-B", ROOT / "infra/costs"]
        printed = subprocess.run(program, capture_output=True, text=True, check=True).stdout
        self.assertEqual((ROOT / "docs/costs.md").read_text(), printed, "run `make costs`")


if __name__ == "__main__":
    unittest.main()
