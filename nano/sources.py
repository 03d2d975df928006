"""The three places pairs come from: the bank, NL2Bash, tldr-pages. Each can be asked for a pair at random, without end.

A pair is a masked request and its masked command; a request that caro should not answer has the command `# refuse`.
No pair is written to a file: every one is made anew, with other values, phrasings and slips.
"""

import dataclasses
import re
import zlib
from collections import Counter

from bank import load
from bank.intents import REFUSAL
from bank.shell import Place, Scanner, simple_commands
from mask import PLACEHOLDERS, mask, mask_command
from noise import vary, vary_order

# What the model says instead of a command; caro reads a reply that begins with `#` as a refusal.
REFUSED = "# refuse"
# An intent with fewer phrasings has none to spare.
SPARE = 4


def masked(request, command):
    """Returns the pair with its literals hidden, as the model sees and says it."""
    if command.startswith(REFUSAL):
        command = REFUSED
    request, literals = mask(request)
    return request, mask_command(command, literals)


class BankPairs:
    """Pairs of the bank."""

    def __init__(self, intents):
        self.intents = intents

    def sample(self, random, kept_out):
        pair = random.choice(self.intents).sample(random)
        return None if kept_out(pair.request) else vary(masked(pair.request, pair.command), random)

    def sample_plain(self, random):
        """Returns a pair of the bank as it stands there, for development."""
        return random.choice(self.intents).sample(random)


def split_bank(bank=None):
    """Returns two banks: one to learn from, and one with the one phrasing of each intent that was kept back."""
    learnt, held = [], []
    for intent in (bank or load()).intents:
        kept_back = phrasing_to_keep(intent)
        if kept_back is None:
            learnt.append(intent)
            continue
        others = [phrasing for phrasing in intent.phrasings if phrasing is not kept_back]
        learnt.append(dataclasses.replace(intent, phrasings=others, variants_made=None))
        held.append(dataclasses.replace(intent, phrasings=[kept_back], variants_made=None))
    return BankPairs(learnt), BankPairs(held)


def phrasing_to_keep(intent):
    """Chooses by the name, so that other intents don't change it, and so that every detail is still said elsewhere."""
    count = len(intent.phrasings)
    if count < SPARE:
        return None
    first = zlib.crc32(intent.name.encode()) % count
    sayable = {variant.details for variant in intent.variants()}
    for offset in range(count):
        index = (first + offset) % count
        others = intent.phrasings[:index] + intent.phrasings[index + 1 :]
        without = dataclasses.replace(intent, phrasings=others, variants_made=None)
        if {variant.details for variant in without.variants()} == sayable:
            return intent.phrasings[index]
    return None


class Nl2bashPairs:
    """Pairs of NL2Bash in which what both sides name is replaced by something else of its kind."""

    # A word of more pairs than these is no name but part of the language.
    RARE = 12
    SUBSTITUTED = 0.5
    WORD = re.compile(r"(?<![\w./*$-])[a-z]{3,}(?![\w./*-])")
    # Not the numbers of file descriptors and fields; masking hides those of three digits and more.
    NUMBER = re.compile(r"(?<![\w.$&<>{%:])(?:[3-9]|[1-9]\d)(?![\w.><%}])")
    UNITS = {"10", "12", "24", "60"}

    def __init__(self, pairs, names, endings):
        self.pairs = [masked(*pair) for pair in pairs]
        self.requests = [request for request, _ in pairs]
        self.names = names
        self.endings = endings
        self.ending = re.compile(r"\.(" + "|".join(map(re.escape, endings)) + r")\b(?!\.)")
        said = Counter(word for request, _ in self.pairs for word in set(self.WORD.findall(request)))
        written = Counter(word for _, command in self.pairs for word in set(re.findall(r"\w+", command)))
        self.common = {word for count in (said, written) for word, times in count.items() if times > self.RARE}

    def sample(self, random, kept_out):
        index = random.randrange(len(self.pairs))
        if kept_out(self.requests[index]):
            return None
        return vary_order(self.substitute(*self.pairs[index], random), random)

    def substitute(self, request, command, random):
        changes = [
            *self.other_endings(request, command, random),
            *self.other_numbers(request, command, random),
            *self.other_words(request, command, random),
        ]
        for pattern, text in changes:
            request, command = (re.sub(pattern, lambda _, text=text: text, side) for side in (request, command))
        return request, command

    def other_endings(self, request, command, random):
        for ending in sorted(set(self.ending.findall(command))):
            spoken = rf"(?<=\.){ending}\b(?!\.)|(?<![\w.$/-]){ending}(?= files?\b)"
            left = re.sub(spoken, "", request)
            if left != request and not re.search(rf"\b{ending}\b", left, re.I) and random.random() < self.SUBSTITUTED:
                yield spoken, random.choice(self.endings)

    def other_numbers(self, request, command, random):
        shared = set(self.NUMBER.findall(request)) & set(self.NUMBER.findall(command)) - self.UNITS
        for number in sorted(shared):
            standing = rf"(?<![\w.$&<>{{%:]){number}(?![\w.><%}}])"
            alone = all(len(re.findall(number, side)) == len(re.findall(standing, side)) for side in (request, command))
            if alone and random.random() < self.SUBSTITUTED:
                yield standing, str(random.randint(3, 9) if len(number) == 1 else random.randint(11, 99))

    def other_words(self, request, command, random):
        programs = {simple.words[0] for simple in simple_commands(command) if simple.words}
        words = set(self.WORD.findall(request)) & set(self.WORD.findall(command)) - self.common - programs
        for word in sorted(words):
            name = random.choice(self.names)
            if random.random() < self.SUBSTITUTED and name not in request + command:
                yield rf"(?<![\w.*$-]){word}(?![\w*-])", name


class TldrPairs:
    """Examples of tldr-pages, their placeholders filled with values that the request names too."""

    # Basic tools twice as often as those that are only popular; the rest would cost a small model too much.
    TIERS = {"2": 2, "1": 1}
    # What a placeholder is about, the bank's type of its values, and the nouns it goes behind in the description.
    KINDS = [
        (re.compile(pattern, re.I), kind, nouns)
        for pattern, kind, nouns in [
            (r"url|https?:", "url", "url|link|page|website"),
            (r"image", "image", "image|picture|photo|file"),
            (r"video", "video", "video|movie|file"),
            (r"audio", "audio", "song|track|recording|file"),
            (r"\.pdf", "pdf", "pdf|document|file"),
            (r"\.csv", "csv", "table|file"),
            (r"\.json", "json", "document|file"),
            (r"\.tar|\.tgz", "targz", "archive|file"),
            (r"\.zip", "zip", "archive|file"),
            (r"dir(ector(y|ies))?\b|folder", "folder", "directory|folder|path"),
            (r"path/to|file|\.\w{1,4}$", "file", "file|archive|script|log|document|path"),
            (r"user", "user", "user|account|owner"),
            (r"group", "group", "group"),
            (r"port", "port", "port"),
            (r"host|domain|server|remote", "host", "host|server|machine|domain|computer"),
            (r"\bip\b|address", "ip", "address|ip|host"),
            (r"pid|process_id", "pid", "process|pid"),
            (r"process", "process", "process|program"),
            (r"package", "package", "package|program"),
            (r"branch", "branch", "branch"),
            (r"commit", "commit", "commit"),
            (r"tag", "tag", "tag|version"),
            (r"container", "container", "container"),
            (r"service|unit", "service", "service|unit|daemon"),
            (r"device|/dev/", "device", "device|disk|partition|drive"),
            (r"interface", "iface", "interface|card"),
            (r"seconds", "seconds", "seconds"),
            (r"command", "command", "command|program"),
            (r"pattern|regex|search", "pattern", "pattern|expression|string|word|text"),
            (r"string|text|word|name|message|key", "word", "string|word|text|name|message|key"),
            (r"^\d+$|number|count|lines", "n", "number|lines|times|columns|bytes|characters"),
        ]
    ]
    PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")

    def __init__(self, rows, scope):
        self.scope = scope
        self.rows = [(title, tier, *pair) for platform, title, tier, *pair in rows if self.wanted(platform, tier)]
        self.weights = [self.TIERS[tier] for _, tier, *_ in self.rows]
        self.starts = []
        for weight in self.weights:
            self.starts.append(weight + (self.starts[-1] if self.starts else 0))

    def wanted(self, platform, tier):
        return tier == "2" or tier in self.TIERS and platform != "osx"

    def sample(self, random, kept_out):
        title, tier, words, template = random.choices(self.rows, cum_weights=self.starts)[0]
        request, command = self.fill(words, template, random)
        request = self.name_tool(request, title.split()[0], tier, random)
        pair = masked(request, command)
        # What the description names and the command lacks is a default that the example leaves out.
        if kept_out(request) or any(char in PLACEHOLDERS and char not in pair[1] for char in pair[0]):
            return None
        return vary_order(pair, random)

    def fill(self, words, template, random):
        pieces, unsaid, scanner, known = [], [], Scanner(), {}
        for index, piece in enumerate(self.PLACEHOLDER.split(template)):
            if index % 2:
                if piece not in known:
                    spoken, written, nouns = self.value(piece, scanner.place(), random)
                    known[piece] = written
                    words, placed = place_behind_noun(words, spoken, nouns)
                    if not placed:
                        unsaid.append(spoken)
                piece = known[piece]
            scanner.feed(piece)
            pieces.append(piece)
        if unsaid:
            words = words.rstrip(".") + random.choice((" ", ": ", " for ", ", ")) + " ".join(unsaid)
        return words, "".join(pieces)

    def value(self, placeholder, place, random):
        """Returns how the value is said, how it is written, and the nouns it goes behind."""
        text = placeholder.strip("[]").split("|")
        text = (random.choice(text) if len(text) > 1 else text[0]).removesuffix(" ...").split(" ")[0]
        for pattern, kind, nouns in self.KINDS:
            if pattern.search(text) and "|" not in placeholder and "=" not in text:
                options = self.scope.type(kind).options(frozenset({place}), False)
                if options and place is not Place.PROGRAM:
                    drawn = self.scope.type(kind).draw(frozenset({place}), random)
                    return drawn.words, drawn.written[place], nouns
        return text, text, ""

    def name_tool(self, request, tool, tier, random):
        if tool.lower() in request.lower() or tier == "2" and random.random() > 0.35:
            return request
        small = request[:1].lower() + request[1:]
        return random.choice(
            (f"{request} using {tool}", f"{request} with {tool}", f"{tool}: {small}", f"use {tool} to {small}")
        )


def place_behind_noun(words, spoken, nouns):
    """Puts a value behind the noun it is about; tells whether there was one."""
    noun = rf"\b(?:an?|the|specific|specified|given)(?: \w+)? (?:{nouns})\b(?! [(\"'\w]*[./_~\d])"
    match = re.search(noun, words, re.I)
    if not nouns or not match:
        return words, False
    return f"{words[: match.end()]} {spoken}{words[match.end() :]}", True


def plain_words(scope, *types):
    """Returns the values of these types that are small plain words: names nobody would mask."""
    values = {text for name in types for value in scope.type(name).values() for text in (value.text, *value.words)}
    return sorted(text for text in values if re.fullmatch(r"[a-z]{3,10}", text))

