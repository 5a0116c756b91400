"""Determination of seed: every row of GB 4404.1, the north, the label, and what tests may differ by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from suiyuan.trace.catalog.model import Ingredient, ProductKind
from suiyuan.trace.inspection.determination import (
    Context,
    FaultClass,
    Item,
    ItemKind,
    NotJudgedReason,
    Observation,
    SeedLot,
    StandardLimit,
    Suggestion,
    suggest,
)
from suiyuan.trace.inspection.determination.tables import germination_tolerance, seed_minima
from suiyuan.trace.inspection.model import Limit, LimitKind
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.units import Unit

SAMPLED_ON = date(2026, 10, 20)
PURITY, CLEANLINESS, GERMINATION, MOISTURE = (
    ItemKind.PURITY,
    ItemKind.CLEANLINESS,
    ItemKind.GERMINATION,
    ItemKind.SEED_MOISTURE,
)

# GB 4404.1-2008: crop, type, class, subspecies, least purity, cleanliness, germination, highest moisture.
MINIMA = [
    ("水稻", "常规种", "原种", "籼", "99.9", "98.0", "85", "13.0"),
    ("水稻", "常规种", "大田用种", "籼", "99.0", "98.0", "85", "13.0"),
    ("水稻", "常规种", "原种", "粳", "99.9", "98.0", "85", "14.5"),
    ("水稻", "常规种", "大田用种", "粳", "99.0", "98.0", "85", "14.5"),
    ("水稻", "不育系", "原种", "籼", "99.9", "98.0", "80", "13.0"),
    ("水稻", "恢复系", "大田用种", "", "99.5", "98.0", "80", "13.0"),
    ("水稻", "杂交种", "大田用种", "籼", "96.0", "98.0", "80", "13.0"),
    ("水稻", "杂交种", "大田用种", "粳", "96.0", "98.0", "80", "14.5"),
    ("玉米", "常规种", "原种", "", "99.9", "99.0", "85", "13.0"),
    ("玉米", "常规种", "大田用种", "", "97.0", "99.0", "85", "13.0"),
    ("玉米", "自交系", "原种", "", "99.9", "99.0", "80", "13.0"),
    ("玉米", "自交系", "大田用种", "", "99.0", "99.0", "80", "13.0"),
    ("玉米", "单交种", "大田用种", "", "96.0", "99.0", "85", "13.0"),
    ("玉米", "双交种", "大田用种", "", "95.0", "99.0", "85", "13.0"),
    ("玉米", "三交种", "大田用种", "", "95.0", "99.0", "85", "13.0"),
    ("小麦", "常规种", "原种", "", "99.9", "99.0", "85", "13.0"),
    ("小麦", "常规种", "大田用种", "", "99.0", "99.0", "85", "13.0"),
    ("大麦", "常规种", "原种", "", "99.9", "99.0", "85", "13.0"),
    ("大麦", "常规种", "大田用种", "", "99.0", "99.0", "85", "13.0"),
    ("高粱", "常规种", "原种", "", "99.9", "98.0", "75", "13.0"),
    ("高粱", "常规种", "大田用种", "", "98.0", "98.0", "75", "13.0"),
    ("高粱", "保持系", "原种", "", "99.9", "98.0", "75", "13.0"),
    ("高粱", "不育系", "大田用种", "", "99.0", "98.0", "75", "13.0"),
    ("高粱", "杂交种", "大田用种", "", "93.0", "98.0", "80", "13.0"),
]


def lot(*seed: str, label: dict[str, str] | None = None, north: bool = False) -> Context:
    composition = tuple(Ingredient(name, Decimal(value), Unit.PERCENT) for name, value in (label or {}).items())
    return Context(
        ProductKind.SEED,
        SAMPLED_ON,
        composition=composition,
        seed=SeedLot(*seed) if seed else None,
        allows_northern_moisture=north,
    )


def item(kind: ItemKind, measured: str, standard: StandardLimit | None = None) -> Item:
    return Item(kind.value, kind, Observation.MEASURED, Decimal(measured), Unit.PERCENT, standard=standard)


@pytest.mark.parametrize(
    ("crop", "kind", "seed_class", "subspecies", "purity", "cleanliness", "germination", "moisture"), MINIMA
)
def test_every_row_of_the_national_standard(
    crop: str,
    kind: str,
    seed_class: str,
    subspecies: str,
    purity: str,
    cleanliness: str,
    germination: str,
    moisture: str,
) -> None:
    context = lot(crop, kind, seed_class, subspecies)
    for item_kind, limit, away, code in [
        (PURITY, purity, "-0.1", "S02"),
        (CLEANLINESS, cleanliness, "-0.1", "S05"),
        (GERMINATION, germination, "-1", "S03"),
        (MOISTURE, moisture, "0.1", "S04"),
    ]:
        assert suggest(context, [item(item_kind, limit)]).outcome is Suggestion.PASSED
        missed = suggest(context, [item(item_kind, str(Decimal(limit) + Decimal(away)))])
        assert missed.outcome is Suggestion.FAILED
        assert [each.value for each in missed.violations] == [code]
        assert missed.fault_class is FaultClass.SUBSTANDARD
        assert missed.judgements[0].rule is not None
        assert missed.judgements[0].rule.source == "GB 4404.1-2008；种子法第48条"


def test_every_row_was_tried() -> None:
    tried = {(crop, kind, seed_class) for crop, kind, seed_class, *_ in MINIMA}
    for row in seed_minima():
        assert any((row.crop, kind, row.seed_class) in tried for kind in row.type.split("、"))
    assert len(seed_minima()) == 21


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [("84.4", "failed"), ("84.5", "failed"), ("84.6", "passed"), ("85", "passed")],
)
def test_germination_is_rounded_to_whole_per_cent(measured: str, outcome: str) -> None:
    assert suggest(lot("小麦", "常规种", "大田用种"), [item(GERMINATION, measured)]).outcome.value == outcome


@pytest.mark.parametrize(
    ("crop", "north", "measured", "outcome"),
    [
        ("玉米", False, "13.1", "failed"),
        ("玉米", True, "13.1", "passed"),
        ("玉米", True, "16.0", "passed"),
        ("玉米", True, "16.1", "failed"),
        ("小麦", True, "13.1", "failed"),
    ],
)
def test_moisture_in_the_north(crop: str, north: bool, measured: str, outcome: str) -> None:
    assert suggest(lot(crop, "常规种", "原种", north=north), [item(MOISTURE, measured)]).outcome.value == outcome


def test_the_north_covers_rice_of_unknown_subspecies() -> None:
    rice = lot("水稻", "常规种", "大田用种")
    assert suggest(rice, [item(MOISTURE, "12.0")]).judgements[0].reason is NotJudgedReason.SUBSPECIES_UNKNOWN
    north = replace(rice, allows_northern_moisture=True)
    assert suggest(north, [item(MOISTURE, "15.9")]).outcome is Suggestion.PASSED


WHEAT = ("小麦", "常规种", "大田用种")


@pytest.mark.parametrize(
    ("kind", "label", "measured", "outcome", "rule"),
    [
        (PURITY, {"纯度": "99.5"}, "99.4", "failed", "seed_label_value"),
        (PURITY, {"纯度": "99.5"}, "99.5", "passed", "seed_label_value"),
        (PURITY, {"纯度": "98.0"}, "98.5", "failed", "seed_national_minimum"),
        (PURITY, {"纯度": "98.0"}, "99.0", "passed", "seed_national_minimum"),
        (CLEANLINESS, {"净度": "99.5"}, "99.2", "failed", "seed_label_value"),
        (MOISTURE, {"水分": "12.0"}, "12.5", "failed", "seed_label_value"),
        (MOISTURE, {"水分": "14.0"}, "13.5", "failed", "seed_national_minimum"),
        (MOISTURE, {"水分": "12.0"}, "12.0", "passed", "seed_label_value"),
        (GERMINATION, {"发芽率": "95"}, "90", "failed", "seed_label_value"),
        (GERMINATION, {"发芽率": "95"}, "84", "failed", "seed_national_minimum"),
    ],
)
def test_seed_meets_the_national_standard_and_its_label(
    kind: ItemKind, label: dict[str, str], measured: str, outcome: str, rule: str
) -> None:
    judgement = suggest(lot(*WHEAT, label=label), [item(kind, measured)]).judgements[0]
    assert judgement.rule is not None
    assert (judgement.outcome.value, judgement.rule.rule_id) == (outcome, rule)


@pytest.mark.parametrize(("label", "measured", "allowed"), [("95", "92", 4), ("95", "91", 4), ("90", "85", 5)])
def test_germination_little_below_its_label_is_left_to_a_person(label: str, measured: str, allowed: int) -> None:
    judgement = suggest(lot(*WHEAT, label={"发芽率": label}), [item(GERMINATION, measured)]).judgements[0]
    assert (judgement.outcome, judgement.reason) == (Suggestion.NOT_JUDGED, NotJudgedReason.LABORATORY_TOLERANCE)
    assert judgement.steps[-1].values[-1] == ("allowed", str(allowed))


@pytest.mark.parametrize(
    ("mean", "points"), [(50, 0), (51, 8), (59, 8), (60, 7), (77, 6), (85, 5), (91, 4), (95, 3), (98, 2), (100, 2)]
)
def test_what_two_germination_tests_may_differ_by(mean: int, points: int) -> None:
    assert germination_tolerance(Decimal(mean)) == points


def test_a_crop_without_a_national_minimum_is_never_passed_by_its_label_alone() -> None:
    cotton = lot("棉花", "杂交种", "大田用种", label={"发芽率": "80"})
    assert suggest(cotton, [item(GERMINATION, "58")]).outcome is Suggestion.FAILED
    above = suggest(cotton, [item(GERMINATION, "85")])
    assert above.judgements[0].reason is NotJudgedReason.NO_NATIONAL_MINIMUM
    given = StandardLimit(Limit(LimitKind.AT_LEAST, Decimal(80)), Unit.PERCENT, "GB 4407.1")
    assert suggest(cotton, [item(GERMINATION, "85", given)]).outcome is Suggestion.PASSED


def test_before_the_standard_there_is_no_national_minimum() -> None:
    earlier = replace(lot(*WHEAT), sampled_on=date(2008, 8, 31))
    assert suggest(earlier, [item(PURITY, "99.9")]).judgements[0].reason is NotJudgedReason.NO_NATIONAL_MINIMUM


def test_a_limit_given_does_not_make_the_national_one_milder() -> None:
    given = StandardLimit(Limit(LimitKind.AT_LEAST, Decimal("95.0")), Unit.PERCENT)
    assert suggest(lot(*WHEAT), [item(PURITY, "96.0", given)]).outcome is Suggestion.FAILED


@pytest.mark.parametrize(
    ("kind", "observation", "outcome", "code", "fault"),
    [
        (ItemKind.AUTHENTICITY, Observation.DOES_NOT_COMPLY, "failed", "S01", FaultClass.FAKE),
        (ItemKind.AUTHENTICITY, Observation.COMPLIES, "passed", None, None),
        (ItemKind.AUTHENTICITY, Observation.NOT_DETECTED, "not_judged", None, None),
        (ItemKind.UNDECLARED_GM, Observation.DETECTED, "failed", "S06", None),
        (ItemKind.UNDECLARED_GM, Observation.NOT_DETECTED, "passed", None, None),
        (ItemKind.LABEL_PERMIT, Observation.DOES_NOT_COMPLY, "failed", "S07", None),
        (PURITY, Observation.DOES_NOT_COMPLY, "failed", "S02", FaultClass.SUBSTANDARD),
        (PURITY, Observation.DETECTED, "not_judged", None, None),
        (ItemKind.ACTIVE_CONTENT, Observation.COMPLIES, "not_judged", None, None),
    ],
)
def test_identity_modification_and_label(
    kind: ItemKind, observation: Observation, outcome: str, code: str | None, fault: FaultClass | None
) -> None:
    found = suggest(lot(*WHEAT), [Item("项目", kind, observation)])
    assert found.outcome.value == outcome
    assert [each.value for each in found.violations] == ([] if code is None else [code])
    assert found.fault_class is fault


def test_another_unit_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"finding\.unit_mismatch \(items\.0\.unit\)"):
        suggest(lot(*WHEAT), [replace(item(PURITY, "99.0"), unit=Unit.GRAM_PER_KILOGRAM)])
