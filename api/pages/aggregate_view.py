"""Counts that authorities published, as the page shows them: rates computed, the printed one where it differs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...trace.inspection.publication.aggregate_model import PublishedAggregate
from ...trace.kernel.texts import Language, catalogue, text
from .rendering import number_text
from .result_words import share_text

_ADDRESS = re.compile(r"https?://[^\s,;)\"'<>]+")


@dataclass(frozen=True, slots=True)
class AggregateRow:
    """`differs`: the sentence on the printed rate, "" where it agrees. `link` is the source's address, or empty."""

    kind: str
    authority: str
    scope: str
    samples: str
    passed: str
    failed: str
    fakes: str
    rate: str
    differs: str
    note: str
    source: str
    link: str


def aggregate_row(each: PublishedAggregate, language: Language) -> AggregateRow:
    address = _ADDRESS.search(each.source)
    kind = catalogue().get(f"word.product_kind.{each.kind}")
    computed = each.differing_fail_rate
    return AggregateRow(
        kind=kind[language] if kind else each.kind,
        authority=f"{each.authority} · {each.period}" if each.period else each.authority,
        scope=each.scope,
        samples=number_text(each.samples),
        passed=number_text(each.passed),
        failed=number_text(each.failed),
        fakes=""
        if each.fake_count is None
        else text("page.aggregates.fakes", language, count=number_text(each.fake_count)),
        rate=share_text(each.pass_rate, each.passed, each.samples, language),
        differs=""
        if computed is None
        else text("page.aggregates.differs", language, printed=each.fail_percent, computed=computed),
        note=each.note,
        source=each.source,
        link=address.group() if address else "",
    )
