"""What a program sends to PostgreSQL, taken from the server's own log, as a script that pgbench runs in its place."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from .engines import in_database, run_alone

_SENT = re.compile(r"(?:statement|execute [^:]*): (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_PLACEHOLDER = re.compile(r"\$(\d+)")
_VARIABLE = re.compile(r":(?=[A-Za-z_])")
"""What pgbench would take for a variable of its own, inside a text too."""

END = "SELECT 'end of what is logged'"
SECONDS_TO_WRITE = 10


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the server got it, and the values of its `$1`, `$2`, … as SQL literals."""

    text: str
    values: Mapping[int, str]


def logged(url: str, act: Callable[[], object]) -> list[Statement]:
    """Every statement that the database `url` is sent while `act` runs, on connections that `act` opens."""
    parsed = make_url(url)
    name, folder = parsed.database or "", Path(str(parsed.query["host"]))
    server = in_database(url, "postgres")
    run_alone(server, f"ALTER DATABASE {name} SET log_statement = 'all'")
    act()
    run_alone(url, END)
    run_alone(server, f"ALTER DATABASE {name} RESET log_statement")
    deadline = time.monotonic() + SECONDS_TO_WRITE
    while time.monotonic() < deadline:
        found = list(_statements(folder / "data" / "log", name))
        if any(statement.text == END for statement in found):
            return [statement for statement in found if statement.text != END]
        time.sleep(0.05)
    raise RuntimeError("the server did not log what it was sent")


def _statements(folder: Path, database: str) -> Iterator[Statement]:
    for path in sorted(folder.glob("*.json")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            sent = _SENT.fullmatch(entry.get("message", ""))
            if entry.get("dbname") != database or sent is None:
                continue
            values = {int(number): value for number, value in _PARAMETER.findall(entry.get("detail", ""))}
            yield Statement(" ".join(sent[1].split()), values)


def transactions(statements: Sequence[Statement]) -> list[list[Statement]]:
    """Those of units of work, by transaction: from a BEGIN with its isolation level to its COMMIT, both included."""
    found: list[list[Statement]] = []
    current: list[Statement] | None = None
    for statement in statements:
        if statement.text.startswith("BEGIN ISOLATION LEVEL"):
            current = []
        if current is not None:
            current.append(statement)
        if statement.text == "COMMIT" and current is not None:
            found.append(current)
            current = None
    return found


def script(statements: Sequence[Statement], identifiers: Mapping[str, str], numbers: Mapping[int, str]) -> str:
    """A pgbench script of the same statements.

    `identifiers`, `numbers`: the values that differ from one run to the next, each with the pgbench expression that
    gives it; that of an identifier gives a whole number, which is made one. All other values stay as they are.
    """
    names: dict[str, str] = {}

    def value(statement: Statement, number: int) -> str:
        literal = statement.values[number]
        bare = literal.strip("'")
        if bare in identifiers:
            return f"CAST(lpad(CAST(:{_named(names, identifiers[bare])} AS text), 32, '0') AS uuid)"
        if bare.isdecimal() and int(bare) in numbers:
            return f":{_named(names, numbers[int(bare)])}"
        return _VARIABLE.sub(":'||'", literal)

    lines = [
        _PLACEHOLDER.sub(lambda found, statement=statement: value(statement, int(found[1])), statement.text) + ";"
        for statement in statements
    ]
    return "\n".join([*(f"\\set {name} {expression}" for expression, name in names.items()), *lines, ""])


def _named(names: dict[str, str], expression: str) -> str:
    return names.setdefault(expression, f"v{len(names)}")
