"""Checks the bank: everything `bank/README.md` asks for that a program can see."""

import collections
import os
import random
import re
from pathlib import Path

from .changes import changes
from .clashes import clashes, look_alikes
from .coverage import coverage
from .expand import with_places, write_command, write_helper
from .intents import Problem, load
from .slots import SlotError
from .syntax import syntax_errors
from .template import details_of, resolve

ANY_SLOT = re.compile(r"<[a-z][a-z0-9_-]*>")
PHRASINGS = 10
PHRASINGS_OF_DETAIL = 2


def lint(paths):
    """Prints the problems of these files, judged beside all others, and the coverage; returns the number of errors."""
    bank = load()
    chosen = {str(Path(path).resolve()) for path in paths}
    problems = [problem for problem in all_problems(bank) if not chosen or problem.file in chosen]
    for problem in sorted(set(problems), key=lambda problem: (problem.error, problem.file, problem.line)):
        print(problem._replace(file=os.path.relpath(problem.file)))
    errors = sum(problem.error for problem in problems)
    print(coverage([intent for intent in bank.all_intents() if not chosen or intent.file in chosen]))
    print(f"{errors} errors, {len(problems) - errors} warnings")
    return errors


def all_problems(bank):
    yield from bank.problems
    yield from doubled_names(bank)
    yield from doubled_commands(bank)
    names = {intent.name for intent in bank.all_intents()}
    for intent in bank.all_intents():
        yield from shape(intent, names)
    yield from unwritable(bank)
    yield from clashes(bank)


def doubled_names(bank):
    first = {}
    for intent in bank.all_intents():
        other = first.setdefault(intent.name, intent)
        if other is not intent:
            yield Problem(intent.file, intent.line, f"`{intent.name}` is already in {other.file}:{other.line}")


def doubled_commands(bank):
    """Yields a warning for intents whose commands differ in quotes and names of slots at most."""
    first = {}
    for intent in bank.intents:
        if intent.refuses():
            continue
        command = intent.commands["linux"]
        other = first.setdefault(ANY_SLOT.sub("<>", re.sub("[\"']", "", command.text)), intent)
        if other is not intent:
            there = f"{other.name} ({os.path.relpath(other.file)}:{other.line})"
            yield Problem(intent.file, command.number, f"the command is also that of {there}", error=False)


def shape(intent, names):
    """Yields what is wrong with one intent by itself."""

    def problem(message, line=intent.line, error=True):
        return Problem(intent.file, line, message, error)

    if intent.name.split(".")[0] != Path(intent.file).stem:
        yield problem(f"`{intent.name}` does not begin with `{Path(intent.file).stem}.`")
    if len(intent.phrasings) < PHRASINGS:
        yield problem(f"`{intent.name}` has {len(intent.phrasings)} phrasings, fewer than {PHRASINGS}")
    for name in intent.neighbours:
        if name not in names:
            yield problem(f"no intent `{name}` to be a neighbour", error=False)
    said = collections.Counter(detail for phrasing in intent.phrasings for detail in details_of(phrasing.parts))
    for detail in sorted(intent.details()):
        if said[detail] < PHRASINGS_OF_DETAIL:
            yield problem(f"detail `{detail}` is in {said[detail]} phrasings, fewer than {PHRASINGS_OF_DETAIL}")
    yield from look_alikes(intent)
    if "linux" in intent.commands and not (intent.refuses() or intent.checks or intent.skip):
        if change := first_change(intent):
            yield problem(f"changes something (`{change}`) and has no `?` line, nor a `!`")


def first_change(intent):
    parts = resolve(intent.commands["linux"].parts, intent.details())
    return changes("".join(part if isinstance(part, str) else "slot" for part in parts))


def unwritable(bank):
    """Yields what no value fits into, and every command, check and preparation that bash can't parse."""
    written = []
    for intent in bank.intents:
        for variant in () if intent.refuses() else intent.variants():
            try:
                written += written_lines(intent, variant, variant.draw_for_sandbox(random.Random(1)))
            except SlotError as error:
                yield Problem(intent.file, intent.line, str(error))
    written = sorted(set(written))
    for index, message in syntax_errors([text for _, _, text in written]).items():
        file, number, text = written[index]
        yield Problem(file, number, f"bash can't parse `{text}`: {message}")


def written_lines(intent, variant, drawn):
    """Returns (file, line, text) of all that bash has to read for one variant."""
    lines = [line for dialect, line in intent.commands.items() if dialect != "fish"]
    texts = [write_command(with_places(resolve(line.parts, variant.details)), drawn) for line in lines]
    found = [(intent.file, line.number, text) for line, text in zip(lines, texts)]
    helpers = (*intent.checks, *intent.preparations)
    return found + [(intent.file, line.number, write_helper(line.parts, variant.details, drawn)) for line in helpers]
