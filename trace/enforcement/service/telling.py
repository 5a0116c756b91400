"""Who has units of a batch at this moment, and telling each of them how many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from ...batches.model import Batch
from ...catalog import service as catalog
from ...custody import service as custody
from ...custody.model import CustodyState
from ...kernel.intervals import Interval
from ...ledger import service as ledger
from ...ledger.model import Subject
from ...parties import notices
from ...parties.model import Actor, NewNotice, NoticeKind
from ...store.database import UnitOfWork

TOLD_OF = (CustodyState.HELD, CustodyState.DAMAGED, CustodyState.IN_TRANSIT, CustodyState.SOLD)
"""What can still be sold or used, or kept from being used. What an authority took, and what is gone, is neither."""

COMING = "coming"
"""Beside the states: what is on its way to the party told."""


@dataclass(slots=True)
class Told:
    """What one party has to know: its units by state, and why it is told where it has none."""

    units: dict[str, int] = field(default_factory=dict[str, int])
    is_maker: bool = False
    is_sampled: bool = False

    def add(self, state: str, units: int) -> None:
        self.units[state] = self.units.get(state, 0) + units

    @property
    def answers_for(self) -> int:
        """Units it has itself: what is on its way to it is still the sender's."""
        return sum(units for state, units in self.units.items() if state != COMING)


def concerned(
    connection: Connection, batch: Batch, interval: Interval, sampled_from_id: UUID | None = None
) -> dict[UUID, Told]:
    """Every party with units `interval` of a batch or with such on their way to it; its maker; the party sampled."""
    told: dict[UUID, Told] = {}
    for each in custody.presences(connection, batch.batch_id, interval):
        if each.state in TOLD_OF:
            told.setdefault(each.holder_id, Told()).add(each.state.value, each.units)
        if each.receiver_id is not None:
            told.setdefault(each.receiver_id, Told()).add(COMING, each.units)
    told.setdefault(batch.maker_id, Told()).is_maker = True
    if sampled_from_id is not None:
        told.setdefault(sampled_from_id, Told()).is_sampled = True
    return told


def goods_facts(connection: Connection, batch: Batch) -> dict[str, object]:
    """How every notice names the goods it is about."""
    product = catalog.require_product(connection, batch.product_id)
    return {"product": product.name, "batch_number": batch.batch_number}


def tell(
    work: UnitOfWork,
    actor: Actor,
    kind: NoticeKind,
    batch: Batch,
    told: Mapping[UUID, Told],
    facts: Mapping[str, object],
    sample_id: UUID | None = None,
) -> int:
    """Says one thing to all concerned, to each with its own quantities; the batch's chain counts them and names nobody,
    since its maker reads it. How many were told."""
    goods = goods_facts(work.connection, batch)
    notices.notify(
        work,
        [
            NewNotice(
                party_id,
                kind,
                {
                    **goods,
                    **facts,
                    "units": each.units,
                    "is_maker": each.is_maker,
                    "is_sampled": each.is_sampled,
                },
                batch.batch_id,
                sample_id,
            )
            for party_id, each in _in_order(told.items())
        ],
    )
    payload = {"notice": kind, "parties": len(told), "units": sum(each.answers_for for each in told.values())}
    ledger.append(work, Subject.BATCH, batch.batch_id, "batch.holders_notified", payload, actor.party_id)
    return len(told)


def _in_order(told: Iterable[tuple[UUID, Told]]) -> list[tuple[UUID, Told]]:
    return sorted(told, key=lambda each: str(each[0]))
