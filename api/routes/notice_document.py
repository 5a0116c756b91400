"""A notice as programs and people get it: its facts, and what it says in both languages, made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from ...trace.kernel.texts import LANGUAGES, Language, text
from ...trace.parties.model import Notice, NoticeKind
from ...trace.parties.regions import region_name
from ..pages.rendering import day_text, number_text

UNITS = ("held", "damaged", "in_transit", "sold", "coming")
"""In the order in which a holder should look at them."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeText:
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeDocument:
    """`facts` by kind of notice; `units` in them are the reader's own, by state. `texts`: the same for people, by
    language. `read_at`: when the party noted that it has read this."""

    notice_id: UUID
    kind: NoticeKind
    batch_id: UUID | None
    sample_id: UUID | None
    created_at: datetime
    read_at: datetime | None
    facts: dict[str, Any]
    texts: dict[str, NoticeText]


def notice_document(notice: Notice) -> NoticeDocument:
    return NoticeDocument(
        notice_id=notice.notice_id,
        kind=notice.kind,
        batch_id=notice.batch_id,
        sample_id=notice.sample_id,
        created_at=notice.created_at,
        read_at=notice.read_at,
        facts=orjson.loads(notice.facts),
        texts={language: notice_text(notice, language) for language in LANGUAGES},
    )


def notice_text(notice: Notice, language: Language) -> NoticeText:
    """What a notice says."""
    facts: Facts = orjson.loads(notice.facts)
    key = f"notice.{notice.kind}"
    return NoticeText(
        title=text(f"{key}.title", language, **_title_values(facts, language)),
        lines=tuple(_LINES[notice.kind](facts, language)),
    )


def _title_values(facts: Facts, language: Language) -> dict[str, str]:
    if "lead_kind" in facts:
        return {"lead_number": facts["lead_number"], "kind": text(f"word.lead_kind.{facts['lead_kind']}", language)}
    return {"product": facts["product"], "batch_number": facts["batch_number"]}


def _stopped(facts: Facts, language: Language) -> Iterator[str]:
    yield from _stop("notice.batch_stopped", facts, language)
    yield _units(facts, language)
    yield text("notice.batch_stopped.todo", language)
    if facts["units"].get("sold"):
        yield text("notice.batch_stopped.sold", language)


def _lifted(facts: Facts, language: Language) -> Iterator[str]:
    yield from _stop("notice.stop_lifted", facts, language)
    yield _units(facts, language)
    yield text(f"notice.stop_lifted.{'held' if facts['is_still_stopped'] else 'free'}", language)


def _stop(key: str, facts: Facts, language: Language) -> Iterator[str]:
    kind = text(f"word.stop_kind.{facts['stop_kind']}", language)
    yield text(f"{key}.why", language, kind=kind, reason=facts["reason"])
    if facts["span"] is not None:
        start, stop = facts["span"]
        yield text(f"{key}.part", language, first=number_text(start + 1), last=number_text(stop))


def _result(facts: Facts, language: Language) -> Iterator[str]:
    yield _verdict("notice.result_notified", facts, language)
    for each in facts["findings"]:
        measured = f"{each['measured']} {each['unit']}".strip()
        yield text(
            "notice.result_notified.finding",
            language,
            item=each["item"],
            measured=measured or "—",
            requirement=each["requirement"] or "—",
        )
    if facts["objection_until"] is not None:
        day = day_text(date.fromisoformat(facts["objection_until"]), language)
        yield text("notice.result_notified.objection", language, day=day)


def _final(facts: Facts, language: Language) -> Iterator[str]:
    yield _verdict("notice.result_final", facts, language)


def _withdrawn(facts: Facts, language: Language) -> Iterator[str]:
    key = "notice.result_withdrawn.why"
    yield text(key, language, sample_number=facts["sample_number"], reason=facts["reason"])


def _verdict(key: str, facts: Facts, language: Language) -> str:
    verdict = "failed" if facts["has_failed"] else "passed"
    return text(f"{key}.verdict_{verdict}", language, sample_number=facts["sample_number"])


def _counterfeit(facts: Facts, language: Language) -> Iterator[str]:
    yield text("notice.suspected_counterfeit.why", language, sample_number=facts["sample_number"])
    yield _units(facts, language)
    yield text(f"notice.suspected_counterfeit.{'maker' if facts['is_maker'] else 'todo'}", language)


def _lead(facts: Facts, language: Language) -> Iterator[str]:
    region = region_name(facts["region_code"], language)
    yield text("notice.lead_opened.where", language, region=region, summary=facts["summary"])


def _units(facts: Facts, language: Language) -> str:
    counted = [
        text(f"notice.units.{name}", language, count=number_text(facts["units"][name]))
        for name in UNITS
        if facts["units"].get(name)
    ]
    if not counted:
        return text("notice.units.none", language)
    return text("notice.units.title", language, units=text("page.list_mark", language).join(counted))


_LINES = {
    NoticeKind.BATCH_STOPPED: _stopped,
    NoticeKind.STOP_LIFTED: _lifted,
    NoticeKind.RESULT_NOTIFIED: _result,
    NoticeKind.RESULT_FINAL: _final,
    NoticeKind.RESULT_WITHDRAWN: _withdrawn,
    NoticeKind.SUSPECTED_COUNTERFEIT: _counterfeit,
    NoticeKind.LEAD_OPENED: _lead,
}
