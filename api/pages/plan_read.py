"""What the pages of plans and draws show alike: strata, objects with their inspectors, redraws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ...trace.inspection.draw import CandidateList, Draw
from ...trace.inspection.draw.lists import ANY, SEPARATOR
from ...trace.inspection.plans.model import Plan, Visit
from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Party, Role
from ...trace.parties.regions import region_name
from ..instance import Instance
from .rendering import day_text, number_text, word
from .table_view import Column, Row, Table, cell

Parties = Mapping[UUID, Party]


def instant_text(at: datetime | None, language: Language) -> str:
    """Day and time in China, to the minute; "" where there is none."""
    return "" if at is None else f"{day_text(day_in_china(at), language)} {at.astimezone(CHINA):%H:%M}"


def parties_named(instance: Instance, party_ids: Iterable[UUID]) -> Parties:
    with instance.database.read() as connection:
        return {each.party_id: each for each in parties.list_parties(connection, set(party_ids))}


def stratum_text(name: str, known: Parties, language: Language) -> str:
    """A stratum's name in words: 石嘴山市平罗县 · 零售店."""
    region_code, role, producer = name.split(SEPARATOR)
    words = [region_name(region_code, language), word(Role(role), language)]
    if producer != ANY:
        party = known.get(parties.party_id_of(producer))
        words.append(text("page.plan.of_producer", language, producer=party.short_name if party else producer))
    return " · ".join(words)


def producers_of(names: Iterable[str]) -> set[UUID]:
    """The producers that strata are about."""
    found = {name.split(SEPARATOR)[2] for name in names} - {ANY}
    return {parties.party_id_of(each) for each in found}


def objects_of(drawn: Draw) -> set[UUID]:
    """Every party that a draw or its redraws drew."""
    codes = {each.object_id for each in drawn.result}
    codes |= {code for each in drawn.redraws for code in (each.before.object_id, each.after.object_id)}
    return {parties.party_id_of(code) for code in codes}


def strata_table(listed: CandidateList, known: Parties, language: Language) -> Table:
    """How many are drawn of how many."""
    weights = listed.weights_by_stratum()
    candidates = Counter(each.stratum for each in listed.candidates)
    rows = tuple(
        Row(
            (
                cell(stratum_text(each.name, known, language)),
                cell(number_text(each.size)),
                cell(number_text(candidates[each.name])),
                cell(number_text(candidates[each.name] - len(weights[each.name]))),
            ),
            is_bad=each.size > len(weights[each.name]),
        )
        for each in listed.strata
    )
    columns = (
        Column(text("page.plan.stratum", language)),
        *(Column(text(f"page.plan.{name}", language), is_number=True) for name in ("size", "candidates", "excluded")),
    )
    return Table(columns, rows, text("page.plan.no_strata", language))


def exclusions_table(listed: CandidateList, known: Parties, language: Language) -> Table:
    rows = tuple(
        Row((cell(object_text(each.object_id, known), each.object_id), cell(each.reason))) for each in listed.exclusions
    )
    columns = (Column(text("page.plan.object", language)), Column(text("page.plan.reason", language)))
    return Table(columns, rows, text("page.plan.no_exclusions", language))


def result_table(drawn: Draw, known: Parties, language: Language) -> Table:
    """What holds after all redraws, with names of parties only: inspectors by id and agency, as in the file."""
    agencies = {each.inspector_id: each.agency for each in drawn.listed.inspectors}
    rows = tuple(
        Row(
            (
                cell(object_text(each.object_id, known), each.object_id),
                cell(stratum_text(each.stratum, known, language)),
                cell(percent(each.probability.numerator, each.probability.denominator)),
                cell(*(f"{short_id(one)} · {agencies[one]}" for one in each.inspector_ids)),
            )
        )
        for each in sorted(drawn.current.values(), key=lambda each: (each.stratum, each.object_id))
    )
    names = ("object", "stratum", "probability", "inspectors")
    return Table(tuple(Column(text(f"page.plan.{name}", language)) for name in names), rows, "")


def redraws_table(drawn: Draw, known: Parties, language: Language) -> Table:
    """Every redraw with its reason, the first first."""
    rows = tuple(
        Row(
            (
                cell(number_text(each.number)),
                cell(object_text(each.before.object_id, known), _who(each.before.inspector_ids)),
                cell(object_text(each.after.object_id, known), _who(each.after.inspector_ids)),
                cell(each.reason, each.by),
            )
        )
        for each in drawn.redraws
    )
    names = ("number", "before", "after", "reason")
    columns = tuple(Column(text(f"page.plan.{name}", language)) for name in names)
    return Table(columns, rows, text("page.plan.no_redraws", language))


def plan_table(found: Iterable[Plan], language: Language) -> Table:
    """Plans, each with the way to its page."""
    rows = tuple(
        Row(
            (
                cell(plan.terms.title, plan.plan_number, link=f"/desk/plans/{plan.plan_id}"),
                cell(word(plan.state, language)),
                cell(f"{day_text(plan.terms.first_on, language)} – {day_text(plan.terms.last_on, language)}"),
            )
        )
        for plan in found
    )
    columns = tuple(Column(text(f"page.plan.{name}", language)) for name in ("title", "state", "period"))
    return Table(columns, rows, text("page.plans.empty", language))


def visit_table(instance: Instance, visits: Sequence[Visit], named: Mapping[UUID, Plan], language: Language) -> Table:
    """What is to be visited, each with the way to its plan."""
    known = parties_named(instance, {each.party_id for each in visits} | producers_of(each.stratum for each in visits))
    rows = tuple(
        Row(
            (
                cell(known[each.party_id].name),
                cell(stratum_text(each.stratum, known, language)),
                cell(named[each.plan_id].terms.title, link=f"/desk/plans/{each.plan_id}"),
                cell(day_text(named[each.plan_id].terms.last_on, language)),
            )
        )
        for each in visits
    )
    columns = tuple(Column(text(f"page.plan.{name}", language)) for name in ("object", "stratum", "title", "until"))
    return Table(columns, rows, text("page.plans.nothing_to_visit", language))


def object_text(credit_code: str, known: Parties) -> str:
    """A party's name, or its credit code where it has no account here any more."""
    party = known.get(parties.party_id_of(credit_code))
    return party.name if party else credit_code


def short_id(inspector_id: str) -> str:
    """Enough of an id to find it in the file."""
    return f"…{inspector_id[-12:]}"


def percent(numerator: int, denominator: int) -> str:
    """A probability for people; the file has the fraction. Rounded half up, by whole numbers."""
    tenths = (2_000 * numerator + denominator) // (2 * denominator)
    return f"{tenths // 10}.{tenths % 10}%"


def _who(inspector_ids: Iterable[str]) -> str:
    return " ".join(map(short_id, inspector_ids))
