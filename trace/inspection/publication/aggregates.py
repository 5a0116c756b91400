"""Counts of whole campaigns as authorities published them: cited history, tied to no batch here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ...kernel import limits
from ...kernel.errors import InvalidInput
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from . import aggregate_store
from .aggregate_model import PublishedAggregate


def load_aggregates(work: UnitOfWork, actor: Actor, aggregates: Sequence[PublishedAggregate]) -> int:
    """Takes published counts, as citations with their source, each in place of an earlier one of its id. The operator's
    act; they are tied to no batch and change no answer, so there is no event.

    Raises NotAllowed `access.role`; InvalidInput `aggregate.sum` where a row does not add up.
    """
    actor.require_role(Role.REGULATOR)
    for each in aggregates:
        require_sum(each)
    if aggregates:
        aggregate_store.replace_aggregates(work.connection, aggregates)
    return len(aggregates)


def require_sum(aggregate: PublishedAggregate) -> None:
    """Raises InvalidInput `aggregate.sum` unless passed and failed samples are all there are, and none is negative."""
    counts = (aggregate.samples, aggregate.passed, aggregate.failed)
    if min(counts) < 0 or aggregate.samples == 0 or aggregate.passed + aggregate.failed != aggregate.samples:
        raise InvalidInput(
            "aggregate.sum",
            field="samples",
            samples=aggregate.samples,
            passed=aggregate.passed,
            failed=aggregate.failed,
        )


def list_aggregates(connection: Connection) -> list[PublishedAggregate]:
    return aggregate_store.aggregates(connection, limits.MAX_PAGE_ROWS)
