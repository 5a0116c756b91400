"""Judging a veterinary drug: by the limits of its own product, identification, check items, additions, its code."""

from __future__ import annotations

from .judging import by_detection, by_limit, by_word, not_judged
from .model import Context, Item, ItemKind, Judgement, NotJudgedReason, ViolationCode
from .tables import find_rule

_BY_LIMIT = {
    ItemKind.DRUG_CONTENT: ViolationCode.V01,
    ItemKind.CHECK_ITEM: ViolationCode.V03,
}
_BY_WORD = {
    ItemKind.IDENTIFICATION: ("drug_national_standard", ViolationCode.V02),
    ItemKind.TRACEABILITY: ("drug_traceability", ViolationCode.V05),
}


def judge_item(context: Context, item: Item) -> Judgement:
    """No general range of content is in law (兽药管理条例 art. 48: the national standard of each product), so a content
    without a limit is not judged."""
    if item.kind in _BY_LIMIT:
        return by_limit(context, item, (_BY_LIMIT[item.kind],))
    if item.kind in _BY_WORD:
        rule_id, code = _BY_WORD[item.kind]
        return by_word(item, find_rule(rule_id, context.sampled_on), (code,))
    if item.kind is ItemKind.ILLEGAL_ADDITION:
        rule = find_rule("drug_national_standard", context.sampled_on)
        return by_detection(item, rule, (ViolationCode.V04,))
    return not_judged(item, NotJudgedReason.NOT_OF_THIS_KIND)
