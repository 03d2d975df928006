"""The ways people write that the bank leaves out: typos, capitals, courtesies.

Everything here works on a masked pair and touches no word that the command repeats, so the pair stays true and
masking what comes out would hide the same literals.
"""

import re

# How often a request gets each of them.
TYPO, CAPITAL, MARK, COURTESY, ORDER = 0.08, 0.15, 0.1, 0.06, 0.06

COURTESIES = (("please ", ""), ("", " please"), ("hey, ", ""), ("ok, ", ""), ("", ", thanks"), ("quick: ", ""))
# Only before what is an order; no apostrophes, which masking could take for quotes.
ORDERS = ("how do I ", "how to ", "I want to ", "can you ", "I need to ", "command to ", "help me ")
NEIGHBOURS = dict(
    a="sq", b="vn", c="xv", d="sf", e="wr", f="dg", g="fh", h="gj", i="uo", j="hk", k="jl", l="k", m="n", n="bm",
    o="ip", p="o", q="w", r="et", s="ad", t="ry", u="yi", v="cb", w="qe", x="zc", y="tu", z="x",
)  # fmt: skip
TYPABLE = re.compile(r"(?<![\w./*$-])[a-z]{4,}(?![\w./*-])")


def vary(pair, random):
    """Returns a pair of the bank as somebody in a hurry, or somebody polite, would type it."""
    request, command = pair
    if random.random() < COURTESY:
        before, after = random.choice(COURTESIES)
        request = before + (small_first(request, command) if before else request.rstrip(".?!")) + after
    if random.random() < CAPITAL:
        request = capital_first(request, command)
    if random.random() < MARK and request[-1:].islower():  # A mark behind a literal could become part of it.
        request += random.choice(".?!")
    return typo(request, command, random) if random.random() < TYPO else request, command


def vary_order(pair, random):
    """The same for requests that are orders and begin with a capital, as those of NL2Bash and tldr do."""
    request, command = pair
    if random.random() < 0.6:
        request = small_first(request, command)
    if random.random() < 0.6:
        request = request.removesuffix(".")
    if random.random() < ORDER and ":" not in request:
        request = random.choice(ORDERS) + small_first(request, command)
    return typo(request, command, random) if random.random() < TYPO else request, command


def small_first(request, command):
    first = request.split(" ", 1)[0]
    return request if first in command or not first[1:].islower() else request[0].lower() + request[1:]


def capital_first(request, command):
    first = request.split(" ", 1)[0]
    return request if first in command or not first.isalpha() else request[0].upper() + request[1:]


def typo(request, command, random):
    words = [match for match in TYPABLE.finditer(request) if match.group() not in command.lower()]
    if not words:
        return request
    match = random.choice(words)
    return request[: match.start()] + mistype(match.group(), random) + request[match.end() :]


def mistype(word, random):
    at = random.randrange(1, len(word))
    return random.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at - 1] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            word[:at] + random.choice(NEIGHBOURS[word[at]]) + word[at + 1 :],
        )
    )
