"""What the bank has to know of bash: where a value stands in a command, how it is quoted, which commands a line runs.

No parser of the whole grammar: the commands of the bank are one line each, and `bash -n` judges them.
"""

import re
from dataclasses import dataclass, field
from enum import Enum

# Stands for the number of a range while a value is quoted; digits are always safe.
NUMBER = "\0"


class Place(Enum):
    """Where a slot stands in a command; the place decides what has to be quoted."""

    WORD = "at the start of a word"
    JOINED = "inside a word"
    SINGLE = "inside '…'"
    DOUBLE = 'inside "…"'
    PROGRAM = "inside a quoted command, as of sh -c"


PROGRAM = re.compile(r"(?:\b\w*sh -\w*c|\bssh(?: \S+)+|\bwatch(?: -\S+| [\d.]+)*|\bsu\b.* -c|\btrap|\beval)\s$")


class Scanner:
    """Follows the quotes of a command, piece by piece."""

    def __init__(self):
        self.text = ""
        self.open = []
        self.escaped = False

    def feed(self, text):
        for char in text:
            self.step(char)
            self.text += char

    def step(self, char):
        top = self.open[-1][0] if self.open else ""
        if self.escaped:
            self.escaped = False
        elif top == "'":
            if char == "'":
                self.open.pop()
        elif char == "\\":
            self.escaped = True
        elif char == '"' and top == '"':
            self.open.pop()
        elif char == '"' or char == "'" and top != '"':
            self.open.append((char, bool(PROGRAM.search(self.text))))
        elif char == "(" and (top != '"' or self.text.endswith("$")):
            self.open.append((char, False))
        elif char == ")" and top == "(":
            self.open.pop()

    def quotes_just_opened(self):
        return bool(self.open) and self.text[-1:] == self.open[-1][0] and self.open[-1][0] in "'\""

    def place(self):
        top, program = self.open[-1] if self.open else ("", False)
        if top in ("'", '"'):
            return Place.PROGRAM if program else Place.SINGLE if top == "'" else Place.DOUBLE
        # After a colon stands a path on another host, whose `~` is meant for that host.
        return Place.WORD if self.text[-1:] in ("", *" \t(|;&<>:") else Place.JOINED


SAFE = re.compile(rf"[\w@%+=:,./{NUMBER}-][\w@%+=:,./~{NUMBER}-]*", re.ASCII)
HOME = re.compile(r"~[\w-]*(?:/|$)")


def quote(value, place):
    """Returns the value as it is written at this place, quoted only if it must be, or None if it can't stand there."""
    home = HOME.match(value)
    if place is Place.SINGLE:
        return None if home or "'" in value else value
    if place is Place.DOUBLE:
        return None if home or re.search(r'["$`\\]', value) else value
    if home:
        return None if place is Place.JOINED else with_home(home.group(), value[home.end() :], place)
    if SAFE.fullmatch(value):
        return value
    if place is Place.PROGRAM:
        return None
    if "'" not in value:
        return f"'{value}'"
    return None if re.search(r'["$`\\!]', value) else f'"{value}"'


def with_home(home, rest, place):
    quoted = quote(rest, place) if rest else ""
    return None if quoted is None else home + quoted


@dataclass
class Simple:
    """A simple command: its words without their quotes, and the files it writes by redirection."""

    words: list = field(default_factory=list)
    writes: list = field(default_factory=list)


SUBSTITUTION = re.compile(r"[$<>]\(|`")
REDIRECTION = re.compile(r"(?:\d*|&)(>>|>\||>&|>|<<<|<<|<&|<>|<)")
RESERVED = {"do", "then", "else", "elif", "if", "while", "until", "!", "{", "}", "done", "fi", "time", "("}
WRAPPERS = {
    "sudo",
    "doas",
    "env",
    "nohup",
    "nice",
    "ionice",
    "timeout",
    "xargs",
    "exec",
    "command",
    "watch",
    "stdbuf",
    "setsid",
    "time",
    "chronic",
    "builtin",
}
OPTIONS_WITH_VALUE = {
    "sudo": "ugCpTh",
    "xargs": "IndPLsEa",
    "nice": "n",
    "ionice": "cnp",
    "timeout": "sk",
    "watch": "n",
    "env": "uSC",
    "stdbuf": "",
}


def simple_commands(line):
    """Returns every simple command of a line: those in substitutions and behind `xargs`, `sudo` or `-exec` too."""
    commands = []
    for simple in Splitter(line).split():
        commands += unwrap(simple)
    return commands


class Splitter:
    """Splits a line into simple commands; substitutions are split in turn."""

    def __init__(self, line):
        self.line = line
        self.at = 0
        self.word = None
        self.simple = Simple()
        self.found = []
        self.target = None

    def split(self):
        while self.at < len(self.line):
            self.step()
        self.end_command()
        return [simple for simple in self.found if simple.words or simple.writes]

    def step(self):
        char = self.line[self.at]
        redirection = REDIRECTION.match(self.line, self.at)
        if SUBSTITUTION.match(self.line, self.at):
            self.substitution()
        elif redirection and (self.word is None or char in "<>"):
            self.redirect(redirection)
        elif char in " \t":
            self.end_word()
            self.at += 1
        elif char in "|;&\n()":
            self.end_command()
            self.at += 1
        elif char == "\\":
            self.add(self.line[self.at + 1 : self.at + 2])
            self.at += 2
        elif char in "'\"":
            self.quoted(char)
        else:
            self.add(char)
            self.at += 1

    def add(self, text):
        self.word = (self.word or "") + text

    def quoted(self, mark):
        self.add("")
        self.at += 1
        while self.at < len(self.line) and self.line[self.at] != mark:
            if mark == '"' and SUBSTITUTION.match(self.line, self.at) and self.line[self.at] not in "<>":
                self.substitution()
                continue
            if mark == '"' and self.line[self.at] == "\\":
                self.at += 1
            self.add(self.line[self.at : self.at + 1])
            self.at += 1
        self.at += 1

    def substitution(self):
        self.add("$")
        if self.line[self.at] == "`":
            end = self.line.find("`", self.at + 1)
            end = len(self.line) if end < 0 else end
            inner = self.line[self.at + 1 : end]
        else:
            end = closing(self.line, self.at + 2)
            inner = self.line[self.at + 2 : end]
        arithmetic = inner.startswith("(")
        self.found += [] if arithmetic else Splitter(inner).split()
        self.at = end + 1

    def redirect(self, match):
        self.end_word()
        self.target = match.group(1)
        self.at = match.end()

    def end_word(self):
        if self.word is None:
            return
        if self.target is None:
            self.simple.words.append(self.word)
        elif self.target in (">", ">>", ">|", "<>") or self.target == ">&" and not re.fullmatch(r"\d+|-", self.word):
            self.simple.writes.append(self.word)
        self.word = self.target = None

    def end_command(self):
        self.end_word()
        self.found.append(self.simple)
        self.simple = Simple()


def closing(line, start):
    """Returns the index of the parenthesis that closes the one before `start`."""
    scanner = Scanner()
    for index in range(start, len(line)):
        if line[index] == ")" and not scanner.open:
            return index
        scanner.feed(line[index])
    return len(line)


def unwrap(simple):
    """Returns the command and those it was told to run."""
    words = list(simple.words)
    while words and (words[0] in RESERVED or re.match(r"\w+\+?=", words[0])):
        words.pop(0)
    if not words:
        return [Simple([], simple.writes)] if simple.writes else []
    if words[0] in ("for", "select", "case", "function", "in", "esac"):
        return []
    here = [Simple(words, simple.writes)]
    if words[0] in WRAPPERS:
        return here + unwrap(Simple(behind_options(words)))
    if words[0] in ("sh", "bash", "zsh", "dash") and len(words) > 2 and re.fullmatch(r"-\w*c", words[1]):
        return here + simple_commands(words[2])
    for index, word in enumerate(words):
        if word in ("-exec", "-execdir", "-ok", "-okdir") and words[0] == "find":
            here += unwrap(Simple(words[index + 1 : next_end(words, index)]))
    return here


def next_end(words, start):
    return next((index for index in range(start, len(words)) if words[index] in (";", "+")), len(words))


def behind_options(words):
    """Returns the words behind the options and assignments of a wrapper such as `xargs`."""
    with_value = OPTIONS_WITH_VALUE.get(words[0], "")
    index = 1
    while index < len(words):
        word = words[index]
        if word.startswith("-") and len(word) > 1:
            index += 2 if len(word) == 2 and word[1] in with_value else 1
        elif (
            "=" in word
            and words[0] in ("env", "sudo")
            or words[0] == "timeout"
            and re.fullmatch(r"[\d.]+[smhd]?", word)
        ):
            index += 1
        else:
            break
    return words[index:]
