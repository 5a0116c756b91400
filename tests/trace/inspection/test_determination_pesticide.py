"""Determination of pesticides: contents by standard and by tolerance, mixtures, undeclared and banned ingredients."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from suiyuan.trace.catalog.model import Ingredient, ProductKind
from suiyuan.trace.inspection.determination import (
    Caution,
    Content,
    Context,
    Determination,
    FaultClass,
    Item,
    ItemKind,
    Judgement,
    NotJudgedReason,
    Observation,
    StandardLimit,
    Suggestion,
    suggest,
)
from suiyuan.trace.inspection.model import Limit, LimitKind, MakerResponse
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.rounding import decimals_of
from suiyuan.trace.kernel.units import Unit

SAMPLED_ON = date(2026, 11, 2)
PERCENT, G_PER_L = Unit.PERCENT, Unit.GRAM_PER_LITRE


def product(*parts: tuple[str, str, Unit], formulation: str = "乳油 EC", on: date = SAMPLED_ON) -> Context:
    composition = tuple(Ingredient(name, Decimal(content), unit) for name, content, unit in parts)
    return Context(ProductKind.PESTICIDE, on, formulation, composition)


def content(name: str, measured: str, unit: Unit = PERCENT, **more: object) -> Item:
    return Item(name, ItemKind.ACTIVE_CONTENT, Observation.MEASURED, Decimal(measured), unit, **more)  # type: ignore[arg-type]


def only(determination: Determination) -> Judgement:
    (judgement,) = determination.judgements
    return judgement


def codes(judgement: Judgement) -> list[str]:
    return [code.value for code in judgement.violations]


# Declared, unit, formulation, lowest and highest that pass. Every band of the table, with its edges.
TOLERATED = [
    ("0.3", PERCENT, "EC", "0.255", "0.345"),
    ("2.5", PERCENT, "乳油", "2.125", "2.875"),
    ("2.5", PERCENT, "颗粒剂 GR", "1.875", "3.125"),
    ("2.5", PERCENT, "WG", "1.875", "3.125"),
    ("2.6", PERCENT, "可湿性粉剂 WP", "2.34", "2.86"),
    ("10", PERCENT, "EC", "9.0", "11.0"),
    ("10.1", PERCENT, "EC", "9.494", "10.706"),
    ("18.0", PERCENT, "EC", "16.92", "19.08"),
    ("25", PERCENT, "EC", "23.5", "26.5"),
    ("25.1", PERCENT, "EC", "23.845", "26.355"),
    ("50", PERCENT, "WP", "47.5", "52.5"),
    ("50.1", PERCENT, "WP", "47.6", "52.6"),
    ("70", PERCENT, "WP", "67.5", "72.5"),
    ("25", G_PER_L, "EC", "21.25", "28.75"),
    ("26", G_PER_L, "EC", "23.4", "28.6"),
    ("100", G_PER_L, "SC", "90.0", "110.0"),
    ("480", G_PER_L, "EC", "456.0", "504.0"),
    ("600", G_PER_L, "SL", "575.0", "625.0"),
    ("600", Unit.GRAM_PER_KILOGRAM, "WG", "575.0", "625.0"),
    ("5000", Unit.MILLIGRAM_PER_KILOGRAM, "EC", "4250.0", "5750.0"),
]


@pytest.mark.parametrize(("declared", "unit", "formulation", "lowest", "highest"), TOLERATED)
def test_the_tolerance_by_declared_content(
    declared: str, unit: Unit, formulation: str, lowest: str, highest: str
) -> None:
    context = product(("甲", declared, unit), formulation=formulation)
    digit = Decimal(1).scaleb(-decimals_of(Decimal(lowest)))
    for measured, expected in [
        (Decimal(lowest), Suggestion.PASSED),
        (Decimal(highest), Suggestion.PASSED),
        (Decimal(lowest) - digit, Suggestion.FAILED),
        (Decimal(highest) + digit, Suggestion.FAILED),
    ]:
        judgement = only(suggest(context, [content("甲", str(measured), unit)]))
        assert judgement.outcome is expected, measured
        assert judgement.rule is not None
        assert judgement.rule.rule_id == "pesticide_content_tolerance"
        assert Caution.RULE_UNVERIFIED in judgement.cautions
        assert any(f"{lowest}–{highest}" in step.text("en") for step in judgement.steps)


def test_the_arithmetic_is_shown_in_both_languages() -> None:
    judgement = only(suggest(product(("甲", "18.0", PERCENT)), [content("甲", "16.9")]))
    assert [step.text("en") for step in judgement.steps] == [
        "declared 18.0 %, tolerance ±6 % of it: 16.92–19.08 %",
        "measured 16.9 %, rounded by GB/T 8170 to 16.9 %",
        "16.9 % is below 16.92–19.08 %",
        "that is 93.9 % of the 18.0 % required",
    ]
    assert judgement.steps[0].text("zh") == "标明 18.0 %，允许偏差为标明值的 ±6 %，即 16.92–19.08 %"
    assert (codes(judgement), judgement.fault_class) == (["P02"], FaultClass.SUBSTANDARD)


def standard(kind: LimitKind, lower: str | None, upper: str | None, unit: Unit = PERCENT) -> StandardLimit:
    low, high = (None if each is None else Decimal(each) for each in (lower, upper))
    return StandardLimit(Limit(kind, low, high), unit, "Q/0001")


def test_the_registered_standard_goes_before_the_table() -> None:
    limit = standard(LimitKind.AT_LEAST, "17.5", None)
    context = product(("甲", "18.0", PERCENT))
    for measured, outcome, depends_on_method in [
        ("17.44", Suggestion.FAILED, False),
        ("17.45", Suggestion.FAILED, False),  # half to even: 17.4
        ("17.46", Suggestion.PASSED, True),
        ("17.5", Suggestion.PASSED, False),
    ]:
        judgement = only(suggest(context, [content("甲", measured, standard=limit)]))
        assert judgement.rule is not None and judgement.rule.rule_id == "product_standard"
        assert judgement.outcome is outcome, measured
        assert (Caution.METHOD_MATTERS in judgement.cautions) is depends_on_method
    with_product = Context(ProductKind.PESTICIDE, SAMPLED_ON, "EC", context.composition, {"甲": limit})
    assert only(suggest(with_product, [content("甲", "17.4")])).outcome is Suggestion.FAILED


@pytest.mark.parametrize(("measured", "found"), [("9.0", ["P02"]), ("5.0", ["P02"]), ("4.9", ["P02", "P03"])])
def test_less_than_half_has_a_code_of_its_own(measured: str, found: list[str]) -> None:
    limit = standard(LimitKind.BETWEEN, "9.5", "10.5")
    assert codes(only(suggest(product(("甲", "10", PERCENT)), [content("甲", measured, standard=limit)]))) == found


def test_above_the_limit_is_substandard_without_a_code() -> None:
    judgement = only(suggest(product(("甲", "10", PERCENT)), [content("甲", "11.1")]))
    assert (judgement.outcome, codes(judgement)) == (Suggestion.FAILED, [])
    assert judgement.fault_class is FaultClass.SUBSTANDARD
    assert Caution.NO_CODE_ABOVE_LIMIT in judgement.cautions


@pytest.mark.parametrize("item", [content("甲", "0"), Item("甲", ItemKind.ACTIVE_CONTENT, Observation.NOT_DETECTED)])
def test_an_active_that_is_not_there_makes_it_fake(item: Item) -> None:
    determination = suggest(product(("甲", "10", PERCENT)), [item])
    assert codes(only(determination)) == ["P01"]
    assert determination.fault_class is FaultClass.FAKE
    assert determination.law is not None
    assert determination.law.article(FaultClass.FAKE) == "农药管理条例第44条"


def test_technical_material_has_a_minimum_only() -> None:
    context = product(("甲", "95.0", PERCENT), formulation="原药 TC")
    assert only(suggest(context, [content("甲", "99.9")])).outcome is Suggestion.PASSED
    assert only(suggest(context, [content("甲", "94.95")])).outcome is Suggestion.PASSED  # rounds to 95.0, the even one
    judgement = only(suggest(context, [content("甲", "94.9")]))
    assert judgement.rule is not None
    assert (judgement.outcome, judgement.rule.rule_id) == (Suggestion.FAILED, "pesticide_technical_minimum")


def test_a_low_content_in_a_formulation_of_unknown_class_is_not_judged() -> None:
    judgement = only(suggest(product(("甲", "2", PERCENT), formulation="WP"), [content("甲", "2")]))
    assert (judgement.outcome, judgement.reason) == (Suggestion.NOT_JUDGED, NotJudgedReason.FORMULATION_UNKNOWN)


# Two actives of 10 % and 20 %: measured, outcome of each, of the total (28.5–31.5), overall.
MIXTURES = [
    ("10.0", "20.0", "passed", "passed", "passed", "passed"),
    ("9.0", "19.0", "passed", "passed", "failed", "failed"),
    ("11.0", "18.8", "passed", "passed", "passed", "passed"),
    ("8.9", "20.0", "failed", "passed", "passed", "failed"),
]


@pytest.mark.parametrize(("first", "second", "of_first", "of_second", "of_total", "overall"), MIXTURES)
def test_a_mixture_is_judged_by_every_active_and_the_total(
    first: str, second: str, of_first: str, of_second: str, of_total: str, overall: str
) -> None:
    context = product(("甲", "10", PERCENT), ("乙", "20", PERCENT))
    determination = suggest(context, [content("甲", first), content("乙", second)])
    assert [each.outcome.value for each in determination.judgements] == [of_first, of_second, of_total]
    assert determination.outcome.value == overall
    total = determination.judgements[-1]
    assert total.steps[0].text("en").startswith(f"ingredients added up: {first} + {second} = ")


def test_a_reported_total_is_taken_as_reported() -> None:
    context = product(("甲", "10", PERCENT), ("乙", "20", PERCENT))
    total = Item("总量", ItemKind.TOTAL_CONTENT, Observation.MEASURED, Decimal("28.4"), PERCENT)
    determination = suggest(context, [content("甲", "10"), content("乙", "20"), total])
    assert [each.outcome.value for each in determination.judgements] == ["passed", "passed", "failed"]


def test_an_active_nobody_tested_leaves_the_whole_undecided() -> None:
    context = product(("甲", "10", PERCENT), ("乙", "20", PERCENT))
    determination = suggest(context, [content("甲", "10")])
    assert [(each.item, each.reason) for each in determination.judgements[1:]] == [
        ("乙", NotJudgedReason.ACTIVE_NOT_TESTED),
        ("有效成分总含量", NotJudgedReason.ACTIVE_NOT_TESTED),
    ]
    assert determination.outcome is Suggestion.NOT_JUDGED


def test_actives_in_different_units_have_no_total() -> None:
    context = product(("甲", "10", PERCENT), ("乙", "200", G_PER_L))
    determination = suggest(context, [content("甲", "10"), content("乙", "200", G_PER_L)])
    assert determination.judgements[-1].reason is NotJudgedReason.NO_COMMON_UNIT


def undeclared(name: str, observation: Observation = Observation.DETECTED, measured: str | None = None) -> Item:
    value = None if measured is None else Decimal(measured)
    return Item(name, ItemKind.UNDECLARED_ACTIVE, observation, value, PERCENT if measured else Unit.NONE)


@pytest.mark.parametrize(
    ("name", "on", "found", "cautions"),
    [
        ("五氟磺草胺（未标明）", SAMPLED_ON, ["P04"], []),
        ("甲胺磷", SAMPLED_ON, ["P04", "P06"], []),
        ("毒死蜱", SAMPLED_ON, ["P04", "P07"], []),
        ("百草枯", SAMPLED_ON, ["P04", "P07"], [Caution.BAN_UNVERIFIED]),
        ("氟虫腈", SAMPLED_ON, ["P04"], [Caution.RESTRICTION_UNVERIFIED]),
        ("毒死蜱", date(2017, 9, 30), ["P04"], []),
    ],
)
def test_an_undeclared_active(name: str, on: date, found: list[str], cautions: list[Caution]) -> None:
    judgement = suggest(product(on=on), [undeclared(name)]).judgements[0]
    assert (judgement.outcome, codes(judgement)) == (Suggestion.FAILED, found)
    assert judgement.fault_class is FaultClass.FAKE
    assert list(judgement.cautions) == [Caution.NO_LIST_OF_HIGH_TOXICITY, *cautions]


def test_looking_for_undeclared_actives_in_vain_passes() -> None:
    for item in (undeclared("甲胺磷", Observation.NOT_DETECTED), undeclared("甲胺磷", Observation.MEASURED, "0")):
        assert only(suggest(product(), [item])).outcome is Suggestion.PASSED
    assert only(suggest(product(), [undeclared("甲胺磷", Observation.MEASURED, "0.01")])).outcome is Suggestion.FAILED


def test_what_the_label_declares_is_not_undeclared() -> None:
    context = product(("毒死蜱", "40", PERCENT))
    found = suggest(context, [undeclared("毒 死 蜱"), content("毒死蜱", "40")])
    assert found.judgements[0].reason is NotJudgedReason.IS_DECLARED
    assert found.outcome is Suggestion.NOT_JUDGED


def test_a_declared_but_banned_active_makes_it_fake() -> None:
    banned = suggest(product(("甲胺磷", "50", PERCENT)), [content("甲胺磷", "50")])
    assert [each.outcome.value for each in banned.judgements] == ["passed", "failed"]
    assert ([code.value for code in banned.violations], banned.fault_class) == (["P06"], FaultClass.FAKE)
    remembered = only(suggest(product(("百草枯", "200", G_PER_L)), [content("百草枯", "200", G_PER_L)]))
    assert remembered.outcome is Suggestion.PASSED
    assert Caution.BAN_UNVERIFIED in remembered.cautions


@pytest.mark.parametrize(
    ("item", "outcome", "found"),
    [
        (Item("乳液稳定性", ItemKind.PHYSICAL, Observation.DOES_NOT_COMPLY), "failed", ["P08"]),
        (Item("乳液稳定性", ItemKind.PHYSICAL, Observation.COMPLIES), "passed", []),
        (Item("水分", ItemKind.PHYSICAL, Observation.MEASURED, Decimal("0.7"), PERCENT), "not_judged", []),
        (Item("标签", ItemKind.LABEL_CONTENT, Observation.DOES_NOT_COMPLY), "failed", ["L02"]),
        (Item("标签", ItemKind.LABEL_TOXICITY, Observation.DETECTED), "not_judged", []),
        (Item("发芽率", ItemKind.GERMINATION, Observation.MEASURED, Decimal(90), PERCENT), "not_judged", []),
    ],
)
def test_physical_items_and_labels(item: Item, outcome: str, found: list[str]) -> None:
    judgement = only(suggest(product(), [item]))
    assert (judgement.outcome.value, codes(judgement)) == (outcome, found)


def test_a_physical_limit_is_inclusive_after_rounding() -> None:
    limit = standard(LimitKind.AT_MOST, None, "0.6")
    for measured, outcome in [("0.6", "passed"), ("0.65", "passed"), ("0.66", "failed")]:
        item = Item("水分", ItemKind.PHYSICAL, Observation.MEASURED, Decimal(measured), PERCENT, standard=limit)
        assert only(suggest(product(), [item])).outcome.value == outcome


def test_past_its_shelf_life_it_is_substandard() -> None:
    for sampled, outcome in [(date(2026, 5, 31), "passed"), (date(2026, 6, 1), "failed")]:
        context = Context(ProductKind.PESTICIDE, sampled, expires_on=date(2026, 5, 31))
        item = Item("外观", ItemKind.PHYSICAL, Observation.COMPLIES)
        assert suggest(context, [item]).outcome.value == outcome


def test_goods_that_the_maker_denies_are_suspected() -> None:
    context = Context(ProductKind.PESTICIDE, SAMPLED_ON, maker_response=MakerResponse.DENIED)
    found = suggest(context, [Item("外观", ItemKind.PHYSICAL, Observation.COMPLIES)])
    assert (found.suspected_counterfeit, found.outcome, found.violations) == (True, Suggestion.PASSED, ())


def test_nothing_measured_is_not_passed() -> None:
    assert suggest(product(), []).outcome is Suggestion.NOT_JUDGED


def test_per_cent_of_the_label_is_brought_to_the_declared_unit() -> None:
    context = product(("甲", "200", G_PER_L), formulation="水剂")
    judgement = only(suggest(context, [content("甲", "85", Unit.PERCENT_OF_LABEL)]))
    assert "measured 85 % of the 200 g/L on the label: 170 g/L" in [step.text("en") for step in judgement.steps]
    assert codes(judgement) == ["P02"]


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        (content("甲", "180", G_PER_L), "finding.unit_mismatch", "items.0.unit"),
        (content("甲", "18", Unit.NONE), "finding.unit", "items.0.unit"),
        (content("甲", "100.1"), "finding.measured", "items.0.measured"),
        (content("甲", "-1"), "finding.measured", "items.0.measured"),
        (content("甲", "18", declared=Content(Decimal(0), PERCENT)), "finding.declared", "items.0.declared"),
        (content("甲", "18", declared=Content(Decimal(180), PERCENT)), "finding.declared", "items.0.declared"),
        (Item("甲", ItemKind.ACTIVE_CONTENT, Observation.MEASURED), "finding.observation", "items.0.measured"),
        (
            Item("甲", ItemKind.ACTIVE_CONTENT, Observation.NOT_DETECTED, Decimal(1), PERCENT),
            "finding.observation",
            "items.0.measured",
        ),
    ],
)
def test_bad_input_is_refused_by_field(item: Item, code: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        suggest(product(("甲", "18", PERCENT)), [item])
    assert (refused.value.code, refused.value.field) == (code, field)
    assert refused.value.text("zh") and refused.value.text("en")


def test_before_every_rule_nothing_is_judged() -> None:
    found = suggest(product(("甲", "10", PERCENT), on=date(1990, 1, 1)), [content("甲", "1")])
    assert only(found).reason is NotJudgedReason.NO_RULE
    assert (found.law, found.fault_class) == (None, None)
