"""Alarms, runbook and template belong together."""

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "infra/watch"))

import alarms
import queries
import sam

TEMPLATE = sam.read()
WATCHED = list(alarms.all_of(sam.functions(TEMPLATE), sam.tables(TEMPLATE)))


def anchor(heading):
    """As GitHub makes it."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


class Queries(unittest.TestCase):
    RUNBOOK = (ROOT / "docs/runbook.md").read_text()
    TELEMETRY = "".join(it.read_text() for it in (ROOT / "shared/runtime/src/telemetry").glob("*.rs"))

    def test_the_runbook_lists_each_query_and_no_other(self):
        listed = re.findall(r"^\| `([a-z-]+)` \|", self.RUNBOOK.split("\n## ")[0], re.MULTILINE)
        self.assertEqual(listed, [it.name for it in queries.ALL])

    def test_a_query_asks_for_fields_that_lines_have(self):
        keywords = {"filter", "and", "or", "in", "as", "by", "stats", "sort", "desc", "display", "count", "sum", "avg", "max", "pct",
                    "bin", "coalesce", "ispresent", "m", "h"}
        of_metrics = {"CodeSent", "CodeAccepted", "channel"}
        of_lines = set(re.findall(r"^ {8}(\w+) =", self.TELEMETRY, re.MULTILINE))
        of_lines |= set(re.findall(r"^ {8}(function|outcome|status),$", self.TELEMETRY, re.MULTILINE))
        known = of_lines | of_metrics | {"message", "level", "timestamp"}
        self.assertGreater(len(of_lines), 15)
        for query in queries.ALL:
            with self.subTest(query.name):
                text = re.sub(r"\"[^\"]*\"|'[^']*'", "", query.text)
                aliases = set(re.findall(r" as (\w+)", text))
                self.assertLessEqual(set(re.findall(r"[A-Za-z]\w*", text)) - keywords - aliases, known)

    def test_a_step_that_a_query_names_is_one(self):
        steps = (ROOT / "docs/errors.md").read_text()
        for step in re.findall(r'"([A-Z_]+_[A-Z_]+)"', "".join(it.text for it in queries.ALL)):
            self.assertIn(f"`{step}`", steps)


class Watched(unittest.TestCase):
    def test_each_alarm_has_an_entry_and_each_entry_an_alarm(self):
        headings = re.findall(r"^## (.+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
        self.assertEqual({anchor(it) for it in headings}, {it.entry for it in WATCHED})

    def test_an_entry_names_its_alarms(self):
        text = (ROOT / "docs/runbook.md").read_text()
        entries = {anchor(it.split("\n", 1)[0]): it for it in text.split("\n## ")[1:]}
        for alarm in WATCHED:
            with self.subTest(alarm.id):
                kind = re.sub(r"^.*-(fails|slow|late|throttled)$", r"-\1", alarm.id)
                self.assertIn(kind, entries[alarm.entry])

    def test_an_alarm_tells_of_its_begin_and_its_end_and_where_to_read_on(self):
        for alarm in WATCHED:
            with self.subTest(alarm.id):
                properties = alarm.resource()["Properties"]
                self.assertEqual(properties["AlarmActions"], properties["OKActions"])
                self.assertEqual(properties["AlarmActions"], [{"Ref": "Topic"}])
                self.assertTrue(properties["AlarmDescription"]["Fn::Sub"].endswith("${Runbook}#" + alarm.entry))

    def test_silence_is_filled_and_never_divides(self):
        for alarm in WATCHED:
            with self.subTest(alarm.id):
                self.assertIn("FILL(", alarm.expression)
                if "/" in alarm.expression:
                    self.assertTrue(alarm.expression.startswith("IF("))
                for name in alarm.metrics:
                    self.assertIn(f"FILL({name}, 0)", alarm.expression)

    def test_no_two_alarms_have_one_name(self):
        names = [it.id for it in WATCHED]
        self.assertEqual(len(names), len(set(names)))

    def test_every_metric_of_ours_is_of_this_stack(self):
        for alarm in WATCHED:
            for metric in alarm.metrics.values():
                if metric.namespace == "Postern":
                    self.assertEqual(metric.dimensions["stack"], {"Ref": "Stack"})

    def test_a_gradual_deployment_ends_with_the_alarm_of_its_function(self):
        for function in sam.functions(TEMPLATE):
            preference = TEMPLATE["Resources"][function.id]["Properties"]["DeploymentPreference"]
            self.assertEqual(preference, {"Alarms": [{"Fn::GetAtt": ["Watch", f"Outputs.{function.id}Fails"]}]})

    def test_the_nested_stack_gets_what_it_asks_for(self):
        given = TEMPLATE["Resources"]["Watch"]["Properties"]["Parameters"].keys()
        import importlib.util

        main = importlib.util.spec_from_file_location("watch", ROOT / "infra/watch/__main__.py")
        module = importlib.util.module_from_spec(main)
        main.loader.exec_module(module)
        self.assertEqual(module.parameters(TEMPLATE).keys(), given)


if __name__ == "__main__":
    unittest.main()
