"""Fills in the masked columns of `tests/data/mask.tsv`, the fixture that `src/prompt/mask.rs` is tested against.

    python3 nano/mask_fixture.py

The file holds its own cases: to add some, append lines `request<TAB>command` and run this. Control
characters and backslashes are written as \\x01; a backslash that is no such escape stands for itself.
"""

import re
from pathlib import Path

from mask import mask, mask_command, unmask

FIXTURE = Path(__file__).parent.parent / "tests" / "data" / "mask.tsv"
HEAD = (
    "# request, masked request, command, masked command: cases by hand, then generated ones;"
    " the masked columns are written by nano/mask_fixture.py"
)


def escape(text):
    return re.sub(r"[\x00-\x1f\x7f-\x9f\\]", lambda match: f"\\x{ord(match.group()):02x}", text)


def unescape(field):
    return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match.group(1), 16)), field)


def cases():
    for line in FIXTURE.read_text(encoding="utf-8").rstrip("\n").split("\n")[1:]:
        fields = [unescape(field) for field in line.split("\t")]
        yield fields[0], fields[2 if len(fields) == 4 else 1]


def row(request, command):
    masked, literals = mask(request)
    masked_command = mask_command(command, literals)
    assert unmask(masked_command, literals) == command, command
    return "\t".join(map(escape, (request, masked, command, masked_command)))


if __name__ == "__main__":
    rows = dict.fromkeys(row(*case) for case in cases())
    FIXTURE.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
