"""Tells what the bank covers: how much there is for each need, and which utilities answer."""

import collections
import re
from pathlib import Path

from .shell import simple_commands

UTILITY = re.compile(r"(?!slot)[a-z[/][\w./+-]*", re.IGNORECASE)
COLUMNS = "{:<24} {:>7} {:>9} {:>5} {:>8} {:>8} {:>8}"


def coverage(intents):
    """Returns the table of needs and the list of utilities."""
    needs = {}
    for intent in intents:
        needs.setdefault(Path(intent.file).stem, []).append(intent)
    rows = [COLUMNS.format("need", "intents", "phrasings", "mean", "requests", "refusals", "utilities")]
    rows += [row(need, found) for need, found in sorted(needs.items())]
    if len(needs) > 1:
        rows.append(row("all", intents))
    return "\n".join(["", *rows, "", utilities_line(utilities(intents)), ""])


def row(need, intents):
    phrasings = sum(len(intent.phrasings) for intent in intents)
    requests = sum(len(variant.phrasings) for intent in intents if intent.sound for variant in intent.variants())
    mean = f"{phrasings / max(1, len(intents)):.1f}"
    refusals = sum(intent.refuses() for intent in intents)
    return COLUMNS.format(need, len(intents), phrasings, mean, requests, refusals, len(utilities(intents)))


def utilities(intents):
    """Returns how many intents use each utility."""
    counted = collections.Counter()
    for intent in intents:
        if "linux" in intent.commands and not intent.refuses():
            text = plain_text(intent.commands["linux"].parts)
            counted.update(
                {simple.words[0] for simple in simple_commands(text) if UTILITY.fullmatch((*simple.words, "")[0])}
            )
    return counted


def plain_text(parts):
    """Returns the text with every fragment in and slots as words."""
    return "".join(part if isinstance(part, str) else plain_text(getattr(part, "parts", ("slot",))) for part in parts)


def utilities_line(counted):
    return f"{len(counted)} utilities: " + " ".join(f"{name}:{count}" for name, count in counted.most_common())
