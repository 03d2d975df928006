"""Puts examples into rows of one length, so that nothing is computed for padding.

Several examples share a row; the model keeps them apart by the document number of every position. Positions go on
counting through the row: rotary embeddings only see distances, which are the same within an example.
"""

from typing import NamedTuple

import numpy as np

# How many examples wait to be fitted in.
WAITING = 64


class Example(NamedTuple):
    """The tokens of a request and its command, and where the token stands after which the command begins."""

    tokens: list
    answer_at: int


class Batch(NamedTuple):
    """Rows of tokens, what should follow each, how much that counts, and which document it belongs to (0: none)."""

    tokens: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    documents: np.ndarray


def batches(examples, rows, length, request_weight):
    """Yields batches; those of the last one that lack examples end in empty rows."""
    filled = []
    for row in fill_rows(examples, length):
        filled.append(row)
        if len(filled) == rows:
            yield write(filled, rows, length, request_weight)
            filled = []
    if filled:
        yield write(filled, rows, length, request_weight)


def fill_rows(examples, length):
    """Yields lists of examples that fit together, in order except where a shorter one fills a gap."""
    examples = (example for example in examples if len(example.tokens) - 1 <= length)
    waiting = []
    row, room = [], length
    while True:
        while len(waiting) < WAITING and (example := next(examples, None)):
            waiting.append(example)
        fitting = [index for index, example in enumerate(waiting) if len(example.tokens) - 1 <= room]
        if not fitting:
            if row:
                yield row
            if not waiting:
                return
            row, room = [], length
            continue
        chosen = 0 if fitting[0] == 0 else max(fitting, key=lambda index: len(waiting[index].tokens))
        row.append(waiting.pop(chosen))
        room -= len(row[-1].tokens) - 1


def write(filled, rows, length, request_weight):
    tokens, targets, documents = (np.zeros((rows, length), np.int64) for _ in range(3))
    weights = np.zeros((rows, length), np.float32)
    for row, examples in enumerate(filled):
        start = 0
        for number, example in enumerate(examples, 1):
            end = start + len(example.tokens) - 1
            tokens[row, start:end] = example.tokens[:-1]
            targets[row, start:end] = example.tokens[1:]
            weights[row, start : start + example.answer_at] = request_weight
            weights[row, start + example.answer_at : end] = 1
            documents[row, start:end] = number
            start = end
    return Batch(tokens, targets, weights, documents)
