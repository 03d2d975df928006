"""Scores a trained nano by text: how many commands are the same, have the same template, begin with the same program.

    python nano/score.py [--run target/nano] [--count 1000] [--show 10]

Two sets: phrasings of the bank that were kept back (by the number of details in the request), and NL2Bash's development
pairs. Greedy answers of the weights before quantising. Text is a poor judge: `caro eval` runs what is answered.
"""

import argparse
import math
from collections import defaultdict
from pathlib import Path

import torch

import checkpoint
import tokenizer as tokens
from compare import same, same_program, same_template
from data import DATA, RUN, Corpus
from mask import mask, unmask
from sources import REFUSED, REFUSAL

TOGETHER = 64
GRADES = {"exact": same, "template": same_template, "program": same_program}
# The chance of an answer from which caro gives it without asking.
SURE = 0.9


def answers(model, tokenizer, requests):
    """Returns for each request its greedy command and the chance of it."""
    masked = [mask(request) for request in requests]
    by_length = defaultdict(list)
    for index, (request, _) in enumerate(masked):
        prompt = tokens.prompt(tokenizer, request)
        by_length[len(prompt)].append((index, prompt))
    found = [None] * len(requests)
    for group in by_length.values():
        for start in range(0, len(group), TOGETHER):
            part = group[start : start + TOGETHER]
            replies = model.greedy([prompt for _, prompt in part], tokens.END)
            for (index, _), (reply, chance) in zip(part, replies, strict=True):
                found[index] = (unmask(tokenizer.decode(reply).strip(), masked[index][1]), math.exp(chance))
    return found


def report(name, graded):
    """Prints one line: the share of each grade, and how many answers were sure and how many of these the same."""
    count = len(graded)
    shares = "  ".join(f"{grade} {sum(row[grade] for row in graded) / count:.3f}" for grade in GRADES)
    sure = [row for row in graded if row["chance"] >= SURE]
    right = sum(row["exact"] for row in sure) / len(sure) if sure else 0
    print(f"{name:24} {count:5}  {shares}  sure {len(sure) / count:.2f}, of these exact {right:.2f}")


def grade(pairs, found):
    return [
        {grade: test(command, gold) for grade, test in GRADES.items()}
        | dict(request=request, gold=gold, command=command, chance=chance)
        for (request, gold), (command, chance) in zip(pairs, found, strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=RUN, help="the folder of this model")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the tables")
    parser.add_argument("--count", type=int, default=1000, help="how many pairs of the bank")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="show N wrong answers of each set")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model, progress = checkpoint.load(arguments.run)
    tokenizer, corpus = tokens.load(arguments.run), Corpus(arguments.data)
    print(f"after {progress.steps} steps, {progress.tokens / 1e6:.1f}M tokens")

    held = corpus.held_pairs(arguments.count)
    pairs = [(pair.request, REFUSED if pair.command.startswith(REFUSAL) else pair.command) for pair in held]
    graded = grade(pairs, answers(model, tokenizer, [request for request, _ in pairs]))
    report("bank, unseen phrasings", graded)
    for details in range(4):
        chosen = [row for row, pair in zip(graded, held, strict=True) if min(3, len(pair.details)) == details]
        if chosen:
            report(f"  {details}{'+' if details == 3 else ''} details", chosen)
    refused = [row for row in graded if row["gold"] == REFUSED]
    if refused:
        report("  refusals", refused)
    show(graded, arguments.show)
    if corpus.nl2bash_dev:
        requests = [request for request, _ in corpus.nl2bash_dev]
        graded = grade(corpus.nl2bash_dev, answers(model, tokenizer, requests))
        report("NL2Bash, development", graded)
        show(graded, arguments.show)


def show(graded, count):
    for row in [row for row in graded if not row["exact"]][:count]:
        print(f"    {row['request']}\n      {row['chance']:.2f} {row['command']}\n      gold {row['gold']}")


if __name__ == "__main__":
    main()
