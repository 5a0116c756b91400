"""Spot checks in words for the desk: states, what is due, quantities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from ...trace.inspection.deadlines import Purpose
from ...trace.inspection.model import Finding, LimitKind, SampleState
from ...trace.inspection.service import Due
from ...trace.kernel.clock import CHINA
from ...trace.kernel.sources import Verification
from ...trace.kernel.texts import Language, text
from ...trace.kernel.units import Unit
from .record_view import finding_view
from .rendering import day_text
from .result_words import quantity_text

RIGHTS = frozenset({Purpose.OBJECTION, Purpose.RAPID_OBJECTION})
"""Periods in which something may be done; when they are over nobody is late."""


@dataclass(frozen=True, slots=True)
class DueView:
    """`badge`: that the day has passed; `is_late`: that it should not have. `doubts`: why the day may be another."""

    line: str
    badge: str
    is_late: bool
    doubts: tuple[str, ...]
    source: str


def state_text(state: SampleState, language: Language) -> str:
    """The state as those who work on it call it."""
    return text(f"page.sample_state.{state.value}", language)


def state_tone(state: SampleState, *, failed: bool) -> str:
    """The mark beside a state: of a final one, how it ended."""
    if state in (SampleState.FINAL, SampleState.PUBLISHED):
        return "bad" if failed else "good"
    return "warn" if state is SampleState.OBJECTION else "note"


def due_view(due: Due | None, language: Language) -> DueView | None:
    if due is None:
        return None
    deadline, is_right = due.deadline, due.purpose in RIGHTS
    purpose = text(f"deadline.purpose.{due.purpose.value}", language)
    badge = text(f"page.sample_due.{'over' if is_right else 'overdue'}", language) if due.is_over else ""
    doubts: list[str] = []
    if deadline.rule.verification is Verification.UNVERIFIED:
        doubts.append(text("page.sample_due.unverified", language))
    if not deadline.is_certain:
        doubts.append(text("page.sample_due.uncertain", language))
    return DueView(
        line=text("page.sample_due.until", language, purpose=purpose, day=day_text(deadline.day, language)),
        badge=badge,
        is_late=due.is_over and not is_right,
        doubts=tuple(doubts),
        source=text("page.sample_due.source", language, source=deadline.rule.source),
    )


def limit_line(finding: Finding, language: Language) -> str:
    """What a finding is held against: the limit as printed, else in signs, else what the label declares."""
    if finding.requirement or finding.limit.kind is not LimitKind.NONE:
        return finding_view(finding, language).limit
    declared = amount_text(finding.declared, finding.declared_unit, language)
    return text("page.told.declared", language, declared=declared) if declared else ""


def time_text(instant: datetime, language: Language) -> str:
    """An instant by Beijing's clocks; the day alone where it is midnight, which stands for a time not known."""
    local = instant.astimezone(CHINA)
    if local.time() == time.min:
        return day_text(local.date(), language)
    return text("word.sheet.time", language, day=day_text(local.date(), language), time=f"{local:%H:%M}")


def amount_text(value: Decimal | None, unit: Unit, language: Language) -> str:
    """A value with its unit, "" where there is none."""
    return "" if value is None else quantity_text(f"{value:f}", unit, language)
