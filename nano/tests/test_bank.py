"""Tests of the bank's language, linter and sandbox: python3 -m unittest discover nano/tests"""

import os
import random
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sandbox
from bank import load
from bank.changes import changes
from bank.clashes import clashes
from bank.expand import write_words
from bank.intents import FOLDER
from bank.lint import all_problems
from bank.shell import Place, quote, simple_commands
from bank.slots import parse_entry
from bank.syntax import syntax_errors
from bank.template import TemplateError, parse_command, parse_words, resolve

LARGEST = """
type kind: films => mkv
fixture kind: logs => log

= demo.largest
$ find [folder? <folder>][!folder? .] -type f[kind? -name '*.<kind>'] | head -n <n>
$bsd ls [folder? <folder>][!folder? .][kind? *.<kind>] | head -<n>
- the <n> (largest|biggest)[kind? <kind>] files[folder? in <folder>]
- top <n> space hogs[folder? under <folder>]
"""


def bank_of(text):
    """Returns the bank of one file `demo.txt` with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.txt"
        path.write_text(text, encoding="utf-8")
        return load([path])


def messages(text):
    bank = bank_of(text)
    return " ".join(problem.message for problem in all_problems(bank))


class Template(unittest.TestCase):
    def check(self, text, details, expected, parse=parse_command):
        parts = resolve(parse(text), details)
        self.assertEqual("".join(part if isinstance(part, str) else f"<{part.name}>" for part in parts), expected)

    def test_details_come_and_go_without_double_spaces(self):
        command = "find [folder? <folder>][!folder? .] -type f[ext? -name '*.<ext>']"
        self.check(command, (), "find . -type f")
        self.check(command, ("folder", "ext"), "find <folder> -type f -name '*.<ext>'")
        self.check("ls [all? -a] <folder>", (), "ls <folder>")
        self.check("head -n [n? <n>][!n? 5] x", ("n",), "head -n <n> x")
        self.check("du --max-depth=[n? <n>][!n? 1]", (), "du --max-depth=1")
        self.check("awk '[x? NR > 1] {print}'", ("x",), "awk 'NR > 1 {print}'")

    def test_brackets_of_the_shell_are_text(self):
        self.check("[[ -f x ]] && grep '[^a-z]' < x", (), "[[ -f x ]] && grep '[^a-z]' < x")
        self.check("ls[x? *.[jJ]pg]", ("x",), "ls *.[jJ]pg")

    def test_words_escape_and_speak_in_brackets(self):
        self.check(r"what is \<x\> \[y\] (really)", (), "what is <x> [y] (really)", parse_words)

    def test_mistakes_are_told(self):
        for text in ("a (b|c", "a [b", "a < b", "a [x? b [y? c]]", "a | b"):
            with self.assertRaises(TemplateError, msg=text):
                parse_words(text)

    def test_choices_may_nest_and_be_empty(self):
        parts = parse_words("(show (me|us)|) files(, please|)?")
        texts = {write_words(parts, {}, random.Random(seed)) for seed in range(60)}
        self.assertEqual(
            texts, {start + "files" + end for start in ("", "show me ", "show us ") for end in ("?", ", please?")}
        )


class Quoting(unittest.TestCase):
    def test_exactly_what_the_shell_needs(self):
        for value, place, expected in [
            ("notes.txt", Place.WORD, "notes.txt"),
            ("my notes.txt", Place.WORD, "'my notes.txt'"),
            ("Anna's list", Place.WORD, '"Anna\'s list"'),
            ("~/My Music", Place.WORD, "~/'My Music'"),
            ("~/Music", Place.WORD, "~/Music"),
            ("~/Music", Place.JOINED, None),
            ("~/Music", Place.SINGLE, None),
            ("my notes", Place.SINGLE, "my notes"),
            ("don't", Place.SINGLE, None),
            ("don't", Place.DOUBLE, "don't"),
            ("$5", Place.DOUBLE, None),
            ("my notes", Place.PROGRAM, None),
            ("HEAD~2", Place.WORD, "HEAD~2"),
            ("*.txt", Place.WORD, "'*.txt'"),
        ]:
            self.assertEqual(quote(value, place), expected, (value, place))

    def test_places_follow_the_quotes(self):
        intent = bank_of(
            "= demo.x\n$ a <file> '<file>' \"$(b <file>)<file>\" c=<file> sh -c 'd <file>'\n- x <file>\n"
        ).intents[0]
        places = [part[1] for part in intent.variants()[0].commands["linux"] if not isinstance(part, str)]
        self.assertEqual(places, [Place.WORD, Place.SINGLE, Place.WORD, Place.DOUBLE, Place.JOINED, Place.PROGRAM])

    def test_simple_commands(self):
        for line, expected in [
            ("a | b && c; d & e", "a b c d e"),
            ("sudo -u bob a x | xargs -I{} b {}", "sudo a xargs b"),
            ('a "$(b x)" `c`', "b c a"),
            ("find . -name '*;' -exec a {} \\; -exec b {} +", "find a b"),
            ('for f in *; do a "$f"; done > x', "a"),
            ("diff <(a) <(b)", "a b diff"),
            ("bash -c 'a; b'", "bash a b"),
            ("X=1 a 2>&1 >/dev/null", "a"),
        ]:
            self.assertEqual(
                [simple.words[0] for simple in simple_commands(line) if simple.words], expected.split(), line
            )

    def test_what_changes(self):
        for line in (
            "rm x",
            "a > b",
            "sed -i s/a/b/ x",
            "find . -delete",
            "tar -xzf a",
            "git stash",
            "git commit -m x",
            "ls | xargs rm",
        ):
            self.assertTrue(changes(line), line)
        for line in (
            "ls 2>/dev/null",
            "sed -n 1p x",
            "tar -tzf a",
            "git stash list",
            "git log",
            "gzip -dc x",
            "docker ps",
            "awk '$1 > 2' x",
        ):
            self.assertFalse(changes(line), line)


class Sampling(unittest.TestCase):
    def test_details_are_in_both_sides_or_in_none(self):
        bank, chance = bank_of(LARGEST), random.Random(1)
        seen = set()
        for _ in range(300):
            pair = bank.sample(chance)
            seen.add(pair.details)
            self.assertEqual("films" in pair.request, "'*.mkv'" in pair.command)
            self.assertEqual("folder" not in pair.details, pair.command.startswith("find . "))
            self.assertTrue(pair.bsd.startswith("ls"))
        self.assertEqual(seen, {(), ("folder",), ("kind",), ("folder", "kind")})

    def test_a_seed_gives_the_same_pairs(self):
        bank = bank_of(LARGEST)
        self.assertEqual(bank.sample(random.Random(5)), bank.sample(random.Random(5)))

    def test_two_slots_of_a_type_differ_and_keep_order(self):
        bank, chance = bank_of(
            "= demo.x\n$ cut -c <line>-<line2> <file> <file2>\n- <line> <line2> <file> <file2>\n"
        ), random.Random(2)
        for _ in range(200):
            words = bank.sample(chance).command.split("-c ")[1]
            first, second = map(int, words.split()[0].split("-"))
            self.assertLess(first, second)

    def test_a_folder_is_not_called_the_my_downloads_folder_folder(self):
        text = "type place: my downloads folder / ~/Downloads => ~/Downloads\n\n= demo.x\n$ ls <place>\n- {}\n"
        for phrasing, expected in [
            ("list the <place> folder", {"~/Downloads"}),
            ("list <place>", {"my downloads folder", "~/Downloads"}),
        ]:
            bank = bank_of(text.format(phrasing))
            said = {
                bank.sample(random.Random(seed)).request.removeprefix("list ").removeprefix("the ")
                for seed in range(30)
            }
            self.assertEqual(
                {words.removesuffix(" folder") if phrasing.startswith("list the") else words for words in said},
                expected,
            )

    def test_ranges_and_words(self):
        value = parse_entry("1..20 MB / 1..20 megabytes => 1..20M")
        self.assertEqual((value.words, value.text, value.low, value.high), (("\0 MB", "\0 megabytes"), "\0M", 1, 20))
        self.assertEqual(parse_entry("<file>"), "file")


class Lint(unittest.TestCase):
    def test_mistakes(self):
        for text, expected in [
            ("= other.x\n$ ls\n- list\n", "does not begin with `demo.`"),
            ("= demo.x\n$ ls\n- list\n", "fewer than 10"),
            ("= demo.x\n$ ls <file>\n- list\n", "the words lack <file>"),
            ("= demo.x\n$ ls\n- list <file>\n", "the command lacks <file>"),
            ("= demo.x\n$ ls <nothing>\n- list <nothing>\n", "unknown type `nothing`"),
            ("= demo.x\n$ ls[all? -a]\n- list[all? all]\n", "detail `all` is in 1 phrasings"),
            ("= demo.x\n$ ls\n- list[all? all]\n", "no command has the detail `all`"),
            ("= demo.x\n$ ls[f? <file>]\n- list[f? it]\n", "detail `f` has no slot in the words"),
            ("= demo.x\n$ ls |\n- list\n", "bash can't parse"),
            ("= demo.x\n$ rm <file>\n- remove <file>\n", "changes something (`rm slot`)"),
            ("= demo.x\n$ ls\n- list\n\n= demo.x\n$ pwd\n- where\n", "`demo.x` is already in"),
            (
                "= demo.x\n$ ls\n- list (it|all)\n\n= demo.y\n$ pwd\n- list all!\n",
                "'list all' is `ls` here and `pwd` in demo.y",
            ),
            ("= demo.x\n$ ls\n~ demo.y\n- list\n", "no intent `demo.y`"),
            ("= demo.x\n$ ls $d<file>\n- list <file>\n", "part of the variable before it"),
            ("= demo.x\n- list\n", "no `$` line"),
            ("type t: a | => b\n", "an empty value"),
        ]:
            self.assertIn(expected, messages(text), text)

    def test_a_sound_file_is_not_blamed(self):
        self.assertNotIn("bash", messages(LARGEST))
        self.assertEqual(list(clashes(bank_of(LARGEST))), [])

    def test_syntax_errors_are_told_apart(self):
        self.assertEqual(sorted(syntax_errors(["ls", "ls |", "echo 'x", "a <(b)", "}"])), [1, 2, 4])

    def test_common_types_are_well_formed(self):
        bank = load([])
        self.assertEqual(bank.problems, [])
        for found in bank.common.types.values():
            self.assertTrue(found.options(frozenset({Place.WORD}), False), found.name)

    def test_the_bank_can_be_sampled(self):
        bank, chance = load(), random.Random(3)
        for intent in bank.intents:
            pair = intent.sample(chance)
            self.assertNotIn("\0", pair.request + pair.command + pair.bsd)
        self.assertTrue((FOLDER / "README.md").exists())


@unittest.skipIf(sandbox.no_rooms(), "no sandbox on this machine")
class Sandbox(unittest.TestCase):
    def kinds(self, text):
        bank = bank_of(text)
        with tempfile.TemporaryDirectory() as folder:
            sandbox.fixture.build(folder)
            os.chmod(folder, 0o755)
            return {sandbox.play(case, folder).kind for intent in bank.intents for case in sandbox.cases_of(intent)}

    def test_outcomes(self):
        for text, expected in [
            ("$ rm <file>\n? ! test -e <file>\n- rm <file>\n", "ok"),
            ('$ cd photos\n? test "$PWD" = ~/photos\n- go\n', "ok"),
            ('$ cat made.txt\n@ echo 42 > made.txt\n? test "$OUT" = 42\n- go\n', "ok"),
            ("$ ls\n- go\n", "unchecked"),
            ("$ touch x\n? test -e y\n- go\n", "failed"),
            ("$ ls nowhere\n- go\n", "nonzero"),
            ("$ grep zebra notes.txt\n- go\n", "no match"),
            ("$ ls empty\n- go\n", "quiet"),
            ("$ no-such-tool\n- go\n", "missing"),
            ("$ ls\n@ false\n- go\n", "unprepared"),
            ("$ ls\n! network\n- go\n", "skipped"),
            ("$ echo x > /usr/x\n- go\n", "nonzero"),
        ]:
            self.assertEqual(self.kinds("= demo.x\n" + text), {expected}, text)


if __name__ == "__main__":
    unittest.main()
