"""The documents are complete: settings, commands, routes, reasons and decisions; generated parts are current."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from suiyuan.api.app import create_app
from suiyuan.api.cli.main import app
from suiyuan.api.settings import Settings
from suiyuan.trace.verification.judge import WEIGHT
from suiyuan.trace.verification.model import ReasonCode

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
DECISION_PARTS = ["Context", "Decision", "What it costs", "What would change it"]


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def commands() -> Iterator[str]:
    yield from within(typer.main.get_command(app), "")


def within(group: Any, beginning: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from within(command, f"{beginning}{name} ")
        else:
            yield f"{beginning}{name}"


@pytest.mark.parametrize("script", ["api_table", "command_table", "custody_table", "verdict_table"])
def test_generated_parts_are_current(script: str) -> None:
    command = [sys.executable, "-m", f"scripts.{script}", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    row = re.search(
        rf"^\| `SUIYUAN_{name.upper()}` \| (?P<default>[^|]+) \| [^|]{{10,}} \|$", read("operations.md"), re.MULTILINE
    )
    assert row is not None
    default = Settings.model_fields[name].default
    assert (str(default) if default else "") in row["default"]


def test_no_setting_is_documented_that_does_not_exist() -> None:
    named = set(re.findall(r"`SUIYUAN_([A-Z_]+)`", read("operations.md")))
    assert named == {name.upper() for name in Settings.model_fields}


def test_every_command_is_documented() -> None:
    documented = re.findall(r"^### suiyuan (.+)$", read("command-line.md"), re.MULTILINE)
    assert sorted(documented) == sorted(commands())
    assert len(documented) > 10


def test_every_route_is_documented() -> None:
    page = read("api.md")
    paths: dict[str, dict[str, Any]] = create_app().openapi()["paths"]
    listed = set(re.findall(r"^\| ([A-Z]+) \| `(/(?:api/v1|\.well-known)/[^`]+)` \|", page, re.MULTILINE))
    plain = {(method, path.replace(":path}", "}")) for method, path in listed}
    assert plain == {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert len(plain) > 20


def test_every_page_is_documented() -> None:
    page = read("api.md")
    for path in ("/", "/c/{code:path}", "/published", "/sign-in", "/sign-out", "/desk", "/desk/ship", "/static/…"):
        assert f"| `{path}` |" in page


def test_every_reason_has_a_verdict_and_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", read("verdicts.md"), re.MULTILINE)
    assert dict(rows) == {code.value: verdict.value for code, verdict in WEIGHT.items()}
    assert set(WEIGHT) == set(ReasonCode)


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (DOCS / "decisions").iterdir())
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert len(names) >= 8


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").iterdir()), ids=lambda path: path.name)
def test_a_decision_says_what_it_costs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == DECISION_PARTS


def test_every_document_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [path.name for path in DOCS.glob("*.md") if f"(docs/{path.name}" not in readme]
    assert missing == []


def test_the_picture_is_small_and_in_the_readme() -> None:
    picture = DOCS / "images" / "answer.png"
    assert 20_000 < picture.stat().st_size < 200_000
    assert "(docs/images/answer.png)" in (ROOT / "README.md").read_text(encoding="utf-8")
