"""The form of a plan: made, filled in, read back. Sizes stand county by county; what else is drawn, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from ...trace.catalog.model import ProductKind
from ...trace.inspection.model import Stage
from ...trace.inspection.plans.model import (
    AGENCY_ROLES,
    OBJECT_ROLES,
    Plan,
    PlannedExclusion,
    PlannedStratum,
    PlanTerms,
)
from ...trace.kernel.errors import InvalidInput, SuiyuanError
from ...trace.kernel.texts import LANGUAGES, Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Party, Role
from ...trace.parties.regions import REGIONS
from ..forms.base import FIRST_DAY, LAST_DAY
from ..instance import Instance
from .desk_view import Choice
from .form_view import Field, Fields, FormView, refusal_text, with_error
from .rendering import word
from .sent_forms import Sent

STAGE_OF_ROLE = {Role.MANUFACTURER: Stage.PRODUCTION, Role.DISTRIBUTOR: Stage.TRADE, Role.OUTLET: Stage.TRADE}
"""Where in the chain a visit takes place, by whom it is to."""

MAX_DIGITS = 9
"""Of a size that is typed: more than any list holds."""


@dataclass(frozen=True, slots=True)
class PlanFormView:
    """`form` has every field, for what is wrong; the groups are its parts as the page shows them."""

    form: FormView
    beginning: tuple[Field, ...]
    kinds: tuple[Field, ...]
    counties: tuple[Field, ...]
    rest: tuple[Field, ...]
    agencies: tuple[Field, ...]


Sources = dict[str, str]
"""Which field a part of the terms came from: `strata.3` from `county_640122`, `exclusions.0` from `exclusions`."""


def plan_form(
    instance: Instance, organiser: Party, language: Language, values: Mapping[str, str], plan: Plan | None = None
) -> PlanFormView:
    """The form for a new plan, or for a draft that there is."""
    values = {"stratum_role": Role.OUTLET.value, **values}
    ask = Fields(language, values)
    number = () if plan else (_hinted(ask.text("plan_number", required=True), "plan_number", language),)
    beginning = (*number, ask.text("title", required=True))
    kinds = tuple(_check(f"kind_{each.value}", word(each, language), values) for each in ProductKind)
    roles = [Choice(each.value, word(each, language)) for each in Role if each in OBJECT_ROLES]
    period = (
        Field("first_on", text("page.ask.first_on", language), "date", "", values.get("first_on", ""), (), True),
        Field("last_on", text("page.ask.last_on", language), "date", "", values.get("last_on", ""), (), True),
    )
    counties = tuple(
        Field(f"county_{code}", county_name(code, language), "number", "", values.get(f"county_{code}", ""))
        for code in counties_of(organiser.region_code)
    )
    rest = (
        _lines("more_strata", language, values),
        _lines("exclusions", language, values),
        Field(
            "inspectors_per_object",
            text("page.ask.inspectors_per_object", language),
            "number",
            "",
            values.get("inspectors_per_object", "2"),
            (),
            True,
        ),
        _hinted(ask.text("public_source"), "public_source", language),
    )
    agencies = tuple(
        _check(f"agency_{each.party_id}", each.name, values) for each in _agencies_offered(instance, organiser)
    )
    beginning = (*beginning, *period)
    role = ask.select("stratum_role", roles, required=bool(counties))
    group = (role, *counties) if counties else ()
    title = text("page.plan_new.revise" if plan else "page.plan_new.title", language)
    form = FormView(
        action=f"/desk/plans/{plan.plan_id}/edit" if plan else "/desk/plans/new",
        title=title,
        lead=text("page.plan_new.lead", language),
        submit=text("page.plan_new.submit", language),
        fields=(*beginning, *kinds, *group, *rest, *agencies),
    )
    return PlanFormView(form, beginning, kinds, group, rest, agencies)


def refused_plan(view: PlanFormView, error: SuiyuanError, sources: Sources, language: Language) -> PlanFormView:
    """The form with the reason at the field it concerns, or above all."""
    message = refusal_text(error, language)
    parts = (error.field or "").split(".")
    name = error.field or ""
    if len(parts) > 1:
        name = sources.get(".".join(parts[:2]), parts[0])
    if name == "strata":
        name = "more_strata"
    if name not in {each.name for each in view.form.fields}:
        return replace(view, form=replace(view.form, trouble=(*view.form.trouble, message)))
    form = with_error(view.form, name, message)
    marked = {each.name: each for each in form.fields}

    def again(fields: Iterable[Field]) -> tuple[Field, ...]:
        return tuple(marked[each.name] for each in fields)

    groups = ("beginning", "kinds", "counties", "rest", "agencies")
    return replace(view, form=form, **{name: again(getattr(view, name)) for name in groups})


def read_terms(sent: Sent, sources: Sources) -> PlanTerms:
    """What was sent, as terms; notes in `sources` where they came from. Raises InvalidInput `text.missing`,
    `plan.line`, `plan.day`, `plan.whole`."""
    strata: list[PlannedStratum] = []
    role = _role_named(sent.get("stratum_role")) or Role.OUTLET
    for name, value in sent.values.items():
        if name.startswith("county_") and value.strip():
            sources[f"strata.{len(strata)}"] = name
            strata.append(PlannedStratum(name.removeprefix("county_"), role, _whole(value, name)))
    for line in _lines_of(sent, "more_strata"):
        sources[f"strata.{len(strata)}"] = "more_strata"
        strata.append(_stratum_of(*line))
    exclusions: list[PlannedExclusion] = []
    for number, line in _lines_of(sent, "exclusions"):
        code, _, reason = line.partition(" ")
        if not reason.strip():
            raise InvalidInput("plan.line", field="exclusions", line=number)
        sources[f"exclusions.{len(exclusions)}"] = "exclusions"
        exclusions.append(PlannedExclusion(code, reason))
    return PlanTerms(
        title=sent.get("title"),
        kinds=frozenset(each for each in ProductKind if sent.get(f"kind_{each.value}")),
        stages=frozenset(STAGE_OF_ROLE[each.role] for each in strata),
        first_on=day_sent(sent, "first_on"),
        last_on=day_sent(sent, "last_on"),
        strata=tuple(strata),
        exclusions=tuple(exclusions),
        inspectors_per_object=_whole(sent.get("inspectors_per_object"), "inspectors_per_object"),
        public_source=sent.get("public_source"),
        agency_ids=frozenset(_agencies_chosen(sent)),
    )


def values_of(plan: Plan, organiser: Party) -> dict[str, str]:
    """A draft as its form has it: sizes by county where one role has them all, the rest in lines."""
    terms = plan.terms
    counties = set(counties_of(organiser.region_code))
    role = next((each.role for each in terms.strata if each.region_code in counties and not each.producer), Role.OUTLET)
    values = {
        "title": terms.title,
        "first_on": terms.first_on.isoformat(),
        "last_on": terms.last_on.isoformat(),
        "stratum_role": role.value,
        "inspectors_per_object": str(terms.inspectors_per_object),
        "public_source": terms.public_source,
        "exclusions": "\n".join(f"{each.credit_code} {each.reason}" for each in terms.exclusions),
        **{f"kind_{each.value}": "1" for each in terms.kinds},
        **{f"agency_{each}": "1" for each in terms.agency_ids},
    }
    lines: list[str] = []
    for each in terms.strata:
        if each.region_code in counties and each.role is role and not each.producer:
            values[f"county_{each.region_code}"] = str(each.size)
        else:
            lines.append(f"{each.region_code} {each.role.value} {each.size} {each.producer}".strip())
    return {**values, "more_strata": "\n".join(lines)}


def counties_of(region_code: str) -> list[str]:
    """The counties of a division's province, as far as they are listed: a provincial agency lives in one of them."""
    return sorted(code for code in REGIONS if code.startswith(region_code[:2]) and not code.endswith("00"))


def _agencies_offered(instance: Instance, organiser: Party) -> list[Party]:
    """Whose inspectors a regulator may choose among; an agency has its own."""
    if Role.REGULATOR not in organiser.roles:
        return []
    with instance.database.read() as connection:
        return [each for each in parties.list_parties(connection) if each.roles & AGENCY_ROLES]


def _agencies_chosen(sent: Sent) -> list[UUID]:
    names = [name.removeprefix("agency_") for name in sent.values if name.startswith("agency_")]
    try:
        return [UUID(each) for each in names]
    except ValueError:
        raise InvalidInput("text.missing", field="agency_ids") from None


def _lines_of(sent: Sent, name: str) -> list[tuple[int, str]]:
    """Lines with something in them, numbered from 1."""
    lines = enumerate(sent.values.get(name, "").splitlines(), start=1)
    return [(number, " ".join(line.split())) for number, line in lines if line.strip()]


def _stratum_of(number: int, line: str) -> PlannedStratum:
    parts = line.split(" ")
    role = _role_named(parts[1]) if len(parts) in (3, 4) else None
    if role is None or not parts[2].isdecimal():
        raise InvalidInput("plan.line", field="more_strata", line=number)
    return PlannedStratum(parts[0], role, int(parts[2]), parts[3] if len(parts) > 3 else "")


def _role_named(name: str) -> Role | None:
    """A role by its code or by its word in either language."""
    names = {spelling: role for role in OBJECT_ROLES for spelling in (role.value, *_words(role))}
    return names.get(name.lower())


def _words(role: Role) -> list[str]:
    return [word(role, language).lower() for language in LANGUAGES]


def _whole(value: str, name: str) -> int:
    plain = value.strip()
    if not plain.removeprefix("-").isdecimal() or len(plain) > MAX_DIGITS:
        raise InvalidInput("plan.whole", field=name)
    return int(plain)


def county_name(code: str, language: Language) -> str:
    """Without its city, which the counties' order tells."""
    return REGIONS[code][LANGUAGES.index(language)]


def day_sent(sent: Sent, name: str) -> date:
    """A day as a browser sends it. Raises InvalidInput `plan.day`."""
    try:
        day = date.fromisoformat(sent.get(name))
    except ValueError:
        raise InvalidInput("plan.day", field=name) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput("plan.day", field=name)
    return day


def _check(name: str, label: str, values: Mapping[str, str]) -> Field:
    return Field(name, label, "check", "", values.get(name, ""))


def _lines(name: str, language: Language, values: Mapping[str, str]) -> Field:
    hint = text(f"page.hint.{name}", language)
    return Field(name, text(f"page.ask.{name}", language), "lines", hint, values.get(name, ""))


def _hinted(made: Field, name: str, language: Language) -> Field:
    return replace(made, hint=text(f"page.hint.{name}", language))
