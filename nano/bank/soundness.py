"""Tells whether an intent can be expanded: both sides hold the same slots and details, and their types are known."""

import itertools
import re

from .slots import SlotError
from .template import Slot, choices_of, slots_of


def unsound(intent):
    """Yields (line, message) for everything that keeps the intent from being expanded."""
    commands = list(intent.commands.values())
    yield from unknown_types(intent)
    yield from glued_slots(commands)
    for other in commands[1:]:
        if slots_of(other.parts)[0] != slots_of(commands[0].parts)[0]:
            yield other.number, f"slots outside details differ from those of line {commands[0].number}"
    outside, inside = union_of_slots(commands)
    for phrasing in intent.phrasings:
        yield from unsound_phrasing(phrasing, outside, inside, intent.details())
    for line in intent.checks:
        yield from unsound_helper(line, outside, inside, intent.details())


def glued_slots(lines):
    """Finds `$d<name>`, which bash would read as one longer variable."""
    for line in lines:
        for before, after in itertools.pairwise(line.parts):
            if isinstance(before, str) and isinstance(after, Slot) and re.search(r"\$[A-Za-z_]\w*$", before):
                yield line.number, f"<{after.name}> would become part of the variable before it"


def unknown_types(intent):
    reported = set()
    for line in (*intent.commands.values(), *intent.phrasings, *intent.checks, *intent.preparations):
        outside, inside = slots_of(line.parts)
        for name in sorted(outside.union(*inside.values()) - reported):
            reported.add(name)
            try:
                intent.scope.type(name)
            except SlotError as error:
                yield line.number, str(error)


def union_of_slots(lines):
    outside, inside = set(), {}
    for line in lines:
        found, found_inside = slots_of(line.parts)
        outside |= found
        for key, names in found_inside.items():
            inside.setdefault(key, set()).update(names)
    return outside, inside


def unsound_phrasing(phrasing, outside, inside, details):
    found, found_inside = slots_of(phrasing.parts)
    if missing := outside - found:
        yield phrasing.number, f"the words lack {listed(missing)} of the command"
    if surplus := found - outside:
        yield phrasing.number, f"the command lacks {listed(surplus)} of the words"
    for key, names in found_inside.items():
        wanted = inside.get(key, set()) - outside
        if key.lstrip("!") not in details:
            yield phrasing.number, f"no command has the detail `{key.lstrip('!')}`"
        elif names - outside != wanted:
            yield phrasing.number, f"detail `{key}` has {listed(names)} in the words, {listed(wanted)} in the command"
    for choice in choices_of(phrasing.parts):
        if len({frozenset(slots_of(alternative)[0]) for alternative in choice.alternatives}) > 1:
            yield phrasing.number, "a slot is in one alternative of a choice and not in the others"


def unsound_helper(line, outside, inside, details):
    """Checks a `?` line: it may only use what the command has."""
    found, found_inside = slots_of(line.parts)
    if surplus := found - outside:
        yield line.number, f"the command has no {listed(surplus)} outside details"
    for key, names in found_inside.items():
        if key.lstrip("!") not in details:
            yield line.number, f"no command has the detail `{key.lstrip('!')}`"
        elif surplus := names - outside - inside.get(key, set()):
            yield line.number, f"the command has no {listed(surplus)} in detail `{key}`"


def listed(names):
    return ", ".join(f"<{name}>" for name in sorted(names)) or "no slot"
