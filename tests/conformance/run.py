# ruff: noqa: T201  a command prints
"""Runs GS1's vectors, which are not part of this repository, through the engine.

    .venv/bin/python tests/conformance/run.py ../shared/conformance

Each file of DIR/digitallink has its check in checks.py; a file without one counts as a failure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from checks import CHECKS, Vector, is_placeholder

SHOWN = 5
"""Failing vectors printed of each file."""


def vectors(path: Path) -> Iterator[Vector]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(content, dict):  # the table: identifier → row
        yield from ({"ai": ai, **row} for ai, row in content.items())
    else:
        yield from content


def run_file(path: Path) -> tuple[int, int]:
    """Prints one line, and the first failures under it; returns the counts of passed and failed."""
    check = CHECKS.get(path.stem)
    if check is None:
        print(f"{path.name}: no check for this file")
        return 0, 1
    given = list(vectors(path))
    real = [vector for vector in given if not is_placeholder(vector)]
    failures: list[tuple[Vector, object]] = []
    for vector in real:
        try:
            outcome: object = check(vector)
        except Exception as error:  # noqa: BLE001  an engine that raises has failed the vector, not the run
            outcome = repr(error)
        if outcome is not None:
            failures.append((vector, outcome))
    skipped = f", {len(given) - len(real)} placeholders left out" if len(real) < len(given) else ""
    print(f"{path.name}: {len(real) - len(failures)} passed, {len(failures)} failed{skipped}")
    for vector, outcome in failures[:SHOWN]:
        print(f"    vector  {json.dumps(vector, ensure_ascii=False)}\n    outcome {outcome}")
    return len(real) - len(failures), len(failures)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: run.py DIR")
        return 2
    files = sorted((Path(sys.argv[1]) / "digitallink").glob("*.json"))
    if not files:
        print(f"no vectors at {sys.argv[1]}: nothing was checked")
        return 0
    counts = [run_file(path) for path in files]
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
