"""Rules between the identifiers of one message: exclusion, requirement, repetition, signatures.

Source: GS1 General Specifications, section on data relationships, as the attributes of the syntax dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable

from .message import Element, Rule, entry_of
from .reasons import Gs1Refused, Reason
from .table import ApplicationIdentifier

SIGNATURE = "8030"
_SERIAL_OPTIONAL = ("253", "255", "8003")
"""Keys whose serial component may be left out, and then name a class."""


class _Present:
    """The identifiers of a message, found by pattern in constant time."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self.entries = {ai: entry_of(ai) for ai in dict(elements)}
        self.by_prefix: dict[str, list[str]] = {}
        for ai in self.entries:
            for length in range(1, len(ai)):
                self.by_prefix.setdefault(ai[:length], []).append(ai)

    def other(self, pattern: str, than: str) -> str | None:
        """An identifier present that fits `pattern` and is not `than`."""
        prefix = pattern.rstrip("n")
        if prefix == pattern:
            return pattern if pattern in self.entries and pattern != than else None
        # Two are enough: at most one of them is `than`.
        return next((ai for ai in self.by_prefix.get(prefix, [])[:2] if ai != than), None)


def check_associations(elements: tuple[Element, ...], rules: frozenset[Rule]) -> None:
    """Raises Gs1Refused for the first rule broken, in the order of `Rule`."""
    present = _Present(elements)
    if Rule.MUTEX in rules:
        for entry in present.entries.values():
            _check_excluded(entry, present)
    if Rule.REQUISITES in rules:
        for entry in present.entries.values():
            _check_required(entry, present)
    if Rule.REPEATS in rules:
        _check_repeats(elements)
    if Rule.SERIALISED_KEY in rules and SIGNATURE in present.entries:
        _check_serialised(elements)


def _check_excluded(entry: ApplicationIdentifier, present: _Present) -> None:
    for pattern in entry.excludes:
        if other := present.other(pattern, entry.ai):
            raise Gs1Refused(Reason.EXCLUDED, ai=entry.ai, detail=other)


def _check_required(entry: ApplicationIdentifier, present: _Present) -> None:
    for choices in entry.requires:
        if not any(all(present.other(pattern, entry.ai) for pattern in group) for group in choices):
            needed = ",".join("+".join(group) for group in choices)
            raise Gs1Refused(Reason.REQUIRED, ai=entry.ai, detail=needed)


def _check_repeats(elements: tuple[Element, ...]) -> None:
    first: dict[str, str] = {}
    for ai, value in elements:
        if first.setdefault(ai, value) != value:
            raise Gs1Refused(Reason.REPEATED_DIFFERENTLY, ai=ai, value=value)


def _check_serialised(elements: tuple[Element, ...]) -> None:
    for ai, value in elements:
        if ai in _SERIAL_OPTIONAL and len(value) == entry_of(ai).least:
            raise Gs1Refused(Reason.SERIAL_REQUIRED, ai=ai, value=value)
