"""Judging seed: purity, cleanliness, germination and moisture by the national standard and by the label, and identity.

Seed below either of the two is substandard (种子法 art. 48), so every limit that there is must be met.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ...kernel.rounding import Position, round_to_interval
from ...kernel.units import Unit
from ..model import LimitKind
from .judging import (
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
    Content,
    Context,
    Item,
    ItemKind,
    Judgement,
    NotJudgedReason,
    Observation,
    Rule,
    Step,
    ViolationCode,
)
from .tables import SeedMinimum, find_rule, germination_tolerance, northern_moisture, seed_minima

LABEL_NAMES = {
    ItemKind.PURITY: "纯度",
    ItemKind.CLEANLINESS: "净度",
    ItemKind.GERMINATION: "发芽率",
    ItemKind.SEED_MOISTURE: "水分",
}
"""The names under which a seed label declares the four values."""

_QUALITY_CODES = {
    ItemKind.PURITY: ViolationCode.S02,
    ItemKind.GERMINATION: ViolationCode.S03,
    ItemKind.SEED_MOISTURE: ViolationCode.S04,
    ItemKind.CLEANLINESS: ViolationCode.S05,
}
_BY_WORD = {
    ItemKind.AUTHENTICITY: ("seed_identity", ViolationCode.S01),
    ItemKind.LABEL_PERMIT: ("label", ViolationCode.S07),
}


@dataclass(frozen=True, slots=True)
class _Check:
    rule: Rule
    bounds: Bounds
    placed: Placed


def judge_item(context: Context, item: Item) -> Judgement:
    if item.kind in _BY_WORD:
        rule_id, code = _BY_WORD[item.kind]
        return by_word(item, find_rule(rule_id, context.sampled_on), (code,))
    if item.kind is ItemKind.UNDECLARED_GM:
        return by_detection(item, find_rule("seed_identity", context.sampled_on), (ViolationCode.S06,))
    if item.kind not in _QUALITY_CODES:
        return not_judged(item, NotJudgedReason.NOT_OF_THIS_KIND)
    if item.observation not in (Observation.MEASURED, Observation.NOT_DETECTED):
        return by_limit(context, item, (_QUALITY_CODES[item.kind],))
    return _quality(context, item)


def _quality(context: Context, item: Item) -> Judgement:
    """Held against the limit given, the national minimum and the label; the first that is missed decides."""
    code = _QUALITY_CODES[item.kind]
    label = _label_value(context, item)
    minimum = _national(context, item)
    checks = [
        *_checked(context, item, "product_standard", _given(context, item)),
        *_checked(context, item, "seed_national_minimum", None if isinstance(minimum, NotJudgedReason) else minimum),
        *_checked(context, item, "seed_label_value", _of_label(item, label)),
    ]
    steps = tuple(each for check in checks for each in check.placed.steps)
    missed = [check for check in checks if check.placed.position is not Position.WITHIN]
    if missed:
        by_chance = _within_tolerance(item, missed, label)
        if by_chance is not None:
            return not_judged(item, NotJudgedReason.LABORATORY_TOLERANCE, (*steps, by_chance), missed[0].rule)
        return failed(item, missed[0].rule, steps, (code,), missed[0].placed.cautions)
    if isinstance(minimum, NotJudgedReason) and not any(c.rule.rule_id == "product_standard" for c in checks):
        return not_judged(item, minimum, steps)
    if not checks:
        return not_judged(item, NotJudgedReason.NO_RULE)
    cautions = tuple(dict.fromkeys(caution for check in checks for caution in check.placed.cautions))
    return passed(item, max(checks, key=_strictness).rule, steps, cautions)


def _checked(context: Context, item: Item, rule_id: str, bounds: Bounds | None) -> list[_Check]:
    rule = find_rule(rule_id, context.sampled_on)
    if rule is None or bounds is None:
        return []
    return [_Check(rule, bounds, place(item, bounds, rule.comparison, None))]


def _given(context: Context, item: Item) -> Bounds | None:
    standard = standard_of(context, item)
    if standard is None or standard.limit.kind is LimitKind.NOT_DETECTED:
        return None
    return bounds_of_standard(standard)


def _label_value(context: Context, item: Item) -> Content | None:
    found = (part for part in context.composition if same_name(part.name, LABEL_NAMES[item.kind]))
    return declared_of(context, item) or next((Content(part.content, part.unit) for part in found), None)


def _of_label(item: Item, label: Content | None) -> Bounds | None:
    if label is None:
        return None
    return _one_sided(item.kind, label.value, label.unit, step("label_value", declared=label.value, unit=label.unit))


def _national(context: Context, item: Item) -> Bounds | NotJudgedReason:
    """The row of GB 4404.1 for this lot, with the moisture that the north allows."""
    row = _row(context)
    if row is None:
        return NotJudgedReason.NO_NATIONAL_MINIMUM
    if item.kind is not ItemKind.SEED_MOISTURE:
        limit = {
            ItemKind.PURITY: row.purity,
            ItemKind.CLEANLINESS: row.cleanliness,
            ItemKind.GERMINATION: row.germination,
        }[item.kind]
        return _national_bounds(item, row, limit, "national_limit")
    crops, allowed = northern_moisture()
    if context.allows_northern_moisture and row.crop in crops:
        return _national_bounds(item, row, allowed, "northern_limit")
    subspecies = context.seed.subspecies if context.seed is not None else ""
    limit = row.moisture.get("", row.moisture.get(subspecies))
    if limit is None:
        return NotJudgedReason.SUBSPECIES_UNKNOWN
    return _national_bounds(item, row, limit, "national_limit")


def _row(context: Context) -> SeedMinimum | None:
    lot = context.seed
    if lot is None or find_rule("seed_national_minimum", context.sampled_on) is None:
        return None
    return next(
        (
            row
            for row in seed_minima()
            if row.crop == lot.crop and lot.type in row.type.split("、") and row.seed_class == lot.seed_class
        ),
        None,
    )


def _national_bounds(item: Item, row: SeedMinimum, limit: Decimal, limit_key: str) -> Bounds:
    lot = f"{row.crop} {row.type} {row.seed_class}"
    return _one_sided(item.kind, limit, Unit.PERCENT, step(limit_key, lot=lot, limit=limit, unit=Unit.PERCENT))


def _one_sided(kind: ItemKind, limit: Decimal, unit: Unit, reasoning: Step) -> Bounds:
    """Moisture may not be higher, the other three not lower."""
    if kind is ItemKind.SEED_MOISTURE:
        return Bounds(None, limit, unit, (reasoning,))
    return Bounds(limit, None, unit, (reasoning,))


def _within_tolerance(item: Item, missed: list[_Check], label: Content | None) -> Step | None:
    """Germination below the label alone, by no more than two tests may differ: a person decides.

    Source: GB/T 3543.4, the figures in seed_minima.toml from memory.
    """
    only_label = all(check.rule.rule_id == "seed_label_value" for check in missed)
    if item.kind is not ItemKind.GERMINATION or not only_label or label is None:
        return None
    found = missed[0].placed.compared
    allowed = germination_tolerance(round_to_interval((label.value + found) / 2, Decimal(1)))
    short = label.value - found
    return step("within_tolerance", short=short, allowed=allowed) if short <= allowed else None


def _strictness(check: _Check) -> tuple[Decimal, Decimal]:
    """Higher is stricter: a higher minimum, a lower maximum."""
    lower, upper = check.bounds.lower, check.bounds.upper
    return (lower if lower is not None else Decimal(0), -upper if upper is not None else Decimal(0))
