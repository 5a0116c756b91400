"""Determination of veterinary drugs and of other goods, and the tables and texts behind every determination."""

from __future__ import annotations

import ast
import string
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from suiyuan.trace.catalog.model import Ingredient, ProductKind
from suiyuan.trace.inspection.determination import (
    Caution,
    Context,
    FaultClass,
    Item,
    ItemKind,
    NotJudgedReason,
    Observation,
    StandardLimit,
    Suggestion,
    ViolationCode,
    read_requirement,
    suggest,
)
from suiyuan.trace.inspection.determination.tables import all_laws, all_rules, find_law, find_rule, violations
from suiyuan.trace.inspection.model import Limit, LimitKind, MakerResponse
from suiyuan.trace.kernel.texts import catalogue
from suiyuan.trace.kernel.units import Unit

SAMPLED_ON = date(2026, 8, 5)
OF_LABEL = StandardLimit(
    Limit(LimitKind.BETWEEN, Decimal("90.0"), Decimal("110.0")), Unit.PERCENT_OF_LABEL, "兽药质量标准"
)


def drug(standards: dict[str, StandardLimit] | None = None, *, denied: bool = False) -> Context:
    return Context(
        ProductKind.VET_DRUG,
        SAMPLED_ON,
        composition=(Ingredient("恩诺沙星", Decimal("10"), Unit.PERCENT),),
        standards=standards or {},
        maker_response=MakerResponse.DENIED if denied else MakerResponse.CONFIRMED,
    )


def content(measured: str, unit: Unit) -> Item:
    return Item("恩诺沙星", ItemKind.DRUG_CONTENT, Observation.MEASURED, Decimal(measured), unit)


@pytest.mark.parametrize(
    ("measured", "unit", "outcome"),
    [
        ("89.9", Unit.PERCENT_OF_LABEL, "failed"),
        ("90.0", Unit.PERCENT_OF_LABEL, "passed"),
        ("110.0", Unit.PERCENT_OF_LABEL, "passed"),
        ("110.1", Unit.PERCENT_OF_LABEL, "failed"),
        ("8.9", Unit.PERCENT, "failed"),
        ("8.994", Unit.PERCENT, "failed"),
        ("8.996", Unit.PERCENT, "passed"),
        ("9", Unit.PERCENT, "passed"),
        ("11", Unit.PERCENT, "passed"),
        ("12", Unit.PERCENT, "failed"),
    ],
)
def test_the_content_by_the_limits_of_its_product(measured: str, unit: Unit, outcome: str) -> None:
    found = suggest(drug({"恩诺沙星": OF_LABEL}), [content(measured, unit)])
    assert found.outcome.value == outcome
    assert [code.value for code in found.violations] == ([] if outcome == "passed" else ["V01"])
    assert found.fault_class is (None if outcome == "passed" else FaultClass.SUBSTANDARD)


def test_there_is_no_general_range() -> None:
    judgement = suggest(drug(), [content("50", Unit.PERCENT_OF_LABEL)]).judgements[0]
    assert (judgement.outcome, judgement.reason) == (Suggestion.NOT_JUDGED, NotJudgedReason.NO_LIMIT)


@pytest.mark.parametrize(
    ("kind", "observation", "outcome", "code", "fault"),
    [
        (ItemKind.IDENTIFICATION, Observation.COMPLIES, "passed", None, None),
        (ItemKind.IDENTIFICATION, Observation.DOES_NOT_COMPLY, "failed", "V02", FaultClass.FAKE),
        (ItemKind.IDENTIFICATION, Observation.NOT_DETECTED, "not_judged", None, None),
        (ItemKind.CHECK_ITEM, Observation.DOES_NOT_COMPLY, "failed", "V03", FaultClass.SUBSTANDARD),
        (ItemKind.ILLEGAL_ADDITION, Observation.NOT_DETECTED, "passed", None, None),
        (ItemKind.ILLEGAL_ADDITION, Observation.DETECTED, "failed", "V04", FaultClass.FAKE),
        (ItemKind.TRACEABILITY, Observation.COMPLIES, "passed", None, None),
        (ItemKind.TRACEABILITY, Observation.DOES_NOT_COMPLY, "failed", "V05", None),
        (ItemKind.GERMINATION, Observation.COMPLIES, "not_judged", None, None),
    ],
)
def test_the_other_items(
    kind: ItemKind, observation: Observation, outcome: str, code: str | None, fault: FaultClass | None
) -> None:
    found = suggest(drug(), [Item("项目", kind, observation)])
    assert found.outcome.value == outcome
    assert [each.value for each in found.violations] == ([] if code is None else [code])
    assert found.fault_class is fault


def test_the_gravest_fault_counts_and_every_code_stands() -> None:
    items = [
        content("80", Unit.PERCENT_OF_LABEL),
        Item("非法添加物", ItemKind.ILLEGAL_ADDITION, Observation.DETECTED),
        Item("鉴别", ItemKind.IDENTIFICATION, Observation.COMPLIES),
    ]
    found = suggest(drug({"恩诺沙星": OF_LABEL}), items)
    assert [code.value for code in found.violations] == ["V01", "V04"]
    assert found.fault_class is FaultClass.FAKE
    assert found.law is not None and found.law.article(FaultClass.FAKE) == "兽药管理条例第47条"


def test_a_denied_drug_has_its_code_and_no_class() -> None:
    found = suggest(drug({"恩诺沙星": OF_LABEL}, denied=True), [content("97.3", Unit.PERCENT_OF_LABEL)])
    assert (found.outcome, found.violations, found.fault_class) == (Suggestion.PASSED, (ViolationCode.V06,), None)
    assert found.suspected_counterfeit


def test_goods_without_rules_of_their_own_are_judged_by_a_given_limit_only() -> None:
    film = Context(ProductKind.OTHER, SAMPLED_ON)
    limit = StandardLimit(Limit(LimitKind.AT_LEAST, Decimal("1.5")), Unit.PERCENT, "GB 13735")
    given = Item("指标", ItemKind.OTHER_LIMIT, Observation.MEASURED, Decimal("1.4"), Unit.PERCENT, standard=limit)
    found = suggest(film, [given])
    assert (found.outcome, found.violations, found.law) == (Suggestion.FAILED, (), None)
    other = suggest(film, [Item("指标", ItemKind.PHYSICAL, Observation.COMPLIES)])
    assert other.judgements[0].reason is NotJudgedReason.NOT_OF_THIS_KIND


@pytest.mark.parametrize(
    ("written", "kind", "lower", "upper", "declared"),
    [
        ("10.0±1.0", "between", "9.0", "11.0", "10.0"),
        ("10.0 ± 1.0", "between", "9.0", "11.0", "10.0"),
        ("21.25–28.75", "between", "21.25", "28.75", None),
        ("4.0～7.0", "between", "4.0", "7.0", None),
        (">=18", "at_least", "18", None, None),
        ("≥ 99.0", "at_least", "99.0", None, None),
        ("不低于85", "at_least", "85", None, None),
        ("＜=1.0", "at_most", None, "1.0", None),
        ("≤0.6", "at_most", None, "0.6", None),
        ("不得检出(未登记)", "not_detected", None, None, None),
        ("Not detected", "not_detected", None, None, None),
        ("62", None, None, None, "62"),
    ],
)
def test_requirements_as_printed(
    written: str, kind: str | None, lower: str | None, upper: str | None, declared: str | None
) -> None:
    found = read_requirement(written)
    assert found is not None
    assert (None if found.declared is None else str(found.declared)) == declared
    if kind is None:
        assert found.limit is None
    else:
        low, high = (None if each is None else Decimal(each) for each in (lower, upper))
        assert found.limit == Limit(LimitKind(kind), low, high)


@pytest.mark.parametrize("written", ["", "标签标注值", "10,0±1,0", ">18", "7.0-4.0", "≥18 g/L", "1.0.0", "10±"])
def test_what_cannot_be_read_for_certain_is_not(written: str) -> None:
    assert read_requirement(written) is None


def test_rules_have_sources_and_no_two_begin_together() -> None:
    keys = [(rule.rule_id, rule.valid_from) for rule in all_rules()]
    assert len(set(keys)) == len(keys) > 10
    assert all(rule.source and rule.read_at and rule.version for rule in all_rules())
    with pytest.raises(KeyError):
        find_rule("no such rule", SAMPLED_ON)


@pytest.mark.parametrize(
    ("kind", "on", "article"),
    [
        (ProductKind.PESTICIDE, date(2017, 5, 31), "农药管理条例（1997）第31条"),
        (ProductKind.PESTICIDE, date(2017, 6, 1), "农药管理条例第44条"),
        (ProductKind.SEED, date(2022, 2, 28), "种子法（2015）第49条"),
        (ProductKind.SEED, date(2022, 3, 1), "种子法第48条"),
        (ProductKind.VET_DRUG, date(2004, 11, 1), "兽药管理条例第47条"),
    ],
)
def test_the_article_is_that_of_the_day(kind: ProductKind, on: date, article: str) -> None:
    law = find_law(kind, on)
    assert law is not None and law.fake == article
    assert len(all_laws()) == 6


def test_every_violation_belongs_to_a_kind_and_has_a_text() -> None:
    assert set(violations()) == set(ViolationCode)
    assert {key.removeprefix("violation.") for key in catalogue() if key.startswith("violation.")} == {
        code.value for code in ViolationCode
    }
    first = {"P": "pesticide", "L": "pesticide", "S": "seed", "V": "vet_drug"}
    assert all(row.kind.value == first[code.value[0]] for code, row in violations().items())


@pytest.mark.parametrize(
    ("group", "members"),
    [
        ("outcome", Suggestion),
        ("not_judged", NotJudgedReason),
        ("caution", Caution),
        ("fault_class", FaultClass),
    ],
)
def test_texts_are_those_of_the_enums(group: str, members: type[StrEnum]) -> None:
    prefix = f"determination.{group}."
    found = {key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix)}
    assert found == {member.value for member in members}


COMPOSED = {
    "key": ["tolerance_percent", "tolerance_points"],
    "f'value_{method}'": ["value_rounded", "value_full"],
    "found.position.value": ["below", "within", "above"],
    "item.observation.value": ["complies", "does_not_comply"],
    "limit_key": ["national_limit", "northern_limit"],
}
"""Keys of steps that are no constant, by the expression that makes them."""


def test_every_step_in_the_code_has_a_text_with_its_values_and_every_text_a_step() -> None:
    folder = Path(__file__).parents[3] / "trace" / "inspection" / "determination"
    prefix = "determination.step."
    texts = {key.removeprefix(prefix): entry for key, entry in catalogue().items() if key.startswith(prefix)}
    named: set[str] = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "step"):
                continue
            first = node.args[0]
            keys = [first.value] if isinstance(first, ast.Constant) else COMPOSED[ast.unparse(first)]
            for key in keys:
                placeholders = {name for _, name, _, _ in string.Formatter().parse(texts[str(key)]["zh"]) if name}
                assert placeholders == {keyword.arg for keyword in node.keywords}, key
                named.add(str(key))
    assert named == set(texts)
