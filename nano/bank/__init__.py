"""The bank of requests and commands (`bank/README.md`): reading it, making pairs from it, checking it.

    from bank import load
    pair = load().sample(random.Random(7))

In reading order: `shell` (quotes and simple commands), `template` (the language of one line), `slots` (values),
`expand` (pairs), `soundness` (can it be expanded), `intents` (files), and above them `lint` with its parts.
Deliberately absent: noise in requests and masking, which belong to training.
"""

from .expand import Pair
from .intents import Bank, load

__all__ = ["Bank", "Pair", "load"]
