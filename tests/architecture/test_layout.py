"""The layout: packages listed, files where one looks for them, no clock and no randomness outside the kernel."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("trace", "api", "labels")

NOUN_FILES = {"__init__.py", "model.py", "service.py", "store.py"}
DOCUMENTED_EXTRAS = {
    "parties": {
        "access.py": "keys to actors",
        "notice_store.py": "the table of notices",
        "notices.py": "what parties are told without having asked",
        "regions.py": "the table of divisions",
        "webhook_store.py": "tables of webhooks and deliveries",
        "webhooks.py": "notices to a party's own systems",
    },
    "codes": {
        "schemes.py": "the form of each scheme's codes",
        "extraction.py": "finding a code in a scanned text",
        "ff1.py": "NIST SP 800-38G",
        "ff1_vector.py": "the same over many codes at once",
        "issue.py": "the codes of a whole batch",
        "claims.py": "what a label says of itself",
        "importing.py": "files of codes issued elsewhere",
        "label_keys.py": "the keys that sign labels",
        "signing.py": "signed labels",
        "keyring.py": "codes from places and back",
        "master_key.py": "where the key comes from",
        "suggestions.py": "what a mistyped code was meant to be",
    },
    "batches": {
        "code_lists.py": "codes issued elsewhere",
        "contents.py": "what is in which package",
        "gtin_links.py": "GS1 Digital Links of units",
        "packing.py": "irregular packing",
        "printing.py": "print jobs and void codes",
    },
    "catalog": {
        "ledger_rules.py": "what ledgers state and for how long",
        "restrictions.py": "dated bans and restrictions",
    },
    "custody": {
        "discrepancy_store.py": "tables of what did not arrive as shipped",
        "report_store.py": "queries over many batches",
        "rules.py": "the table of states and movements",
        "way_store.py": "where a unit is and was, for scans",
    },
    "inspection": {
        "cited_store.py": "results published elsewhere",
        "deadlines.py": "when periods end",
        "items.py": "what laboratories look at and find",
        "records.py": "a sample by its id, for use cases and publication alike",
        "result_store.py": "tables of what laboratories found",
        "sheet_store.py": "tables of what stands on a sample's sheet",
    },
    "verification": {
        "judge.py": "the pure verdict",
        "probe_store.py": "the table of looks for codes that are not known",
        "probing.py": "how such looks are counted and slowed",
        "scans.py": "what is recorded of a look",
        "suspect_store.py": "the tables of codes that may be copied",
        "suspects.py": "what their looks come to, and what was decided",
    },
}
NOT_NOUNS = {
    "kernel": {
        "clock.py",
        "errors.py",
        "identity.py",
        "ids.py",
        "intervals.py",
        "limits.py",
        "normalise.py",
        "rounding.py",
        "sources.py",
        "texts.py",
        "units.py",
        "values.py",
        "workdays.py",
    },
    "store": {
        "columns.py",
        "database.py",
        "facts.py",
        "grouped.py",
        "hot.py",
        "idempotency.py",
        "migrate.py",
        "prepared.py",
    },
}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_every_package_is_listed_and_every_listed_one_is_there() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = settings["tool"]["setuptools"]["packages"]
    found = {
        "suiyuan." + ".".join(path.parent.relative_to(ROOT).parts)
        for path in sources(*FOLDERS)
        if "migrations" not in path.parts  # data of suiyuan.trace.store, run by alembic from its files
    }
    assert sorted(listed) == listed
    assert set(listed) == found


def test_packages_say_what_they_are_in_one_file() -> None:
    for path in sources("trace"):
        if "migrations" in path.parts:
            continue
        assert (path.parent / "__init__.py").exists(), path.parent
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, f"{path} does not say what it is"


def test_a_noun_has_its_three_files_and_documented_extras() -> None:
    nouns = [
        path for path in (ROOT / "trace").iterdir() if (path / "__init__.py").exists() and path.name not in NOT_NOUNS
    ]
    assert {path.name for path in nouns} >= {"parties", "catalog", "codes", "batches", "custody", "inspection"}
    for noun in nouns:
        files = {path.name for path in noun.glob("*.py")}
        if (noun / "service").is_dir():
            files.add("service.py")  # outgrown: a folder with one file per use case
        assert files == NOUN_FILES | set(DOCUMENTED_EXTRAS.get(noun.name, {})), noun
    for name, files in NOT_NOUNS.items():
        assert {path.name for path in (ROOT / "trace" / name).glob("*.py")} == files | {"__init__.py"}


def test_tests_mirror_the_nouns() -> None:
    nouns = {path.parent.name for path in sources("trace") if path.parent.parent.name == "trace"}
    assert {path.name for path in (ROOT / "tests" / "trace").iterdir() if path.is_dir()} - {"__pycache__"} == nouns


FORBIDDEN_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.localtime",
    "os.urandom",
    "os.getenv",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid4",
    "uuid1",
}
FORBIDDEN_MODULES = {"random", "secrets", "time"}


def uses(path: Path) -> Iterator[str]:
    """Clock, randomness and environment touched in a file, as `file:line what`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            if name.startswith(("os.environ", "numpy.random", "np.random")):
                yield f"{place} {name}"
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.removeprefix("datetime.") in FORBIDDEN_CALLS or name in FORBIDDEN_CALLS:
                yield f"{place} {name}"
        if isinstance(node, ast.Import):
            yield from (f"{place} {each.name}" for each in node.names if each.name.split(".")[0] in FORBIDDEN_MODULES)
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            module = (node.module or "").split(".")[0]
            if module in FORBIDDEN_MODULES:
                yield f"{place} {node.module}"
            yield from (
                f"{place} {node.module}.{each.name}"
                for each in node.names
                if (node.module, each.name)
                in {("os", "environ"), ("os", "urandom"), ("uuid", "uuid4"), ("os", "getenv")}
            )


def test_the_search_finds_what_the_kernel_uses() -> None:
    found = " ".join(use for path in sources("trace/kernel") for use in uses(path))
    for expected in ("clock.py:20 datetime.now", "os.urandom", "time.time_ns"):
        assert expected.split(":")[0].split(" ")[-1] in found


@pytest.mark.parametrize("path", sources("trace", "labels"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_clock_randomness_or_environment_outside_the_kernel(path: Path) -> None:
    if path.parent == ROOT / "trace" / "kernel":
        return
    assert list(uses(path)) == []


def test_the_environment_is_read_in_the_settings_only() -> None:
    found = {use.split(":")[0] for path in sources("api") for use in uses(path) if "environ" in use or "getenv" in use}
    assert found <= {"api/settings.py"}


def test_sql_is_written_in_stores_only() -> None:
    """`model.py`, `judge.py` and `service.py` may name a Connection; they build no statement."""
    builders = {"select", "insert", "update", "delete", "text", "Table"}
    for path in sources("trace"):
        if path.stem.endswith("store") or path.parent.name in ("store", "versions", "migrations"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
                assert not builders & {each.name for each in node.names}, path


def test_the_command_line_starts_without_the_web() -> None:
    """What it shares with the wire lies beside routes/ and pages/, not in them."""
    asked = "import sys, suiyuan.api.cli.main; print(sorted({'fastapi', 'starlette', 'uvicorn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
