"""Plans, draws and visits, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from ....kernel.errors import Conflict, InvalidInput, NotKnown
from ....kernel.ids import derived_id
from ....ledger.model import Json
from ....parties import service as parties
from ....parties.model import Actor, Role
from ... import draw as draws
from ...draw import Candidate, CandidateList, Commitment, Draw, Exclusion, Stratum
from ...draw import Conflict as Avoidance
from ...draw import Inspector as Person
from .. import people_store, store
from ..model import AGENCY_ROLES, REVEALED, Plan, PlanState, Visit

STATE_CODES = {
    PlanState.DRAFT: "plan.draft",
    PlanState.COMMITTED: "plan.committed",
    PlanState.DRAWN: "plan.drawn",
    PlanState.PUBLISHED: "plan.published",
    PlanState.CANCELLED: "plan.cancelled",
}
"""What a plan is refused with in a state that an act does not fit."""


@dataclass(frozen=True, slots=True)
class PublicDraw:
    """What anybody may know of a plan from its commitment on. `file` is where its file is, "" before publication."""

    plan_number: str
    title: str
    organiser: str
    state: PlanState
    digest: str
    list_sha256: str
    secret_sha256: str
    public_source: str
    public_value: str
    committed_at: datetime | None
    drawn_at: datetime | None
    published_at: datetime | None
    cancelled_at: datetime | None
    cancellation: str
    file: str


def plan_id_of(plan_number: str) -> UUID:
    """The identifier that a (checked) plan number always gives."""
    return derived_id("plan", plan_number)


def require_plan(connection: Connection, plan_id: UUID) -> Plan:
    """Raises NotKnown `plan.unknown`."""
    found = store.plans(connection, plan_id=plan_id)
    if not found:
        raise NotKnown("plan.unknown", field="plan_id")
    return found[0]


def require_own_plan(connection: Connection, actor: Actor, plan_id: UUID) -> Plan:
    """A plan that the actor may see and change: its organiser's, or any for the regulator.

    Raises NotAllowed `access.role`, `access.other_party`; NotKnown `plan.unknown`.
    """
    actor.require_role(*AGENCY_ROLES)
    plan = require_plan(connection, plan_id)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(plan.organiser_id)
    return plan


def require_state(plan: Plan, *states: PlanState) -> None:
    """Raises Conflict by the state it is in instead: `plan.draft`, `plan.committed` …"""
    if plan.state not in states:
        raise Conflict(STATE_CODES[plan.state], field="plan_id")


def list_plans(connection: Connection, actor: Actor) -> list[Plan]:
    """The actor's own plans, or all for the regulator, the newest first. Raises NotAllowed `access.role`."""
    actor.require_role(*AGENCY_ROLES)
    return store.plans(connection, organiser_id=None if actor.has_role(Role.REGULATOR) else actor.party_id)


def draw_of(connection: Connection, plan: Plan, redraws: int | None = None) -> Draw:
    """A plan's draw, drawn again from what is stored, up to the first `redraws` redraws (all, where None).

    Raises Conflict `plan.draft`, `plan.committed`, `plan.cancelled` where nothing is drawn, `draw.commitment` where
    what is stored is not what was committed to; InvalidInput `draw.number` where there are not so many redraws.
    """
    require_state(plan, *REVEALED)
    secret = store.revealed_secret(connection, plan.plan_id)
    if secret is None:
        raise Conflict("draw.commitment")
    commitment = Commitment(plan.list_sha256, plan.secret_sha256)
    drawn = draws.draw(list_of(connection, plan), bytes.fromhex(secret), commitment, plan.public_value)
    asked = store.redraws(connection, plan.plan_id)
    if redraws is not None and not 0 <= redraws <= len(asked):
        raise InvalidInput("draw.number", field="redraws", minimum=0, maximum=len(asked))
    for row in asked[:redraws]:
        by, reason, object_id = row.asked_by, row.reason, row.object_code
        if row.inspector_id is None:
            drawn = draws.redraw_object(drawn, object_id, by=by, reason=reason)
        else:
            drawn = draws.redraw_inspector(drawn, object_id, str(row.inspector_id), by=by, reason=reason)
    return drawn


def list_of(connection: Connection, plan: Plan) -> CandidateList:
    """The candidate list committed to. Raises Conflict `plan.draft` before the commitment."""
    given = store.candidate_list(connection, plan.plan_id)
    if given is None:
        raise Conflict("plan.draft", field="plan_id")
    return CandidateList(
        plan=given["plan"],
        public_source=given["public_source"],
        inspectors_per_object=given["inspectors_per_object"],
        strata=tuple(Stratum(**each) for each in given["strata"]),
        candidates=tuple(Candidate(**each) for each in given["candidates"]),
        exclusions=tuple(Exclusion(**each) for each in given["exclusions"]),
        inspectors=tuple(Person(**each) for each in given["inspectors"]),
        conflicts=tuple(Avoidance(**each) for each in given["conflicts"]),
    )


def require_published(connection: Connection, plan_number: str) -> Plan:
    """Raises NotKnown `plan.unpublished`, also where there is no such plan."""
    found = store.plans(connection, plan_number=plan_number) if plan_number.isprintable() else []
    if not found or found[0].state is not PlanState.PUBLISHED:
        raise NotKnown("plan.unpublished", field="plan_number")
    return found[0]


def published_document(connection: Connection, plan_number: str, redraws: int | None = None) -> dict[str, Json]:
    """The file of a published draw, as it was after so many redraws, or as it is.

    Raises NotKnown `plan.unpublished`; InvalidInput `draw.number`.
    """
    return draws.published(draw_of(connection, require_published(connection, plan_number), redraws))


def own_document(connection: Connection, actor: Actor, plan_id: UUID) -> dict[str, Json]:
    """The same for those who may see the plan, before the publication too.

    Raises NotAllowed `access.*`; NotKnown `plan.unknown`; Conflict `plan.committed` and the like.
    """
    return draws.published(draw_of(connection, require_own_plan(connection, actor, plan_id)))


def list_draws(connection: Connection) -> list[PublicDraw]:
    """What anybody may know: every plan from its commitment on, the newest first; cancelled ones too, so that none
    vanishes."""
    plans = store.committed_plans(connection)
    names = {each.party_id: each.name for each in parties.list_parties(connection, {one.organiser_id for one in plans})}
    return [_public(plan, names[plan.organiser_id]) for plan in plans]


def find_draw(connection: Connection, plan_number: str) -> PublicDraw:
    """One of them. Raises NotKnown `plan.unpublished` for a draft, and where there is no such plan."""
    found = store.plans(connection, plan_number=plan_number) if plan_number.isprintable() else []
    if not found or found[0].committed_at is None:
        raise NotKnown("plan.unpublished", field="plan_number")
    return _public(found[0], parties.require_party(connection, found[0].organiser_id).name)


def list_visits(connection: Connection, plan_id: UUID) -> list[Visit]:
    """What is to be visited under a plan, and what was."""
    return _with_stepping_aside(connection, store.visits(connection, plan_id=plan_id))


def list_visits_of(connection: Connection, agency_id: UUID) -> list[Visit]:
    """What the inspectors of an agency have to visit, under whosever plan, and what they visited."""
    own = [each.inspector_id for each in people_store.inspectors(connection, agency_ids=[agency_id])]
    return _with_stepping_aside(connection, store.visits(connection, inspector_ids=own))


def _with_stepping_aside(connection: Connection, visits: Iterable[Visit]) -> list[Visit]:
    """Interests and departures that came after the draw."""
    people = {each.inspector_id: each for each in people_store.inspectors(connection)}

    def steps_aside(inspector_id: UUID, party_id: UUID) -> bool:
        person = people[inspector_id]
        has_interest = any(each.party_id == party_id and each.ended_at is None for each in person.interests)
        return has_interest or person.left_at is not None

    return [
        replace(each, stepping_aside=tuple(one for one in each.inspector_ids if steps_aside(one, each.party_id)))
        if each.visited_on is None
        else each
        for each in visits
    ]


def _public(plan: Plan, organiser: str) -> PublicDraw:
    return PublicDraw(
        plan_number=plan.plan_number,
        title=plan.terms.title,
        organiser=organiser,
        state=plan.state,
        digest=plan.digest,
        list_sha256=plan.list_sha256,
        secret_sha256=plan.secret_sha256,
        public_source=plan.terms.public_source,
        public_value=plan.public_value,
        committed_at=plan.committed_at,
        drawn_at=plan.drawn_at,
        published_at=plan.published_at,
        cancelled_at=plan.cancelled_at,
        cancellation=plan.cancellation,
        file=f"/draws/{plan.plan_number}.json" if plan.state is PlanState.PUBLISHED else "",
    )
