"""The tables of this folder, read once: rules and laws, violations, pesticide tolerances, seed minima."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from ...catalog.model import ProductKind
from ...kernel.rounding import ComparisonMethod
from ...kernel.sources import Verification
from .model import FaultClass, Law, Rule, ViolationCode


@dataclass(frozen=True, slots=True)
class Violation:
    """A row of violations.toml. `fault_class` None: neither fake nor substandard by itself."""

    code: ViolationCode
    kind: ProductKind
    fault_class: FaultClass | None


@dataclass(frozen=True, slots=True)
class ToleranceBand:
    """A row of pesticide_tolerance.toml: declared contents up to `up_to` % or g/100 mL, and how far they may be missed.

    `percent` of the declared content, by class of formulation where it depends on it; or `points` in % or g/100 mL.
    """

    up_to: Decimal | None
    percent: Decimal | None
    percent_homogeneous: Decimal | None
    percent_heterogeneous: Decimal | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class SeedMinimum:
    """A row of seed_minima.toml, in per cent. `moisture` by subspecies, or under "" for all."""

    crop: str
    type: str
    seed_class: str
    purity: Decimal
    cleanliness: Decimal
    germination: Decimal
    moisture: dict[str, Decimal]


@cache
def all_rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            rule_id=each["id"],
            version=each["version"],
            valid_from=each["valid_from"],
            comparison=ComparisonMethod(each["comparison"]),
            source=each["source"],
            read_at=each["read_at"],
            verification=Verification(each["verification"]),
        )
        for each in _table("rules")["rule"]
    )


@cache
def all_laws() -> tuple[Law, ...]:
    return tuple(
        Law(
            kind=ProductKind(each["kind"]),
            valid_from=each["valid_from"],
            fake=each["fake"],
            substandard=each["substandard"],
            verification=Verification(each["verification"]),
        )
        for each in _table("rules")["law"]
    )


def find_rule(rule_id: str, on: date) -> Rule | None:
    """The rule of this id in force on a day, or None where none had begun. Raises KeyError for an id in no row."""
    known = [rule for rule in all_rules() if rule.rule_id == rule_id]
    if not known:
        raise KeyError(rule_id)
    return max((rule for rule in known if rule.valid_from <= on), key=lambda rule: rule.valid_from, default=None)


def find_law(kind: ProductKind, on: date) -> Law | None:
    """The articles on fake and substandard goods of a kind in force on a day."""
    begun = (law for law in all_laws() if law.kind is kind and law.valid_from <= on)
    return max(begun, key=lambda law: law.valid_from, default=None)


@cache
def violations() -> dict[ViolationCode, Violation]:
    """Every violation by its code, in the order of the list."""
    return {
        ViolationCode(each["code"]): Violation(
            ViolationCode(each["code"]),
            ProductKind(each["kind"]),
            FaultClass(each["class"]) if "class" in each else None,
        )
        for each in _table("violations")["violation"]
    }


def fault_class_of(codes: tuple[ViolationCode, ...]) -> FaultClass | None:
    """The gravest class among some violations: fake before substandard."""
    found = {violations()[code].fault_class for code in codes}
    return next((fault for fault in FaultClass if fault in found), None)


@cache
def tolerance_bands() -> tuple[ToleranceBand, ...]:
    """Rising by `up_to`; the last band has none."""
    names = ("up_to", "percent", "percent_homogeneous", "percent_heterogeneous", "points")
    return tuple(
        ToleranceBand(**{name: _decimal(each, name) for name in names})
        for each in _table("pesticide_tolerance")["band"]
    )


@cache
def formulations() -> dict[str, frozenset[str]]:
    """Codes and names of formulations under `homogeneous`, `heterogeneous`, `technical`."""
    return {name: frozenset(listed) for name, listed in _table("pesticide_tolerance")["formulations"].items()}


@cache
def seed_minima() -> tuple[SeedMinimum, ...]:
    return tuple(
        SeedMinimum(
            crop=each["crop"],
            type=each["type"],
            seed_class=each["class"],
            purity=Decimal(each["purity"]),
            cleanliness=Decimal(each["cleanliness"]),
            germination=Decimal(each["germination"]),
            moisture=_by_subspecies(each["moisture"]),
        )
        for each in _table("seed_minima")["row"]
    )


@cache
def northern_moisture() -> tuple[frozenset[str], Decimal]:
    """The crops, and the moisture in per cent that they may have in the north and in cold highlands."""
    data = _table("seed_minima")
    return frozenset(data["northern_crops"]), Decimal(data["northern_moisture"])


def germination_tolerance(mean: Decimal) -> Decimal:
    """By how many per cent germination may lie below its label by chance, by the mean of the two; 0 below the table."""
    rows = _table("seed_minima")["germination_tolerance"]
    begun = {row["from"]: row["points"] for row in rows if row["from"] <= mean}
    return Decimal(begun[max(begun)]) if begun else Decimal(0)


@cache
def _table(name: str) -> dict[str, Any]:
    place = files("suiyuan.trace.inspection.determination").joinpath(f"{name}.toml")
    return tomllib.loads(place.read_text(encoding="utf-8"))


def _decimal(row: dict[str, str], name: str) -> Decimal | None:
    return Decimal(row[name]) if name in row else None


def _by_subspecies(written: str | dict[str, str]) -> dict[str, Decimal]:
    if isinstance(written, str):
        return {"": Decimal(written)}
    return {name: Decimal(value) for name, value in written.items()}
