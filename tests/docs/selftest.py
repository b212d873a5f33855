"""The test of the documents, tested: what it lets pass, and that it finds what it has to find."""

import http.server
import os
import select
import tempfile
import threading
import unittest
from pathlib import Path
from shutil import which

from blocks import Block, blocks, commands, comments, complaints
from includes import is_part, of_blocks, of_tables
from session import SHELLS, Ended, Session

SHELLCHECK = Path(__file__).parents[2] / ".local/lint/bin/shellcheck"


def block(text, *info):
    return Block("file.md", 1, info or ("sh",), text)


class Blocks(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".md") as file:
            file.write(text)
            file.flush()
            return [(it.line, it.info, it.text, it.runs) for it in blocks(file.name)]

    def test_a_block_is_what_stands_between_its_fences(self):
        self.assertEqual(self.read("a\n\n```sh\none\n\n  two\n```\n"), [(4, ("sh",), "one\n\n  two\n", True)])

    def test_a_block_runs_unless_its_info_string_says_otherwise(self):
        self.assertEqual(
            self.read("```sh norun\nmake run\n```\n```json\n{}\n```\n```sh 401\ncurl x\n```\n```sh a.sh\nx\n```\n"),
            [
                (2, ("sh", "norun"), "make run\n", False),
                (5, ("json",), "{}\n", False),
                (8, ("sh", "401"), "curl x\n", True),
                (11, ("sh", "a.sh"), "x\n", False),
            ],
        )

    def test_a_refusal_is_expected_of_its_own_block_alone(self):
        refusals = [commands(block("curl x\n", "sh", *more))[0].refusal for more in ((), ("401",), ("norun",), ("200",))]
        self.assertEqual(refusals, [None, 401, None, None])

    def test_a_longer_fence_holds_a_shorter_one(self):
        self.assertEqual(self.read("````md\n```sh\nx\n```\n````\n"), [(2, ("md",), "```sh\nx\n```\n", False)])

    def test_a_block_of_a_list_loses_its_indentation(self):
        self.assertEqual(self.read("- a\n\n  ```sh\n  x\n  ```\n"), [(4, ("sh",), "x\n", True)])

    def test_a_command_ends_where_a_shell_runs_it(self):
        text = "a; b\n\nc \\\n  d\nif e\nthen f\nfi\ncat <<END\ng\nEND\nh |\n  i\n'j\n\nk'\nf() {\n  l\n}\n"
        self.assertEqual(
            [(it.line, it.text.split("\n")[0]) for it in commands(block(text))],
            [(1, "a; b"), (3, "c \\"), (5, "if e"), (8, "cat <<END"), (11, "h |"), (13, "'j"), (16, "f() {")],
        )


class Includes(unittest.TestCase):
    def complaints(self, text, file):
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder) / "page.md"
            document.write_text(text)
            (Path(folder) / "shown.py").write_text(file)
            return [told for _, told in of_tables(str(document))]

    def test_a_part_of_a_file_is_found_whatever_its_indentation(self):
        self.assertTrue(is_part("a\n  b\n", "x\n  a\n    b\ny\n"))
        self.assertFalse(is_part("a\nb\n", "a\nx\nb\n"))

    def test_a_block_that_differs_from_its_file_is_reported(self):
        with tempfile.NamedTemporaryFile("w", suffix=".md") as file:
            file.write("```sh tests/docs/check.py\nnothing like it\n```\n```sh tests/docs/gone.py\nx\n```\n")
            file.flush()
            told = [text for _, text in of_blocks(file.name)]
        self.assertEqual(told, ["the block is no part of tests/docs/check.py", "there is no tests/docs/gone.py"])

    def test_settings_are_those_of_the_file_that_runs_them(self):
        table = "| library | settings | run in |\n|---|---|---|\n| x | `a = 'b'` | [shown](shown.py) |\n"
        self.assertEqual(self.complaints(table, 'if a="b":\n'), [])
        self.assertEqual(self.complaints(table, "if a='c':\n"), ["shown.py doesn't have a = 'b'"])


class Complaints(unittest.TestCase):
    def found(self, text, *info):
        return [(it.line, it.text) for it in complaints(block(text, *info), SHELLCHECK)]

    def test_a_comment_begins_a_word_outside_of_quotes(self):
        for text in ("# a", "a # b", "a;# b", "a '\n' # b", 'a "\\"" # b'):
            self.assertEqual(comments(text), [text.count("\n")], text)
        for text in ("a#b", "'# a'", '"# a"', "${a#b}", "$#", "a \\# b", "http://a/#b", '"a \\" # b"'):
            self.assertEqual(comments(text), [], text)

    def test_what_some_shell_refuses_is_found_without_running_it(self):
        for text in ("a # b", "date +%s%N", "$ a", "[[ a == b ]]", "a &> b", "source a", "a <<< b", "x=(a b)"):
            self.assertEqual({line for line, _ in self.found(f"true\n{text}\n")}, {2}, text)
            self.assertNotEqual(self.found(text + "\n", "sh", "norun"), [], text)

    def test_a_block_that_every_shell_takes_is_left_alone(self):
        self.assertEqual(self.found("set -a; . ./env; set +a\nX=$(date +%s)\necho \"${X#1}\" | sed 's/a/#/'\n"), [])

    def test_a_shell_block_has_one_name(self):
        self.assertEqual(len(self.found("a\n", "bash")), 1)
        self.assertEqual(len(self.found("a\n", "sh", "skip")), 1)
        self.assertEqual(len(self.found("a\n", "sh", "200")), 1)
        self.assertEqual(self.found("a\n", "sh", "401"), [])
        self.assertEqual(self.found("{}\n", "json"), [])


class Api(http.server.BaseHTTPRequestHandler):
    """Answers with the status that its path asks for."""

    def do_GET(self):
        body = b'{"code":"123456"}\n'
        self.send_response(int(self.path[1:]))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Sessions(unittest.TestCase):
    """In each shell that this machine has."""

    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.shells = [shell for shell, command in SHELLS.items() if which(command[0])]

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def in_each_shell(self, *texts):
        """The outcome of the last of the commands."""
        for shell in self.shells:
            with self.subTest(shell=shell), tempfile.TemporaryDirectory() as folder:
                with Session(shell, folder) as session:
                    *_, outcome = [session.run(text.replace("URL", self.url) + "\n") for text in texts]
                    yield outcome

    def test_one_session_remembers_variables_and_functions(self):
        told = ("CODE=$(curl -s URL/200 | grep -oE '[0-9]{6}')", "f() {\n  echo \"<$CODE>\"\n}", "f")
        for outcome in self.in_each_shell(*told):
            self.assertEqual((outcome.complaints(), outcome.output), ([], "<123456>\n"))

    def test_what_succeeds_is_left_alone(self):
        for text in ("true", "export A=1 B=", "curl -s \\\n  URL/204", "curl -si URL/201 | head -n 1", "echo '#' \"a\\!b\""):
            for outcome in self.in_each_shell(text):
                self.assertEqual(outcome.complaints(), [], text)

    def test_an_exit_status_fails(self):
        for outcome in self.in_each_shell("(exit 3)"):
            self.assertEqual(outcome.complaints(), ["its exit status is 3"])

    def test_a_refusal_in_a_pipe_fails(self):
        for outcome in self.in_each_shell('X=$(curl -s URL/404 | cut -c 1-3); echo "$X"'):
            self.assertEqual(outcome.complaints(), ["a curl was answered with 404"])

    def test_a_curl_without_an_answer_fails(self):
        for outcome in self.in_each_shell("curl -s http://127.0.0.1:1/ | cat"):
            self.assertEqual(outcome.complaints(), ["a curl got no answer"])

    def test_a_refusal_that_is_shown_has_to_come(self):
        for status, complaint in ((401, []), (404, ["a curl was answered with 404"]), (200, ["a curl was answered with 200"])):
            for outcome in self.in_each_shell(f"curl -s URL/{status}"):
                self.assertEqual(outcome.complaints(401), complaint)

    def test_an_empty_variable_fails(self):
        for outcome in self.in_each_shell("export A=1; X=$(curl -s URL/200 | sed -n 's/nothing//p'); echo \"$X\""):
            self.assertEqual(outcome.complaints(), ["X is empty"])

    def test_a_program_that_is_missing_in_a_pipe_fails(self):
        for outcome in self.in_each_shell("nonesuch | cat"):
            self.assertEqual(outcome.complaints(), ["standard error reports an error"])

    def test_what_only_some_interactive_shells_take_fails_in_the_others(self):
        for text, shells in (
            ('echo "a!b"', {"bash", "zsh"}),
            ("echo a[b]", {"zsh"}),
            ("[[ a = a ]]", {"dash"}),
        ):
            refused = set()
            for shell in self.shells:
                with tempfile.TemporaryDirectory() as folder, Session(shell, folder) as session:
                    if session.run(text + "\n").complaints():
                        refused.add(shell)
            self.assertEqual(refused, shells & set(self.shells), text)

    def test_a_command_that_reads_its_input_fails(self):
        for shell in self.shells:
            with tempfile.TemporaryDirectory() as folder, Session(shell, folder) as session:
                self.assertRaises(Ended, session.run, "cat\n", seconds=1)

    def test_nothing_that_a_command_started_outlives_its_session(self):
        for shell in self.shells:
            with tempfile.TemporaryDirectory() as folder:
                os.mkfifo(f"{folder}/held")
                held = os.open(f"{folder}/held", os.O_RDONLY | os.O_NONBLOCK)
                with Session(shell, folder) as session:
                    session.run("sleep 1000 >held &\n")
                    self.assertEqual(select.select([held], [], [], 0.1)[0], [], "somebody holds it")
                self.assertEqual(select.select([held], [], [], 10)[0], [held], "nobody does")
                os.close(held)

    def test_a_shell_that_ends_fails(self):
        for shell in self.shells:
            with tempfile.TemporaryDirectory() as folder, Session(shell, folder) as session:
                self.assertRaises(Ended, session.run, "exit\n")


if __name__ == "__main__":
    unittest.main()
