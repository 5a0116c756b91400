"""`suiyuan draw verify`: one line, and a status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suiyuan.trace.inspection.draw import Candidate, CandidateList, Inspector, Stratum, commit, draw, published, written

from .running import Installation

SECRET = bytes(range(32))
LISTED = CandidateList(
    plan="[bold]2026",
    strata=(Stratum("A", 1),),
    candidates=(Candidate("a", "A", 1), Candidate("b", "A", 1)),
    inspectors=(Inspector("i", "agency"), Inspector("j", "agency")),
)
COMMITMENT = commit(LISTED, SECRET)
DOCUMENT = published(draw(LISTED, SECRET, COMMITMENT))


@pytest.fixture
def nowhere(tmp_path: Path) -> Installation:
    """No database and no key: none is needed, and none is made."""
    return Installation(tmp_path, is_in_process=True)


def test_a_published_draw_is_verified(nowhere: Installation, tmp_path: Path) -> None:
    file = tmp_path / "draw.json"
    file.write_bytes(written(DOCUMENT))
    said = nowhere.say("draw", "verify", file, "--commitment", COMMITMENT.digest)
    assert said == f"Verified: commitment {COMMITMENT.digest}.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["draw.json"]


def test_what_does_not_verify_is_refused_in_one_line(nowhere: Installation, tmp_path: Path) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps({**DOCUMENT, "seal": "0"}), encoding="utf-8")
    assert nowhere.refuse("draw", "verify", file) == "draw.faults"
    assert "seal: not what drawing again" in nowhere.run("draw", "verify", file).stderr
    file.write_bytes(written(DOCUMENT))
    assert nowhere.refuse("draw", "verify", file, "--commitment", "0" * 64) == "draw.faults"
    file.write_bytes(b"{")
    assert nowhere.refuse("draw", "verify", file) == "draw.file"
    assert nowhere.refuse("draw", "verify", tmp_path / "none.json") == "file.access"
