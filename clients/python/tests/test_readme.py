"""The README's examples, run as printed but for the address."""

from __future__ import annotations

import contextlib
import io
import os
import re
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from .stack import API, code_for, console

README = Path(__file__).parents[1] / "README.md"


class Readme(unittest.TestCase):
    def test_its_examples_run(self) -> None:
        blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
        self.assertEqual(len(blocks), 7)
        names: dict[str, Any] = {"__name__": "readme"}
        printed = io.StringIO()
        home = os.getcwd()
        with TemporaryDirectory() as folder, mock.patch("builtins.input", self.code), contextlib.redirect_stdout(printed):
            os.chdir(folder)
            try:
                for block in blocks:
                    console("DELETE", "/messages")
                    exec(compile(block.replace("http://127.0.0.1:9000", API), str(README), "exec"), names)
            finally:
                os.chdir(home)
                names["postern"].close()
        lines = printed.getvalue().splitlines()
        self.assertEqual(lines[0], "patient")
        self.assertEqual(lines[2], "demo-partner")
        self.assertTrue(lines[3].startswith("demo "))
        self.assertIn("MCI Admin", lines[4])
        self.assertEqual(lines[5:], ["patient"])
        self.assertFalse([line for line in lines if "again" in line or "code" in line])

    def code(self, _: str) -> str:
        return code_for("patient@example.com")
