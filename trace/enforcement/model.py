"""Leads: a suspicion with a number, somebody who looks into it, and an end with a reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ..batches.model import Stop
from ..inspection.model import Sample
from ..kernel.ids import derived_id


class LeadKind(StrEnum):
    """Where a suspicion comes from."""

    FAILED_SPOT_CHECK = "failed_spot_check"
    SUSPECTED_COUNTERFEIT = "suspected_counterfeit"
    """The maker named on the label says that the goods are not its own."""
    CONSUMER_REPORT = "consumer_report"
    """A buyer says that this is not what was bought (reports/)."""
    SUSPECTED_COPY = "suspected_copy"
    """The looks at a code do not fit one pack in honest hands, and a regulator has confirmed it."""


NOT_ON_THE_BATCHS_CHAIN = frozenset({LeadKind.CONSUMER_REPORT, LeadKind.SUSPECTED_COPY})
"""Anybody can report anything: the maker, who reads its batch's chain, is not told, and a flood does not grow it. Nor
is anybody warned where a copied code is looked into."""


class LeadState(StrEnum):
    OPEN = "open"
    TAKEN_UP = "taken_up"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class NewLead:
    """What gives rise to a lead. `region_code`: the county where it is to be looked into; `summary` in one line."""

    kind: LeadKind
    region_code: str
    summary: str
    batch_id: UUID | None = None
    sample_id: UUID | None = None
    maker_id: UUID | None = None
    outlet_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """A suspicion (线索). `maker_id` and `outlet_id`: the parties concerned, the second being who had the goods.
    `lead_number` is for people: see `number_of`."""

    lead_id: UUID
    lead_number: str
    kind: LeadKind
    state: LeadState
    region_code: str
    summary: str
    batch_id: UUID | None
    sample_id: UUID | None
    maker_id: UUID | None
    outlet_id: UUID | None
    opened_at: datetime
    opened_by_id: UUID | None
    taken_up_at: datetime | None = None
    taken_up_by_id: UUID | None = None
    closed_at: datetime | None = None
    closed_by_id: UUID | None = None
    reason: str = ""
    """Why it was closed."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which leads are asked for. `region_code` of a city or province takes in its counties."""

    region_code: str = ""
    kind: LeadKind | None = None
    state: LeadState | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the end of a spot check came to. `stop`: the stop now on the batch; `lead`: what was opened for enforcement;
    `told`: parties that got a notice."""

    sample: Sample
    stop: Stop | None
    lead: Lead | None
    told: int


def number_of(day: date, sequence: int) -> str:
    """The number of the `sequence`-th lead (from 1) of a day in China:

    L20261124-0001
    │└──────┘ └──┘ counts on from 1; the ten-thousandth has five digits
    │ day
    lead
    """
    return f"L{day:%Y%m%d}-{sequence:04d}"


def lead_id_of(lead_number: str) -> UUID:
    """The identifier that a number always gives, so that the key forbids a number twice."""
    return derived_id("lead", lead_number)


def county_prefix(region_code: str) -> str:
    """What the codes of a division's counties begin with: 64 for 640000, 6402 for 640200, 640221 for itself.
    Source: GB/T 2260: two digits each for province, city and county."""
    return region_code.removesuffix("00").removesuffix("00") if region_code.endswith("00") else region_code
