"""Plans of spot checks, the inspectors they draw from, and what an agency has to visit. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ...catalog.model import ProductKind
from ...kernel.errors import InvalidInput
from ...kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from ...kernel.normalise import half_width, require_text
from ...parties.model import Role
from ...parties.regions import require_region
from ..draw import stratum_name
from ..draw.lists import ANY, MAX_INSPECTORS, MAX_ROWS, MIN_INSPECTORS
from ..model import Stage

OBJECT_ROLES = frozenset({Role.MANUFACTURER, Role.DISTRIBUTOR, Role.OUTLET})
"""Who can be drawn: whoever makes or trades goods."""

AGENCY_ROLES = frozenset({Role.INSPECTION_AGENCY, Role.REGULATOR})
"""Who keeps inspectors and makes plans."""

MAX_TITLE_CHARACTERS = 150
"""Title and number together name the plan in the published file, in MAX_NAME_CHARACTERS."""

_NUMBER = re.compile(r"[0-9A-Za-z一-鿿][0-9A-Za-z一-鿿-]{0,39}")
"""It stands in an address, so it has neither slashes nor dots."""


class PlanState(StrEnum):
    DRAFT = "draft"
    COMMITTED = "committed"
    DRAWN = "drawn"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


COMMITTED_TO = frozenset({PlanState.COMMITTED, PlanState.DRAWN, PlanState.PUBLISHED})
REVEALED = frozenset({PlanState.DRAWN, PlanState.PUBLISHED})
"""The secret is out, and the result can be computed by whoever has the list."""


@dataclass(frozen=True, slots=True)
class PlannedStratum:
    """`size` objects of one role are to be drawn in a division, a county or all of a city's or province's.

    `producer` is a credit code, or "" for any: of dealers, those who have goods of this producer on sale.
    """

    region_code: str
    role: Role
    size: int
    producer: str = ""

    @property
    def name(self) -> str:
        """As in the published file."""
        return stratum_name(self.region_code, self.role.value, self.producer or ANY)

    def holds(self, region_code: str) -> bool:
        """Whether a division lies in the stratum's: 640100 is all of 6401."""
        return region_code.startswith(self.region_code.removesuffix("00").removesuffix("00"))


@dataclass(frozen=True, slots=True)
class PlannedExclusion:
    """A party that is not to be drawn. The public reads the reason, so it names no person."""

    credit_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan asks for; see `require_terms`. Both days of its period belong to it.

    `agency_ids`: whose inspectors are drawn from. None named: the organiser's own, or where a regulator organises,
    everybody's. `public_source`: see `draw.CandidateList`.
    """

    title: str
    kinds: frozenset[ProductKind]
    stages: frozenset[Stage]
    first_on: date
    last_on: date
    strata: tuple[PlannedStratum, ...]
    exclusions: tuple[PlannedExclusion, ...] = ()
    inspectors_per_object: int = MIN_INSPECTORS
    public_source: str = ""
    agency_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it stands. The secret is not in it: before the draw it leaves the store for the draw only.

    `digest` is the commitment in one line, "" before it. `cancellation`: the reason why it was cancelled.
    """

    plan_id: UUID
    plan_number: str
    organiser_id: UUID
    terms: PlanTerms
    state: PlanState
    created_at: datetime
    list_sha256: str = ""
    secret_sha256: str = ""
    digest: str = ""
    public_value: str = ""
    committed_at: datetime | None = None
    drawn_at: datetime | None = None
    published_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancellation: str = ""


@dataclass(frozen=True, slots=True)
class Interest:
    """An inspector's conflict of interest (利害关系) with a party. `reason` is private: it is published nowhere."""

    party_id: UUID
    reason: str
    noted_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inspector:
    """Who inspects for an agency, and where not. `certificate_number` is that of the inspection certificate (执法证号),
    which one person in office has. Draws show neither name nor number, but the id and the agency."""

    agency_id: UUID
    inspector_id: UUID
    name: str
    certificate_number: str
    left_at: datetime | None = None
    interests: tuple[Interest, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """An object drawn, as redraws left it. `visited_on` None: still to be visited. `samples`: taken there under the
    plan. `stepping_aside`: those of its inspectors who have an interest in it by now, or left: to be redrawn."""

    plan_id: UUID
    party_id: UUID
    stratum: str
    inspector_ids: tuple[UUID, ...]
    visited_on: date | None = None
    samples: int = 0
    stepping_aside: tuple[UUID, ...] = ()


def require_plan_number(value: str) -> str:
    """The number in plain form: 1 to 40 letters, digits, Chinese characters and hyphens.

    Raises InvalidInput `plan.number`.
    """
    plain = half_width(value).strip()
    if not _NUMBER.fullmatch(plain):
        raise InvalidInput("plan.number", field="plan_number")
    return plain


def require_terms(given: PlanTerms) -> PlanTerms:
    """The terms with their white space folded.

    Raises InvalidInput `text.*`, `plan.no_kinds`, `plan.no_strata`, `plan.period`, `plan.role`, `region.unknown`,
    `draw.rows`, `draw.number` on a size below 1 or fewer than two inspectors, `draw.duplicate`.
    """
    title = require_text(given.title, "title", MAX_TITLE_CHARACTERS, required=True)
    if not given.kinds:
        raise InvalidInput("plan.no_kinds", field="kinds")
    if not given.strata:
        raise InvalidInput("plan.no_strata", field="strata")
    if given.last_on < given.first_on:
        raise InvalidInput("plan.period", field="last_on")
    _require_number(given.inspectors_per_object, "inspectors_per_object", MIN_INSPECTORS, MAX_INSPECTORS)
    for part, rows in (("strata", given.strata), ("exclusions", given.exclusions)):
        if len(rows) > MAX_ROWS:
            raise InvalidInput("draw.rows", field=part, maximum=MAX_ROWS)
    strata = tuple(_stratum(each, f"strata.{position}") for position, each in enumerate(given.strata))
    _require_unique((each.name for each in strata), "strata", "region_code")
    _require_unique((each.credit_code for each in given.exclusions), "exclusions", "credit_code")
    return replace(
        given,
        title=title,
        strata=strata,
        exclusions=tuple(_exclusion(each, f"exclusions.{at}") for at, each in enumerate(given.exclusions)),
        public_source=require_text(given.public_source, "public_source", MAX_NAME_CHARACTERS),
    )


def _stratum(given: PlannedStratum, field: str) -> PlannedStratum:
    require_region(given.region_code, f"{field}.region_code")
    if given.role not in OBJECT_ROLES:
        raise InvalidInput("plan.role", field=f"{field}.role")
    _require_number(given.size, f"{field}.size", 1, MAX_ROWS)
    return given


def _exclusion(given: PlannedExclusion, field: str) -> PlannedExclusion:
    return replace(given, reason=require_text(given.reason, f"{field}.reason", MAX_NOTE_CHARACTERS, required=True))


def _require_unique(keys: Iterable[str], part: str, name: str) -> None:
    seen: set[str] = set()
    for position, key in enumerate(keys):
        if key in seen:
            raise InvalidInput("draw.duplicate", field=f"{part}.{position}.{name}")
        seen.add(key)


def _require_number(value: int, field: str, minimum: int, maximum: int) -> None:
    if not minimum <= value <= maximum:
        raise InvalidInput("draw.number", field=field, minimum=minimum, maximum=maximum)
