"""Finds requests that are said twice: the same words with another command, and phrasings too like each other."""

import collections
import itertools
import os
import re
from typing import NamedTuple

from .intents import Problem
from .template import SLOT, Choice, details_of, resolve

# Phrasings with more ways to be said than this are compared by their first ones.
WAYS = 64
ALIKE = 0.8
END_MARK = re.compile(r"(?<=[\w>)])[?!,;:.]+(?=\s|$)| [?!](?=\s|$)")
FILLERS = set(
    "a an the my me i please can could you would how do does to of is are in on for it this that just hey hi need want"
    " show".split()
)


class Saying(NamedTuple):
    """One way to ask for one command; slots are numbered as they come up in the request."""

    command: str
    types: tuple
    intent: object
    phrasing: object


def clashes(bank):
    """Yields a problem for every request that stands for two commands, or stands there twice."""
    said = collections.defaultdict(list)
    for intent in bank.intents:
        for variant in intent.variants():
            command = template_of(variant)
            for index, phrasing in enumerate(variant.phrasings):
                for text in set(spoken(variant.words(index))):
                    request, saying = numbered(text, command, intent, phrasing)
                    for other in said[request]:
                        yield from compare(request, other, saying)
                    said[request].append(saying)


def numbered(text, command, intent, phrasing):
    names = list(dict.fromkeys(SLOT.findall(text)))
    types = tuple(intent.scope.type(name) for name in names)
    for number, name in enumerate(names, 1):
        text = text.replace(f"<{name}>", f"<{number}>")
        command = command.replace(f"<{name}>", f"<{number}>")
    return text, Saying(command, types, intent, phrasing)


def compare(request, first, second):
    if not all(first_type.overlaps(second_type) for first_type, second_type in zip(first.types, second.types)):
        return
    if first.command == second.command:
        yield from doubled(request, first, second)
        return
    serious = unquoted(first.command) != unquoted(second.command)
    for here, other in ((first, second), (second, first)):
        there = f"{other.intent.name} ({os.path.relpath(other.intent.file)}:{other.phrasing.number})"
        message = f"{request!r} is `{here.command}` here and `{other.command}` in {there}"
        yield Problem(here.intent.file, here.phrasing.number, message, error=serious)


def unquoted(command):
    return re.sub("[\"']", "", command)


def doubled(request, first, second):
    same_details = details_of(first.phrasing.parts) == details_of(second.phrasing.parts)
    if first.intent is second.intent and first.phrasing is not second.phrasing and same_details:
        yield Problem(
            first.intent.file, second.phrasing.number, f"says the same as line {first.phrasing.number}: {request!r}"
        )


def template_of(variant):
    return "".join(part if isinstance(part, str) else f"<{part[0]}>" for part in variant.commands["linux"])


def spoken(parts):
    """Yields every text of resolved words, its slots as `<name>`, small letters, no punctuation."""
    ways = [list(spoken_part(part)) for part in parts]
    for pieces in itertools.islice(itertools.product(*ways), WAYS):
        yield normal("".join(pieces))


def spoken_part(part):
    if isinstance(part, str):
        yield part
    elif isinstance(part, Choice):
        for alternative in part.alternatives:
            yield from spoken_raw(alternative)
    else:
        yield f"<{part.name}>"


def spoken_raw(parts):
    for pieces in itertools.product(*(list(spoken_part(part)) for part in parts)):
        yield "".join(pieces)


def normal(text):
    """Returns the text in small letters without the marks that end its words."""
    return " ".join(END_MARK.sub("", text.lower()).split())


def look_alikes(intent):
    """Yields a warning for phrasings of one intent with almost the same words."""
    said = [(phrasing, bag(phrasing)) for phrasing in intent.phrasings]
    for (first, words), (second, other_words) in itertools.combinations(said, 2):
        union = words | other_words
        if len(union) >= 3 and len(words & other_words) >= ALIKE * len(union):
            yield Problem(intent.file, second.number, f"almost the words of line {first.number}", error=False)


def bag(phrasing):
    text = next(spoken(resolve(phrasing.parts, details_of(phrasing.parts))))
    return set(text.split()) - FILLERS
