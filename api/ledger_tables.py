"""A party's ledger as tables, one for each kind of goods: the columns that its rule names, and what was recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ..trace.catalog.ledger_rules import LedgerField, LedgerRule, LedgerSide, ledger_rule
from ..trace.catalog.model import ProductKind
from ..trace.custody import service as custody
from ..trace.custody.service import LedgerLine
from ..trace.kernel.texts import Language, text
from ..trace.parties import service as parties
from ..trace.parties.model import Activity, Licence, Party
from ..trace.parties.regions import region_name
from .instance import Instance
from .pages.rendering import word
from .periods import instants_of

Cell = str | int | date

_ARTICLE = re.compile(r" art\. (\d+)")
_PARAGRAPH = re.compile(r" ¶(\d+)")


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is stable, `heading` is for people."""

    name: str
    heading: str


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """The lines of one kind of goods, oldest first. `sources`: the rules that name its columns, the newest first."""

    kind: ProductKind
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """One party's ledger from its first day to its last, both included."""

    party: Party
    side: LedgerSide
    first: date
    last: date
    language: Language
    tables: tuple[LedgerTable, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What cells need beside their line."""

    language: Language
    licences: Mapping[UUID, list[Licence]]


def read_ledger(
    instance: Instance,
    party_id: UUID,
    side: LedgerSide,
    first: date,
    last: date,
    language: Language,
    kind: ProductKind | None = None,
) -> Ledger:
    """The ledger of a party, of one kind of goods or of all. A fixed number of queries.

    Raises NotKnown `party.unknown`; InvalidInput `period.reversed`, `ledger.too_long`.
    """
    with instance.database.read() as connection:
        party = parties.require_party(connection, party_id)
        lines = custody.ledger(connection, party_id, side, *instants_of(first, last))
        held = parties.list_licences_of(connection, {line.maker.party_id for line in lines})
    by_kind: dict[ProductKind, list[LedgerLine]] = {}
    for line in lines:
        if kind in (None, line.product.kind):
            by_kind.setdefault(line.product.kind, []).append(line)
    licences: dict[UUID, list[Licence]] = {}
    for licence in held:
        licences.setdefault(licence.party_id, []).append(licence)
    known = _Known(language, licences)
    tables = tuple(_table(each, side, by_kind[each], known) for each in ProductKind if each in by_kind)
    return Ledger(party, side, first, last, language, tables)


def _table(kind: ProductKind, side: LedgerSide, lines: list[LedgerLine], known: _Known) -> LedgerTable:
    rules = [ledger_rule(kind, side, day) for day in sorted({line.day for line in lines}, reverse=True)]
    wanted = list(dict.fromkeys(field for rule in rules for field in rule.fields))
    wanted += [field for field in ALWAYS if field not in wanted]
    columns = [_field_column(field, side, known.language) for field in wanted]
    further = [name for name in _FURTHER if _belongs(name, side)]
    columns += [Column(name, text(f"ledger.column.{name}", known.language)) for name in further]
    rows = [
        (*(FIELDS[field](line, known) for field in wanted), *(_FURTHER[name](line, known) for name in further))
        for line in lines
    ]
    return LedgerTable(kind, tuple(columns), tuple(rows), _sources(rules, known.language))


def _sources(rules: Iterable[LedgerRule], language: Language) -> tuple[str, ...]:
    """Of the rules in force, the newest first; articles and paragraphs as Chinese law counts them where it is read."""
    sources = dict.fromkeys(rule.source for rule in rules)
    if language == "en":
        return tuple(sources)
    return tuple(_PARAGRAPH.sub(r"第\1款", _ARTICLE.sub(r"第\1条", source)) for source in sources)


def _field_column(field: LedgerField, side: LedgerSide, language: Language) -> Column:
    if field is LedgerField.COUNTERPARTY:
        who = "supplier" if side is LedgerSide.PURCHASE else "buyer"
        return Column(field.value, text(f"ledger.file.{who}", language))
    return Column(field.value, word(field, language))


def _belongs(name: str, side: LedgerSide) -> bool:
    """Whether a column that no rule names stands in the table after all."""
    return name != "identity" or side is LedgerSide.SALE


def _licence_numbers(line: LedgerLine, known: _Known) -> str:
    """The registration of the product, and the licences to produce its kind that its maker had on the day."""
    held = [
        licence.number
        for licence in known.licences.get(line.maker.party_id, [])
        if licence.activity is Activity.PRODUCTION
        and licence.product_kind == line.product.kind.value
        and licence.covers(line.day)
    ]
    numbers = dict.fromkeys(filter(None, [line.product.registration_number, *held]))
    return text("ledger.file.join", known.language).join(numbers)


def _counterparty(line: LedgerLine, known: _Known) -> str:
    if line.counterparty is not None:
        return line.counterparty.name
    return line.sale.buyer_name if line.sale is not None else ""


def _contact(line: LedgerLine, known: _Known) -> str:
    if line.counterparty is not None:
        return line.counterparty.telephone
    return line.sale.buyer_telephone if line.sale is not None else ""


Reading = Callable[[LedgerLine, _Known], Cell]

FIELDS: Mapping[LedgerField, Reading] = {
    LedgerField.PRODUCT_NAME: lambda line, known: line.product.name,
    LedgerField.TRADE_NAME: lambda line, known: line.product.brand,
    LedgerField.LICENCE_NUMBERS: _licence_numbers,
    LedgerField.FORMULATION: lambda line, known: line.product.formulation,
    LedgerField.SPECIFICATION: lambda line, known: line.batch.pack_description,
    LedgerField.BATCH_NUMBER: lambda line, known: line.batch.batch_number,
    LedgerField.SHELF_LIFE: lambda line, known: line.product.shelf_life_days,
    LedgerField.EXPIRY: lambda line, known: line.batch.expires_on,
    LedgerField.QUANTITY: lambda line, known: line.units,
    LedgerField.QUALITY: lambda line, known: word(line.batch.factory_result, known.language),
    LedgerField.PRODUCER: lambda line, known: line.maker.name,
    LedgerField.ORIGIN: lambda line, known: region_name(line.maker.region_code, known.language),
    LedgerField.COUNTERPARTY: _counterparty,
    LedgerField.COUNTERPARTY_CONTACT: _contact,
    LedgerField.DATE: lambda line, known: line.day,
    LedgerField.INTENDED_USE: lambda line, known: line.sale.intended_use if line.sale is not None else "",
    LedgerField.RESPONSIBLE_PERSON: lambda line, known: "",  # to be filled in: persons have no accounts here
}

ALWAYS = (LedgerField.PRODUCT_NAME, LedgerField.DATE, LedgerField.BATCH_NUMBER)
"""Fields that every ledger states, named by a rule or not: without them nobody could tell one line from another."""

_FURTHER: Mapping[str, Reading] = {
    "kind": lambda line, known: word(line.kind, known.language),
    "correction": lambda line, known: text("ledger.file.correction", known.language) if line.is_correction else "",
    "reason": lambda line, known: line.reason,
    "identity": lambda line, known: line.sale.identity_last_four if line.sale is not None else "",
    "keep_until": lambda line, known: line.keep_until,
    "movement": lambda line, known: str(line.movement_id),
}
"""Columns that no rule names, after those that one does."""
