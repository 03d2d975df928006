"""Writes a trained nano as GGUF, in Q8_0, with what caro has to know in its metadata.

    python nano/export.py [--run target/nano] [--to target/nano/caro-nano.gguf]
"""

import argparse
import json
import sys
from pathlib import Path

import gguf
import numpy as np

import checkpoint
import tokenizer as tokens
from annotate import OURS
from data import RUN
from model import CONTEXT, EPSILON, ROPE_BASE

# What the program can afford to carry.
LARGEST = 25_000_000
CHAT_TEMPLATE = "<|q|>{{ messages[-1]['content'] }}<|c|>"
MATRICES = {
    "attn_q": "query",
    "attn_k": "key",
    "attn_v": "value",
    "attn_output": "output",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_down": "down",
}
ROTATED = ("attn_q", "attn_k")
NORMS = {"attn_norm": "attention_norm", "ffn_norm": "inner_norm"}
QUANTISED = gguf.GGMLQuantizationType.Q8_0


def export(run, target):
    """Writes the model of a run to a file and returns its size."""
    model, _ = checkpoint.load(run)
    weights = {name: tensor.float().numpy() for name, tensor in model.state_dict().items()}
    writer = gguf.GGUFWriter(target, "llama")
    add_sizes(writer, model.config)
    add_tokens(writer, tokens.load(run))
    for key, text in OURS.items():
        writer.add_string(key, text)
    add_matrix(writer, "token_embd", weights["embedding.weight"])
    add_norm(writer, "output_norm", weights["norm"])
    for index in range(model.config.layers):
        for name, ours in NORMS.items():
            add_norm(writer, f"blk.{index}.{name}", weights[f"blocks.{index}.{ours}"])
        for name, ours in MATRICES.items():
            matrix = weights[f"blocks.{index}.{ours}.weight"]
            add_matrix(writer, f"blk.{index}.{name}", in_pairs(matrix, model.config) if name in ROTATED else matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return Path(target).stat().st_size


def add_sizes(writer, config):
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.inner)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.heads)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_rope_dimension_count(config.width // config.heads)
    writer.add_vocab_size(config.vocabulary)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)


def add_tokens(writer, tokenizer):
    model = json.loads(tokenizer.to_str())["model"]
    entries = sorted(model["vocab"], key=model["vocab"].get)
    assert tuple(entries[: len(tokens.SPECIAL)]) == tokens.SPECIAL
    kinds = [gguf.TokenType.CONTROL] * len(tokens.SPECIAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(entries)
    writer.add_token_types(kinds + [gguf.TokenType.NORMAL] * (len(entries) - len(kinds)))
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    writer.add_bos_token_id(tokens.REQUEST)
    writer.add_eos_token_id(tokens.END)
    writer.add_pad_token_id(tokens.PAD)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def in_pairs(matrix, config):
    """Reorders the rows of each head: llama.cpp rotates neighbours, we the first half against the second."""
    return matrix.reshape(config.heads, 2, -1, config.width).swapaxes(1, 2).reshape(matrix.shape)


def add_matrix(writer, name, matrix):
    writer.add_tensor(f"{name}.weight", gguf.quants.quantize(matrix, QUANTISED), raw_dtype=QUANTISED)


def add_norm(writer, name, vector):
    writer.add_tensor(f"{name}.weight", vector.astype(np.float32))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=RUN, help="the folder of this model")
    parser.add_argument("--to", type=Path, help="the file to write; caro-nano.gguf in that folder if not said")
    arguments = parser.parse_args()
    target = arguments.to or arguments.run / "caro-nano.gguf"
    size = export(arguments.run, target)
    print(f"{target}: {size / 1e6:.1f} MB")
    if size > LARGEST:
        sys.exit(f"error: larger than {LARGEST / 1e6:.0f} MB, which is all the program can carry")


if __name__ == "__main__":
    main()
