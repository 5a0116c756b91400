"""The README is run: its commands in order, in one shell, against a server started as `make run` starts it.

A `sh` fence is run; a `text` fence right after it is what it must print, with `…` for what differs each time. A fence
that cannot be run says why: `sh skip: reason`. In all documents, named targets and commands exist and links lead
somewhere.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import typer

from suiyuan.api.cli.main import app

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "benchmarks/README.md",
        *ROOT.glob("sample_batches/**/*.md"),
    ]
)
START_SECONDS = 60
STORY_SECONDS = 120
MARK = "---- end of block ----"

FENCE = re.compile(r"^```(?P<language>\S*) ?(?P<note>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One `sh` fence; `printed` is the text below it, None where nothing is said."""

    note: str
    commands: str
    printed: str | None


def blocks(page: Path) -> list[Block]:
    fences = list(FENCE.finditer(page.read_text(encoding="utf-8")))
    found: list[Block] = []
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence["language"] != "sh":
            continue
        gap = fence.string[fence.end() : following.start()] if following else "end"
        is_output = following is not None and following["language"] == "text" and not gap.strip()
        found.append(Block(fence["note"], fence["body"], following["body"] if following and is_output else None))
    return found


def prose(page: Path) -> str:
    """A page without its fences."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def code_of(page: Path) -> str:
    """What a page shows as code: its fences and spans, one a line."""
    fences = [fence["body"] for fence in FENCE.finditer(page.read_text(encoding="utf-8"))]
    return "\n".join([*fences, *SPAN.findall(prose(page))])


@pytest.fixture(scope="module")
def story_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What `make run` runs, on a free port with a database and a key of its own."""
    folder = tmp_path_factory.mktemp("story")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SUIYUAN", "LC_", "LANG"))},
        "SUIYUAN_DATABASE_URL": f"sqlite:///{folder}/suiyuan.db",
        "SUIYUAN_MASTER_KEY_FILE": f"{folder}/master.key",
        "SUIYUAN_PORT": port,
        "SUIYUAN": f"http://127.0.0.1:{port}",
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
    }
    command = [Path(sys.executable).with_name("suiyuan"), "serve", "--with-samples", "sample_batches"]
    with (folder / "served").open("wb") as output:
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(server, environment["SUIYUAN"], folder / "served")
            yield environment
        finally:
            server.terminate()
            server.wait(10)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310  # our own server on the loopback address
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server did not come up:\n{log.read_text(encoding='utf-8')}")


def test_the_story_prints_what_the_readme_says(story_environment: dict[str, str]) -> None:
    story = [block for block in blocks(README) if not block.note]
    script = "set -euo pipefail\n" + "".join(f"{block.commands}echo '{MARK}'\n" for block in story)
    done = subprocess.run(
        ["bash", "-s"],
        input=script,
        env=story_environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=STORY_SECONDS,
        check=False,
    )
    printed = done.stdout.split(f"{MARK}\n")
    assert done.returncode == 0, f"after block {len(printed) - 1}: {printed[-1]}\n{done.stderr}"
    assert len(printed) == len(story) + 1
    for block, output in zip(story, printed, strict=False):
        wanted = ".*".join(re.escape(part) for part in (block.printed or "").split("…"))
        assert re.fullmatch(wanted, output), (
            f"{block.commands}\nprinted\n{output}\ninstead of\n{block.printed or 'nothing'}"
        )
    assert done.stderr == ""


def test_the_story_goes_from_registration_to_recall() -> None:
    """The README cannot be emptied without this failing."""
    printed = "".join(block.printed or "" for block in blocks(README))
    for line in (
        "caution: not_yet_shipped registered not_sampled",
        "genuine: registered not_sampled seen_before",
        "genuine: registered sampling_under_review seen_before",
        "stop: failed_spot_check registered seen_before",
        "stop: recalled failed_spot_check registered seen_before",
        "All invariants hold.",
    ):
        assert line in printed.splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_fence_is_run_or_says_why_not(page: Path) -> None:
    for fence in FENCE.finditer(page.read_text(encoding="utf-8")):
        assert fence["language"] in {"sh", "text", "json"}
        if fence["language"] == "sh" and (page != README or fence["note"]):
            assert re.fullmatch(r"skip: \w.{5,}", fence["note"]), f"not run, without a reason:\n{fence['body']}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", code_of(page))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_commands_exist(page: Path) -> None:
    whole: Any = typer.main.get_command(app)
    for name, inner in re.findall(r"(?<![\w./=-])(?:\.venv/bin/)?suiyuan ([a-z]+)(?: ([a-z]+))?", code_of(page)):
        assert name in whole.commands
        commands = getattr(whole.commands[name], "commands", None)
        assert commands is None or not inner or inner in commands, f"suiyuan {name} {inner}"


def test_the_pages_name_targets_and_commands() -> None:
    """That the two tests above have something to look at."""
    shown = "\n".join(code_of(page) for page in PAGES)
    assert {"run", "test", "lint", "bench", "setup"} <= set(re.findall(r"\bmake ([a-z]+)", shown))
    assert len(set(re.findall(r"suiyuan ([a-z]+ [a-z]+)", shown))) >= 8


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.finditer(prose(page)):
        target = link["target"]
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{target} leads nowhere"
        assert path.is_relative_to(ROOT), f"{target} leads out of the repository"
        if anchor:
            assert anchor in {_anchor(title) for title in HEADING.findall(prose(path))}, f"{target}: no such heading"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
