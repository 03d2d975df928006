"""Hides the literals of a request from the small model and puts them back into its command.

A small model misspells what it copies, so before it sees a request every literal (path, file stem, quoted
text, host, long number, odd identifier) becomes one control character, which is one token. File endings
stay visible. Training and evaluation mask with this file, the program with `src/prompt/mask.rs`; the two
must agree to the character, and `tests/data/mask.tsv` (see `mask_fixture.py`) holds them to it.
"""

import re

PLACEHOLDERS = [chr(code) for code in (*range(0x01, 0x09), *range(0x0E, 0x1B))]

# Every kind of literal has its own placeholders, so that the model sees what a literal is.
POOLS = {
    "name": PLACEHOLDERS[0:5],
    "path": PLACEHOLDERS[5:9],
    "quoted": PLACEHOLDERS[9:13],
    "number": PLACEHOLDERS[13:17],
    "host": PLACEHOLDERS[17:19],
    "word": PLACEHOLDERS[19:21],
}

ENDING = r"\.(?:tar\.gz|tar\.bz2|tar\.xz|[A-Za-z][A-Za-z0-9]{0,5})"

LITERAL = re.compile(
    r"""
    (?P<host>
        https?://[^\s"']+ | git@[^\s"']+            # a URL
      | [\w.+-]+@[\w.-]+\w (?: :[\w./~-]+ )?        # user@host, user@host:path
    )
  | (?P<quoted> "[^"\x01-\x1f]{2,40}" | '[^'\x01-\x1f]{2,40}' )
  | (?P<path>
        (?<![\w*.]) (?: ~ | \.{1,2} )? /[\w.+-]+ (?: /[\w.+-]+ )* /?
      | (?<![\w*./]) [\w-]+ / [\w./-]*\w
    )
  | (?P<ip> \b \d{1,3} \. \d{1,3} \. \d{1,3} \. \d{1,3} \b )
  | (?P<name> (?<![\w*./]) \.?[\w-]+ (?: \.[\w-]+ )* """ + ENDING + r""" \b (?![\w/*]) )
  | (?P<number> (?<![\w.:]) \d{3,} (?![\w.]) )
  | (?P<word>
        (?<![\w*./$-])
        (?: [A-Za-z]+[_\d][\w-]* | [A-Z][a-z]+[A-Z]\w* | _\w+ )
        (?![\w*/.])
    )
    """,
    re.VERBOSE,
)

# What looks like a literal and is an ordinary word of a request.
ORDINARY = re.compile(
    r"""(?:
        e\.g | i\.e | etc | vs | and/or | read/write | input/output
      | files/directories | directories/files | file/directory | \w+/directories | \w+/folders
      | md5 | sha\d+ | utf8 | UTF\d+ | ext\d | ipv[46] | mp[34] | bzip2 | python[23]?
      | base64 | x86_64 | stdin | stdout | 7z | h264
    )$""",
    re.VERBOSE | re.IGNORECASE,
)

# `"*.txt"` and `".php"` say which files are meant: the model has to see them.
GLOB = re.compile(r"(?=.*\*|\.)\*?\.?\*?\w{0,5}\*?")


def mask(request):
    """Returns the request with placeholders, and the list of (placeholder, literal)."""
    literals = []

    def placeholder(kind, literal):
        for known, hidden in literals:
            if hidden == literal:
                return known
        taken = {known for known, _ in literals}
        free = next((char for char in POOLS[kind] if char not in taken), None)
        if free:
            literals.append((free, literal))
        return free

    def replace(match):
        kind, whole = match.lastgroup, match.group()
        before, stem, after = parts(kind, whole)
        if stem in ("", "/", "~", ".", ".."):
            return whole
        hidden = placeholder("host" if kind == "ip" else kind, stem)
        return before + hidden + after if hidden else whole

    # A request may hold any character, also one that would pass for a placeholder.
    request = "".join(" " if char in PLACEHOLDERS else char for char in request)
    return LITERAL.sub(replace, request), literals


def parts(kind, literal):
    """Splits a literal into what stays before, the stem to hide (empty if all stays), and what stays after."""
    if ORDINARY.match(literal):
        return "", "", ""
    before, stem, after = "", literal, ""
    if kind == "quoted":
        before, stem, after = literal[0], literal[1:-1], literal[-1]
        if GLOB.fullmatch(stem):
            return "", "", ""
    if kind == "path" or kind in ("name", "quoted") and not stem.startswith("."):
        ending = re.search(ENDING + "$", stem)
        if ending and ending.start() > 0 and stem[ending.start() - 1] != "/":
            stem, after = stem[: ending.start()], ending.group() + after
    return before, stem, after


def mask_command(command, literals):
    """Puts the placeholders of a masked request into the command that belongs to it, longest literal first."""
    for placeholder, literal in sorted(literals, key=lambda pair: -len(pair[1])):
        first, last = literal[0], literal[-1]
        start = r"(?<![A-Za-z0-9_])" if is_word(first) else r"(?<!\w)" if first == "/" else ""
        end = r"(?![A-Za-z0-9_])" if is_word(last) else ""
        command = re.sub(start + re.escape(literal) + end, placeholder, command)
    return command


def unmask(command, literals):
    """Puts the literals back; a placeholder that stands for none is dropped."""
    hidden = dict(literals)
    return "".join(hidden.get(char, "" if char in PLACEHOLDERS else char) for char in command)


def is_word(char):
    return char.isalnum() or char == "_"
