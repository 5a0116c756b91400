"""What is on file: samples of a batch, of a party's desk, what is due when, and what counts for the next draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from ...catalog.model import ProductKind
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...parties.model import Actor, Role
from ...store.database import Database
from .. import result_store, store
from ..deadlines import Deadline, Purpose, due_on
from ..model import MakerResponse, Sample, SampleRecord, SampleState
from ..publication import store as concluded_store
from .common import TOLD

_DUE: dict[SampleState, Purpose] = {
    SampleState.REPORTED: Purpose.NOTIFICATION,
    SampleState.NOTIFIED: Purpose.OBJECTION,
    SampleState.RETEST: Purpose.RETEST_REPORT,
    SampleState.FINAL: Purpose.PUBLICATION,
}
"""What runs out in a state, counted from the day it was entered."""

_TOLD = [state.value for state in TOLD]


@dataclass(frozen=True, slots=True)
class Due:
    """What must be done, or may be done, until when. `is_over`: the day has passed."""

    purpose: Purpose
    deadline: Deadline
    is_over: bool


@dataclass(frozen=True, slots=True)
class CountConcerning:
    """Samples in one state whose result a party was told. `is_maker`: of its own products."""

    state: SampleState
    is_maker: bool
    maker_response: MakerResponse
    samples: int


def due(sample: Sample, kind: ProductKind, today: date) -> Due | None:
    """What runs out in the state that a sample is in; None where nothing does."""
    purpose = _DUE.get(sample.state)
    if purpose is None:
        return None
    deadline = due_on(kind, purpose, day_in_china(sample.state_at))
    return Due(purpose, deadline, today > deadline.day)


def samples_of(database: Database, batch_id: UUID) -> list[Sample]:
    return result_store.samples_of(database, batch_id)


def list_samples(
    connection: Connection, actor: Actor, states: Sequence[SampleState] = (), before: tuple[date, UUID] | None = None
) -> list[Sample]:
    """The samples that an actor works on, the last taken first, MAX_PAGE_ROWS at a time: an agency's own, those sent to
    a laboratory, all of them for the regulator. `before`: day and id of the last one of the page before."""
    party_id = None if actor.has_role(Role.REGULATOR) else actor.party_id
    found = store.desk_samples(connection, party_id, [state.value for state in states], before, limits.MAX_PAGE_ROWS)
    return result_store.samples_by_id(connection, found)


def list_concerning(connection: Connection, party_id: UUID) -> list[Sample]:
    """Samples whose result a party was told: of its products, or taken from it; the last taken first."""
    found = store.concerning(connection, party_id, _TOLD, limits.MAX_PAGE_ROWS)
    return result_store.samples_by_id(connection, found)


def count_concerning(connection: Connection, party_id: UUID) -> list[CountConcerning]:
    """How many those are, all of them, by what decides on who may still say what."""
    return [CountConcerning(*each) for each in store.count_concerning(connection, party_id, _TOLD)]


def final_failures(connection: Connection, since: date) -> dict[UUID, int]:
    """Concluded failures of samples taken since a day, by party: the sampled party and the maker each count. What its
    maker denied counts for nobody."""
    counted: Counter[UUID] = Counter()
    for maker_id, sampled_from_id in concluded_store.failures(connection, since):
        counted.update({each for each in (maker_id, sampled_from_id) if each is not None})
    return dict(counted)


def final_faults(connection: Connection, batch_ids: Sequence[UUID]) -> list[tuple[UUID, bool]]:
    """Of these batches those that a final result speaks against: it failed (False), or the maker named on the label
    says that it is not its own (True). One query."""
    return concluded_store.faults(connection, batch_ids)


def last_visits(connection: Connection) -> dict[UUID, date]:
    """The last day on which a sample was taken from a party."""
    return result_store.last_visits(connection)


def withdrawn_because(record: SampleRecord) -> str:
    """The reason of a withdrawal, "" where there was none."""
    return next((step.note for step in reversed(record.steps) if step.state is SampleState.WITHDRAWN), "")
