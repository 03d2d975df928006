"""The language of one line: text, `<slot>`, `[detail? text]`, `[!detail? text]` and, in words, `(this|that|)`."""

import re
from dataclasses import dataclass

from .shell import Scanner

SLOT = re.compile(r"<([a-z][a-z0-9_-]*)>")
DETAIL = re.compile(r"\[(!?)([a-z][a-z0-9_-]*)\?")


class TemplateError(ValueError):
    pass


@dataclass(frozen=True)
class Slot:
    """`bound`: the words around it rule out a value such as "my downloads folder"."""

    name: str
    bound: bool = False


BOUND_BEFORE = re.compile(
    r"\b(the|my|a|an|our|your|this|that|its|their|folder|directory|dir|file|called|named) $|[^\s]$", re.IGNORECASE
)
BOUND_AFTER = re.compile(r" (folder|directory|dir|column|field|file)s?\b|[\w/.'-]", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    alternatives: tuple


@dataclass(frozen=True)
class Detail:
    name: str
    negated: bool
    parts: tuple

    def key(self):
        return ("!" if self.negated else "") + self.name


def parse_words(text):
    """Returns the parts of a phrasing: strings, slots, choices and details."""
    return WordsReader(text).read_all()


def parse_command(text):
    """Returns the parts of a command: strings, slots and details; every other character is the shell's."""
    return CommandReader(text).read_all()


class Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def read_all(self):
        parts = self.read("", False)
        if self.at < len(self.text):
            raise TemplateError(f"`{self.text[self.at]}` without its beginning at column {self.at + 1}")
        return parts

    def read(self, ends, in_detail):
        """Reads up to one of the characters in `ends`, which is left to the caller."""
        parts = []
        while self.at < len(self.text) and not self.at_end(ends):
            slot = SLOT.match(self.text, self.at)
            detail = DETAIL.match(self.text, self.at)
            if slot:
                self.at = slot.end()
                parts.append(Slot(slot.group(1)))
            elif detail:
                if in_detail:
                    raise TemplateError(f"details do not nest: `{detail.group()}`")
                parts.append(self.read_detail(detail))
            else:
                parts += self.read_other(in_detail)
        return merge(parts)

    def at_end(self, ends):
        return self.text[self.at] in ends

    def read_detail(self, match):
        self.at = match.end()
        parts = self.read("]", True)
        self.expect("]", match.group())
        return Detail(match.group(2), bool(match.group(1)), parts)

    def expect(self, char, opened):
        if self.text[self.at : self.at + 1] != char:
            raise TemplateError(f"`{opened}` is not closed")
        self.at += 1


class WordsReader(Reader):
    def read_other(self, in_detail):
        char = self.text[self.at]
        self.at += 1
        if char == "\\" and self.text[self.at : self.at + 1] in tuple("()[]<>|\\"):
            self.at += 1
            return self.text[self.at - 1]
        if char == "(":
            return self.read_choice()
        if char in "[<|]":
            raise TemplateError(f"a bare `{char}` in words at column {self.at}: write `\\{char}`")
        return char

    def read_choice(self):
        alternatives = [self.read("|)", True)]
        while self.text[self.at : self.at + 1] == "|":
            self.at += 1
            alternatives.append(self.read("|)", True))
        self.expect(")", "(")
        if len(alternatives) == 1:  # No bar, no choice: just something said in brackets.
            return ["(", *alternatives[0], ")"]
        return [Choice(tuple(alternatives))]


class CommandReader(Reader):
    """Brackets of the shell may stand in a detail as long as they are balanced."""

    depth = 0

    def at_end(self, ends):
        return self.text[self.at] in ends and self.depth == 0

    def read_other(self, in_detail):
        char = self.text[self.at]
        self.at += 1
        if in_detail:
            self.depth += (char == "[") - (char == "]")
        return char


def merge(parts):
    """Joins neighbouring strings."""
    merged = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


def details_of(parts):
    """Returns the names of the details that have a fragment of their own here."""
    return {part.name for part in parts if isinstance(part, Detail) and not part.negated}


def slots_of(parts):
    """Returns the slots outside details, and for every detail (`name` or `!name`) the slots inside."""
    outside, inside = set(), {}
    for part in parts:
        if isinstance(part, Slot):
            outside.add(part.name)
        elif isinstance(part, Choice):
            outside |= set.union(*(slots_of(alternative)[0] for alternative in part.alternatives))
        elif isinstance(part, Detail):
            inside[part.key()] = inside.get(part.key(), set()) | slots_of(part.parts)[0]
    return outside, inside


def choices_of(parts):
    """Returns every choice, also those inside details and choices."""
    found = []
    for part in parts:
        if isinstance(part, Choice):
            found += [part, *(choice for alternative in part.alternatives for choice in choices_of(alternative))]
        elif isinstance(part, Detail):
            found += choices_of(part.parts)
    return found


def resolve(parts, details):
    """Returns the parts with the fragments of these details in and all others out; no two spaces meet at a seam."""
    resolved, scanner = [], Scanner()
    for part in parts:
        if not isinstance(part, Detail):
            append(resolved, scanner, [part])
        elif (part.name in details) != part.negated:
            append(resolved, scanner, part.parts, fragment=True)
    if resolved and isinstance(resolved[-1], str):
        resolved[-1] = resolved[-1].rstrip()
    return merge(resolved)


def append(resolved, scanner, parts, fragment=False):
    for index, part in enumerate(parts):
        if isinstance(part, str):
            # `[folder? <folder>]` brings its space along, but none after a space, a `=` or an opening quote.
            after_space = scanner.text[-1:] in ("", " ")
            after_opening = (
                fragment and index == 0 and (scanner.text[-1:] in ("=", ",", ":", "(") or scanner.quotes_just_opened())
            )
            if part.startswith(" ") and (after_space or after_opening):
                part = part[1:]
            scanner.feed(part)
        else:
            scanner.feed("x")
        resolved.append(part)


def bind(parts, before="", after=""):
    """Returns the parts of resolved words with every slot told whether it is bound by its neighbours."""
    texts = [before, *(part if isinstance(part, str) else "" for part in parts), after]
    bound = []
    for index, part in enumerate(parts):
        before, after = texts[index], texts[index + 2]
        if isinstance(part, Slot):
            part = Slot(part.name, bool(BOUND_BEFORE.search(before) or BOUND_AFTER.match(after)))
        elif isinstance(part, Choice):
            part = Choice(tuple(bind(alternative, before, after) for alternative in part.alternatives))
        bound.append(part)
    return tuple(bound)
