"""A GS1 message: identifiers and their values in order, and the ways to write it down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from .findings import PrefixLookup, any_prefix
from .table import ApplicationIdentifier, find

FNC1 = "^"
"""How this package writes the separator; CSET 82 has no such character, so it cannot be data."""

MAX_ELEMENTS = 64
"""Far more than any symbol holds; a longer list is somebody's experiment."""


class Rule(StrEnum):
    """Checks between the identifiers of one message."""

    MUTEX = "mutex"
    """None that exclude each other."""
    REQUISITES = "requisites"
    """Each finds those it needs."""
    REPEATS = "repeats"
    """What is given twice has one value."""
    SERIALISED_KEY = "serialised_key"
    """A digital signature stands with a key that names one object, not a class."""


ALL_RULES = frozenset(Rule)


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader lets pass beyond the standard. The default is the standard, in full.

    `rules`: associations that are checked. `check_values`: character sets, lengths, check digits. `check_path`: order
    of keys and qualifiers, and what may stand in the query. `prefix_lookup`: a source of GS1 company prefixes.
    """

    permit_unknown_ais: bool = False
    permit_unknown_ai_as_attr: bool = False
    permit_zero_suppressed_gtin: bool = False
    permit_convenience_alphas: bool = False
    check_values: bool = True
    check_path: bool = True
    rules: frozenset[Rule] = ALL_RULES
    prefix_lookup: PrefixLookup = field(default=any_prefix)


STANDARD = Options()

LENIENT = Options(
    permit_unknown_ais=True,
    permit_unknown_ai_as_attr=True,
    permit_zero_suppressed_gtin=True,
    check_values=False,
    check_path=False,
    rules=frozenset(),
)
"""Reads what a label claims, true or not: structure only."""


class Element(NamedTuple):
    """One identifier and its value, unescaped."""

    ai: str
    value: str


def entry_of(ai: str) -> ApplicationIdentifier:
    """The entry of an identifier that some reader has let pass."""
    entry = find(ai, permit_unknown=True)
    if entry is None:
        raise ValueError(f"no identifier: {ai!r}")
    return entry


@dataclass(frozen=True, slots=True)
class Gs1Message:
    """Elements in the order read.

    Only of a Digital Link URI: `path_length` of them stood in the path, `stem` is what stood before, and
    `ignored_parameters` are the query's parts that are no identifiers, as written.
    """

    elements: tuple[Element, ...]
    path_length: int = 0
    stem: str = ""
    ignored_parameters: tuple[str, ...] = ()

    def get(self, ai: str) -> str | None:
        """The first value of an identifier."""
        return next((element.value for element in self.elements if element.ai == ai), None)

    @property
    def element_string(self) -> str:
        """As a symbol carries it, `^` for FNC1: one in front, one after each value of no predefined length."""
        parts: list[str] = []
        needed = True
        for ai, value in self.elements:
            parts.append(f"{FNC1 if needed else ''}{ai}{value}")
            needed = not entry_of(ai).predefined
        return "".join(parts)

    @property
    def bracketed(self) -> str:
        """For people: `(01)…(10)…`, an opening bracket within a value escaped by a backslash."""
        return "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in self.elements)

    @property
    def json(self) -> str:
        """An object of values by identifier, the last one of each."""
        return json.dumps(dict(self.elements), ensure_ascii=False, separators=(",", ":"))

    @property
    def predefined_first(self) -> Gs1Message:
        """The same elements, those of predefined length first: the shortest element string."""
        return Gs1Message(tuple(sorted(self.elements, key=lambda element: not entry_of(element.ai).predefined)))
