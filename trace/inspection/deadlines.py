"""When the periods of a spot check end: objection, re-test, publication, seizure. Data in review_rules.toml.

A period that was only remembered (`unverified`) is still counted, since a day must stand on the notice; who shows it
shows also how far its rule can be trusted.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal

from ..catalog.model import ProductKind
from ..kernel.clock import CHINA, day_in_china
from ..kernel.errors import NotKnown
from ..kernel.sources import Verification
from ..kernel.workdays import CountedDay, working_day_from, working_days_after


class Purpose(StrEnum):
    """What must be done, or may be done, before the period ends."""

    OBJECTION = "objection"
    RAPID_OBJECTION = "rapid_objection"
    RETEST_REPORT = "retest_report"
    NOTIFICATION = "notification"
    PUBLICATION = "publication"
    PUBLICATION_WITHDRAWAL = "publication_withdrawal"
    SEIZURE_DECISION = "seizure_decision"
    SEIZURE_DECISION_AFTER_REPORT = "seizure_decision_after_report"
    SEIZURE = "seizure"
    REGISTERED_KEEPING = "registered_keeping"
    CASE_DECISION = "case_decision"


class PeriodUnit(StrEnum):
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"


FARM_PRODUCE: Literal["farm_produce"] = "farm_produce"
"""Not an input: the law on farm produce is the model for inputs without a rule of their own."""

GoodsKind = ProductKind | Literal["farm_produce"]


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """One period. `kind` None: every kind without a rule of its own. `rolls_over`: it never ends on a day off."""

    kind: GoodsKind | None
    purpose: Purpose
    valid_from: date
    value: int
    unit: PeriodUnit
    source: str
    verification: Verification
    rolls_over: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day, still in time until its end in China, by which rule. `is_certain`: the holidays counted over are
    known (kernel/workdays.py); otherwise the true day may differ, and whoever shows it warns."""

    day: date
    rule: ReviewRule
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Expiry:
    """The instant at which a period is over, aware."""

    at: datetime
    rule: ReviewRule
    is_certain: bool


def find_rule(kind: GoodsKind, purpose: Purpose, on: date) -> ReviewRule | None:
    """The rule in force on a day: the kind's own before that for every kind, of those the one that began last."""
    begun = [rule for rule in review_rules() if rule.purpose is purpose and rule.valid_from <= on]
    for wanted in (kind, None):
        own = [rule for rule in begun if rule.kind == wanted]
        if own:
            return max(own, key=lambda rule: rule.valid_from)
    return None


def require_rule(kind: GoodsKind, purpose: Purpose, on: date) -> ReviewRule:
    """Raises NotKnown `deadline.no_rule` where no rule was in force."""
    rule = find_rule(kind, purpose, on)
    if rule is None:
        raise NotKnown("deadline.no_rule", field="purpose", kind=str(kind), purpose=purpose.value, day=on.isoformat())
    return rule


def due_on(kind: GoodsKind, purpose: Purpose, from_day: date) -> Deadline:
    """The last day of a period that begins on `from_day`, which does not count; by the rule in force on that day.

    Raises NotKnown `deadline.no_rule`; ValueError for a period in hours, which needs an instant (`due_at`).
    """
    rule = require_rule(kind, purpose, from_day)
    if rule.unit is PeriodUnit.HOURS:
        raise ValueError(f"{purpose} is a period of hours")
    counted = _last_day(rule, from_day)
    return Deadline(counted.day, rule, counted.is_certain)


def due_at(kind: GoodsKind, purpose: Purpose, begins_at: datetime) -> Expiry:
    """The instant at which a period that begins at `begins_at` is over: hours later, or the last day's end in China.

    Raises NotKnown `deadline.no_rule`.
    """
    day = day_in_china(begins_at)
    rule = require_rule(kind, purpose, day)
    if rule.unit is PeriodUnit.HOURS:
        return Expiry(begins_at + timedelta(hours=rule.value), rule, is_certain=True)
    last = _last_day(rule, day)
    over = datetime.combine(last.day + timedelta(days=1), time.min, tzinfo=CHINA)
    return Expiry(over, rule, last.is_certain)


@cache
def review_rules() -> tuple[ReviewRule, ...]:
    """Every row of review_rules.toml, in its order."""
    data = tomllib.loads(files("suiyuan.trace.inspection").joinpath("review_rules.toml").read_text(encoding="utf-8"))
    return tuple(
        ReviewRule(
            kind=_kind(each.get("kind")),
            purpose=Purpose(each["purpose"]),
            valid_from=each["valid_from"],
            value=each["value"],
            unit=PeriodUnit(each["unit"]),
            source=each["source"],
            verification=Verification(each["verification"]),
            rolls_over=each.get("rolls_over", False),
        )
        for each in data["rule"]
    )


def _kind(written: str | None) -> GoodsKind | None:
    if written is None:
        return None
    return FARM_PRODUCE if written == FARM_PRODUCE else ProductKind(written)


def _last_day(rule: ReviewRule, from_day: date) -> CountedDay:
    if rule.unit is PeriodUnit.WORKING_DAYS:
        return working_days_after(from_day, rule.value)
    last = from_day + timedelta(days=rule.value)
    # A calendar period asks for holidays at its end only.
    return working_day_from(last) if rule.rolls_over else CountedDay(last, is_certain=True)
