"""Where a training stands: `weights.pt`, small enough to commit, and `optimiser.pt` beside it.

The weights are kept in bf16 and suffice to go on from; with the optimiser's state (in full, some 80 MB) the next leg
goes on as if there had been no pause.
"""

import os
from dataclasses import dataclass, field

import torch

from model import Config, Nano

WEIGHTS, OPTIMISER = "weights.pt", "optimiser.pt"


@dataclass
class Progress:
    """How far a training is, over all its legs."""

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    # What the training set out to do, so that a later leg goes on with the same schedule.
    plan: dict = field(default_factory=dict)


def save(run, model, progress, optimiser_state):
    weights = {name: tensor.to("cpu", torch.bfloat16) for name, tensor in model.state_dict().items()}
    whole = {"config": model.config.as_dict(), "progress": vars(progress), "weights": weights}
    write(run / OPTIMISER, {"steps": progress.steps, "state": optimiser_state, "weights": model.state_dict()})
    write(run / WEIGHTS, whole)


def write(path, content):
    # A leg may be stopped at any time; a half-written file must not take the place of a whole one.
    beginning = path.with_suffix(".new")
    torch.save(content, beginning)
    os.replace(beginning, path)


def load(run, device="cpu"):
    """Returns the model and the progress of a run."""
    whole = torch.load(run / WEIGHTS, map_location=device, weights_only=True)
    model = Nano(Config(**whole["config"])).to(device)
    model.load_state_dict({name: tensor.float() for name, tensor in whole["weights"].items()}, strict=False)
    return model, Progress(**whole["progress"])


def load_optimiser(run, model, progress, device="cpu"):
    """Returns the optimisers' state if it belongs to these weights, and then gives the model its weights in full."""
    path = run / OPTIMISER
    if not path.exists():
        return None
    kept = torch.load(path, map_location=device, weights_only=True)
    if kept["steps"] != progress.steps:
        return None
    model.load_state_dict(kept["weights"])
    return kept["state"]
