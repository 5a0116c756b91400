"""What a bulletin (通报) says: the tables that ministries publish, computed from published samples. Pure.

The contents of a version are frozen as canonical JSON; `Contents.read` and `Contents.statement` are its two directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ...catalog.model import ProductKind
from ...kernel.normalise import registration_number
from ...kernel.units import Unit
from ..items import FaultClass, Observation, ViolationCode
from ..model import Basis, Stage
from .model import Cell, Counts, Failure, PublicSample, PublicVerdict, Tables, tables_of

FORBIDDEN_IN_NUMBERS = frozenset("/\\?#%")
"""What would end or change the address that a bulletin is found at."""


def number_key(number: str) -> str:
    """A bulletin's number for comparing: plain forms, upper case, no spaces."""
    return registration_number(number)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which published samples a bulletin is about: taken between two days, of these kinds (none: of all), by these
    plans (none: by any, or by none)."""

    first: date
    last: date
    kinds: tuple[ProductKind, ...] = ()
    plan_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A sample that a bulletin names. Buyers are never named."""

    sample_number: str
    kind: ProductKind
    product_name: str
    registration_number: str
    batch_number: str
    maker_name: str
    outlet_name: str
    region_code: str
    taken_on: date
    basis: Basis
    stage: Stage
    fault_class: FaultClass | None
    violations: tuple[ViolationCode, ...]
    laboratory: str
    report_number: str
    failures: tuple[Failure, ...]

    @classmethod
    def of(cls, sample: PublicSample) -> Line:
        return cls(**{name: getattr(sample, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sheet that nobody would sign."""

    sample_number: str
    product_name: str
    outlet_name: str
    region_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All of one version. `by_violation`: samples by code, one sample under several where it has several."""

    tables: Tables
    by_violation: dict[ViolationCode, int]
    failing: tuple[Line, ...]
    denied: tuple[Line, ...]
    refusals: tuple[Refusal, ...]

    def statement(self) -> dict[str, object]:
        """As it is frozen."""
        return {
            "total": _written_counts(self.tables.total),
            "by_kind": _written_table(self.tables.by_kind),
            "by_stage": _written_table(self.tables.by_stage),
            "by_region": _written_table(self.tables.by_region),
            "by_month": _written_table(self.tables.by_month),
            "by_violation": [[code.value, count] for code, count in self.by_violation.items()],
            "failing": [_written_line(each) for each in self.failing],
            "denied": [_written_line(each) for each in self.denied],
            "refusals": [{name: getattr(each, name) for name in Refusal.__slots__} for each in self.refusals],
        }

    @classmethod
    def read(cls, frozen: dict[str, Any]) -> Contents:
        return cls(
            tables=Tables(
                total=_read_counts(frozen["total"]),
                by_kind={ProductKind(key): counts for key, counts in _read_table(frozen["by_kind"]).items()},
                by_stage={Stage(key): counts for key, counts in _read_table(frozen["by_stage"]).items()},
                by_region=_read_table(frozen["by_region"]),
                by_month=_read_table(frozen["by_month"]),
            ),
            by_violation={ViolationCode(code): count for code, count in frozen["by_violation"]},
            failing=tuple(_read_line(each) for each in frozen["failing"]),
            denied=tuple(_read_line(each) for each in frozen["denied"]),
            refusals=tuple(Refusal(**each) for each in frozen["refusals"]),
        )


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a bulletin, from 1 up. `reason`: why it was published again, "" of the first. `digest`: SHA-256 of
    its contents in hex, which the log holds too."""

    version: int
    title: str
    reason: str
    published_at: datetime
    published_by_id: UUID | None
    digest: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin with its versions in their order; the last one is in force."""

    bulletin_id: UUID
    number: str
    publisher_id: UUID
    scope: Scope
    versions: tuple[Version, ...]

    @property
    def current(self) -> Version:
        return self.versions[-1]


def compose(cells: Sequence[Cell], named: Iterable[PublicSample]) -> Contents:
    """The contents from the counts of all samples and from those to be named: all that failed, are denied by their
    maker, or whose sheet nobody signed."""
    by_number = sorted(named, key=lambda each: (each.kind, each.taken_on, each.sample_number))
    failing = tuple(Line.of(each) for each in by_number if each.verdict is PublicVerdict.FAILED)
    denied = tuple(Line.of(each) for each in by_number if each.verdict is PublicVerdict.DENIED)
    found = [code for each in failing for code in each.violations]
    return Contents(
        tables=tables_of(cells),
        by_violation={code: found.count(code) for code in ViolationCode if code in found},
        failing=failing,
        denied=denied,
        refusals=tuple(
            Refusal(each.sample_number, each.product_name, each.outlet_name, each.region_code, each.refusal_reason)
            for each in by_number
            if each.refusal_reason is not None
        ),
    )


def _written_counts(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in ("samples", "passed", "failed", "denied")}


def _read_counts(written: dict[str, int]) -> Counts:
    return Counts(**written)


def _written_table(table: dict[Any, Counts]) -> list[dict[str, object]]:
    return [{"key": str(key), **_written_counts(counts)} for key, counts in table.items()]


def _read_table(written: Sequence[dict[str, Any]]) -> dict[str, Counts]:
    return {
        each["key"]: _read_counts({name: value for name, value in each.items() if name != "key"}) for each in written
    }


def _written_line(line: Line) -> dict[str, object]:
    return {
        **{name: getattr(line, name) for name in Line.__slots__},
        "violations": list(line.violations),
        "failures": [{name: getattr(each, name) for name in Failure.__slots__} for each in line.failures],
    }


def _read_line(written: dict[str, Any]) -> Line:
    fault = written["fault_class"]
    return Line(
        **{
            **written,
            "kind": ProductKind(written["kind"]),
            "taken_on": date.fromisoformat(written["taken_on"]),
            "basis": Basis(written["basis"]),
            "stage": Stage(written["stage"]),
            "fault_class": FaultClass(fault) if fault else None,
            "violations": tuple(ViolationCode(code) for code in written["violations"]),
            "failures": tuple(
                Failure(**{**each, "unit": Unit(each["unit"]), "observation": Observation(each["observation"])})
                for each in written["failures"]
            ),
        }
    )
