"""Keeps what the model will be judged by out of what it learns from.

A request is near a guarded one when both say the same words, or nearly the same bag of words: literals, numbers, word
order, plurals and empty words don't count, so another folder or another count does not make a request new.
"""

import re
from collections import Counter, defaultdict
from pathlib import Path

# The share of common words from which two requests are one.
NEAR = 0.8
# A request of fewer words is compared as a whole.
SHORT = 2
EMPTY = frozenset(
    "a all an and any are as at be by can do for from give hey how i in into is it its me my of on or please show tell"
    " that the their them this to use using want was what which with you".split()
)
WORD = re.compile(r"[^\s,;:()?!\"'`]+")


def plain(request):
    return " ".join(re.sub(r"[\"'`]", "", request.lower()).split()).strip(" .!?;:,")


def bag(request):
    words = set()
    for word in WORD.findall(plain(request)):
        word = word.strip(".")
        if not word or word in EMPTY or re.search(r"[/~\d]", word):
            continue
        if word in ("folder", "directory"):
            word = "folder"
        words.add(word[:-1] if len(word) > 3 and word.endswith("s") else word.replace("directorie", "folder"))
    return frozenset(words)


class Guard:
    """The requests that must not be learnt from."""

    def __init__(self, requests):
        self.plain = set()
        self.bags = []
        self.holders = defaultdict(list)
        for request in requests:
            self.plain.add(plain(request))
            words = bag(request)
            if len(words) < SHORT:
                continue
            for word in words:
                self.holders[word].append(len(self.bags))
            self.bags.append(words)

    def near(self, request):
        if plain(request) in self.plain:
            return True
        words = bag(request)
        if len(words) < SHORT:
            return False
        common = Counter(index for word in words for index in self.holders.get(word, ()))
        return any(
            shared >= NEAR * (len(words) + len(self.bags[index]) - shared) for index, shared in common.items()
        )


def requests_of(path):
    """Yields the requests of a list: the `? words` lines of an evaluation set, or the first column of every line."""
    path = Path(path)
    if not path.exists():
        return
    lines = [line.rstrip() for line in path.read_text(encoding="utf-8").splitlines()]
    if any(line.startswith("= ") for line in lines):
        yield from (line[2:].strip() for line in lines if line.startswith("? "))
    else:
        yield from (line.split("\t")[0] for line in lines if line and not line.startswith("#"))
