"""How likely an object is drawn, from what is known of it: whole numbers, so that every machine computes the same."""

from __future__ import annotations

from dataclasses import dataclass

BASE_WEIGHT = 10
"""Of an object of which nothing speaks: above zero, so that everybody can be drawn."""

FAILURE_WEIGHT = 20
"""For each final failure. One failed sample makes a draw three times as likely, as campaigns put outlets that failed in
the past three years among the key ones."""

MAX_COUNTED_FAILURES = 5

COMPLAINT_WEIGHT = 5
"""For each complaint: weaker than a failure, since a complaint need not be right."""

MAX_COUNTED_COMPLAINTS = 10
"""Beyond this a competitor's campaign of complaints changes nothing more."""

DAYS_A_STEP = 30
STEP_WEIGHT = 1
MAX_STEPS = 36
"""Of DAYS_A_STEP: about three years without a visit, and what counts for an object that was never visited."""


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of an outlet or producer on the day of the list.

    `failures`: final failures in the last three years. `complaints`: in the last twelve months. `days_since_visit`:
    since the last inspection on the spot, None if there was none.
    """

    failures: int = 0
    complaints: int = 0
    days_since_visit: int | None = None


def risk_weight(facts: RiskFacts) -> int:
    """The weight of an object, from 10 to 196.

        10 + 20 · min(failures, 5) + 5 · min(complaints, 10) + 1 · min(days since the last visit div 30, 36)

    Raises ValueError on a negative number. Source: ours; that earlier failures, complaints and time count is practice
    (docs/sources.md).
    """
    if min(facts.failures, facts.complaints, facts.days_since_visit or 0) < 0:
        raise ValueError("facts of risk are counts")
    steps = MAX_STEPS if facts.days_since_visit is None else min(facts.days_since_visit // DAYS_A_STEP, MAX_STEPS)
    return (
        BASE_WEIGHT
        + FAILURE_WEIGHT * min(facts.failures, MAX_COUNTED_FAILURES)
        + COMPLAINT_WEIGHT * min(facts.complaints, MAX_COUNTED_COMPLAINTS)
        + STEP_WEIGHT * steps
    )
