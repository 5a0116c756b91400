"""The rules reproduce verdicts: those that authorities published with values, and those of the demonstration."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from suiyuan.api.loading.samples import published_results
from suiyuan.trace.catalog.model import Ingredient, ProductKind
from suiyuan.trace.inspection.determination import (
    Content,
    Context,
    Item,
    ItemKind,
    Observation,
    SeedLot,
    StandardLimit,
    Suggestion,
    read_requirement,
    suggest,
)
from suiyuan.trace.inspection.determination.seed import LABEL_NAMES
from suiyuan.trace.inspection.model import LimitKind, PublishedResult
from suiyuan.trace.kernel.units import Unit

SAMPLES = Path(__file__).parents[2] / "sample_batches"
PUBLISHED = published_results(SAMPLES / "published_results.csv")
MEASURED = [row for row in PUBLISHED if row.requirement and row.measured]

UNITS = {"% of standard": Unit.PERCENT_OF_LABEL}
FAULTS = {"below_content": "P02", "ingredient_absent": "P01", "undeclared_ingredient": "P04", "germination": "S03"}
NO_MATTER_OF_MEASURING = {"counterfeit_reg_no"}
FORMULATIONS = ("乳油", "水剂", "EC")
UNITS_IN_NAMES = {"%": Unit.PERCENT, "g/L": Unit.GRAM_PER_LITRE, "克/升": Unit.GRAM_PER_LITRE}


def on_first_day_of(period: str) -> date:
    year, month = period[:4], re.fullmatch(r"\d{4}-(\d{2})", period)
    return date(int(year), int(month[1]) if month else 1, 1)


def named_content(product: str) -> Content | None:
    """What the name of a pesticide declares: 200克/升."""
    found = re.search(r"(\d+(?:\.\d+)?)(%|g/L|克/升)", product)
    return Content(Decimal(found[1]), UNITS_IN_NAMES[found[2]]) if found else None


def case(row: PublishedResult) -> tuple[Context, Item]:
    kind = ProductKind(row.kind)
    formulation = next((name for name in FORMULATIONS if name in row.product), "")
    unit = UNITS.get(row.unit) or Unit(row.unit)
    asked = read_requirement(row.requirement)
    assert asked is not None
    is_relative = unit is Unit.PERCENT_OF_LABEL
    declared = named_content(row.product) if is_relative else None
    if not is_relative and asked.declared is not None:
        declared = Content(asked.declared, unit)
    item_kind = ItemKind.GERMINATION if kind is ProductKind.SEED else ItemKind.ACTIVE_CONTENT
    standard = None if asked.limit is None else StandardLimit(asked.limit, unit)
    if asked.limit is not None and asked.limit.kind is LimitKind.NOT_DETECTED:
        item_kind, standard = ItemKind.UNDECLARED_ACTIVE, None
    item = Item(row.item, item_kind, Observation.MEASURED, Decimal(row.measured), unit, declared, standard)
    return Context(kind, on_first_day_of(row.period), formulation), item


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row.result_id)
def test_a_published_verdict_follows_from_its_values(row: PublishedResult) -> None:
    context, item = case(row)
    found = suggest(context, [item])
    assert found.outcome is {"pass": Suggestion.PASSED, "fail": Suggestion.FAILED}[row.verdict]
    expected = {FAULTS[fault] for fault in row.fault_class.split(";") if fault not in NO_MATTER_OF_MEASURING}
    assert expected <= {code.value for code in found.violations}
    assert {"P01", "P04", "S03", "P02"} & {code.value for code in found.violations} == expected


def test_rows_with_and_without_values_are_those_that_the_readme_names() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Published verdicts", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"^\| (C\d{3}) \|", section, re.MULTILINE)) == {row.result_id for row in MEASURED}
    assert len(MEASURED) == 7
    for row in PUBLISHED:
        assert (row in MEASURED) is row.value_kind.startswith("numeric"), row.result_id


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PRODUCTS = {row["registration_number"]: row for row in rows("products.csv")}
SAMPLED = {row["sample_number"]: row for row in rows("samples.csv")}
CONTENTS = [row for row in rows("findings.csv") if "made up" in row["source"] and row["measured"]]


def composition(written: str) -> tuple[Ingredient, ...]:
    parts = (part.partition("=") for part in written.split(";"))
    return tuple(
        Ingredient(name, Decimal(content.split(" ")[0]), Unit(content.split(" ")[1])) for name, _, content in parts
    )


def item_kind(kind: ProductKind, name: str, declared: set[str]) -> ItemKind:
    if kind is ProductKind.SEED:
        return next(each for each, label in LABEL_NAMES.items() if label == name)
    if kind is ProductKind.VET_DRUG:
        return ItemKind.DRUG_CONTENT
    return ItemKind.ACTIVE_CONTENT if name in declared else ItemKind.PHYSICAL


@pytest.mark.parametrize("row", CONTENTS, ids=lambda row: f"{row['sample_number']} {row['item']}")
def test_a_demonstration_finding_follows_from_the_rules(row: dict[str, str]) -> None:
    """Contents of pesticides and values of seed without the limit of the file: the tables give the same one."""
    sample = SAMPLED[row["sample_number"]]
    product = PRODUCTS[sample["registration_number"]]
    kind = ProductKind(product["kind"])
    parts = composition(product["composition"])
    found_kind = item_kind(kind, row["item"], {part.name for part in parts})
    asked = read_requirement(row["requirement"])
    assert asked is not None and asked.limit is not None
    by_table = kind is ProductKind.SEED or found_kind is ItemKind.ACTIVE_CONTENT
    context = Context(
        kind=kind,
        sampled_on=date.fromisoformat(sample["taken_on"]),
        formulation=product["formulation"],
        composition=parts,
        seed=SeedLot(*product["formulation"].split(" "), subspecies="粳") if kind is ProductKind.SEED else None,
    )
    unit = Unit(row["unit"])
    item = Item(
        name=row["item"],
        kind=found_kind,
        observation=Observation.MEASURED,
        measured=Decimal(row["measured"]),
        unit=unit,
        standard=None if by_table else StandardLimit(asked.limit, unit),
    )
    judgement = suggest(context, [item]).judgements[0]
    assert judgement.outcome.value == row["outcome"]
    shown = " ".join(step.text("zh") for step in judgement.steps).replace("≥ ", "≥").replace("≤ ", "≤")
    assert row["requirement"] in shown
