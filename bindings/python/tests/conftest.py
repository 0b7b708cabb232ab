"""The cases of testdata, as questions with their answers in Rust."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def cases() -> list[dict]:
    """Every case: its class, the question, what testdata expects and what Rust answers."""
    if file := os.environ.get("PUBNUB_ACCESS_BINDING_CASES"):
        text = Path(file).read_text(encoding="utf-8")
    else:
        command = ["cargo", "run", "--quiet", "--locked", "--manifest-path"]
        command.append(str(ROOT / "bindings/cases/Cargo.toml"))
        text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    # Not `splitlines`: Python also splits at characters that names may contain.
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.fixture(scope="session")
def sample() -> str:
    return (ROOT / "testdata/sample.token").read_text().strip()
