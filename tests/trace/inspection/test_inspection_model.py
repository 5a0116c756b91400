"""Limits are inside: 不低于 and 不高于."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.inspection.model import NEXT_STATES, UNDER_REVIEW, Limit, LimitKind, SampleState

FIVE, SIX = Decimal("5.0"), Decimal("6.0")


@pytest.mark.parametrize(
    ("limit", "allowed", "refused"),
    [
        (Limit(LimitKind.AT_LEAST, lower=FIVE), ["5", "5.00", "99"], ["4.9999", None]),
        (Limit(LimitKind.AT_MOST, upper=FIVE), ["5", "0", None], ["5.0001"]),
        (Limit(LimitKind.BETWEEN, FIVE, SIX), ["5", "5.5", "6.00"], ["4.99", "6.01", None]),
        (Limit(LimitKind.NOT_DETECTED), [None], ["0", "0.001"]),
        (Limit(LimitKind.NONE), [None, "0", "1000"], []),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Limit) else "",
)
def test_limits(limit: Limit, allowed: list[str | None], refused: list[str | None]) -> None:
    for value in allowed:
        assert limit.allows(Decimal(value) if value else None), value
    for value in refused:
        assert not limit.allows(Decimal(value) if value else None), value


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=1_000, places=3)


@given(decimals, decimals, decimals)
def test_between_is_at_least_and_at_most(measured: Decimal, lower: Decimal, upper: Decimal) -> None:
    both = Limit(LimitKind.AT_LEAST, lower=lower).allows(measured) and Limit(LimitKind.AT_MOST, upper=upper).allows(
        measured
    )
    assert Limit(LimitKind.BETWEEN, lower, upper).allows(measured) == both


def test_every_state_can_be_withdrawn_and_only_a_result_becomes_final() -> None:
    assert set(NEXT_STATES) == set(SampleState)
    for state, following in NEXT_STATES.items():
        assert (SampleState.WITHDRAWN in following) == (state is not SampleState.WITHDRAWN)
        assert (SampleState.FINAL in following) == (state in UNDER_REVIEW - {SampleState.REPORTED})
        assert (SampleState.PUBLISHED in following) == (state is SampleState.FINAL)
        assert SampleState.TAKEN not in following
