"""Tables `inspection_plan`, `plan_redraw`, `plan_assignment`, `plan_inspector`, and every query on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKey, Row, Table, Text, delete, func, insert, select, update

from ...catalog.model import ProductKind
from ...ledger.model import canonical, plain
from ...parties.model import Role
from ...store.columns import STRICT, Day, Identifier, Instant, Whole, metadata
from ...store.database import LostRace
from ..draw import Commitment
from ..model import Stage
from ..store import sample
from .model import Plan, PlannedExclusion, PlannedStratum, PlanState, PlanTerms, Visit

inspection_plan = Table(
    "inspection_plan",
    metadata,
    Column("plan_id", Identifier, primary_key=True),
    Column("plan_number", Text, nullable=False, unique=True),
    Column("organiser_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("terms", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("candidate_list", Text, nullable=True),
    Column("list_sha256", Text, nullable=True),
    Column("sealed_secret", Text, nullable=True),
    Column("secret", Text, nullable=True),
    Column("secret_sha256", Text, nullable=True),
    Column("public_value", Text, nullable=True),
    Column("committed_at", Instant, nullable=True),
    Column("drawn_at", Instant, nullable=True),
    Column("published_at", Instant, nullable=True),
    Column("cancelled_at", Instant, nullable=True),
    Column("cancellation", Text, nullable=True),
    **STRICT,
)

plan_redraw = Table(
    "plan_redraw",
    metadata,
    Column("plan_id", Identifier, ForeignKey("inspection_plan.plan_id"), primary_key=True),
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("object_code", Text, nullable=False),
    Column("inspector_id", Identifier, ForeignKey("inspector.inspector_id"), nullable=True),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("redrawn_at", Instant, nullable=False),
    **STRICT,
)

plan_assignment = Table(
    "plan_assignment",
    metadata,
    Column("plan_id", Identifier, ForeignKey("inspection_plan.plan_id"), primary_key=True),
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("stratum", Text, nullable=False),
    Column("visited_on", Day, nullable=True),
    **STRICT,
)

plan_inspector = Table(
    "plan_inspector",
    metadata,
    Column("plan_id", Identifier, ForeignKey("inspection_plan.plan_id"), primary_key=True),
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("inspector_id", Identifier, ForeignKey("inspector.inspector_id"), primary_key=True, index=True),
    **STRICT,
)

_PUBLIC = (column for column in inspection_plan.c if column.name not in ("candidate_list", "sealed_secret", "secret"))
PLAN_COLUMNS = tuple(_PUBLIC)
"""What a plan is read with: neither the secret nor the long list."""


def add_plan(connection: Connection, new: Plan) -> None:
    """A draft."""
    connection.execute(
        insert(inspection_plan).values(
            plan_id=new.plan_id,
            plan_number=new.plan_number,
            organiser_id=new.organiser_id,
            terms=_terms_text(new.terms),
            state=new.state.value,
            created_at=new.created_at,
        )
    )


def plans(
    connection: Connection,
    *,
    plan_id: UUID | None = None,
    plan_number: str | None = None,
    organiser_id: UUID | None = None,
) -> list[Plan]:
    """Plans, the newest first: all, or the one named, or those of one organiser."""
    chosen = select(*PLAN_COLUMNS).order_by(inspection_plan.c.created_at.desc(), inspection_plan.c.plan_number)
    if plan_id is not None:
        chosen = chosen.where(inspection_plan.c.plan_id == plan_id)
    if plan_number is not None:
        chosen = chosen.where(inspection_plan.c.plan_number == plan_number)
    if organiser_id is not None:
        chosen = chosen.where(inspection_plan.c.organiser_id == organiser_id)
    return [_plan(row) for row in connection.execute(chosen)]


def committed_plans(connection: Connection) -> list[Plan]:
    """Plans that were ever committed to, the newest commitment first; cancelled ones too."""
    chosen = select(*PLAN_COLUMNS).where(inspection_plan.c.committed_at.is_not(None))
    return [_plan(row) for row in connection.execute(chosen.order_by(inspection_plan.c.committed_at.desc()))]


def change_plan(connection: Connection, plan_id: UUID, earlier: PlanState, **values: object) -> None:
    """Changes a plan that is in the state `earlier`. Raises LostRace where it is not any more."""
    done = connection.execute(
        update(inspection_plan)
        .where(inspection_plan.c.plan_id == plan_id, inspection_plan.c.state == earlier.value)
        .values(**values)
    )
    if done.rowcount != 1:
        raise LostRace


def change_terms(connection: Connection, plan_id: UUID, terms: PlanTerms) -> None:
    """Of a draft. Raises LostRace where it is none any more."""
    change_plan(connection, plan_id, PlanState.DRAFT, terms=_terms_text(terms))


def candidate_list(connection: Connection, plan_id: UUID) -> dict[str, Any] | None:
    """The list committed to, as in the published file."""
    found = connection.execute(
        select(inspection_plan.c.candidate_list).where(inspection_plan.c.plan_id == plan_id)
    ).scalar_one()
    return None if found is None else json.loads(found)


def sealed_secret(connection: Connection, plan_id: UUID) -> str | None:
    return connection.execute(
        select(inspection_plan.c.sealed_secret).where(inspection_plan.c.plan_id == plan_id)
    ).scalar_one()


def revealed_secret(connection: Connection, plan_id: UUID) -> str | None:
    """In hexadecimal digits; None before the draw."""
    return connection.execute(select(inspection_plan.c.secret).where(inspection_plan.c.plan_id == plan_id)).scalar_one()


def add_redraw(
    connection: Connection,
    plan_id: UUID,
    number: int,
    *,
    object_code: str,
    inspector_id: UUID | None,
    reason: str,
    asked_by: str,
    at: datetime,
) -> None:
    values = {"object_code": object_code, "inspector_id": inspector_id, "reason": reason, "asked_by": asked_by}
    connection.execute(insert(plan_redraw).values(plan_id=plan_id, number=number, redrawn_at=at, **values))


def redraws(connection: Connection, plan_id: UUID) -> list[Row[Any]]:
    """object_code, inspector_id, reason and asked_by of each, in order."""
    rows = connection.execute(
        select(plan_redraw).where(plan_redraw.c.plan_id == plan_id).order_by(plan_redraw.c.number)
    )
    return list(rows)


def assign(
    connection: Connection, plan_id: UUID, strata: Mapping[UUID, str], inspectors: Mapping[UUID, Iterable[UUID]]
) -> None:
    """Adds objects with their strata and inspectors, by party."""
    if strata:
        rows = [{"plan_id": plan_id, "party_id": each, "stratum": name} for each, name in strata.items()]
        connection.execute(insert(plan_assignment), rows)
        pairs = [
            {"plan_id": plan_id, "party_id": each, "inspector_id": inspector_id}
            for each in strata
            for inspector_id in inspectors[each]
        ]
        connection.execute(insert(plan_inspector), pairs)


def unassign(connection: Connection, plan_id: UUID, party_id: UUID) -> None:
    """Takes an object out again, with its inspectors."""
    for table in (plan_inspector, plan_assignment):
        connection.execute(delete(table).where(table.c.plan_id == plan_id, table.c.party_id == party_id))


def mark_visited(connection: Connection, plan_id: UUID, party_id: UUID, on: date) -> int:
    """Rows changed: 0 where the object is not drawn, or visited already."""
    assignment = plan_assignment.c
    done = connection.execute(
        update(plan_assignment)
        .where(assignment.plan_id == plan_id, assignment.party_id == party_id, assignment.visited_on.is_(None))
        .values(visited_on=on)
    )
    return done.rowcount


def visits(
    connection: Connection, *, plan_id: UUID | None = None, inspector_ids: Iterable[UUID] | None = None
) -> list[Visit]:
    """Objects drawn with their inspectors, of one plan or of these inspectors; by plan, stratum and party."""
    assigned, of, mine = plan_assignment.c, plan_inspector.c, plan_inspector.alias()
    wanted = [assigned.plan_id == plan_id] if plan_id is not None else []
    if inspector_ids is not None:
        wanted.append(
            select(mine.c.plan_id)
            .where(
                mine.c.plan_id == assigned.plan_id,
                mine.c.party_id == assigned.party_id,
                mine.c.inspector_id.in_(list(inspector_ids)),
            )
            .exists()
        )
    rows = connection.execute(
        select(plan_assignment, of.inspector_id)
        .join(plan_inspector, (of.plan_id == assigned.plan_id) & (of.party_id == assigned.party_id))
        .where(*wanted)
        .order_by(assigned.plan_id, assigned.stratum, assigned.party_id, of.inspector_id)
    ).all()
    people: dict[tuple[UUID, UUID], list[UUID]] = {}
    for row in rows:
        people.setdefault((row.plan_id, row.party_id), []).append(row.inspector_id)
    samples = _samples(connection, {row.plan_id for row in rows})
    found = {(row.plan_id, row.party_id): (row.stratum, row.visited_on) for row in rows}
    return [
        Visit(*key, stratum, tuple(people[key]), visited_on, samples.get(key, 0))
        for key, (stratum, visited_on) in found.items()
    ]


def _samples(connection: Connection, plan_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
    """Samples taken under these plans, by plan and sampled party."""
    keys = (sample.c.plan_id, sample.c.sampled_from_id)
    rows = connection.execute(
        select(*keys, func.count().label("samples"))
        .where(sample.c.plan_id.in_(list(plan_ids)), sample.c.sampled_from_id.is_not(None))
        .group_by(*keys)
    )
    return {(row.plan_id, row.sampled_from_id): row.samples for row in rows}


def _terms_text(terms: PlanTerms) -> str:
    content = {
        "title": terms.title,
        "kinds": terms.kinds,
        "stages": terms.stages,
        "first_on": terms.first_on,
        "last_on": terms.last_on,
        "strata": [[each.region_code, each.role, each.size, each.producer] for each in terms.strata],
        "exclusions": [[each.credit_code, each.reason] for each in terms.exclusions],
        "inspectors_per_object": terms.inspectors_per_object,
        "public_source": terms.public_source,
        "agency_ids": terms.agency_ids,
    }
    return canonical(plain(content))


def _terms(content: str) -> PlanTerms:
    given = json.loads(content)
    return PlanTerms(
        title=given["title"],
        kinds=frozenset(map(ProductKind, given["kinds"])),
        stages=frozenset(map(Stage, given["stages"])),
        first_on=date.fromisoformat(given["first_on"]),
        last_on=date.fromisoformat(given["last_on"]),
        strata=tuple(
            PlannedStratum(region_code, Role(role), size, producer)
            for region_code, role, size, producer in given["strata"]
        ),
        exclusions=tuple(PlannedExclusion(*each) for each in given["exclusions"]),
        inspectors_per_object=given["inspectors_per_object"],
        public_source=given["public_source"],
        agency_ids=frozenset(map(UUID, given["agency_ids"])),
    )


def _plan(row: Row[Any]) -> Plan:
    is_committed = row.list_sha256 is not None
    return Plan(
        plan_id=row.plan_id,
        plan_number=row.plan_number,
        organiser_id=row.organiser_id,
        terms=_terms(row.terms),
        state=PlanState(row.state),
        created_at=row.created_at,
        list_sha256=row.list_sha256 or "",
        secret_sha256=row.secret_sha256 or "",
        digest=Commitment(row.list_sha256, row.secret_sha256).digest if is_committed else "",
        public_value=row.public_value or "",
        committed_at=row.committed_at,
        drawn_at=row.drawn_at,
        published_at=row.published_at,
        cancelled_at=row.cancelled_at,
        cancellation=row.cancellation or "",
    )
