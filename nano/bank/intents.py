"""Reads the files of the bank into intents.

Reading never fails: what can't be understood becomes a problem with its line, and the rest is there. An intent that
can't be expanded is set apart, so that whatever is in `Bank.intents` can be sampled.
"""

import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .expand import Variant
from .slots import Scope, SlotError
from .soundness import unsound
from .template import TemplateError, details_of, parse_command, parse_words

FOLDER = Path(__file__).resolve().parent.parent.parent / "bank"
SLOTS = "slots.txt"
DIALECTS = {"$": "linux", "$bsd": "bsd", "$fish": "fish"}
REFUSAL = "refuse: "
# How often a detail that can be said is said.
DETAIL_SHARE = 0.4
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*")


class Problem(NamedTuple):
    file: str
    line: int
    message: str
    error: bool = True

    def __str__(self):
        return f"{self.file}:{self.line}: {'error' if self.error else 'warning'}: {self.message}"


class Line(NamedTuple):
    """One template of an intent: what it said and where it stood."""

    number: int
    text: str
    parts: tuple


@dataclass
class Intent:
    name: str
    file: str
    line: int
    scope: Scope
    commands: dict = field(default_factory=dict)
    neighbours: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    preparations: list = field(default_factory=list)
    phrasings: list = field(default_factory=list)
    skip: str = ""
    sound: bool = True
    variants_made: tuple = None

    def refuses(self):
        return "linux" in self.commands and self.commands["linux"].text.startswith(REFUSAL)

    def details(self):
        return set().union(*(details_of(line.parts) for line in self.commands.values()))

    def variants(self):
        """Returns every set of details that some phrasing can express, as a variant."""
        if self.variants_made is None:
            self.variants_made = tuple(self.make_variants())
        return self.variants_made

    def make_variants(self):
        able = {}
        for phrasing in self.phrasings:
            details = sorted(details_of(phrasing.parts) & self.details())
            for size in range(len(details) + 1):
                for chosen in itertools.combinations(details, size):
                    able.setdefault(chosen, []).append(phrasing)
        return [Variant(self, chosen, phrasings) for chosen, phrasings in sorted(able.items())]

    def sample(self, random):
        variants = self.variants()
        odds = DETAIL_SHARE / (1 - DETAIL_SHARE)
        weights = [odds ** len(variant.details) for variant in variants]
        return random.choices(variants, weights)[0].sample(random)


class Bank:
    """The intents of some files, and what is wrong in them."""

    def __init__(self):
        self.intents = []
        self.unsound = []
        self.problems = []
        self.common = Scope()

    def sample(self, random):
        """Returns a pair; every intent is as likely as every other."""
        return self.intents[int(random.random() * len(self.intents))].sample(random)

    def all_intents(self):
        return self.intents + self.unsound

    def find(self, name):
        return next((intent for intent in self.intents if intent.name == name), None)


def load(paths=None):
    """Returns the bank of these files, or of all."""
    bank = Bank()
    FileReader(bank, FOLDER / SLOTS, bank.common).read()
    paths = sorted(FOLDER.glob("*.txt")) if paths is None else [Path(path).resolve() for path in paths]
    for path in paths:
        if path.name != SLOTS:
            FileReader(bank, path, Scope(bank.common)).read()
    return bank


class FileReader:
    def __init__(self, bank, path, scope):
        self.bank = bank
        self.path = path
        self.scope = scope
        self.intent = None
        self.number = 0

    def read(self):
        for self.number, text in enumerate(self.path.read_text(encoding="utf-8").split("\n"), 1):
            text = text.rstrip()
            try:
                self.read_line(text)
            except (TemplateError, SlotError) as error:
                self.report(str(error))
        self.close()
        for message in self.scope.check():
            self.report(message, 1)

    def report(self, message, line=None):
        self.bank.problems.append(Problem(str(self.path), line or self.number, message))
        if self.intent:
            self.intent.sound = False

    def read_line(self, text):
        if not text:
            self.close()
        elif text.startswith("#"):
            return
        elif text.startswith("= "):
            self.open(text[2:].strip())
        elif self.intent is None:
            self.read_type(text)
        else:
            self.read_part(text)

    def open(self, name):
        if self.intent:
            self.report(f"no blank line after `{self.intent.name}`")
        self.close()
        self.intent = Intent(name, str(self.path), self.number, self.scope)
        if not NAME.fullmatch(name):
            self.report(f"`{name}` is not `need.name` in small letters")

    def read_type(self, text):
        if not re.match(r"(type|fixture|ordered|raw) ", text):
            raise TemplateError(f"`{text[:40]}` outside an intent")
        self.scope.read(text)

    def read_part(self, text):
        mark, _, rest = text.partition(" ")
        intent, rest = self.intent, rest.strip()
        if mark in DIALECTS:
            if DIALECTS[mark] in intent.commands:
                raise TemplateError(f"a second `{mark}` line")
            intent.commands[DIALECTS[mark]] = Line(self.number, rest, parse_command(rest))
        elif mark == "-":
            intent.phrasings.append(Line(self.number, rest, parse_words(rest)))
        elif mark == "?":
            intent.checks.append(Line(self.number, rest, parse_command(rest)))
        elif mark == "@":
            intent.preparations.append(Line(self.number, rest, parse_command(rest)))
        elif mark == "~":
            intent.neighbours += rest.replace(",", " ").split()
        elif mark == "!":
            intent.skip = rest or "no reason"
        else:
            raise TemplateError(f"a line can't begin with `{mark}`")

    def close(self):
        """Ends the intent."""
        intent = self.intent
        if intent is None:
            return
        if "linux" not in intent.commands:
            self.report(f"`{intent.name}` has no `$` line", intent.line)
        elif not intent.phrasings:
            self.report(f"`{intent.name}` has no phrasings", intent.line)
        else:
            for line, message in unsound(intent):
                self.report(message, line)
        (self.bank.intents if intent.sound else self.bank.unsound).append(intent)
        self.intent = None
