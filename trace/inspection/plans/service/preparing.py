"""The candidate list of a plan, from the parties, licences, results and visits known here on one day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from ....batches import service as batches
from ....catalog.model import LICENSED_KINDS
from ....custody import service as custody
from ....kernel.texts import text
from ....parties import service as parties
from ....parties.model import Activity, Party, Role
from ... import service as inspection
from ...draw import Candidate, CandidateList, Exclusion, Inspector, RiskFacts, Stratum, risk_weight
from ...draw import Conflict as Avoidance
from .. import people_store
from ..model import Inspector as Person
from ..model import Plan, PlannedStratum

FAILURES_SINCE = timedelta(days=3 * 366)
"""Final failures that count: campaigns put those of the last three years among the key ones (draw/weights.py)."""

ACTIVITIES = {
    Role.MANUFACTURER: frozenset({Activity.PRODUCTION}),
    Role.DISTRIBUTOR: frozenset({Activity.TRADE, Activity.FILING}),
    Role.OUTLET: frozenset({Activity.TRADE, Activity.FILING}),
}
"""What a licence must permit, by role."""

Complaints = Mapping[UUID, int]
"""Complaints of the last twelve months, by party."""

NO_COMPLAINTS: Complaints = {}

Known = tuple[Party, frozenset[Activity] | None]
"""A party, and what its licences permit; None where the goods need none."""


def prepare(connection: Connection, plan: Plan, today: date, complaints: Complaints = NO_COMPLAINTS) -> CandidateList:
    """Who may be drawn under a plan on the day `today`, unchecked: `draw.require_list` says whether it can be drawn.

    A party is a candidate of the first stratum it fits, in the order of the plan: by division and role, by a licence or
    filing for one of the kinds that is valid on the day (where the kind needs one), and by the producer's goods it has
    on sale. Made-up parties are candidates of made-up organisers only. Objects are named by credit code, which anybody
    can look up; inspectors by an id and their agency. Raises NotKnown `party.unknown`.
    """
    organiser = parties.require_party(connection, plan.organiser_id)
    known = [each for each in _known(connection, plan, today) if each[0].is_demonstration == organiser.is_demonstration]
    placed = _placed(connection, plan, known)
    weights = _weights(connection, [party.party_id for party, _ in placed], today, complaints)
    people = _people(connection, plan, organiser)
    agencies = {
        each.party_id: each.name for each in parties.list_parties(connection, {one.agency_id for one in people})
    }
    return CandidateList(
        plan=f"{plan.plan_number} {plan.terms.title}",
        public_source=plan.terms.public_source,
        inspectors_per_object=plan.terms.inspectors_per_object,
        strata=tuple(Stratum(each.name, each.size) for each in plan.terms.strata),
        candidates=tuple(
            Candidate(party.credit_code, stratum.name, weights[party.party_id]) for party, stratum in placed
        ),
        exclusions=tuple(Exclusion(each.credit_code, each.reason) for each in plan.terms.exclusions),
        inspectors=tuple(Inspector(str(each.inspector_id), agencies[each.agency_id]) for each in people),
        conflicts=tuple(_conflicts(people, placed)),
    )


def _known(connection: Connection, plan: Plan, today: date) -> list[Known]:
    """Whoever may have goods of the plan's kinds."""
    if plan.terms.kinds - LICENSED_KINDS:
        return [(each, None) for each in parties.list_parties(connection)]
    return [*parties.list_licensed(connection, (kind.value for kind in plan.terms.kinds), today)]


def _placed(connection: Connection, plan: Plan, known: list[Known]) -> list[tuple[Party, PlannedStratum]]:
    """Each candidate with its stratum."""
    producers = {each.producer for each in plan.terms.strata if each.producer}
    stocked = {each: _stockists(connection, each) for each in producers}

    def fits(party: Party, activities: frozenset[Activity] | None, stratum: PlannedStratum) -> bool:
        if stratum.role not in party.roles or not stratum.holds(party.region_code):
            return False
        if activities is not None and not activities & ACTIVITIES[stratum.role]:
            return False
        return not stratum.producer or party.party_id in stocked[stratum.producer]

    placed: list[tuple[Party, PlannedStratum]] = []
    for party, activities in known:
        stratum = next((each for each in plan.terms.strata if fits(party, activities, each)), None)
        if stratum is not None:
            placed.append((party, stratum))
    return placed


def _stockists(connection: Connection, producer: str) -> set[UUID]:
    """The producer, and whoever has goods of its newest batches on sale."""
    maker = parties.require_party_by_credit_code(connection, producer, "producer")
    made = [each.batch_id for each in batches.list_batches(connection, maker.party_id)]
    return {maker.party_id, *custody.holders_of(connection, made)}


def _weights(connection: Connection, party_ids: list[UUID], today: date, complaints: Complaints) -> dict[UUID, int]:
    failures = inspection.final_failures(connection, today - FAILURES_SINCE)
    visited = inspection.last_visits(connection)

    def weight(party_id: UUID) -> int:
        last = visited.get(party_id)
        days = None if last is None else max((today - last).days, 0)
        return risk_weight(RiskFacts(failures.get(party_id, 0), complaints.get(party_id, 0), days))

    return {each: weight(each) for each in party_ids}


def _people(connection: Connection, plan: Plan, organiser: Party) -> list[Person]:
    """Inspectors in office of the agencies named; where none is, the organiser's own, or all for a regulator."""
    agencies = plan.terms.agency_ids
    if not agencies and Role.REGULATOR not in organiser.roles:
        agencies = frozenset({organiser.party_id})
    return people_store.inspectors(connection, agency_ids=agencies or None, in_office=True)


def _conflicts(people: list[Person], placed: list[tuple[Party, PlannedStratum]]) -> list[Avoidance]:
    """Interests in an object or in the producer its stratum is about, and one's own employer. The public reads one
    fixed sentence: whose interest it is and why is nobody's concern."""
    objects: dict[UUID, set[str]] = {}
    for party, stratum in placed:
        objects.setdefault(party.party_id, set()).add(party.credit_code)
        if stratum.producer:
            producer_id = parties.party_id_of(stratum.producer)
            objects.setdefault(producer_id, set()).add(party.credit_code)
    reason = f"{text('draw_reason.interest', 'zh')} / {text('draw_reason.interest', 'en')}"
    found: list[Avoidance] = []
    for person in people:
        avoided = {each.party_id for each in person.interests if each.ended_at is None} | {person.agency_id}
        codes = {code for each in avoided for code in objects.get(each, ())}
        found += [Avoidance(str(person.inspector_id), code, reason) for code in sorted(codes)]
    return found
