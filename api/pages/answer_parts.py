"""The parts that the page of an answer is made of, as strings in the reader's language. Templates see these only.

The public reads roles, counties and days of the way; no type here has a place for a trading partner's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ...trace.kernel.texts import Language, text
from ...trace.kernel.units import Unit
from .rendering import day_text, word


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a card. `link` is a tel: address or empty; `is_key` marks what to compare with the pack."""

    label: str
    values: tuple[str, ...]
    link: str = ""
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class ReasonView:
    """`tone` is one of good, note, warn, bad, ask: it picks a mark beside the words, never replaces them."""

    tone: str
    title: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class FindingView:
    item: str
    measured: str
    limit: str
    outcome: str
    has_failed: bool


@dataclass(frozen=True, slots=True)
class SampleView:
    """One spot check. `findings` is empty unless the result is final; then `notice` is empty. `link`: its permanent
    page, "" before it is published."""

    title: str
    notice: str
    denial: str
    has_failed: bool
    link: str
    outcome: str
    facts: tuple[Fact, ...]
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """One stage of the way: what kind of party, in which county, on which days."""

    role: str
    region: str
    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeView:
    """The code itself. `grouped` is for reading aloud, `plain` for the form."""

    plain: str
    grouped: str
    scheme: str
    level: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """Four characters of a code as shown; `is_marked` where they are probably wrong, or mended."""

    characters: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class CheckView:
    """One question of the checklist and what is known of it. `tone` is one of good, note, warn, bad, ask."""

    tone: str
    question: str
    says: str


def row(key: str, language: Language, *values: str, link: str = "", is_key: bool = False) -> tuple[Fact, ...]:
    """The row labelled `page.fact.<key>`, or none where nothing is stated."""
    stated = tuple(value for value in values if value)
    return (Fact(text(f"page.fact.{key}", language), stated, link, is_key),) if stated else ()


def telephone_link(number: str) -> str:
    digits = re.sub(r"[^0-9+]", "", number)
    return f"tel:{digits}" if digits else ""


def day_or_nothing(day: date | None, language: Language) -> str:
    return day_text(day, language) if day else ""


def quantity(value: Decimal, unit: Unit, language: Language) -> str:
    """A value with its unit: 20%, 18 g/L, 97% of label; pH and counts stand alone."""
    name = word(unit, language)
    if not name:
        return f"{value:f}"
    return f"{value:f}{name}" if name.startswith("%") else f"{value:f}\N{NO-BREAK SPACE}{name}"
