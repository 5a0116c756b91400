"""Commit, draw, redraw, publish, visit: each one event on the plan's chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from ....codes.keyring import Keyring
from ....kernel.clock import day_in_china
from ....kernel.errors import Conflict, InvalidInput, NotAllowed
from ....kernel.ids import random_secret
from ....ledger import service as ledger
from ....ledger.model import Subject, canonical
from ....parties import service as parties
from ....parties.model import Actor, Role
from ....store.database import UnitOfWork
from ... import draw as draws
from ...draw import SECRET_BYTES, Assignment, Commitment, Draw
from .. import people_store, store
from ..model import AGENCY_ROLES, REVEALED, Plan, PlanState, Visit
from ..sealing import seal, unseal
from .preparing import NO_COMPLAINTS, Complaints, prepare
from .reading import draw_of, list_of, list_visits, require_own_plan, require_plan, require_state


def commit_plan(
    work: UnitOfWork, actor: Actor, plan_id: UUID, keyring: Keyring, complaints: Complaints = NO_COMPLAINTS
) -> Plan:
    """Fixes the candidate list of today and a fresh secret, and puts the hashes of both into the event log.

    The plan's `digest` is for publishing now. The secret is kept sealed, and shown to nobody before the draw.
    Raises NotAllowed `access.*`; NotKnown `plan.unknown`; Conflict `plan.committed` and the like; InvalidInput `draw.*`
    where the list cannot be drawn from: `draw.stratum_size`, `draw.few_inspectors`, `draw.unknown` …
    """
    plan = require_own_plan(work.connection, actor, plan_id)
    require_state(plan, PlanState.DRAFT)
    listed = draws.require_list(prepare(work.connection, plan, day_in_china(work.now), complaints))
    secret = random_secret(SECRET_BYTES)
    commitment = draws.commit(listed, secret)
    committed = replace(
        plan,
        state=PlanState.COMMITTED,
        list_sha256=commitment.list_sha256,
        secret_sha256=commitment.secret_sha256,
        digest=commitment.digest,
        committed_at=work.now,
    )
    store.change_plan(
        work.connection,
        plan_id,
        plan.state,
        state=committed.state.value,
        candidate_list=canonical(listed.as_json()),
        list_sha256=commitment.list_sha256,
        sealed_secret=seal(keyring, plan_id, secret),
        secret_sha256=commitment.secret_sha256,
        committed_at=work.now,
    )
    payload = {
        "list_sha256": commitment.list_sha256,
        "secret_sha256": commitment.secret_sha256,
        "digest": commitment.digest,
        "public_source": plan.terms.public_source,
    }
    ledger.append(work, Subject.PLAN, plan_id, "plan.committed", payload, actor.party_id)
    return committed


def draw_plan(work: UnitOfWork, actor: Actor, plan_id: UUID, keyring: Keyring, public_value: str = "") -> Plan:
    """Draws objects and inspectors of a committed plan, and hands the objects out as visits.

    Raises NotAllowed `access.*`; NotKnown `plan.unknown`; Conflict `plan.draft`, `plan.drawn` and the like,
    `draw.commitment`; InvalidInput `draw.public_value`, `text.malformed`; UnsafeToRun `plan.sealed`.
    """
    plan = require_own_plan(work.connection, actor, plan_id)
    require_state(plan, PlanState.COMMITTED)
    sealed = store.sealed_secret(work.connection, plan_id)
    if sealed is None:
        raise Conflict("draw.commitment")
    secret = unseal(keyring, plan_id, sealed)
    commitment = Commitment(plan.list_sha256, plan.secret_sha256)
    drawn = draws.draw(list_of(work.connection, plan), secret, commitment, public_value)
    store.change_plan(
        work.connection,
        plan_id,
        plan.state,
        state=PlanState.DRAWN.value,
        secret=secret.hex(),
        sealed_secret=None,
        public_value=drawn.public_value,
        drawn_at=work.now,
    )
    _assign(work, plan_id, drawn.result)
    payload = {"public_value": drawn.public_value, "objects": len(drawn.result), "seal": _seal_of(drawn)}
    ledger.append(work, Subject.PLAN, plan_id, "plan.drawn", payload, actor.party_id)
    return replace(plan, state=PlanState.DRAWN, public_value=drawn.public_value, drawn_at=work.now)


def publish_draw(work: UnitOfWork, actor: Actor, plan_id: UUID) -> Plan:
    """Gives the draw's file to anybody, from now on and with every later redraw.

    Raises NotAllowed `access.*`; NotKnown `plan.unknown`; Conflict `plan.committed`, `plan.published` and the like.
    """
    plan = require_own_plan(work.connection, actor, plan_id)
    require_state(plan, PlanState.DRAWN)
    changed = {"state": PlanState.PUBLISHED.value, "published_at": work.now}
    store.change_plan(work.connection, plan_id, plan.state, **changed)
    payload = {"seal": _seal_of(draw_of(work.connection, plan))}
    ledger.append(work, Subject.PLAN, plan_id, "plan.published", payload, actor.party_id)
    return replace(plan, state=PlanState.PUBLISHED, published_at=work.now)


def redraw_object(work: UnitOfWork, actor: Actor, plan_id: UUID, credit_code: str, reason: str) -> Visit:
    """Replaces an object that cannot be inspected; see `draw.redraw_object`. Returns what is to be visited instead.

    Allowed after the publication: the file grows by the redraw, and the file before it can be made again. The public
    reads the reason, so it names no person. Raises NotAllowed `access.*`; NotKnown `plan.unknown`; InvalidInput
    `text.*`, `party.credit_code`; Conflict `plan.*`, `plan.visited`, `draw.not_drawn`, `draw.none_left`.
    """
    return _redraw(work, actor, plan_id, credit_code, None, reason)


def redraw_inspector(
    work: UnitOfWork, actor: Actor, plan_id: UUID, credit_code: str, inspector_id: UUID, reason: str
) -> Visit:
    """Replaces one inspector of an object; see `draw.redraw_inspector`. Raises what `redraw_object` raises."""
    return _redraw(work, actor, plan_id, credit_code, inspector_id, reason)


def record_visit(work: UnitOfWork, actor: Actor, plan_id: UUID, credit_code: str, visited_on: date) -> Visit:
    """Notes that an object was visited: by the organiser, the regulator, or an agency one of whose inspectors goes.

    Raises NotAllowed `access.*`; NotKnown `plan.unknown`; InvalidInput `plan.visit_day` on a day to come or before the
    draw; Conflict `plan.*`, `plan.visited`, `draw.not_drawn`.
    """
    actor.require_role(*AGENCY_ROLES)
    plan = require_plan(work.connection, plan_id)
    party_id = parties.party_id_of(parties.require_credit_code(credit_code))
    visit = next((each for each in list_visits(work.connection, plan_id) if each.party_id == party_id), None)
    concerned = {plan.organiser_id, *_agencies(work, visit.inspector_ids if visit else ())}
    if not actor.has_role(Role.REGULATOR) and actor.party_id not in concerned:
        raise NotAllowed("access.other_party")
    require_state(plan, *REVEALED)
    if visit is None:
        raise Conflict("draw.not_drawn", field="credit_code", value=credit_code)
    if plan.drawn_at is None or not day_in_china(plan.drawn_at) <= visited_on <= day_in_china(work.now):
        raise InvalidInput("plan.visit_day", field="visited_on")
    if store.mark_visited(work.connection, plan_id, party_id, visited_on) != 1:
        raise Conflict("plan.visited", field="credit_code")
    payload = {"party_id": party_id, "visited_on": visited_on}
    ledger.append(work, Subject.PLAN, plan_id, "plan.visited", payload, actor.party_id)
    return replace(visit, visited_on=visited_on)


def _redraw(
    work: UnitOfWork, actor: Actor, plan_id: UUID, credit_code: str, inspector_id: UUID | None, reason: str
) -> Visit:
    plan = require_own_plan(work.connection, actor, plan_id)
    before = draw_of(work.connection, plan)
    object_id = parties.require_credit_code(credit_code)
    party_id = parties.party_id_of(object_id)
    visits = {each.party_id: each for each in list_visits(work.connection, plan_id)}
    if party_id in visits and (visits[party_id].visited_on is not None or visits[party_id].samples):
        raise Conflict("plan.visited", field="credit_code")
    by = parties.require_party(work.connection, actor.party_id or plan.organiser_id).name
    drawn = _drawn_again(before, object_id, inspector_id, by, reason)
    redraw = drawn.redraws[-1]
    store.add_redraw(
        work.connection,
        plan_id,
        redraw.number,
        object_code=object_id,
        inspector_id=inspector_id,
        reason=redraw.reason,
        asked_by=redraw.by,
        at=work.now,
    )
    store.unassign(work.connection, plan_id, party_id)
    _assign(work, plan_id, [redraw.after])
    payload = {
        "number": redraw.number,
        "object_id": object_id,
        "inspector_id": inspector_id,
        "reason": redraw.reason,
        "after": {"object_id": redraw.after.object_id, "inspector_ids": list(redraw.after.inspector_ids)},
        "seal": _seal_of(drawn),
    }
    ledger.append(work, Subject.PLAN, plan_id, "plan.redrawn", payload, actor.party_id)
    now_drawn = parties.party_id_of(redraw.after.object_id)
    return next(each for each in list_visits(work.connection, plan_id) if each.party_id == now_drawn)


def _drawn_again(drawn: Draw, object_id: str, inspector_id: UUID | None, by: str, reason: str) -> Draw:
    if inspector_id is None:
        return draws.redraw_object(drawn, object_id, by=by, reason=reason)
    return draws.redraw_inspector(drawn, object_id, str(inspector_id), by=by, reason=reason)


def _assign(work: UnitOfWork, plan_id: UUID, drawn: Iterable[Assignment]) -> None:
    by_party = {parties.party_id_of(each.object_id): each for each in drawn}
    strata = {party_id: each.stratum for party_id, each in by_party.items()}
    people = {party_id: tuple(map(UUID, each.inspector_ids)) for party_id, each in by_party.items()}
    store.assign(work.connection, plan_id, strata, people)


def _agencies(work: UnitOfWork, inspector_ids: Iterable[UUID]) -> set[UUID]:
    wanted = set(inspector_ids)
    return {each.agency_id for each in people_store.inspectors(work.connection) if each.inspector_id in wanted}


def _seal_of(drawn: Draw) -> object:
    return draws.published(drawn)["seal"]
