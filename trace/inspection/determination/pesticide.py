"""Judging a pesticide: content of every active ingredient and of all together, what is not declared, physical items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ...catalog.model import Ingredient
from ...catalog.restrictions import is_restricted, is_sale_banned, restrictions_of, sale_bans
from ...kernel.rounding import Position, round_to_interval
from .judging import (
    EXACT,
    HUNDRED,
    NOTHING,
    Bounds,
    Placed,
    bounds_of_standard,
    by_detection,
    by_limit,
    by_word,
    declared_of,
    failed,
    not_judged,
    passed,
    place,
    same_name,
    standard_of,
    step,
)
from .model import (
    Caution,
    Content,
    Context,
    FaultClass,
    Item,
    ItemKind,
    Judgement,
    NotJudgedReason,
    Observation,
    Rule,
    Step,
    ViolationCode,
)
from .tables import find_rule
from .tolerance import is_formulation, tolerance_of

TOTAL_ITEM = "有效成分总含量"
"""The name of the item for all active ingredients together."""

_CONTENT_OBSERVATIONS = frozenset({Observation.MEASURED, Observation.NOT_DETECTED})

_LABEL_CODES = {
    ItemKind.LABEL_REGISTRATION: ViolationCode.L01,
    ItemKind.LABEL_CONTENT: ViolationCode.L02,
    ItemKind.LABEL_USE_RANGE: ViolationCode.L03,
    ItemKind.LABEL_TOXICITY: ViolationCode.L04,
    ItemKind.LABEL_PRECAUTIONS: ViolationCode.L05,
    ItemKind.LABEL_TRADE_MARK: ViolationCode.L06,
}


def judge_item(context: Context, item: Item) -> Judgement:
    if item.kind is ItemKind.ACTIVE_CONTENT:
        return _active(context, item)
    if item.kind is ItemKind.TOTAL_CONTENT:
        return _total(context, item)
    if item.kind is ItemKind.UNDECLARED_ACTIVE:
        return _undeclared(context, item)
    if item.kind is ItemKind.PHYSICAL:
        return by_limit(context, item, (ViolationCode.P08,))
    if item.kind in _LABEL_CODES:
        return by_word(item, find_rule("label", context.sampled_on), (_LABEL_CODES[item.kind],))
    return not_judged(item, NotJudgedReason.NOT_OF_THIS_KIND)


def judge_rest(context: Context, items: Sequence[Item]) -> list[Judgement]:
    """What follows from the items together: banned ingredients, actives nobody tested, the total of a mixture."""
    tested = {part.name: _test_of(part, items) for part in context.composition}
    found = [_banned(context, part) for part in context.composition]
    found += [_not_tested(part) for part in context.composition if tested[part.name] is None]
    if len(context.composition) > 1 and not any(item.kind is ItemKind.TOTAL_CONTENT for item in items):
        found.append(_computed_total(context, [item for item in tested.values() if item is not None]))
    return [each for each in found if each is not None]


def _active(context: Context, item: Item) -> Judgement:
    """An ingredient that the label declares: not there at all (P01), too little (P02, P03), too much, or in order."""
    if item.observation not in _CONTENT_OBSERVATIONS:
        return not_judged(item, NotJudgedReason.NO_VALUE)
    if item.observation is Observation.NOT_DETECTED or item.measured == NOTHING:
        rule = find_rule("pesticide_declared_active", context.sampled_on)
        if rule is None:
            return not_judged(item, NotJudgedReason.NO_RULE)
        return failed(item, rule, (step("not_detected"),), (ViolationCode.P01,))
    judged = _content(context, item, declared_of(context, item))
    named = replace(context, composition=(Ingredient(item.name, NOTHING, item.unit),))
    bans = sale_bans(named, context.sampled_on)
    if bans and not any(row.verification.is_binding for row in bans):
        return replace(judged, cautions=(*judged.cautions, Caution.BAN_UNVERIFIED))
    return judged


def _total(context: Context, item: Item, steps: tuple[Step, ...] = ()) -> Judgement:
    if item.observation not in _CONTENT_OBSERVATIONS:
        return not_judged(item, NotJudgedReason.NO_VALUE)
    units = {part.unit for part in context.composition}
    declared = item.declared
    if declared is None and len(units) == 1:
        declared = Content(sum((part.content for part in context.composition), NOTHING), units.pop())
    judged = _content(context, item, declared)
    return replace(judged, steps=(*steps, *judged.steps))


def _content(context: Context, item: Item, declared: Content | None) -> Judgement:
    standard = standard_of(context, item)
    if standard is not None:
        rule = find_rule("product_standard", context.sampled_on)
        bounds: Bounds | NotJudgedReason = bounds_of_standard(standard) or NotJudgedReason.NO_LIMIT
    elif declared is None:
        return not_judged(item, NotJudgedReason.DECLARED_UNKNOWN)
    elif is_formulation(context.formulation, "technical"):
        rule = find_rule("pesticide_technical_minimum", context.sampled_on)
        minimum = step("technical_minimum", declared=declared.value, unit=declared.unit)
        bounds = Bounds(declared.value, None, declared.unit, (minimum,))
    else:
        rule = find_rule("pesticide_content_tolerance", context.sampled_on)
        bounds = tolerance_of(declared, context.formulation)
    if isinstance(bounds, NotJudgedReason):
        return not_judged(item, bounds)
    if rule is None:
        return not_judged(item, NotJudgedReason.NO_RULE)
    return _by_content(item, bounds, rule, declared)


def _by_content(item: Item, bounds: Bounds, rule: Rule, declared: Content | None) -> Judgement:
    placed = place(item, bounds, rule.comparison, declared)
    if placed.position is Position.WITHIN:
        return passed(item, rule, placed.steps, placed.cautions)
    if placed.position is Position.ABOVE:
        cautions = (*placed.cautions, Caution.NO_CODE_ABOVE_LIMIT)
        return failed(item, rule, placed.steps, (), cautions, FaultClass.SUBSTANDARD)
    share, is_half = _share(placed, bounds, declared)
    codes = (ViolationCode.P02, ViolationCode.P03) if is_half else (ViolationCode.P02,)
    return failed(item, rule, (*placed.steps, *share), codes, placed.cautions)


def _share(placed: Placed, bounds: Bounds, declared: Content | None) -> tuple[tuple[Step, ...], bool]:
    """Whether less than half of what is required is there: of the declared content, else of the lower limit."""
    whole = declared.value if declared is not None and declared.unit is bounds.unit else bounds.lower
    if not whole:
        return (), False
    percent = round_to_interval(EXACT.divide(placed.value * HUNDRED, whole), Decimal("0.1"))
    return (step("share", share=percent, whole=whole, unit=bounds.unit),), placed.value * 2 < whole


def _undeclared(context: Context, item: Item) -> Judgement:
    """An active ingredient that the label does not name; banned and restricted ones have their own codes beside P04."""
    if any(same_name(part.name, item.name) for part in context.composition):
        return not_judged(item, NotJudgedReason.IS_DECLARED)
    named = replace(context, composition=(Ingredient(item.name, NOTHING, item.unit),))
    on = context.sampled_on
    bans, rows = sale_bans(named, on), restrictions_of(named, on)
    codes, cautions = [ViolationCode.P04], [Caution.NO_LIST_OF_HIGH_TOXICITY]
    if is_sale_banned(named, on):
        codes.append(ViolationCode.P06)
    elif bans:
        cautions.append(Caution.BAN_UNVERIFIED)
    if is_restricted(named, on):
        codes.append(ViolationCode.P07)
    elif any(row.listed_from is not None and row.listed_from <= on for row in rows):
        cautions.append(Caution.RESTRICTION_UNVERIFIED)
    judged = by_detection(item, find_rule("pesticide_undeclared_active", on), tuple(codes))
    if not judged.violations:
        return judged
    listed = tuple(step("listed", ingredient=row.ingredient, source=row.source) for row in rows)
    return replace(judged, steps=(*judged.steps, *listed), cautions=(*judged.cautions, *cautions))


def _banned(context: Context, part: Ingredient) -> Judgement | None:
    """A declared ingredient that may not be sold at all. A ban that is only remembered is a caution on its content."""
    alone = replace(context, composition=(part,))
    bans = [row for row in sale_bans(alone, context.sampled_on) if row.verification.is_binding]
    rule = find_rule("pesticide_banned_active", context.sampled_on)
    if not bans or rule is None:
        return None
    item = Item(part.name, ItemKind.BANNED_ACTIVE, Observation.DOES_NOT_COMPLY)
    steps = tuple(step("listed", ingredient=row.ingredient, source=row.source) for row in bans)
    return failed(item, rule, steps, (ViolationCode.P06,))


def _test_of(part: Ingredient, items: Sequence[Item]) -> Item | None:
    contents = (item for item in items if item.kind is ItemKind.ACTIVE_CONTENT)
    return next((item for item in contents if same_name(item.name, part.name)), None)


def _not_tested(part: Ingredient) -> Judgement:
    item = Item(part.name, ItemKind.ACTIVE_CONTENT, Observation.COMPLIES)
    return not_judged(item, NotJudgedReason.ACTIVE_NOT_TESTED)


def _computed_total(context: Context, tested: Sequence[Item]) -> Judgement:
    """The total of a mixture, added up from its ingredients; not judged where one is missing or units differ."""
    total = Item(TOTAL_ITEM, ItemKind.TOTAL_CONTENT, Observation.NOT_DETECTED)
    values = [item.measured or NOTHING for item in tested if item.observation in _CONTENT_OBSERVATIONS]
    if len(values) < len(context.composition):
        return not_judged(total, NotJudgedReason.ACTIVE_NOT_TESTED)
    units = {item.unit for item in tested if item.observation is Observation.MEASURED}
    units |= {part.unit for part in context.composition}
    if len(units) != 1:
        return not_judged(total, NotJudgedReason.NO_COMMON_UNIT)
    amount, unit = sum(values, NOTHING), units.pop()
    terms = " + ".join(f"{value:f}" for value in values)
    measured = replace(total, observation=Observation.MEASURED, measured=amount, unit=unit)
    return _total(context, measured, (step("sum", terms=terms, value=amount, unit=unit),))
