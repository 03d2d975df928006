"""Learns the tokens of nano: byte-level BPE as llama.cpp reads it (`gpt2` with the `smollm` split).

    python nano/tokenizer.py [--size 5120] [--run target/nano]

A word has the same tokens with and without a space before it: merges are learnt while spaces stand alone, then
space + frequent word is appended as one merge each. Digits stay single, and so do the placeholders, which are
control characters. Every entry costs caro time at each start, so the vocabulary is small.
"""

import argparse
import json
import random
import re
from collections import Counter
from itertools import islice
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from data import DATA, RUN, Corpus
from mask import PLACEHOLDERS
from packing import Example

PAD, REQUEST, COMMAND, END = range(4)
SPECIAL = ("<|pad|>", "<|q|>", "<|c|>", "<|e|>")
SIZE = 5120
# The share of the vocabulary that is learnt without spaces.
WITHOUT_SPACES = 0.78
PAIRS = 150_000
# A word rarer than this gets no entry with a space before it.
SEEN = 15
SPACE = "\u0120"
CONTROL = "".join(PLACEHOLDERS)
SPACED_WORD = re.compile(rf" ([A-Za-z]+|[^\sA-Za-z0-9{CONTROL}]+)")


def learn(texts, size=SIZE):
    """Returns a tokenizer of at most `size` entries learnt from a list of masked texts."""
    vocabulary, merges = learn_merges(texts, int(size * WITHOUT_SPACES))
    entries = set(vocabulary)
    counted = Counter(word for text in texts for word in SPACED_WORD.findall(text))
    for word, times in counted.most_common():
        if len(vocabulary) >= size or times < SEEN:
            break
        entry = "".join(byte_level().pre_tokenize_str(word)[0][0])
        if entry in entries and SPACE + entry not in vocabulary:
            vocabulary[SPACE + entry] = len(vocabulary)
            merges.append((SPACE, entry))
    return assemble(vocabulary, merges)


def learn_merges(texts, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(rf"[\s{CONTROL}]"), "isolated"),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Split(Regex(r"\p{L}+|[^\s\p{L}\p{N}]+"), "isolated"),
            byte_level(),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=3,
        max_token_length=16,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in model["merges"]]
    return model["vocab"], merges


def assemble(vocabulary, merges):
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL])
    return tokenizer


def byte_level():
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)


def load(run):
    return Tokenizer.from_file(str(Path(run) / "tokenizer.json"))


def encode(tokenizer, request, command):
    """Returns a masked pair as an example."""
    words = [REQUEST, *tokenizer.encode(request).ids, COMMAND]
    return Example([*words, *tokenizer.encode(" " + command).ids, END], len(words) - 1)


def prompt(tokenizer, request):
    return [REQUEST, *tokenizer.encode(request).ids, COMMAND]


def texts_of(corpus, count, seed=1):
    pairs = corpus.mixed(random.Random(seed), lambda request, command: ((request, command), len(request + command)))
    return [text for request, command in islice(pairs, count) for text in (request, " " + command)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--pairs", type=int, default=PAIRS, help="how many pairs to learn from")
    parser.add_argument("--run", type=Path, default=RUN, help="the folder of this model")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the tables")
    arguments = parser.parse_args()
    texts = texts_of(Corpus(arguments.data), arguments.pairs)
    tokenizer = learn(texts, arguments.size)
    arguments.run.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(arguments.run / "tokenizer.json"))
    sample = texts[:20_000]
    tokens = sum(len(tokenizer.encode(text).ids) for text in sample)
    print(f"{tokenizer.get_vocab_size()} entries, {sum(map(len, sample)) / tokens:.2f} characters a token")


if __name__ == "__main__":
    main()
