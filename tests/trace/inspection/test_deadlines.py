"""Periods of spot checks: every row of the table, and counted days around the holidays of 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.inspection.deadlines import (
    FARM_PRODUCE,
    GoodsKind,
    PeriodUnit,
    Purpose,
    due_at,
    due_on,
    find_rule,
    review_rules,
)
from suiyuan.trace.kernel.errors import NotKnown
from suiyuan.trace.kernel.sources import Verification
from suiyuan.trace.kernel.texts import catalogue
from suiyuan.trace.kernel.workdays import known_years

TODAY = date(2026, 11, 24)
PESTICIDE, SEED, VET_DRUG = ProductKind.PESTICIDE, ProductKind.SEED, ProductKind.VET_DRUG
WORKING, CALENDAR, HOURS = PeriodUnit.WORKING_DAYS, PeriodUnit.CALENDAR_DAYS, PeriodUnit.HOURS
V, M = Verification.VERIFIED, Verification.UNVERIFIED


@pytest.mark.parametrize(
    ("kind", "purpose", "value", "unit", "verification"),
    [
        (VET_DRUG, "objection", 7, WORKING, V),
        (SEED, "objection", 15, CALENDAR, M),
        (PESTICIDE, "objection", 15, CALENDAR, M),
        (FARM_PRODUCE, "objection", 5, WORKING, V),
        (ProductKind.FERTILISER, "objection", 5, WORKING, M),
        (FARM_PRODUCE, "rapid_objection", 4, HOURS, V),
        (SEED, "rapid_objection", 4, HOURS, M),
        (FARM_PRODUCE, "retest_report", 7, WORKING, V),
        (PESTICIDE, "retest_report", 7, WORKING, M),
        (PESTICIDE, "notification", 7, WORKING, M),
        (SEED, "publication", 20, WORKING, V),
        (SEED, "publication_withdrawal", 3, WORKING, V),
        (VET_DRUG, "seizure_decision", 7, WORKING, V),
        (VET_DRUG, "seizure_decision_after_report", 15, WORKING, V),
        (PESTICIDE, "seizure", 30, CALENDAR, V),
        (PESTICIDE, "registered_keeping", 7, WORKING, V),
        (PESTICIDE, "case_decision", 90, CALENDAR, V),
    ],
)
def test_the_rules_in_force(
    kind: GoodsKind, purpose: str, value: int, unit: PeriodUnit, verification: Verification
) -> None:
    rule = find_rule(kind, Purpose(purpose), TODAY)
    assert rule is not None
    assert (rule.value, rule.unit, rule.verification) == (value, unit, verification)


@pytest.mark.parametrize(
    ("kind", "purpose", "from_day", "last"),
    [
        # 7 working days: 28, 29, 30 September, 8, 9, 10 (a Saturday that is worked), 12 October
        (VET_DRUG, "objection", date(2026, 9, 25), date(2026, 10, 12)),
        (VET_DRUG, "objection", date(2026, 9, 30), date(2026, 10, 15)),
        # 12, 13, 14 February (a Saturday that is worked), 24, 25, 26, 27
        (VET_DRUG, "objection", date(2026, 2, 11), date(2026, 2, 27)),
        # 24, 25, 26, 27, 28 February (a Saturday that is worked)
        (FARM_PRODUCE, "objection", date(2026, 2, 14), date(2026, 2, 28)),
        # 15 calendar days end on 3 October, a day off
        (SEED, "objection", date(2026, 9, 18), date(2026, 10, 8)),
        (SEED, "objection", date(2026, 10, 8), date(2026, 10, 23)),
        (PESTICIDE, "objection", date(2026, 1, 31), date(2026, 2, 24)),
        # on 10 October, a Saturday that is worked, it ends
        (PESTICIDE, "objection", date(2026, 9, 25), date(2026, 10, 10)),
        # holding goods does not wait for the end of the holidays
        (PESTICIDE, "seizure", date(2026, 9, 5), date(2026, 10, 5)),
        (VET_DRUG, "seizure_decision_after_report", date(2026, 9, 24), date(2026, 10, 22)),
        # 20 September (a Sunday that is worked), 21–24, 28–30, 8–10 October, 12–16, 19–22: 1 + 4 + 3 + 3 + 5 + 4
        (SEED, "publication", date(2026, 9, 18), date(2026, 10, 22)),
    ],
)
def test_periods_over_the_holidays(kind: GoodsKind, purpose: str, from_day: date, last: date) -> None:
    deadline = due_on(kind, Purpose(purpose), from_day)
    assert (deadline.day, deadline.is_certain) == (last, True)
    assert deadline.rule == find_rule(kind, Purpose(purpose), from_day)


def test_a_period_into_a_year_without_holidays_yet_says_so() -> None:
    last_known = known_years()[-1]
    assert not due_on(SEED, Purpose.PUBLICATION, date(last_known, 12, 28)).is_certain
    assert not due_on(SEED, Purpose.OBJECTION, date(last_known, 12, 28)).is_certain
    assert due_on(SEED, Purpose.SEIZURE, date(last_known, 12, 28)).is_certain


def test_the_rule_is_that_of_the_first_day() -> None:
    earlier = find_rule(SEED, Purpose.PUBLICATION, date(2014, 9, 30))
    later = find_rule(SEED, Purpose.PUBLICATION, date(2014, 10, 1))
    assert earlier is not None and later is not None
    assert (earlier.verification, later.verification) == (Verification.SECONDARY, Verification.VERIFIED)
    assert due_on(SEED, Purpose.PUBLICATION, date(2014, 9, 30)).rule is earlier


def test_before_every_rule_there_is_none() -> None:
    assert find_rule(PESTICIDE, Purpose.OBJECTION, date(2017, 5, 31)) is None
    with pytest.raises(NotKnown, match=r"deadline\.no_rule \(purpose\)"):
        due_on(PESTICIDE, Purpose.OBJECTION, date(2017, 5, 31))


def test_hours_run_from_the_instant() -> None:
    begins = datetime(2026, 9, 30, 15, 30, tzinfo=UTC)
    found = due_at(FARM_PRODUCE, Purpose.RAPID_OBJECTION, begins)
    assert found.at == datetime(2026, 9, 30, 19, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="hours"):
        due_on(FARM_PRODUCE, Purpose.RAPID_OBJECTION, date(2026, 9, 30))


def test_days_run_to_the_end_of_the_last_day_in_china() -> None:
    late_in_china = datetime(2026, 10, 9, 16, 30, tzinfo=UTC)  # half past midnight on the 10th there
    found = due_at(VET_DRUG, Purpose.OBJECTION, late_in_china)
    # 12, 13, 14, 15, 16, 19, 20 October; the 21st begins at 16:00 UTC
    assert found.at == datetime(2026, 10, 20, 16, 0, tzinfo=UTC)
    assert found.is_certain


def test_every_rule_names_its_source_and_no_two_begin_together() -> None:
    assert len(review_rules()) > 15
    assert all(rule.source and rule.value > 0 for rule in review_rules())
    keys = [(rule.kind, rule.purpose, rule.valid_from) for rule in review_rules()]
    assert len(set(keys)) == len(keys)
    assert {rule.purpose for rule in review_rules()} == set(Purpose)


def test_texts_are_those_of_purposes_and_units() -> None:
    def leaves(prefix: str) -> set[str]:
        return {key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix)}

    assert leaves("deadline.purpose.") == {each.value for each in Purpose}
    assert leaves("deadline.period.") == {each.value for each in PeriodUnit}
