"""Answers kept: found again by party and key, and dropped a hundred at a time once they have expired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from suiyuan.trace.kernel.clock import FixedClock
from suiyuan.trace.store import idempotency
from suiyuan.trace.store.database import Database, UnitOfWork
from suiyuan.trace.store.idempotency import KEPT_DAYS, PURGED_AT_ONCE, KeptAnswer

from ...support.protocols import Dumps

PARTY, OTHER = UUID(int=1), UUID(int=2)
ANSWER = KeptAnswer("digest", 201, '{"名称": "一"}')


def keep(database: Database, *keys: str, party_id: UUID = PARTY) -> None:
    def act(work: UnitOfWork) -> None:
        for key in keys:
            idempotency.keep(work, party_id, key, ANSWER)

    database.write(act)


def find(database: Database, key: str, party_id: UUID = PARTY) -> KeptAnswer | None:
    with database.read() as connection:
        return idempotency.find(connection, party_id, key)


def test_an_answer_is_found_by_party_and_key(database: Database) -> None:
    keep(database, "1")
    assert find(database, "1") == ANSWER
    assert find(database, "2") is None
    assert find(database, "1", OTHER) is None


@pytest.fixture
def count(database: Database, dump: Dumps) -> Callable[[], int]:
    return lambda: len(dump(database)["idempotency_key"])


def test_expired_answers_go_a_hundred_at_a_time(
    database: Database, clock: FixedClock, count: Callable[[], int]
) -> None:
    keep(database, *(f"old {number}" for number in range(PURGED_AT_ONCE + 5)))
    clock.instant += timedelta(days=KEPT_DAYS)
    keep(database, "on the last day")
    assert count() == PURGED_AT_ONCE + 6
    clock.instant += timedelta(seconds=1)
    keep(database, "after it", party_id=OTHER)
    assert count() == 7
    assert find(database, "on the last day") == find(database, "after it", OTHER) == ANSWER


def test_fewer_than_a_hundred_stay_and_are_still_answered(
    database: Database, clock: FixedClock, count: Callable[[], int]
) -> None:
    keep(database, *(f"old {number}" for number in range(PURGED_AT_ONCE - 1)))
    clock.instant += timedelta(days=2 * KEPT_DAYS)
    keep(database, "new")
    assert count() == PURGED_AT_ONCE
    assert find(database, "old 0") == ANSWER
