"""The table of figures: what a bound says, and that every bound in use is understood."""

from __future__ import annotations

import ast
import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# `benchmarks` is not installed, and the checkout is not on the path: its `trace` would hide the standard library's.
_FIGURE = runpy.run_path(str(ROOT / "benchmarks" / "figure.py"))
HEADER, figure = _FIGURE["HEADER"], _FIGURE["figure"]


@pytest.mark.parametrize(
    ("bound", "ratio", "is_met"),
    [
        ("at most 1/4", 0.25, True),
        ("at most 1/4", 0.26, False),
        ("at most 1.3", 1.3, True),
        ("at most 1.3", 1.31, False),
        ("at least 3,000", 3_000, True),
        ("at least 3,000", 2_999, False),
        ("at least 0.5", 0.49, False),
        ("for information", 0.1, None),
    ],
)
def test_a_bound_is_held_against_the_ratio(bound: str, ratio: float, is_met: bool | None) -> None:
    assert figure("x", ratio, "things/s", "things/s", 1.0, bound).is_met is is_met


def test_a_line_stands_under_its_header() -> None:
    line = figure("symbols-qrcode", 5_110_000, "matrices/s, fixed mask", "matrices/s, qrcode", 134, "at least 3,000")
    text = line.as_text()
    assert text.index("at least 3,000") == HEADER.index("bound")
    assert text.index("yes") == HEADER.index("met")
    assert json.loads(line.as_json())["bound"] == "at least 3,000"


def test_every_bound_in_use_is_understood() -> None:
    """A bound that is worded otherwise would never be said to be broken."""
    texts = {
        node.value
        for path in (ROOT / "benchmarks").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    bounds = {text for text in texts if text.startswith(("at most", "at least"))}
    assert len(bounds) > 5
    assert [bound for bound in bounds if figure("x", 1, "", "", 1, bound).is_met is None] == []
