"""The types of slots: which values a slot can take, how each is said in a request and written in a command.

    type size: 5..50 MB / 5..50 megabytes => 5..50M | a gigabyte => 1G
    fixture size: 1 kB => 1k

Left of `=>` the words, several with ` / ` between them; right of it what the command says. `a..b` is a whole number,
the same on both sides; `<file>` takes over the values of another type; `\\|` is the character. Further lines of a type
add to it. `fixture` values are those that mean something in the sandbox (`nano/fixture.py`), where a type needs such.

    ordered line date       of two, the second is the later
    raw glob command        goes into a command unquoted unless the template quotes it
"""

import re
from dataclasses import dataclass, field

from .shell import NUMBER, Place, quote

# The share of common values from which two types can't be told apart by their values.
OVERLAP = 0.2
RANGE = re.compile(r"(\d+)\.\.(\d+)")
LINE = re.compile(r"(type|fixture) ([a-z][a-z0-9_-]*):\s+(.+)$")
MARK = re.compile(r"(ordered|raw) ([a-z0-9_ -]+)$")
DETERMINED = re.compile(r"(the|my|an?|our) ", re.IGNORECASE)
SAME = re.compile(r"<([a-z][a-z0-9_-]*)>")


class SlotError(ValueError):
    pass


@dataclass(frozen=True)
class Value:
    """One way to fill a slot; `NUMBER` in the words and the text stands for a number from low to high."""

    words: tuple
    text: str
    low: int = 0
    high: int = -1


@dataclass(frozen=True)
class Option:
    """A value as it is written in each place of one command."""

    words: tuple
    bound_words: str
    text: str
    written: dict
    low: int
    high: int


@dataclass
class Drawn:
    """A value chosen: one of its words, the words for a bound slot, and what commands say."""

    words: str
    bound_words: str
    text: str
    written: dict


@dataclass
class Type:
    name: str
    scope: "Scope"
    entries: list = field(default_factory=list)
    fixtures: list = field(default_factory=list)
    options_at: dict = field(default_factory=dict)
    said_made: set = None

    def values(self, fixture=False):
        entries = self.fixtures if fixture and self.fixtures else self.entries
        for entry in entries:
            if isinstance(entry, Value):
                yield entry
            else:
                yield from self.scope.type(entry).values(fixture)

    def options(self, places, fixture):
        """Returns the values that can stand at all these places."""
        key = (places, fixture)
        if key not in self.options_at:
            self.options_at[key] = [option for value in self.values(fixture) if (option := self.option(value, places))]
        return self.options_at[key]

    def option(self, value, places):
        raw = self.name in self.scope.raw
        unquoted = (Place.WORD, Place.JOINED)
        written = {place: value.text if raw and place in unquoted else quote(value.text, place) for place in places}
        if None in written.values():
            return None
        bound_words = next((words for words in value.words if not DETERMINED.match(words)), value.text)
        return Option(value.words, bound_words, value.text, written, value.low, value.high)

    def overlaps(self, other):
        """Returns whether a good part of the values of one are said like values of the other."""
        if self is other:
            return True
        mine, others = self.said(), other.said()
        return len(mine & others) >= OVERLAP * min(len(mine), len(others))

    def said(self):
        if self.said_made is None:
            self.said_made = {words.strip("\"'") for value in self.values() for words in value.words}
        return self.said_made

    def ordered(self):
        return self.name in self.scope.ordered

    def draw(self, places, random, fixture=False):
        options = self.options(places, fixture)
        if not options:
            raise SlotError(f"no value of `{self.name}` can stand {' and '.join(place.value for place in places)}")
        option = options[int(random.random() * len(options))]
        words = option.words[int(random.random() * len(option.words))]
        bound_words = option.bound_words if DETERMINED.match(words) else words
        if option.high < option.low:
            return Drawn(words, bound_words, option.text, option.written)
        number = str(random.randint(option.low, option.high))
        written = {place: text.replace(NUMBER, number) for place, text in option.written.items()}
        return Drawn(
            words.replace(NUMBER, number),
            bound_words.replace(NUMBER, number),
            option.text.replace(NUMBER, number),
            written,
        )


class Scope:
    """The types one bank file can use: the common ones and its own, which go before."""

    def __init__(self, common=None):
        self.common = common
        self.types = {}
        self.ordered = set(common.ordered) if common else set()
        self.raw = set(common.raw) if common else set()

    def type(self, name):
        """Returns the type of a slot; `file2` is a second `file`."""
        for candidate in (name, name.rstrip("0123456789")):
            if candidate in self.types:
                return self.types[candidate]
            if self.common and candidate in self.common.types:
                return self.common.types[candidate]
        raise SlotError(f"unknown type `{name}`")

    def read(self, line):
        """Takes in one line of types."""
        mark = MARK.match(line)
        match = LINE.match(line)
        if mark:
            getattr(self, mark.group(1)).update(mark.group(2).split())
        elif match:
            kind, name, text = match.groups()
            found = self.types.setdefault(name, Type(name, self))
            (found.entries if kind == "type" else found.fixtures).extend(map(parse_entry, split_entries(text)))
        else:
            raise SlotError("expected `type name: words => command | …`")

    def check(self):
        """Yields what is wrong with the types themselves."""
        for found in self.types.values():
            try:
                if not list(found.values()):
                    yield f"type `{found.name}` has no values"
            except SlotError as error:
                yield f"type `{found.name}`: {error}"
            except RecursionError:
                yield f"type `{found.name}` takes over its own values"


def split_entries(text):
    return [part.strip().replace("\\|", "|") for part in re.split(r"(?<!\\)\|", text)]


def parse_entry(entry):
    """Returns a value, or the name of the type whose values are taken over."""
    same = SAME.fullmatch(entry)
    if same:
        return same.group(1)
    words, arrow, text = entry.partition("=>")
    words = tuple(word.strip() for word in re.split(r"\s/\s", words.strip()))
    text = text.strip() if arrow else words[0]
    if not text or not all(words):
        raise SlotError(f"an empty value in `{entry}`")
    if not arrow and len(words) > 1:
        return value_of(words, words[0])
    return value_of(words, text)


def value_of(words, text):
    ranges = {match.groups() for side in (*words, text) for match in RANGE.finditer(side)}
    if not ranges:
        return Value(words, text)
    if len(ranges) > 1:
        raise SlotError(f"two ranges in one value: {sorted('..'.join(pair) for pair in ranges)}")
    low, high = map(int, ranges.pop())
    if high < low:
        raise SlotError(f"an empty range {low}..{high}")
    return Value(tuple(RANGE.sub(NUMBER, word) for word in words), RANGE.sub(NUMBER, text), low, high)
