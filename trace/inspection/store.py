"""Tables `sample`, `sample_number` and `sample_step`, and every query on them. What stands on a sample's sheet is in
sheet_store.py, what a laboratory found in result_store.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from ..store.columns import STRICT, Day, Identifier, Instant, Whole, metadata
from ..store.hot import HotQuery
from .model import (
    Basis,
    MakerResponse,
    ResultSet,
    Sample,
    SampleState,
    Stage,
    StateStep,
)

sample = Table(
    "sample",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("maker_id", Identifier, nullable=False),
    Column("product_id", Identifier, nullable=False),
    Column("sample_number", Text, nullable=False),
    Column("agency_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("taken_on", Day, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("sampled_from_id", Identifier, nullable=True),
    Column("plan_id", Identifier, nullable=True),
    Column("laboratory_id", Identifier, nullable=True),
    Column("state", Text, nullable=False),
    Column("state_at", Instant, nullable=False),
    Column("maker_response", Text, nullable=False),
    Column("stop_id", Identifier, nullable=True),
    Index("ix_sample_state", "state", "taken_on"),
    Index("ix_sample_agency", "agency_id", "state"),
    Index("ix_sample_laboratory", "laboratory_id", "state"),
    Index("ix_sample_sampled_from", "sampled_from_id", "taken_on"),
    Index("ix_sample_plan", "plan_id"),
    Index("ix_sample_product", "product_id", "taken_on"),
    Index("ix_sample_maker", "maker_id", "taken_on"),
    **STRICT,
)

sample_number = Table(
    "sample_number",
    metadata,
    Column("sample_number", Text, primary_key=True),
    Column("sample_id", Identifier, nullable=False, unique=True),
    Column("batch_id", Identifier, nullable=False),
    **STRICT,
)

sample_step = Table(
    "sample_step",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("actor_id", Identifier, nullable=True),
    Column("note", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)


def add_sample(connection: Connection, new: Sample) -> None:
    """A sample as it was taken."""
    connection.execute(
        insert(sample_number).values(sample_number=new.sample_number, sample_id=new.sample_id, batch_id=new.batch_id)
    )
    connection.execute(
        insert(sample).values(
            batch_id=new.batch_id,
            sample_id=new.sample_id,
            maker_id=new.maker_id,
            product_id=new.product_id,
            sample_number=new.sample_number,
            agency_id=new.agency_id,
            taken_on=new.taken_on,
            region_code=new.region_code,
            basis=new.basis.value,
            stage=new.stage.value,
            sampled_from_id=new.sampled_from_id,
            plan_id=new.plan_id,
            laboratory_id=new.laboratory_id,
            state=new.state.value,
            state_at=new.state_at,
            maker_response=new.maker_response.value,
            stop_id=new.stop_id,
        )
    )


def add_step(connection: Connection, of: Sample, step: StateStep) -> None:
    connection.execute(
        insert(sample_step).values(
            batch_id=of.batch_id,
            sample_id=of.sample_id,
            position=step.position,
            state=step.state.value,
            entered_at=step.entered_at,
            actor_id=step.actor_id,
            note=step.note,
        )
    )


def count_steps(connection: Connection, of: Sample) -> int:
    return connection.execute(
        select(func.count())
        .select_from(sample_step)
        .where(sample_step.c.batch_id == of.batch_id, sample_step.c.sample_id == of.sample_id)
    ).scalar_one()


def batch_of_sample(connection: Connection, sample_id: UUID) -> UUID | None:
    return connection.execute(
        select(sample_number.c.batch_id).where(sample_number.c.sample_id == sample_id)
    ).scalar_one_or_none()


def sample_of_number(connection: Connection, number: str) -> UUID | None:
    return connection.execute(
        select(sample_number.c.sample_id).where(sample_number.c.sample_number == number)
    ).scalar_one_or_none()


def earlier_of_batch(connection: Connection, batch_id: UUID) -> list[tuple[str, date, UUID]]:
    """Number, day and agency of every sample of a batch that was not withdrawn."""
    rows = connection.execute(
        select(sample.c.sample_number, sample.c.taken_on, sample.c.agency_id).where(
            sample.c.batch_id == batch_id, sample.c.state != SampleState.WITHDRAWN.value
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def move_state(
    connection: Connection,
    batch_id: UUID,
    sample_id: UUID,
    before: SampleState,
    after: SampleState,
    at: datetime,
    **values: object,
) -> int:
    """Rows changed: 0 where the sample is no longer in state `before`."""
    done = connection.execute(
        update(sample)
        .where(sample.c.batch_id == batch_id, sample.c.sample_id == sample_id, sample.c.state == before.value)
        .values(state=after.value, state_at=at, **values)
    )
    return done.rowcount


def set_values(connection: Connection, of: Sample, **values: object) -> None:
    """Changes what does not move its state: `maker_response`, `stop_id`."""
    connection.execute(
        update(sample).where(sample.c.batch_id == of.batch_id, sample.c.sample_id == of.sample_id).values(**values)
    )


SAMPLE_COLUMNS = (
    sample.c.batch_id,
    sample.c.sample_id,
    sample.c.maker_id,
    sample.c.product_id,
    sample.c.sample_number,
    sample.c.agency_id,
    sample.c.taken_on,
    sample.c.region_code,
    sample.c.basis,
    sample.c.stage,
    sample.c.sampled_from_id,
    sample.c.plan_id,
    sample.c.laboratory_id,
    sample.c.state,
    sample.c.state_at,
    sample.c.maker_response,
    sample.c.stop_id,
)

SAMPLES_OF_BATCH = HotQuery(
    select(*SAMPLE_COLUMNS)
    .where(sample.c.batch_id == bindparam("batch_id"))
    .order_by(sample.c.taken_on.desc(), sample.c.sample_number)
)
"""A batch's samples, the newest first."""


def sample_of_row(row: Sequence[Any], results: tuple[ResultSet, ...]) -> Sample:
    """A sample from SAMPLE_COLUMNS."""
    return Sample(
        batch_id=row[0],
        sample_id=row[1],
        maker_id=row[2],
        product_id=row[3],
        sample_number=row[4],
        agency_id=row[5],
        taken_on=row[6],
        region_code=row[7],
        basis=Basis(row[8]),
        stage=Stage(row[9]),
        sampled_from_id=row[10],
        plan_id=row[11],
        laboratory_id=row[12],
        state=SampleState(row[13]),
        state_at=row[14],
        maker_response=MakerResponse(row[15]),
        stop_id=row[16],
        results=results,
    )


def sample_row(connection: Connection, batch_id: UUID, sample_id: UUID) -> Sequence[Any] | None:
    return connection.execute(
        select(*SAMPLE_COLUMNS).where(sample.c.batch_id == batch_id, sample.c.sample_id == sample_id)
    ).one_or_none()


def steps_of(connection: Connection, batch_id: UUID, sample_id: UUID) -> tuple[StateStep, ...]:
    """The history of a sample, the oldest step first."""
    rows = connection.execute(
        select(
            sample_step.c.position,
            sample_step.c.state,
            sample_step.c.entered_at,
            sample_step.c.actor_id,
            sample_step.c.note,
        )
        .where(sample_step.c.batch_id == batch_id, sample_step.c.sample_id == sample_id)
        .order_by(sample_step.c.position)
    )
    return tuple(StateStep(row[0], SampleState(row[1]), row[2], row[3], row[4]) for row in rows)


def desk_samples(
    connection: Connection,
    party_id: UUID | None,
    states: Sequence[str],
    before: tuple[date, UUID] | None,
    limit: int,
) -> list[UUID]:
    """Samples of an agency or a laboratory, of everybody where `party_id` is None, in any of `states` (none: all)."""
    query = select(sample.c.sample_id).order_by(sample.c.taken_on.desc(), sample.c.sample_id.desc()).limit(limit)
    if party_id is not None:
        query = query.where(or_(sample.c.agency_id == party_id, sample.c.laboratory_id == party_id))
    if states:
        query = query.where(sample.c.state.in_(states))
    if before is not None:
        day, sample_id = before
        later = and_(sample.c.taken_on == day, sample.c.sample_id < sample_id)
        query = query.where(or_(sample.c.taken_on < day, later))
    return list(connection.execute(query).scalars())


def concerning(connection: Connection, party_id: UUID, states: Sequence[str], limit: int) -> list[UUID]:
    """Samples in any of `states` of a party's products, or taken from it."""
    return list(
        connection.execute(
            select(sample.c.sample_id)
            .where(*_concerns(party_id, states))
            .order_by(sample.c.taken_on.desc(), sample.c.sample_id.desc())
            .limit(limit)
        ).scalars()
    )


def count_concerning(
    connection: Connection, party_id: UUID, states: Sequence[str]
) -> list[tuple[SampleState, bool, MakerResponse, int]]:
    """How many those are, by state, whether the party is their maker, and what the maker said."""
    by = (sample.c.state, (sample.c.maker_id == party_id).label("is_maker"), sample.c.maker_response)
    rows = connection.execute(select(*by, func.count()).where(*_concerns(party_id, states)).group_by(*by))
    return [(SampleState(row[0]), bool(row[1]), MakerResponse(row[2]), row[3]) for row in rows]


def _concerns(party_id: UUID, states: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return or_(sample.c.maker_id == party_id, sample.c.sampled_from_id == party_id), sample.c.state.in_(states)
