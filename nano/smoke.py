"""Runs the whole pipeline on a tiny model: tokens, training, export, an answer by caro, scores. Some two minutes.

    python nano/smoke.py [--caro target/debug/caro]

What comes out knows next to nothing; that every step takes what the one before left is the point.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from data import DATA, ROOT

HERE = Path(__file__).resolve().parent
# Two legs, so that going on is tried too.
LEGS = ("--minutes", "0.1"), ("--resume", "--minutes", "1")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--caro", type=Path, default=ROOT / "target" / "debug" / "caro", help="a built caro")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the tables")
    parser.add_argument("--run", type=Path, help="a folder to keep; a temporary one if not said")
    parser.add_argument("--threads", default="1")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = arguments.run or Path(folder)
        model = run / "caro-nano.gguf"
        places = ("--run", run, "--data", arguments.data)
        step("tokenizer.py", "--pairs", "10000", "--size", "2048", *places)
        for leg in LEGS:
            step("train.py", "--smoke", "--no-compile", "--threads", arguments.threads, *leg, *places)
        step("export.py", "--run", run, "--to", model)
        step("score.py", "--count", "50", *places)
        if not arguments.caro.exists():
            sys.exit(f"error: no caro at {arguments.caro}\nhint: cargo build, or say where it is with --caro")
        answer(arguments.caro, model)


def step(script, *words):
    print(f"== {script}", flush=True)
    subprocess.run([sys.executable, HERE / script, *map(str, words)], check=True)


def answer(caro, model):
    """Asks caro; a tiny model may refuse or be cut short, but it has to load."""
    print("== caro", flush=True)
    asked = subprocess.run(
        [caro, "--model", model, "--print", "list files"], capture_output=True, text=True, timeout=60, check=False
    )
    print(asked.stdout or asked.stderr, end="")
    if not asked.stdout.strip() and "no command" not in asked.stderr:
        sys.exit("error: caro did not answer with the exported model")


if __name__ == "__main__":
    main()
