"""The sample sheet as a document in four copies: what was written on the spot, and lines for ink.

Source: 农产品质量安全监测管理办法: one copy each for the sampling body, the sampled party, the laboratory and the
authority that ordered the check; both sides sign, sealed on site (docs/sources.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from urllib.parse import quote
from uuid import UUID

from ..labels.documents import (
    Block,
    Drawing,
    Facts,
    Heading,
    Paragraph,
    SignatureLines,
    Table,
    render_document,
)
from ..labels.symbol import qr_modules
from ..trace.batches import service as batches
from ..trace.batches.model import Batch
from ..trace.catalog import service as catalog
from ..trace.catalog.model import Product
from ..trace.codes.model import Level, grouped
from ..trace.custody import service as custody
from ..trace.inspection.model import Acknowledgement, SampleRecord
from ..trace.inspection.plans.service import require_plan
from ..trace.kernel.clock import CHINA, day_in_china
from ..trace.kernel.texts import Language, text
from ..trace.parties import service as parties
from ..trace.parties.model import Party
from ..trace.parties.regions import region_name
from .instance import Instance
from .pages.answer_view import quantity
from .pages.rendering import day_text, number_text, word
from .pages.sheet_said import duplicate_text

COPIES = ("agency", "sampled", "laboratory", "authority")
LINES = ("sampled", "inspectors", "agency", "laboratory", "date", "date")

CODES_SHOWN = 40
"""Codes of packs on the sheet: more than any sample has. The others are on file."""

_SYMBOL_MM = 22
_SIGNATURE_MM = (42, 14)
_SIGNATURE_BOX = (600, 200)
"""The box that the page lets people sign in."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """A sample with what its sheet says of others. None: not named, or without an account here."""

    record: SampleRecord
    batch: Batch
    product: Product
    maker: Party
    agency: Party
    sampled_from: Party | None
    laboratory: Party | None
    plan_number: str
    codes: tuple[str, ...]
    address: str


def gather(instance: Instance, record: SampleRecord) -> SheetFacts:
    """What the sheet of a sample says, read from all over."""
    sample = record.sample
    with instance.database.read() as connection:

        def party(party_id: UUID | None) -> Party | None:
            return parties.require_party(connection, party_id) if party_id else None

        batch = batches.require_batch(connection, sample.batch_id)
        movement_id = record.sheet.movement_id
        movement = custody.find_movement(connection, sample.batch_id, movement_id) if movement_id else None
        indices = chain.from_iterable(range(part.start, part.stop) for part in (movement.intervals if movement else ()))
        codes = (
            batches.code_of(connection, instance.keyring, batch, Level.UNIT, index)
            for index in islice(indices, CODES_SHOWN)
        )
        return SheetFacts(
            record=record,
            batch=batch,
            product=catalog.require_product(connection, batch.product_id),
            maker=parties.require_party(connection, batch.maker_id),
            agency=parties.require_party(connection, sample.agency_id),
            sampled_from=party(sample.sampled_from_id),
            laboratory=party(sample.laboratory_id),
            plan_number=require_plan(connection, sample.plan_id).plan_number if sample.plan_id else "",
            codes=tuple(codes) if batch.units_carry_codes else (),
            address=f"{instance.settings.base_url}/results/{quote(sample.sample_number, safe='')}",
        )


def sheet_pdf(facts: SheetFacts, language: Language) -> bytes:
    """The four copies as one PDF."""
    number = facts.record.sample.sample_number
    return render_document(
        _said("title", language),
        list(_blocks(facts, language)),
        copies=[_said(f"copy_{copy}", language) for copy in COPIES],
        footer=_said("footer", language, number=number),
    )


def _blocks(facts: SheetFacts, language: Language) -> Iterator[Block]:
    number = facts.record.sample.sample_number
    modules = qr_modules(facts.address)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules.rows) for x, dark in enumerate(row) if dark)
    yield Drawing(
        path,
        _SYMBOL_MM,
        _SYMBOL_MM,
        view=(modules.size, modules.size),
        is_filled=True,
        caption=_said("look_up", language, number=number, address=facts.address),
    )
    yield Heading(_said("goods", language))
    yield _facts(_goods(facts, language), language)
    yield Heading(_said("occasion", language))
    yield _facts(_occasion(facts, language), language)
    yield from _codes(facts, language)
    yield from _people(facts, language)
    yield from _acknowledgement(facts, language)
    for each in facts.record.sheet.duplicates:
        yield Paragraph(duplicate_text(each, language))
    yield SignatureLines(tuple(_said(f"line_{name}", language) for name in LINES))


def _goods(facts: SheetFacts, language: Language) -> Iterator[tuple[str, str]]:
    batch, product = facts.batch, facts.product
    mark = text("page.list_mark", language)
    parts = (f"{part.name} {quantity(part.content, part.unit, language)}" for part in product.composition)
    yield "product", f"{product.name} {product.brand}".strip()
    yield "kind", word(product.kind, language)
    yield "registration", product.registration_number
    yield "composition", mark.join(parts)
    yield "maker", facts.maker.name
    yield "batch", batch.batch_number
    yield "produced", day_text(batch.production_on, language)
    yield "expires", day_text(batch.expires_on, language)
    yield "pack", batch.pack_description
    yield "units", number_text(facts.record.sheet.units)


def _occasion(facts: SheetFacts, language: Language) -> Iterator[tuple[str, str]]:
    sample, sheet = facts.record.sample, facts.record.sheet
    yield "taken_at", _time_text(sheet.taken_at, language)
    yield "region", region_name(sample.region_code, language)
    yield "place", sheet.place
    yield "sampled", facts.sampled_from.name if facts.sampled_from else ""
    yield "credit_code", facts.sampled_from.credit_code if facts.sampled_from else ""
    yield "agency", facts.agency.name
    yield "basis", word(sample.basis, language)
    yield "stage", word(sample.stage, language)
    yield "plan", facts.plan_number
    yield "laboratory", facts.laboratory.name if facts.laboratory else ""
    if sheet.seed_lot:
        lot = sheet.seed_lot
        yield "seed_lot", " ".join(filter(None, (lot.crop, lot.type, lot.seed_class, lot.subspecies)))
    yield "note", "\n".join(filter(None, (_northern(sheet.allows_northern_moisture, language), sheet.note)))


def _northern(applies: bool, language: Language) -> str:
    return _said("northern", language) if applies else ""


def _codes(facts: SheetFacts, language: Language) -> Iterator[Block]:
    if not facts.codes:
        return
    codes = [grouped(code) for code in facts.codes]
    lines = ["        ".join(codes[at : at + 2]) for at in range(0, len(codes), 2)]
    more = facts.record.sheet.units - len(facts.codes)
    if more > 0:
        lines.append(_said("more_codes", language, count=number_text(more)))
    yield Heading(_said("codes", language), 2)
    yield Paragraph("\n".join(lines))


def _people(facts: SheetFacts, language: Language) -> Iterator[Block]:
    sheet = facts.record.sheet
    yield Heading(_said("portions", language))
    yield Table(
        tuple(_said(name, language) for name in ("role", "seal", "quantity")),
        tuple((_said(f"portion_{each.role}", language), each.seal_number, each.quantity) for each in sheet.portions),
        (1, 2, 2),
    )
    yield Heading(_said("inspectors", language))
    certificate = _said("certificate", language)
    people = ((each.name, f"{certificate} {each.certificate_number}") for each in sheet.inspectors)
    yield Facts(tuple(people), columns=2)


def _acknowledgement(facts: SheetFacts, language: Language) -> Iterator[Block]:
    sheet = facts.record.sheet
    yield Heading(_said("acknowledgement", language))
    if sheet.acknowledgement is Acknowledgement.REFUSED:
        yield Paragraph(_said("refused", language, reason=sheet.refusal_reason))
        return
    yield Paragraph(_said("declared", language))
    if sheet.signature:
        caption = _said("drawn", language, name=sheet.signed_by)
        yield Drawing(sheet.signature, *_SIGNATURE_MM, view=_SIGNATURE_BOX, caption=caption)
    elif sheet.acknowledgement is Acknowledgement.SIGNED:
        yield Paragraph(_said("on_paper", language, name=sheet.signed_by))
    else:
        yield Paragraph(_said("open", language))


def _facts(rows: Iterator[tuple[str, str]], language: Language) -> Facts:
    return Facts(tuple((_said(name, language), value) for name, value in rows if value), columns=2)


def _time_text(instant: datetime, language: Language) -> str:
    time = f"{instant.astimezone(CHINA):%H:%M}"
    return _said("time", language, day=day_text(day_in_china(instant), language), time=time)


def _said(key: str, language: Language, **values: object) -> str:
    return text(f"word.sheet.{key}", language, **values)
