"""The network: a small llama, written so that llama.cpp computes the same from the exported weights."""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

CONTEXT = 512
ROPE_BASE = 10000.0
EPSILON = 1e-5


@dataclass(frozen=True)
class Config:
    """The size of a model; the defaults make one of 9.4 million parameters, 10 MB in Q8_0."""

    vocabulary: int = 5120
    width: int = 288
    layers: int = 8
    heads: int = 6
    inner: int = 768

    def as_dict(self):
        return asdict(self)


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, inner = config.width, config.inner
        self.heads = config.heads
        self.attention_norm = nn.Parameter(torch.ones(width))
        self.query, self.key, self.value, self.output = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.inner_norm = nn.Parameter(torch.ones(width))
        self.gate, self.up = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x, rotation, mask=None, cache=None):
        x = x + self.attend(norm(x, self.attention_norm), rotation, mask, cache)
        h = norm(x, self.inner_norm)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))

    def attend(self, h, rotation, mask, cache):
        batch, length, width = h.shape
        split = (batch, length, self.heads, width // self.heads)
        query = rotate(self.query(h).view(split), rotation).transpose(1, 2)
        key = rotate(self.key(h).view(split), rotation).transpose(1, 2)
        value = self.value(h).view(split).transpose(1, 2)
        if cache is not None:
            if cache:
                key, value = torch.cat([cache[0], key], 2), torch.cat([cache[1], value], 2)
            cache[:] = [key, value]
        if mask is not None and not h.is_cuda:
            attended = attend_short(query, key, value, mask)
        else:
            causal = mask is None and length > 1
            attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
        return self.output(attended.transpose(1, 2).reshape(batch, length, width))


class Nano(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        # Also the output: the embeddings are tied.
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.Parameter(torch.ones(config.width))
        head = config.width // config.heads
        angles = torch.outer(torch.arange(CONTEXT), ROPE_BASE ** -(torch.arange(0, head, 2) / head))
        self.register_buffer("rotation", torch.stack([angles.cos(), angles.sin()]), persistent=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, 0, self.spread(name, parameter))

    def spread(self, name, parameter):
        if name.startswith("embedding"):
            return 0.02
        deep = math.sqrt(2 * self.config.layers) if name.endswith(("output.weight", "down.weight")) else 1
        return 0.6 / math.sqrt(parameter.shape[1]) / deep

    def matrices(self):
        return [parameter for block in self.blocks for parameter in block.parameters() if parameter.dim() == 2]

    def others(self):
        matrices = set(self.matrices())
        return [parameter for parameter in self.parameters() if parameter not in matrices]

    def hidden(self, tokens, mask=None, start=0, caches=None):
        x = self.embedding(tokens)
        rotation = self.rotation[:, start : start + tokens.shape[1]]
        for index, block in enumerate(self.blocks):
            x = block(x, rotation, mask, None if caches is None else caches[index])
        return norm(x, self.norm)

    def logits(self, hidden):
        return F.linear(hidden, self.embedding.weight)

    def forward(self, tokens, targets, weights, documents):
        """Returns the weighted sum of the losses of a packed batch; the caller divides by the weights."""
        hidden = self.hidden(tokens, within_documents(documents))
        logits = self.logits(hidden).flatten(0, 1).float()
        return (F.cross_entropy(logits, targets.flatten(), reduction="none") * weights.flatten()).sum()

    @torch.no_grad()
    def greedy(self, prompts, end, limit=96):
        """Returns for prompts of one length the likeliest tokens up to the end, and their joint log probability."""
        caches = [[] for _ in self.blocks]
        tokens = torch.tensor(prompts, device=self.norm.device)
        length, replies, sums = tokens.shape[1], [[] for _ in prompts], [0.0] * len(prompts)
        done = [False] * len(prompts)
        hidden = self.hidden(tokens, caches=caches)[:, -1]
        for position in range(length, min(CONTEXT, length + limit)):
            chances, chosen = F.log_softmax(self.logits(hidden).float(), -1).max(-1)
            for index, (token, chance) in enumerate(zip(chosen.tolist(), chances.tolist(), strict=True)):
                if not done[index]:
                    sums[index] += chance
                    done[index] = token == end
                    if token != end:
                        replies[index].append(token)
            if all(done):
                break
            hidden = self.hidden(chosen[:, None], start=position, caches=caches)[:, -1]
        return list(zip(replies, sums, strict=True))


def attend_short(query, key, value, mask):
    """Written out, because the backward pass of the library's attention takes several times as long on a CPU."""
    scores = query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5
    return scores.masked_fill(~mask, -1e4).softmax(-1).to(value.dtype) @ value


def norm(x, weight):
    return F.rms_norm(x, (x.shape[-1],), weight.to(x.dtype), EPSILON)


def rotate(x, rotation):
    """Turns the first half of each head against the second, which is quick; the export reorders for llama.cpp."""
    cos, sin = rotation[:, None, :, None].to(x.dtype)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], -1)


def within_documents(documents):
    """Returns which positions each position may see: earlier ones of its own document."""
    length = documents.shape[1]
    earlier = torch.ones(length, length, dtype=torch.bool, device=documents.device).tril()
    return (documents[:, None, :, None] == documents[:, None, None, :]) & earlier
