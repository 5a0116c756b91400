"""The code lists that linters look values up in: countries, currencies, package types. Data in code_lists.txt."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def code_list(name: str) -> frozenset[str]:
    """The values of one list. Raises KeyError for a list that is not in the file."""
    return _code_lists()[name]


@cache
def _code_lists() -> dict[str, frozenset[str]]:
    lists: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in files("suiyuan.trace.codes.gs1").joinpath("code_lists.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = lists.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            current.update(line.split())
    return {name: frozenset(values) for name, values in lists.items()}
