"""Holding one result against one limit or expectation: units, rounding, and every step as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context as DecimalContext
from decimal import Decimal

from ...kernel.errors import InvalidInput
from ...kernel.normalise import half_width
from ...kernel.rounding import ComparisonMethod, Position, compare, decimals_of, round_to_interval
from ...kernel.units import Unit
from ..model import LimitKind
from .model import (
    Caution,
    Content,
    Context,
    FaultClass,
    Item,
    Judgement,
    NotJudgedReason,
    Observation,
    Rule,
    StandardLimit,
    Step,
    Suggestion,
    ViolationCode,
)
from .tables import fault_class_of, find_rule

EXACT = DecimalContext(prec=80)
HUNDRED = Decimal(100)
NOTHING = Decimal(0)

_MOST_DECIMALS_SHOWN = 12
_SHOWN_TO = Decimal("0.0001")

_WORDS = frozenset({Observation.COMPLIES, Observation.DOES_NOT_COMPLY})
_ABSENT = frozenset({Observation.COMPLIES, Observation.NOT_DETECTED})


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits that a value is held against, with the steps by which they were found. Either may be missing."""

    lower: Decimal | None
    upper: Decimal | None
    unit: Unit
    steps: tuple[Step, ...] = ()

    def written(self) -> str:
        """As a report prints them: 16.92–19.08, ≥ 85, ≤ 13.0."""
        if self.lower is not None and self.upper is not None:
            return f"{self.lower:f}–{self.upper:f}"
        return f"≥ {self.lower:f}" if self.lower is not None else f"≤ {self.upper:f}"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a result lies against its bounds: `value` in their unit, `compared` as it was held to them."""

    position: Position
    value: Decimal
    compared: Decimal
    steps: tuple[Step, ...]
    cautions: tuple[Caution, ...]


def step(key: str, **values: object) -> Step:
    return Step(key, tuple((name, _printed(value)) for name, value in values.items()))


def same_name(one: str, other: str) -> bool:
    """Whether two names of a component differ in width, case and spaces only."""
    return _plain(one) == _plain(other)


def declared_of(context: Context, item: Item) -> Content | None:
    """What the label declares for an item: given with it, else the component of its name."""
    if item.declared is not None:
        return item.declared
    found = (each for each in context.composition if same_name(each.name, item.name))
    return next((Content(each.content, each.unit) for each in found), None)


def standard_of(context: Context, item: Item) -> StandardLimit | None:
    """The limit of the registered standard: given with the result, else with the product."""
    return item.standard or context.standards.get(item.name)


def bounds_of_standard(standard: StandardLimit) -> Bounds | None:
    """The bounds of a registered standard, None where it sets no number."""
    limit = standard.limit
    if limit.kind not in (LimitKind.AT_LEAST, LimitKind.AT_MOST, LimitKind.BETWEEN):
        return None
    bounds = Bounds(limit.lower, limit.upper, standard.unit)
    given = step("limit_given", standard=standard.standard, limit=bounds.written(), unit=standard.unit)
    return replace(bounds, steps=(given,))


def share_of(percent: Decimal, whole: Decimal) -> Decimal:
    """`percent` of `whole`, exactly, without trailing zeros beyond the digits of `whole`."""
    return trimmed(EXACT.multiply(percent, whole).scaleb(-2, EXACT), -_exponent(whole))


def trimmed(value: Decimal, decimals: int) -> Decimal:
    """`value` without trailing zeros, but with at least so many decimals."""
    plain = value.normalize(EXACT)
    wanted = max(decimals, -_exponent(plain), 0)
    return plain.quantize(Decimal((0, (1,), -wanted)), context=EXACT)


def place(item: Item, bounds: Bounds, method: ComparisonMethod, declared: Content | None) -> Placed:
    """Holds a result, measured or not detected, against bounds.

    Raises InvalidInput `finding.unit_mismatch` where its unit is another one and cannot be brought to theirs exactly.
    """
    value, steps = _value_in(item, bounds.unit, declared)
    found = compare(value, bounds.lower, bounds.upper, method)
    other_method = ComparisonMethod.FULL if method is ComparisonMethod.ROUNDED else ComparisonMethod.ROUNDED
    differs = compare(value, bounds.lower, bounds.upper, other_method).position is not found.position
    if item.observation is Observation.MEASURED:
        steps = (*steps, step(f"value_{method}", value=value, compared=found.compared, unit=bounds.unit))
    steps = (*steps, step(found.position.value, compared=found.compared, limit=bounds.written(), unit=bounds.unit))
    cautions = (Caution.METHOD_MATTERS,) if differs else ()
    return Placed(found.position, value, found.compared, (*bounds.steps, *steps), cautions)


def by_limit(context: Context, item: Item, codes: tuple[ViolationCode, ...]) -> Judgement:
    """Judges by the registered standard: its limit, or the laboratory's word that it is met."""
    rule = find_rule("product_standard", context.sampled_on)
    if item.observation in _WORDS:
        return by_word(item, rule, codes)
    standard, declared = standard_of(context, item), declared_of(context, item)
    if standard is not None and standard.limit.kind is LimitKind.NOT_DETECTED:
        return by_detection(item, rule, codes)
    bounds = bounds_of_standard(standard) if standard is not None else None
    if bounds is None:
        return not_judged(item, NotJudgedReason.NO_LIMIT)
    if item.observation is Observation.DETECTED:
        return not_judged(item, NotJudgedReason.NO_VALUE)
    if rule is None:
        return not_judged(item, NotJudgedReason.NO_RULE)
    placed = place(item, bounds, rule.comparison, declared)
    if placed.position is Position.WITHIN:
        return passed(item, rule, placed.steps, placed.cautions)
    return failed(item, rule, placed.steps, codes, placed.cautions)


def by_word(item: Item, rule: Rule | None, codes: tuple[ViolationCode, ...]) -> Judgement:
    """Judges what either complies or does not (identification, a label) by the laboratory's word."""
    if rule is None:
        return not_judged(item, NotJudgedReason.NO_RULE)
    if item.observation not in _WORDS:
        return not_judged(item, NotJudgedReason.NO_VALUE)
    steps = (step(item.observation.value),)
    if item.observation is Observation.COMPLIES:
        return passed(item, rule, steps)
    return failed(item, rule, steps, codes)


def by_detection(item: Item, rule: Rule | None, codes: tuple[ViolationCode, ...]) -> Judgement:
    """Judges what must not be there at all. A measured 0 is not detected."""
    if rule is None:
        return not_judged(item, NotJudgedReason.NO_RULE)
    if item.observation in _ABSENT or item.measured == NOTHING:
        return passed(item, rule, (step("not_detected"),))
    if item.measured is None:
        return failed(item, rule, (step("detected"),), codes)
    return failed(item, rule, (step("detected_value", value=item.measured, unit=item.unit),), codes)


def passed(item: Item, rule: Rule, steps: tuple[Step, ...], cautions: tuple[Caution, ...] = ()) -> Judgement:
    return Judgement(
        item.name, item.kind, Suggestion.PASSED, rule=rule, steps=steps, cautions=_with_source(rule, cautions)
    )


def failed(
    item: Item,
    rule: Rule,
    steps: tuple[Step, ...],
    codes: tuple[ViolationCode, ...],
    cautions: tuple[Caution, ...] = (),
    fault: FaultClass | None = None,
) -> Judgement:
    """A failure. Its class is that of its codes, or `fault` where it has no code."""
    return Judgement(
        item=item.name,
        kind=item.kind,
        outcome=Suggestion.FAILED,
        rule=rule,
        steps=steps,
        violations=codes,
        fault_class=fault_class_of(codes) or fault,
        cautions=_with_source(rule, cautions),
    )


def not_judged(
    item: Item, reason: NotJudgedReason, steps: tuple[Step, ...] = (), rule: Rule | None = None
) -> Judgement:
    return Judgement(item.name, item.kind, Suggestion.NOT_JUDGED, reason=reason, steps=steps, rule=rule)


def _with_source(rule: Rule, cautions: tuple[Caution, ...]) -> tuple[Caution, ...]:
    return cautions if rule.verification.is_binding else (Caution.RULE_UNVERIFIED, *cautions)


def _value_in(item: Item, unit: Unit, declared: Content | None) -> tuple[Decimal, tuple[Step, ...]]:
    if item.observation is Observation.NOT_DETECTED:
        return NOTHING, (step("not_detected"),)
    if item.measured is None:
        raise InvalidInput("finding.observation", item=item.name)
    if item.unit is unit:
        return item.measured, ()
    if item.unit is Unit.PERCENT_OF_LABEL and declared is not None and declared.unit is unit:
        value = share_of(item.measured, declared.value)
        relative = step("value_of_label", measured=item.measured, declared=declared.value, value=value, unit=unit)
        return value, (relative,)
    if unit is Unit.PERCENT_OF_LABEL and declared is not None and declared.unit is item.unit:
        value = EXACT.divide(EXACT.multiply(item.measured, HUNDRED), declared.value)
        shown = step("value_as_label", measured=item.measured, declared=declared.value, value=value, unit=item.unit)
        return value, (shown,)
    raise InvalidInput("finding.unit_mismatch", item=item.name, unit=item.unit.value, wanted=unit.value)


def _printed(value: object) -> str:
    """As it is shown: a quotient without end to a few decimals, everything else as it is."""
    if not isinstance(value, Decimal):
        return str(value)
    return f"{value if decimals_of(value) <= _MOST_DECIMALS_SHOWN else round_to_interval(value, _SHOWN_TO):f}"


def _plain(name: str) -> str:
    return "".join(half_width(name).casefold().split())


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
