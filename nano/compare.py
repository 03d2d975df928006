"""Compares commands as text: a quick measure while training; only `caro eval` tells whether a command is right.

Three grades, each milder than the one before: the same words with the same operators; the same template, in which
every argument that is no option is `ARG`; the same first program.
"""

import re
import shlex

OPERATORS = re.compile(r"[|&;()<>]+$")
WRAPPERS = {"sudo", "env", "nohup", "time", "nice", "xargs"}


def same(command, other):
    return words(command) == words(other)


def same_template(command, other):
    return template(command) == template(other)


def same_program(command, other):
    return program(command) == program(other)


def words(command):
    """Returns the words and operators of a command; plain quotes of either kind are one kind."""
    command = re.sub(r"\"([^\"'$`\\!]*)\"", r"'\1'", command.strip())
    try:
        lexer = shlex.shlex(command, posix=False, punctuation_chars="|&;()<>")
        lexer.whitespace_split, lexer.commenters = True, ""
        return [bare(word) for word in lexer]
    except ValueError:
        return command.split()


def bare(word):
    """Returns a word without quotes that change nothing."""
    return word[1:-1] if re.fullmatch(r"'[\w@%+=:,./-]+'", word) else word


def template(command):
    parts, head = [], True
    for word in words(command):
        if OPERATORS.match(word):
            parts.append(word)
            head = True
        elif head:
            parts.append(word)
            head = word in WRAPPERS
        elif re.fullmatch(r"--?[A-Za-z][\w-]*(=.*)?", word):
            parts.append(re.sub(r"=.*", "=ARG", word))
            head = word in ("-exec", "-execdir")
        elif parts[-1] != "ARG":
            parts.append("ARG")
    return parts


def program(command):
    return next((word for word in words(command) if word not in WRAPPERS and not re.match(r"\w+=", word)), "")
