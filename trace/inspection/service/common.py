"""What the use cases of a spot check share: who may, which step comes next, and how a step is recorded."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from ...catalog import service as catalog
from ...catalog.model import ProductKind
from ...kernel import limits
from ...kernel.errors import Conflict, NotAllowed
from ...kernel.normalise import half_width, require_text
from ...ledger import service as ledger
from ...ledger.model import Subject
from ...parties.model import Actor, Role
from ...store.database import LostRace, UnitOfWork
from .. import store
from ..model import NEXT_STATES, Sample, SampleState, StateStep
from ..records import require_sample

INSPECTING_ROLES = (Role.INSPECTION_AGENCY, Role.REGULATOR)


def find_sample_id(connection: Connection, number: str) -> UUID | None:
    """The sample with this sheet number, or None."""
    return store.sample_of_number(connection, half_width(number).strip())


def kind_of(connection: Connection, sample: Sample) -> ProductKind:
    """The kind of goods that was sampled."""
    return catalog.require_product(connection, sample.product_id).kind


def require_own(work: UnitOfWork, actor: Actor, sample_id: UUID) -> Sample:
    """A sample that the actor may act on: its agency, or the regulator. Raises NotAllowed `access.*`; NotKnown
    `sample.unknown`."""
    actor.require_role(*INSPECTING_ROLES)
    sample = require_sample(work.connection, sample_id)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(sample.agency_id)
    return sample


def require_handling(work: UnitOfWork, actor: Actor, sample_id: UUID) -> Sample:
    """The same, or for the laboratory that the sample went to."""
    sample = require_sample(work.connection, sample_id)
    if actor.party_id is not None and actor.party_id == sample.laboratory_id and actor.has_role(Role.LABORATORY):
        return sample
    return require_own(work, actor, sample_id)


def require_party_or_own(work: UnitOfWork, actor: Actor, sample_id: UUID) -> Sample:
    """A sample on whose result the actor may speak: the maker and the sampled party once they were told, and whoever
    acts on it. Raises NotAllowed `access.*`; NotKnown `sample.unknown`.
    """
    sample = require_sample(work.connection, sample_id)
    if actor.party_id is None or actor.party_id not in (sample.maker_id, sample.sampled_from_id):
        return require_own(work, actor, sample_id)
    if not may_read(actor, sample):
        raise NotAllowed("access.other_party")
    return sample


def may_read(actor: Actor, sample: Sample) -> bool:
    """Whether a party may see a sample that is not public: whoever acts on it, and once notified, whom it concerns."""
    if actor.has_role(Role.REGULATOR) or actor.party_id in (sample.agency_id, sample.laboratory_id):
        return actor.is_operator or actor.party_id is not None
    is_told = sample.state in TOLD
    return is_told and actor.party_id is not None and actor.party_id in (sample.maker_id, sample.sampled_from_id)


TOLD = frozenset(
    {
        SampleState.NOTIFIED,
        SampleState.OBJECTION,
        SampleState.RETEST,
        SampleState.FINAL,
        SampleState.PUBLISHED,
        SampleState.WITHDRAWN,
    }
)
"""From these states on maker and sampled party know of the result."""


def require_step(sample: Sample, state: SampleState) -> None:
    """Raises Conflict `sample.state` where `state` does not follow."""
    if state not in NEXT_STATES[sample.state]:
        raise Conflict("sample.state", field="state", state=sample.state.value, wanted=state.value)


def move(work: UnitOfWork, actor: Actor, sample: Sample, state: SampleState, note: str = "", **values: object) -> None:
    """Moves a sample on, with its step in the history.

    Raises Conflict `sample.state` where `state` does not follow; InvalidInput `text.*`.
    """
    require_step(sample, state)
    note = require_text(note, "note", limits.MAX_NOTE_CHARACTERS)
    moved = store.move_state(
        work.connection, sample.batch_id, sample.sample_id, sample.state, state, work.now, **values
    )
    if moved != 1:
        raise LostRace
    add_step(work, actor, sample, state, note)


def add_step(work: UnitOfWork, actor: Actor, sample: Sample, state: SampleState, note: str) -> None:
    position = store.count_steps(work.connection, sample)
    store.add_step(work.connection, sample, StateStep(position, state, work.now, actor.party_id, note))


def note_event(work: UnitOfWork, actor: Actor, sample: Sample, kind: str, payload: dict[str, object]) -> None:
    """Appends to the chain of the sampled batch."""
    ledger.append(
        work, Subject.BATCH, sample.batch_id, kind, {"sample_id": sample.sample_id, **payload}, actor.party_id
    )
