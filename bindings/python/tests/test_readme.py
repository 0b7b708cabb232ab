"""The README's examples, as a newcomer would type them, and what it says that they answer."""

import ast
import re

from conftest import ROOT


def test_the_examples_answer_what_the_readme_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    text = (ROOT / "bindings/python/README.md").read_text(encoding="utf-8")
    names, checked = {}, 0
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines = block.split("\n")
        for statement in ast.parse(block).body:
            source = ast.get_source_segment(block, statement)
            if not isinstance(statement, ast.Expr):
                exec(source, names)
                continue
            # The line below an expression is its answer.
            assert f"# {eval(source, names)!r}" == lines[statement.end_lineno], source
            checked += 1
    assert checked == 3
