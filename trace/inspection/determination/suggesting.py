"""From a laboratory's items to a suggested verdict. Pure: everything known is in the arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from ...catalog.model import ProductKind
from ...kernel.errors import InvalidInput
from ...kernel.units import Unit
from ..model import MakerResponse
from . import pesticide, seed, vet_drug
from .judging import HUNDRED, by_limit, failed, not_judged, step
from .model import (
    Content,
    Context,
    Determination,
    FaultClass,
    Item,
    ItemKind,
    Judgement,
    NotJudgedReason,
    Observation,
)
from .tables import find_law, find_rule

_AGEING_KINDS = frozenset({ProductKind.PESTICIDE, ProductKind.VET_DRUG})
"""Past its shelf life is substandard by 农药管理条例 art. 45 and 兽药管理条例 art. 48; of seed none was read."""


def suggest(context: Context, items: Sequence[Item]) -> Determination:
    """What the rules in force on the day of sampling say of each item and of the whole; an inspector has the last word.

    The limit of the product's registered standard goes first; the general tables of this folder stand in where there is
    none. What cannot be decided is `not_judged` with a reason, never passed.

    Raises InvalidInput with the field `items.N.…`: `finding.observation` where a value is missing or too much,
    `finding.unit`, `finding.measured` below 0 or above 100 %, `finding.declared`, `finding.unit_mismatch` where result
    and limit are in units that cannot be brought together exactly (g/L against %).
    """
    for position, item in enumerate(items):
        _require_readable(item, f"items.{position}")
    judgements = [_blamed(context, item, position) for position, item in enumerate(items)]
    if context.kind is ProductKind.PESTICIDE:
        with _blame("items"):
            judgements += pesticide.judge_rest(context, items)
    judgements += _shelf_life(context)
    denied = context.maker_response is MakerResponse.DENIED
    return Determination(context.kind, tuple(judgements), find_law(context.kind, context.sampled_on), denied)


def _blamed(context: Context, item: Item, position: int) -> Judgement:
    with _blame(f"items.{position}.unit"):
        return _judge(context, item)


def _judge(context: Context, item: Item) -> Judgement:
    if item.kind is ItemKind.OTHER_LIMIT:
        return by_limit(context, item, ())
    if context.kind is ProductKind.PESTICIDE:
        return pesticide.judge_item(context, item)
    if context.kind is ProductKind.SEED:
        return seed.judge_item(context, item)
    if context.kind is ProductKind.VET_DRUG:
        return vet_drug.judge_item(context, item)
    return not_judged(item, NotJudgedReason.NOT_OF_THIS_KIND)


def _shelf_life(context: Context) -> list[Judgement]:
    rule = find_rule("past_shelf_life", context.sampled_on)
    expires_on = context.expires_on
    if rule is None or expires_on is None or context.kind not in _AGEING_KINDS or context.sampled_on <= expires_on:
        return []
    item = Item("有效期", ItemKind.SHELF_LIFE, Observation.DOES_NOT_COMPLY)
    past = step("past_shelf_life", expires_on=expires_on.isoformat(), sampled_on=context.sampled_on.isoformat())
    return [failed(item, rule, (past,), (), fault=FaultClass.SUBSTANDARD)]


def _require_readable(item: Item, field: str) -> None:
    is_measured = item.observation is Observation.MEASURED
    if is_measured != (item.measured is not None):
        raise InvalidInput("finding.observation", field=f"{field}.measured", item=item.name)
    if item.measured is not None:
        if item.unit is Unit.NONE:
            raise InvalidInput("finding.unit", field=f"{field}.unit", item=item.name)
        if not _is_possible(Content(item.measured, item.unit)):
            raise InvalidInput("finding.measured", field=f"{field}.measured", item=item.name)
    if item.declared is not None and not (item.declared.value and _is_possible(item.declared)):
        raise InvalidInput("finding.declared", field=f"{field}.declared", item=item.name)


def _is_possible(content: Content) -> bool:
    """A share of the whole is at most 100 %; per cent of the label may be more."""
    return content.value >= Decimal(0) and (content.unit is not Unit.PERCENT or content.value <= HUNDRED)


@contextmanager
def _blame(field: str) -> Iterator[None]:
    try:
        yield
    except InvalidInput as refused:
        refused.field = field
        raise
