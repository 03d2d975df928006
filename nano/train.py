"""Trains nano, in legs: each ends by itself, each can go on from where the last one stopped.

    python nano/train.py --tokens 60e6 --minutes 110             the first leg
    python nano/train.py --resume --minutes 110                  the next ones, until all tokens are seen
    python nano/train.py --smoke                                 a tiny model in a minute, to see that all works

`--tokens` is the length of the whole training and sets the schedule; `--minutes` only ends a leg. It computes on CUDA
where there is one, in bf16; else on the CPU, in bf16 if that has matrix units (AMX) and in fp32 if not.
nano/tokenizer.py has to run before.
"""

import argparse
import json
import os
import random
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch.utils.data import DataLoader, IterableDataset

import checkpoint
import tokenizer as tokens
from data import DATA, RUN, Corpus
from model import Config, Nano
from muon import Muon
from packing import Batch, batches

SMOKE = dict(width=64, layers=2, heads=2, inner=192, tokens=250e3, minutes=1.0, rows=16, report=20, check=10**9)
# After a leg that begins without the optimiser's state its moments have to be found anew.
WARM_AGAIN = 50


@dataclass(frozen=True)
class Plan:
    """What a training is; kept with the weights, so that every leg follows the same."""

    tokens: float
    rows: int
    length: int
    muon_rate: float
    adam_rate: float
    weight_decay: float
    request_weight: float
    warm: float
    decay: float
    clip: float
    seed: int

    def step_tokens(self):
        return self.rows * self.length

    def steps(self):
        return max(1, round(self.tokens / self.step_tokens()))

    def rate(self, step):
        """Returns the share of the full rate: a short rise, a plateau, a long fall to nothing."""
        done = step / self.steps()
        return min(1.0, (step + 1) / max(1.0, self.warm * self.steps()), max(0.0, (1 - done) / self.decay))


class PackedPairs(IterableDataset):
    """Fresh pairs in packed batches; the seed and the step decide which, so a resumed leg sees no pair again."""

    def __init__(self, plan, corpus, tokenizer, first_step):
        self.plan, self.corpus, self.tokenizer, self.first_step = plan, corpus, tokenizer, first_step

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        number, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        step = self.first_step + number

        def sized(request, command):
            example = tokens.encode(self.tokenizer, request, command)
            return example, len(example.tokens)

        chance = random.Random(f"{self.plan.seed}/{self.first_step}/{number}")
        examples = self.corpus.mixed(chance, sized, lambda: step / self.plan.steps())
        for batch in batches(examples, self.plan.rows, self.plan.length, self.plan.request_weight):
            yield Batch(*map(torch.from_numpy, batch))
            step += workers


class Trainer:
    def __init__(self, arguments):
        self.run, self.arguments = arguments.run, arguments
        self.device = "cuda" if torch.cuda.is_available() and not arguments.cpu else "cpu"
        torch.set_num_threads(arguments.threads)
        self.half = arguments.precision == "bf16" or arguments.precision == "auto" and fast_in_half(self.device)
        self.tokenizer = tokens.load(self.run)
        state = self.begin()
        self.corpus = Corpus(arguments.data)
        self.muon = Muon(self.model.matrices(), self.plan.weight_decay, torch.bfloat16 if self.half else torch.float32)
        self.adam = torch.optim.AdamW(self.model.others(), betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        self.warm_from = self.progress.steps if self.progress.steps and state is None else None
        if state:
            self.muon.load(state["muon"])
            self.adam.load_state_dict(state["adam"])
        # Both shapes that it sees are always the same: one compilation for training, one for the checks.
        self.compute = self.model if arguments.no_compile else torch.compile(self.model, dynamic=False)
        self.checks = self.development()

    def begin(self):
        """Sets plan, model and progress; returns the optimisers' state of a leg before, if it is there."""
        if self.arguments.resume:
            self.model, self.progress = checkpoint.load(self.run, self.device)
            self.plan = Plan(**self.progress.plan)
            return checkpoint.load_optimiser(self.run, self.model, self.progress, self.device)
        if (self.run / checkpoint.WEIGHTS).exists() and not self.arguments.smoke:
            sys.exit(f"error: {self.run} holds a training\nhint: --resume goes on with it, --run takes another folder")
        self.plan = plan_of(self.arguments)
        torch.manual_seed(self.plan.seed)
        self.model = Nano(config_of(self.arguments, self.tokenizer)).to(self.device)
        self.progress = checkpoint.Progress(plan=vars(self.plan))
        return None

    def train(self):
        plan, progress = self.plan, self.progress
        parameters = sum(parameter.numel() for parameter in self.model.parameters())
        self.say(
            parameters=parameters,
            device=self.device,
            half=self.half,
            threads=torch.get_num_threads(),
            steps=plan.steps(),
            at=progress.steps,
        )
        pairs = PackedPairs(plan, self.corpus, self.tokenizer, progress.steps)
        workers = self.arguments.workers
        loader = DataLoader(pairs, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None)
        began = reported = kept = time.monotonic()
        losses, counted, seen, first = 0.0, 0, 0, True
        for batch in islice(loader, plan.steps() - progress.steps):
            loss = self.step(batch)
            progress.steps += 1
            count = int((batch.documents > 0).sum())
            progress.tokens += count
            if first:  # The first step compiles; its time says nothing of the others.
                first, reported = False, time.monotonic()
                continue
            losses, counted, seen = losses + loss, counted + 1, seen + count
            now = time.monotonic()
            ending = now - began > self.arguments.minutes * 60
            if progress.steps % self.arguments.report == 0 or ending:
                elapsed = time.monotonic() - reported
                self.say(
                    step=progress.steps,
                    loss=round(float(losses) / counted, 4),
                    rate=round(self.rate(), 3),
                    tokens=progress.tokens,
                    per_second=round(seen / elapsed),
                    filled=round(count / plan.step_tokens(), 3),
                )
                reported, losses, counted, seen = time.monotonic(), 0.0, 0, 0
            if progress.steps % self.arguments.check == 0:
                self.say(step=progress.steps, **self.check())
                reported = time.monotonic()
            if time.monotonic() - kept > self.arguments.keep * 60:
                progress.seconds += time.monotonic() - kept
                self.keep()
                kept = reported = time.monotonic()
            if ending:
                break
        progress.seconds += time.monotonic() - kept
        self.keep()
        finished = progress.steps >= plan.steps()
        self.say(step=progress.steps, tokens=progress.tokens, minutes=round(progress.seconds / 60, 1), **self.check())
        self.say(finished=finished)

    def step(self, batch):
        """Learns from one batch and returns its loss for each unit of weight, as a tensor."""
        batch = [part.to(self.device, non_blocking=True) for part in batch]
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.half):
            loss = self.compute(*batch) / batch[2].sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        rate = self.rate()
        for group in self.adam.param_groups:
            group["lr"] = self.plan.adam_rate * rate
        self.adam.step()
        self.muon.step(self.plan.muon_rate * rate)
        self.model.zero_grad(set_to_none=True)
        return loss.detach()

    def rate(self):
        rate = self.plan.rate(self.progress.steps)
        if self.warm_from is None:
            return rate
        return rate * min(1.0, (self.progress.steps - self.warm_from + 1) / WARM_AGAIN)

    def development(self):
        """Returns the pairs to check by, packed: the loss counts the tokens of the commands alone."""
        packed = {}
        for name, pairs in self.corpus.development().items():
            examples = iter([tokens.encode(self.tokenizer, *pair) for pair in pairs])
            packed[name] = [
                Batch(*map(torch.from_numpy, batch))
                for batch in batches(examples, self.plan.rows, self.plan.length, request_weight=0.0)
            ]
        return packed

    @torch.no_grad()
    def check(self):
        results = {}
        for name, packed in self.checks.items():
            total = weight = 0.0
            for batch in packed:
                batch = [part.to(self.device) for part in batch]
                with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.half):
                    total += float(self.compute(*batch))
                weight += float(batch[2].sum())
            results[f"{name}_dev"] = round(total / weight, 4)
        return results

    def keep(self):
        state = {"muon": self.muon.state(), "adam": self.adam.state_dict()}
        checkpoint.save(self.run, self.model, self.progress, state)

    def say(self, **facts):
        print(" ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
        with open(self.run / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(json.dumps(facts) + "\n")


def fast_in_half(device):
    """Returns whether bf16 is faster: on a GPU, and on a CPU with matrix units (AMX), where it is ten times as fast."""
    return device == "cuda" or torch.cpu._is_amx_tile_supported()


def plan_of(arguments):
    return Plan(**{name: getattr(arguments, name) for name in Plan.__dataclass_fields__})


def config_of(arguments, tokenizer):
    return Config(tokenizer.get_vocab_size(), arguments.width, arguments.layers, arguments.heads, arguments.inner)


def parse_arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    leg = parser.add_argument_group("this leg")
    leg.add_argument("--run", type=Path, default=RUN, help="the folder of this model")
    leg.add_argument("--data", type=Path, default=DATA, help="the folder of the tables")
    leg.add_argument("--resume", action="store_true", help="go on with the training in the folder")
    leg.add_argument("--smoke", action="store_true", help="a tiny model for a minute")
    leg.add_argument("--minutes", type=float, default=110, help="when this leg ends")
    leg.add_argument("--keep", type=float, default=10, metavar="MINUTES", help="how often the weights are kept")
    leg.add_argument("--report", type=int, default=100, metavar="STEPS")
    leg.add_argument("--check", type=int, default=500, metavar="STEPS", help="how often to take the dev losses")
    leg.add_argument("--threads", type=int, default=os.cpu_count())
    leg.add_argument("--workers", type=int, default=12 if torch.cuda.is_available() else 1)
    leg.add_argument("--cpu", action="store_true", help="even where there is CUDA")
    leg.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    leg.add_argument("--no-compile", action="store_true")
    plan = parser.add_argument_group("the whole training, decided by its first leg")
    plan.add_argument("--tokens", type=float, default=60e6)
    plan.add_argument("--width", type=int, default=Config.width)
    plan.add_argument("--layers", type=int, default=Config.layers)
    plan.add_argument("--heads", type=int, default=Config.heads)
    plan.add_argument("--inner", type=int, default=Config.inner)
    plan.add_argument("--rows", type=int, default=64, help="rows in a batch")
    plan.add_argument("--length", type=int, default=128, help="tokens in a row; longer pairs are left out")
    plan.add_argument("--muon-rate", type=float, default=0.015)
    plan.add_argument("--adam-rate", type=float, default=2.5e-3)
    plan.add_argument("--weight-decay", type=float, default=0.02)
    plan.add_argument("--request-weight", type=float, default=0.15, help="what a token of the request counts")
    plan.add_argument("--warm", type=float, default=0.01, help="the share of steps in which the rate rises")
    plan.add_argument("--decay", type=float, default=0.6, help="the share of steps in which it falls")
    plan.add_argument("--clip", type=float, default=1.0)
    plan.add_argument("--seed", type=int, default=1)
    if "--smoke" in (sys.argv[1:] if words is None else words):
        parser.set_defaults(**SMOKE)
    return parser.parse_args(words)


def main():
    Trainer(parse_arguments()).train()


if __name__ == "__main__":
    main()
