"""Checks, shows and runs the bank of requests and commands (`bank/README.md`).

    python3 nano/bank.py lint [files]                      every mistake with its line, then what is covered
    python3 nano/bank.py sample N [files] [--seed S]       N pairs: request, command, intent, apart by tabs
    python3 nano/bank.py run [files] [--intent NAME]       runs the commands in a sandbox and checks what they did

A program imports the package beside this file: `from bank import load`.
"""

import argparse
import random
import sys

from bank import load
from bank.lint import lint


def main():
    arguments = parse_arguments()
    return arguments.act(arguments)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(required=True)
    linting = actions.add_parser("lint")
    linting.set_defaults(act=run_lint)
    sampling = actions.add_parser("sample")
    sampling.set_defaults(act=run_sample)
    sampling.add_argument("count", type=int)
    sampling.add_argument("--seed", type=int, default=7)
    running = actions.add_parser("run")
    running.set_defaults(act=run_sandbox)
    for action in (linting, sampling, running):
        action.add_argument("files", nargs="*")
        if action is not linting:
            action.add_argument("--intent", help="only this intent")
    return parser.parse_args()


def run_lint(arguments):
    return 1 if lint(arguments.files) else 0


def run_sample(arguments):
    bank = load(arguments.files or None)
    for problem in bank.problems:
        print(problem, file=sys.stderr)
    source = bank.find(arguments.intent) if arguments.intent else bank
    chance = random.Random(arguments.seed)
    for _ in range(arguments.count):
        pair = source.sample(chance)
        print(pair.request, pair.command, pair.intent, sep="\t")
    return 0


def run_sandbox(arguments):
    from sandbox import run

    return run(arguments.files or None, arguments.intent)


if __name__ == "__main__":
    sys.exit(main())
