"""Every sentence the service says, in Chinese and English, from one catalogue (the files in catalogue/)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """All texts by dotted key, e.g. `error.batch.size` → {"zh": …, "en": …}.

    Raises ValueError where a leaf lacks a language or two files give the same key.
    """
    merged: dict[str, dict[Language, str]] = {}
    for file in sorted(files("suiyuan.trace.kernel").joinpath("catalogue").iterdir(), key=lambda entry: entry.name):
        for key, entry in _flatten("", tomllib.loads(file.read_text(encoding="utf-8"))):
            if key in merged:
                raise ValueError(f"{file.name}: {key} stands twice")
            merged[key] = entry
    return merged


def _flatten(prefix: str, node: dict[str, Any]) -> Iterator[tuple[str, dict[Language, str]]]:
    if set(node) == set(LANGUAGES):
        yield prefix, {"zh": node["zh"], "en": node["en"]}
        return
    for name, child in node.items():
        key = f"{prefix}.{name}" if prefix else name
        if not isinstance(child, dict):
            raise ValueError(f"{key} is not a text in both languages")
        yield from _flatten(key, child)


def text(key: str, language: Language, **values: object) -> str:
    """The sentence for `key`, its {placeholders} filled from `values`. Raises KeyError for an unknown key."""
    return catalogue()[key][language].format(**values)
