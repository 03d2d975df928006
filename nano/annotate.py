"""Writes what caro needs to know, and the licences, into the metadata of the built-in model.

    python nano/annotate.py exported.gguf nano/caro-nano.gguf

Needs: pip install gguf. Tensors are copied byte for byte.
"""

import sys

import gguf

DESCRIPTION = (
    "Turns a request in plain words into one shell command; trained from scratch for caro. Learnt from: "
    "NL2Bash (c) 2020 NL2Bash dataset, MIT; tldr-pages (c) tldr-pages contributors, CC BY 4.0 "
    "(https://creativecommons.org/licenses/by/4.0/), examples changed; pairs written by the caro authors."
)
OURS = {
    "general.name": "caro-nano",
    "general.author": "the caro authors",
    "general.description": DESCRIPTION,
    "general.license": "MIT OR Apache-2.0",
    # Requests are given bare, with their literals masked (src/prompt/mask.rs).
    "caro.prompt.style": "masked",
}


def main(source: str, target: str) -> None:
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, architecture)
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture" or key in OURS:
            continue
        kind = field.types[0]
        element = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, element)
    for key, text in OURS.items():
        writer.add_string(key, text)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
