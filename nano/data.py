"""Makes what nano learns from: masked pairs of the bank, NL2Bash and tldr-pages, mixed by tokens, made anew each time.

    python nano/data.py                what there is, what the guard keeps out, how the mix comes out
    python nano/data.py --show 20      pairs as the model sees them (placeholders as <1>, <2>, …)
    python nano/data.py --write 100000 pairs.tsv    the same to a file, for other uses; training needs none

The two files of others are looked for in `--data` (or $CARO_NANO_DATA, or ../shared/model-data beside the clone);
nano/README.md says where they are from. Without them the bank is all there is.
"""

import argparse
import os
import random
import sys
from collections import Counter
from pathlib import Path

from bank import load
from guard import Guard, requests_of
from mask import PLACEHOLDERS
from sources import Nl2bashPairs, TldrPairs, masked, plain_words, split_bank

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "target" / "nano"
DATA = Path(os.environ.get("CARO_NANO_DATA", ROOT.parent / "shared" / "model-data"))
# What later judges the model. NL2Bash's own development pairs are kept out beside these.
GUARDED = (ROOT / "eval" / "everyday.txt", ROOT / "tests" / "data" / "everyday.txt")
# The share of each source in the tokens, at the start and at the end of training.
# NL2Bash is small (0.43 million tokens): with a larger share a long training would learn it by heart.
SHARES = {"bank": (0.60, 0.70), "nl2bash": (0.26, 0.20), "tldr": (0.14, 0.10)}
# From this part of the training on, the shares move from the first to the second.
MOVES_FROM = 0.6
DEVELOPMENT = {"bank": 400, "nl2bash": 300}
DEVELOPMENT_SEED = 999


class Corpus:
    """All sources, and the guard."""

    def __init__(self, folder=DATA):
        bank = load()
        names = plain_words(bank.common, "name", "folder", "user", "word", "package", "process")
        endings = [ending for ending in plain_words(bank.common, "ext") if len(ending) < 6]
        learnt, self.held = split_bank(bank)
        self.nl2bash_dev = table(folder / "nl2bash_dev.tsv", 2)
        self.sources = {"bank": learnt}
        if pairs := table(folder / "nl2bash_train.tsv", 2):
            self.sources["nl2bash"] = Nl2bashPairs(pairs, names, endings)
        if rows := table(folder / "tldr.tsv", 5):
            self.sources["tldr"] = TldrPairs(rows, bank.common)
        self.guard = Guard(
            [request for path in GUARDED for request in requests_of(path)]
            + [request for request, _ in self.nl2bash_dev]
        )
        self.kept_out = Counter()

    def sample(self, name, random):
        """Returns a pair of this source that the guard lets through."""
        while True:
            pair = self.sources[name].sample(random, self.guard.near)
            if pair and all(pair):
                return pair
            self.kept_out[name] += 1

    def mixed(self, random, size, progress=lambda: 0.0):
        """Yields what `size(request, command)` makes of pairs, each source having its share of the sizes.

        `size` returns the thing and its size; `progress` says how far the training is, from 0 to 1.
        """
        given = dict.fromkeys(self.sources, 0.0)
        while True:
            shares = self.shares(progress())
            name = min(given, key=lambda name: given[name] / shares[name])
            thing, cost = size(*self.sample(name, random))
            given[name] += cost
            # An old debt must not turn the mix over when the shares move.
            least = min(given[name] / shares[name] for name in given)
            given = {name: amount - least * shares[name] for name, amount in given.items()}
            yield thing

    def shares(self, progress):
        moved = min(1.0, max(0.0, (progress - MOVES_FROM) / (1 - MOVES_FROM)))
        shares = {name: first + (last - first) * moved for name, (first, last) in SHARES.items()}
        shares = {name: shares[name] for name in self.sources}
        return {name: share / sum(shares.values()) for name, share in shares.items()}

    def development(self):
        """Returns the masked pairs by which a training is watched: phrasings of the bank kept back, and NL2Bash's."""
        pairs = {"bank": [masked(pair.request, pair.command) for pair in self.held_pairs(DEVELOPMENT["bank"])]}
        if self.nl2bash_dev:
            pairs["nl2bash"] = [masked(*pair) for pair in self.nl2bash_dev[: DEVELOPMENT["nl2bash"]]]
        return pairs

    def held_pairs(self, count):
        """Returns pairs of the bank in phrasings never learnt from; the same ones every time."""
        chance = random.Random(DEVELOPMENT_SEED)
        return [self.held.sample_plain(chance) for _ in range(count)]


def table(path, columns):
    """Returns the rows of a tab-separated file, without its comments; none where there is no such file."""
    if not path.exists():
        print(f"note: no {path}; see nano/README.md", file=sys.stderr)
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [tuple(line.split("\t")) for line in lines if not line.startswith("# ")]
    return [row for row in rows if len(row) == columns]


def visible(text):
    return "".join(f"<{PLACEHOLDERS.index(char) + 1}>" if char in PLACEHOLDERS else char for char in text)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the tables")
    parser.add_argument("--show", type=int, metavar="N", help="show N pairs")
    parser.add_argument("--write", nargs=2, metavar=("N", "FILE"), help="write N pairs to FILE")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    corpus, chance = Corpus(arguments.data), random.Random(arguments.seed)
    pairs = corpus.mixed(chance, lambda request, command: ((request, command), len(request) + len(command)))
    if arguments.write:
        count, path = arguments.write
        with open(path, "w", encoding="utf-8") as file:
            file.writelines("\t".join(next(pairs)) + "\n" for _ in range(int(count)))
    elif arguments.show:
        for _ in range(arguments.show):
            print(*map(visible, next(pairs)), sep="\n    ")
    else:
        report(corpus, chance)


def report(corpus, chance):
    print("guarded requests", len(corpus.guard.plain))
    print("bank: intents", len(corpus.sources["bank"].intents), "with a phrasing kept back", len(corpus.held.intents))
    for name in corpus.sources:
        drawn = [corpus.sample(name, chance) for _ in range(5000)]
        distinct = len(set(drawn)) / len(drawn)
        kept_out = corpus.kept_out[name] / (len(drawn) + corpus.kept_out[name])
        length = sum(len(request) + len(command) for request, command in drawn) / len(drawn)
        print(f"{name}: {distinct:.1%} of 5000 pairs distinct, {kept_out:.2%} kept out, {length:.0f} characters a pair")


if __name__ == "__main__":
    main()
