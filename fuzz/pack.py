#!/usr/bin/env python3
"""Packs a folder of inputs into testdata/corpus/TARGET.jsonl, and unpacks that file into a folder.

    fuzz/pack.py unpack TARGET [FOLDER]
    fuzz/pack.py pack TARGET [FOLDER]

The folder is fuzz/corpus/TARGET by default. In the file every line is a JSON string, and every
character from U+0000 to U+00FF in it is one byte of the input.
"""

import hashlib
import json
import pathlib
import sys

FUZZ = pathlib.Path(__file__).resolve().parent


def pack(packed: pathlib.Path, folder: pathlib.Path) -> None:
    inputs = sorted({file.read_bytes() for file in folder.iterdir()})
    lines = (json.dumps(one.decode("latin-1"), ensure_ascii=False) for one in inputs)
    # DEL and the controls up to the no-break space are invisible. JSON escapes the control characters below U+0020 itself.
    invisible = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA1)}
    packed.write_text("".join(f"{line.translate(invisible)}\n" for line in lines), encoding="utf-8")
    print(f"{packed}: {len(inputs)} inputs")


def unpack(packed: pathlib.Path, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = packed.read_text(encoding="utf-8").split("\n")[:-1]
    for line in lines:
        data = json.loads(line).encode("latin-1")
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)
    print(f"{folder}: {len(lines)} inputs")


def main() -> None:
    command = {"pack": pack, "unpack": unpack}.get(sys.argv[1]) if len(sys.argv) in (3, 4) else None
    if command is None:
        sys.exit(__doc__)
    target = sys.argv[2]
    folder = pathlib.Path(sys.argv[3]) if len(sys.argv) == 4 else FUZZ / "corpus" / target
    command(FUZZ.parent / "testdata" / "corpus" / f"{target}.jsonl", folder)


main()
