"""What regulators read of codes whose looks do not fit one pack."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties.regions import region_name
from ...trace.verification.scans import Scan
from ...trace.verification.service.suspects import Experience
from ...trace.verification.signals.model import Signal, Suspicion
from ...trace.verification.suspects import Suspect, SuspectState
from .answer_parts import Fact
from .desk_view import Choice
from .form_view import FormView
from .rendering import day_text, number_text, word
from .table_view import Column, Row, Table, TableSection, cell

SHOWN_CHARACTERS = 8
"""Of a pseudonym: enough to tell two devices of a day apart."""

SURE, UNSURE = 0.999, 0.01
"""Beyond these a chance is told as a bound: the detector knows it no better."""


@dataclass(frozen=True, slots=True)
class SuspectsView:
    """`wanted` holds what is chosen in each of the selects, by name."""

    regions: tuple[Choice, ...]
    states: tuple[Choice, ...]
    wanted: Mapping[str, str]
    table: Table
    experience: TableSection
    next: str = ""


@dataclass(frozen=True, slots=True)
class SignalView:
    """What was seen, how much it weighs, and which looks it rests on."""

    said: str
    weight: str
    rests: str


@dataclass(frozen=True, slots=True)
class SuspectView:
    code: str
    state: str
    suspicion: str
    is_decided: bool
    facts: tuple[Fact, ...]
    signals: tuple[SignalView, ...]
    history: TableSection
    forms: tuple[FormView, ...]


def list_table(found: Sequence[Suspect], codes: Sequence[str], goods: Mapping[UUID, str], language: Language) -> Table:
    rows = tuple(
        Row(
            (
                cell(code, link=f"/desk/suspects/{code}"),
                cell(goods[each.batch_id]),
                cell(region_name(each.region_code, language)),
                cell(word(each.suspicion, language), chance_text(each.copied_odds, language)),
                cell(signal_text(each.signals[0], language) if each.signals else ""),
                cell(number_text(each.looks)),
                cell(day_text(day_in_china(each.updated_at), language)),
                cell(word(each.state, language)),
            ),
            is_bad=each.suspicion is Suspicion.SUSPECT and each.state is SuspectState.OPEN,
        )
        for each, code in zip(found, codes, strict=True)
    )
    names = ("code", "goods", "region", "suspicion", "signals", "looks", "changed", "state")
    return Table(_columns(names, {"looks"}, language), rows, text("page.suspects.empty", language))


def signal_views(found: Suspect, looks: Sequence[Scan], language: Language) -> tuple[SignalView, ...]:
    """The signals, the strongest first, each with the looks it rests on by their times."""
    times = {str(each.position): _time(each, language) for each in looks}
    views: list[SignalView] = []
    for each in found.signals:
        known = [times[look_id] for look_id in each.look_ids if look_id in times]
        times_text = number_text(round(math.exp(min(each.strength, 20)))) if each.strength > 0 else ""
        views.append(
            SignalView(
                signal_text(each, language),
                text("page.suspects.weight", language, times=times_text)
                if times_text
                else text("page.suspects.no_weight", language),
                text("page.suspects.rests", language, looks=text("page.list_mark", language).join(known))
                if known
                else "",
            )
        )
    return tuple(views)


def signal_text(signal: Signal, language: Language) -> str:
    """What was seen, with counties by their names."""
    values = {
        name: region_name(value, language) if name in ("region", "expected") and value else value
        for name, value in signal.values
    }
    return text(signal.text_key, language, **values)


def chance_text(odds: float, language: Language) -> str:
    chance = odds / (1 + odds) if math.isfinite(odds) else 1.0
    if chance > SURE:
        return text("page.suspects.chance_at_least", language, percent="99.9")
    if chance < UNSURE:
        return text("page.suspects.chance_below", language, percent="1")
    return text("page.suspects.chance_of", language, percent=f"{chance * 100:.0f}")


def history_section(looks: Sequence[Scan], sites: Mapping[UUID, str], language: Language) -> TableSection:
    rows = tuple(
        Row(
            (
                cell(_time(each, language)),
                cell(
                    region_name(each.region_code, language) if each.region_code else word(each.basis, language),
                    word(each.basis, language) if each.region_code else "",
                ),
                cell(
                    (sites.get(each.site_id, "") if each.site_id else "")
                    or each.device[:SHOWN_CHARACTERS]
                    or text("page.suspects.anybody", language)
                ),
                cell(word_of_channel(each.channel, language)),
            )
        )
        for each in looks
    )
    return TableSection(
        text("page.suspects.history", language),
        Table(_columns(("at", "place", "by", "channel"), set(), language), rows, text("page.suspects.empty", language)),
        text("page.suspects.history_note", language, count=number_text(len(looks))),
    )


def experience_section(known: Experience, language: Language) -> TableSection:
    rows = tuple(
        Row(
            (
                cell(f"{each.low * 100:.0f}-{each.high * 100:.0f}%"),
                cell(f"{each.confirmed * 100:.0f}%"),
                cell(number_text(each.decided)),
            )
        )
        for each in known.bins
    )
    note = text(
        "page.suspects.experience_note",
        language,
        decided=number_text(known.decided),
        confirmed=number_text(known.confirmed),
        caution=f"{known.caution:.2f}",
    )
    return TableSection(
        text("page.suspects.experience", language),
        Table(
            _columns(("stated", "found", "cases"), {"found", "cases"}, language),
            rows,
            text("page.suspects.no_experience", language),
        ),
        note if known.decided else "",
    )


def word_of_channel(channel: str, language: Language) -> str:
    return text(f"word.scan_channel.{channel}", language)


def _time(each: Scan, language: Language) -> str:
    at = each.scanned_at.astimezone(CHINA)
    return f"{day_text(at.date(), language)} {at:%H:%M}"


def _columns(names: Sequence[str], numbers: set[str], language: Language) -> tuple[Column, ...]:
    return tuple(Column(text(f"page.suspects.{name}", language), is_number=name in numbers) for name in names)
