"""The simulation's numbers, read from parameters.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def _values() -> dict[str, float]:
    data = tomllib.loads((Path(__file__).parent / "parameters.toml").read_text(encoding="utf-8"))
    return {f"{table}.{name}": entry["value"] for table, rows in data.items() for name, entry in rows.items()}


def value(name: str) -> float:
    """`table.name`. Raises KeyError for one that is not there."""
    return _values()[name]
