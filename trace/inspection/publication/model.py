"""A concluded sample as the public may see it; counts, pass rates, and what is searched for. Pure."""

from __future__ import annotations

import base64
import binascii
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ...catalog.model import ProductKind
from ...kernel.errors import InvalidInput
from ...kernel.normalise import half_width
from ...kernel.units import Unit
from ..items import FaultClass, Observation, ViolationCode
from ..model import Basis, Finding, Limit, Stage

MAX_FILE_ROWS = 10_000
"""Rows of one downloaded file. The largest campaign published so far had 8,119 samples (农业农村部, 2018)."""

PAGE_ROWS = 50
"""Samples on one page of the search: some ten screens of a phone."""

MAX_CURSOR_CHARACTERS = 1_000
"""A day and a sample number of 200 characters, four bytes each, in base 64."""

YEARS_OF_OTHER_BATCHES = 3
"""How far back an answer counts other batches of a product: what is older has mostly expired."""


class PublicVerdict(StrEnum):
    """What one sample counts as. DENIED: the maker named on the label denies the goods, so that they are suspected
    counterfeits, whatever the laboratory found, and count neither for nor against that maker."""

    PASSED = "passed"
    FAILED = "failed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of samples: `samples` = `passed` + `failed` + `denied`. `batches`: how many batches they came from, 0
    where that was not asked."""

    samples: int
    passed: int
    failed: int
    denied: int
    batches: int = 0

    @classmethod
    def of(cls, verdicts: Iterable[tuple[PublicVerdict, int]]) -> Counts:
        """Adds up how often each verdict was found."""
        found = dict.fromkeys(PublicVerdict, 0)
        for verdict, count in verdicts:
            found[verdict] += count
        passed, failed, denied = (found[verdict] for verdict in PublicVerdict)
        return cls(passed + failed + denied, passed, failed, denied)

    def __add__(self, other: Counts) -> Counts:
        """Of two sets of samples that share none. Their batches may be the same ones, and are not counted."""
        return Counts(
            self.samples + other.samples,
            self.passed + other.passed,
            self.failed + other.failed,
            self.denied + other.denied,
        )

    @property
    def judged(self) -> int:
        """What the pass rate is of: samples whose maker does not deny them."""
        return self.passed + self.failed

    @property
    def pass_rate(self) -> Decimal | None:
        """Passed samples of those judged, in percent; None where there is none to speak of."""
        return share(self.passed, self.judged)


def share(part: int, whole: int, decimals: int = 1) -> Decimal | None:
    """`part` of `whole` in percent, rounded half up to `decimals` digits; None where there is no whole."""
    if whole <= 0:
        return None
    scaled = (2 * part * 100 * 10**decimals + whole) // (2 * whole)
    return Decimal(scaled).scaleb(-decimals)


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that failed: what was required, what was found. `measured` is "" where only `observation` says it."""

    item: str
    requirement: str
    measured: str
    unit: Unit
    observation: Observation


def failure_of(finding: Finding) -> Failure:
    """An item as the report prints it; the limit in signs where the report prints none."""
    measured = f"{finding.measured:f}" if finding.measured is not None else finding.measured_text
    requirement = finding.requirement or limit_text(finding.limit, finding.unit)
    return Failure(finding.item, requirement, measured, finding.unit, finding.observation)


def limit_text(limit: Limit, unit: Unit) -> str:
    """A limit in signs, the same in every language: ≥5.0 %. "" for what may not be detected, or has none."""
    lower, upper = (f"{bound:f}" if bound is not None else "" for bound in (limit.lower, limit.upper))
    signs = f"{lower}–{upper}" if lower and upper else f"≥{lower}" if lower else f"≤{upper}" if upper else ""
    return f"{signs} {unit.value}".strip() if signs else ""


@dataclass(frozen=True, slots=True)
class PublicSample:
    """What the public may know of a concluded sample. Buyers are not in it.

    Names are those of the day it was written. `outlet_name`: in whose hands the goods were, or the place where that
    party has no account. `items`: everything tested. `refusal_reason`: why nobody signed the sheet, None where somebody
    did. `published_on` is None while the result is final and not published; `withdrawn_on` is there once it does not
    count any more, and `withdrawal_reason` says why.
    """

    batch_id: UUID
    sample_id: UUID
    sample_number: str
    plan_id: UUID | None
    product_id: UUID
    kind: ProductKind
    product_name: str
    registration_number: str
    batch_number: str
    maker_name: str
    maker_credit_code: str
    outlet_name: str
    outlet_credit_code: str
    region_code: str
    taken_on: date
    basis: Basis
    stage: Stage
    verdict: PublicVerdict
    fault_class: FaultClass | None
    violations: tuple[ViolationCode, ...]
    laboratory: str
    report_number: str
    reported_on: date
    version: int
    items: tuple[str, ...]
    failures: tuple[Failure, ...]
    refusal_reason: str | None
    published_on: date | None
    withdrawn_on: date | None = None
    withdrawal_reason: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for; an empty field asks for nothing. Texts match parts, whatever their case and width.

    `region_code`: a county, or all of a city (…00) or province (…0000). `first`, `last`: days of sampling, both in it.
    """

    product: str = ""
    maker: str = ""
    batch: str = ""
    outlet: str = ""
    region_code: str = ""
    kinds: tuple[ProductKind, ...] = ()
    item: str = ""
    first: date | None = None
    last: date | None = None
    verdict: PublicVerdict | None = None
    basis: Basis | None = None
    stage: Stage | None = None
    violation: ViolationCode | None = None
    batch_id: UUID | None = None
    product_id: UUID | None = None
    plan_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """How many samples share all of these. `month` as 2026-11."""

    kind: ProductKind
    stage: Stage
    region_code: str
    month: str
    verdict: PublicVerdict
    samples: int


@dataclass(frozen=True, slots=True)
class Tables:
    """The counts of a search: of all, and by what bulletins tell apart. Most samples first; months in their order."""

    total: Counts
    by_kind: dict[ProductKind, Counts] = field(default_factory=dict)
    by_stage: dict[Stage, Counts] = field(default_factory=dict)
    by_region: dict[str, Counts] = field(default_factory=dict)
    by_month: dict[str, Counts] = field(default_factory=dict)


def tables_of(cells: Sequence[Cell]) -> Tables:
    def by(name: str) -> dict[str, Counts]:
        found: dict[str, list[tuple[PublicVerdict, int]]] = {}
        for cell in cells:
            found.setdefault(getattr(cell, name), []).append((cell.verdict, cell.samples))
        counted = {key: Counts.of(parts) for key, parts in found.items()}
        return dict(sorted(counted.items(), key=lambda each: (-each[1].samples, each[0])))

    return Tables(
        total=Counts.of((cell.verdict, cell.samples) for cell in cells),
        by_kind={ProductKind(key): counts for key, counts in by("kind").items()},
        by_stage={Stage(key): counts for key, counts in by("stage").items()},
        by_region=by("region_code"),
        by_month=dict(sorted(by("month").items())),
    )


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last sample of a page; the next page begins after it."""

    taken_on: date
    sample_number: str

    def written(self) -> str:
        """As it stands in an address."""
        plain = f"{self.taken_on.isoformat()} {self.sample_number}".encode()
        return base64.urlsafe_b64encode(plain).decode("ascii").rstrip("=")


def read_cursor(written: str) -> Cursor:
    """Raises InvalidInput `results.cursor` for what `Cursor.written` cannot have made."""
    try:
        if len(written) > MAX_CURSOR_CHARACTERS:
            raise ValueError
        padded = written + "=" * (-len(written) % 4)
        plain = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode("utf-8")
        day, _, number = plain.partition(" ")
        cursor = Cursor(date.fromisoformat(day), number)
    except (ValueError, binascii.Error):
        raise InvalidInput("results.cursor", field="cursor") from None
    if not number.isprintable() or cursor.written() != written:
        raise InvalidInput("results.cursor", field="cursor")
    return cursor


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of what was found, the newest first. `next`: where the following page begins, None at the end."""

    samples: tuple[PublicSample, ...]
    next: Cursor | None


def searchable(value: str) -> str:
    """A text as it is compared in a search: NFKC, without regard to case, white space folded."""
    return " ".join(unicodedata.normalize("NFKC", half_width(value)).casefold().split())


def region_range(code: str) -> tuple[str, str]:
    """The first and last county code within a division given by six digits: 640000 is all of the province."""
    prefix = code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
    return prefix.ljust(6, "0"), prefix.ljust(6, "9")
