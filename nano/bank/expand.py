"""Makes pairs of a request and its commands from an intent whose details are decided."""

import itertools
import re
from typing import NamedTuple

from .shell import Place, Scanner, quote
from .template import Choice, Slot, bind, resolve, slots_of

# Tries to give two slots of one pair different values.
TRIES = 20
SPACE_BEFORE_MARK = re.compile(r" (?=[?,!](?:\s|$))")


class Pair(NamedTuple):
    """A request, and its command on Linux, on macOS and in fish."""

    request: str
    command: str
    bsd: str
    intent: str
    details: tuple
    fish: str


class Filling(NamedTuple):
    """A slot of a variant: its type, and the places of the commands where its value has to fit."""

    name: str
    type: object
    places: frozenset


class Variant:
    """An intent with its details decided: commands without brackets, and the phrasings that can say it."""

    def __init__(self, intent, details, phrasings):
        self.intent = intent
        self.details = details
        self.phrasings = phrasings
        self.words_made = [None] * len(phrasings)
        self.commands = {
            dialect: with_places(resolve(line.parts, details)) for dialect, line in intent.commands.items()
        }
        self.fillings = self.make_fillings()
        self.pairs_in_order = [
            (first.name, second.name)
            for first, second in itertools.pairwise(sorted(self.fillings))
            if first.type is second.type and first.type.ordered()
        ]

    def make_fillings(self):
        places = {}
        for part in itertools.chain(*self.commands.values()):
            if not isinstance(part, str):
                places.setdefault(part[0], set()).add(part[1])
        types = {name: self.intent.scope.type(name) for name in places}
        for name, slot_type in types.items():
            if slot_type.ordered():  # Two of them may change places.
                places[name] = set().union(*(places[other] for other in types if types[other] is slot_type))
        return [Filling(name, types[name], frozenset(found)) for name, found in places.items()]

    def words(self, index):
        """Returns the parts of one phrasing."""
        if self.words_made[index] is None:
            self.words_made[index] = bind(resolve(self.phrasings[index].parts, self.details))
        return self.words_made[index]

    def draw(self, random, fixture=False):
        """Returns a value for every slot, no two the same."""
        drawn = {}
        for name, slot_type, places in self.fillings:
            for _ in range(TRIES):
                value = slot_type.draw(places, random, fixture)
                if all(value.text != other.text and value.words != other.words for other in drawn.values()):
                    break
            drawn[name] = value
        for first, second in self.pairs_in_order:
            if order(drawn[first].text) > order(drawn[second].text):
                drawn[first], drawn[second] = drawn[second], drawn[first]
        return drawn

    def draw_for_sandbox(self, random):
        """Returns values that mean something in the fixture; the preparations may also use slots of other variants."""
        drawn = self.draw(random, fixture=True)
        for line in self.intent.preparations:
            for name in sorted(slots_of(resolve(line.parts, self.details))[0] - drawn.keys()):
                drawn[name] = self.intent.scope.type(name).draw(frozenset({Place.WORD}), random, fixture=True)
        return drawn

    def sample(self, random):
        drawn = self.draw(random)
        request = write_words(self.words(int(random.random() * len(self.phrasings))), drawn, random)
        commands = {dialect: write_command(parts, drawn) for dialect, parts in self.commands.items()}
        linux = commands["linux"]
        bsd, fish = commands.get("bsd", linux), commands.get("fish", linux)
        return Pair(request, linux, bsd, self.intent.name, self.details, fish)


def order(text):
    return (int(text), "") if text.isdigit() else (0, text)


def with_places(parts):
    """Returns the parts of a command with every slot as (name, place)."""
    placed, scanner = [], Scanner()
    for part in parts:
        if isinstance(part, Slot):
            placed.append((part.name, scanner.place()))
            scanner.feed("x")
        else:
            placed.append(part)
            scanner.feed(part)
    return placed


def write_command(parts, drawn):
    return "".join([part if isinstance(part, str) else drawn[part[0]].written[part[1]] for part in parts])


def write_helper(parts, details, drawn):
    """Returns a `?` or `@` line with the values in; what can't stand at its place there is quoted as a word."""
    pieces = []
    for part in with_places(resolve(parts, details)):
        if isinstance(part, str):
            pieces.append(part)
        else:
            text, place = drawn[part[0]].text, part[1]
            pieces.append(written if (written := quote(text, place)) is not None else quote(text, Place.WORD))
    return "".join(pieces)


def write_words(parts, drawn, random):
    pieces = []
    write_pieces(parts, drawn, random, pieces)
    return SPACE_BEFORE_MARK.sub("", " ".join("".join(pieces).split()))


def write_pieces(parts, drawn, random, pieces):
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, Choice):
            alternatives = part.alternatives
            write_pieces(alternatives[int(random.random() * len(alternatives))], drawn, random, pieces)
        else:
            words = drawn[part.name].bound_words if part.bound else drawn[part.name].words
            if words[0] in "'\"" and pieces and pieces[-1][-1:] in ("'", '"'):
                words = words[1:-1]  # The phrasing brings its own quotes.
            pieces.append(words)
