"""The cards of product and batch: what is registered, and which of it to compare with the pack."""

from __future__ import annotations

from datetime import date

from ...trace.batches.model import TECHNICAL_RULESET
from ...trace.catalog.model import Ingredient, ProductKind
from ...trace.kernel.texts import Language, text
from ...trace.parties.regions import region_name
from ...trace.verification.model import BatchFacts, ProductFacts
from .answer_parts import Fact, day_or_nothing, quantity, row, telephone_link
from .rendering import word
from .restrictions_view import restriction_lines


def product_facts(product: ProductFacts, on: date, language: Language) -> tuple[Fact, ...]:
    """What a farmer compares and goes by. `on`: the day whose restrictions hold."""
    number = product.kind.value if product.kind in _NUMBER_LABELS else "other"
    return (
        *row("name", language, product.name, is_key=True),
        *row(f"registration_{number}", language, product.registration_number, is_key=True),
        *row("composition", language, *(_ingredient(part, language) for part in product.composition)),
        *row("restriction", language, *restriction_lines(product, on, language)),
        *row("usage", language, product.usage),
        *_waiting_period(product, language),
    )


def further_product_facts(product: ProductFacts, language: Language) -> tuple[Fact, ...]:
    return (
        *row("brand", language, product.brand),
        *row("kind", language, word(product.kind, language)),
        *row("formulation", language, product.formulation),
    )


def _waiting_period(product: ProductFacts, language: Language) -> tuple[Fact, ...]:
    """Days between the last use and harvest or slaughter: they differ by crop and animal and are not registered here,
    so the row says where to look."""
    if product.kind not in _WAITING_KINDS:
        return ()
    return row(f"waiting_{product.kind}", language, text("page.answer.waiting_on_label", language))


_WAITING_KINDS = frozenset({ProductKind.PESTICIDE, ProductKind.VET_DRUG})
_NUMBER_LABELS = frozenset({ProductKind.PESTICIDE, ProductKind.SEED, ProductKind.VET_DRUG})
"""Kinds whose registration number has a name of its own: 登记证号, 审定编号, 批准文号."""


def _ingredient(part: Ingredient, language: Language) -> str:
    return f"{part.name} {quantity(part.content, part.unit, language)}"


def batch_facts(batch: BatchFacts, product: ProductFacts | None, language: Language) -> tuple[Fact, ...]:
    """Which lot, how old, and whose."""
    is_pesticide = product is not None and product.kind is ProductKind.PESTICIDE
    return (
        *row("batch_number", language, batch.batch_number, is_key=True),
        *row("production_on", language, day_or_nothing(batch.production_on, language), is_key=True),
        *row("expires_on", language, day_or_nothing(batch.expires_on, language)),
        *row("pack", language, batch.pack_description),
        *row("holder" if is_pesticide else "maker", language, batch.maker_name, is_key=True),
        *row("telephone", language, batch.maker_telephone, link=telephone_link(batch.maker_telephone)),
    )


def further_batch_facts(batch: BatchFacts, product: ProductFacts | None, language: Language) -> tuple[Fact, ...]:
    """How the lot was made and tested before it left the factory."""
    is_pesticide = product is not None and product.kind is ProductKind.PESTICIDE
    inspected = text("page.answer.on", language, day=day_or_nothing(batch.factory_inspected_on, language))
    report = text("page.answer.report", language, number=batch.factory_report_number)
    return (
        *row(
            "factory",
            language,
            word(batch.factory_result, language),
            inspected if batch.factory_inspected_on else "",
            report if batch.factory_report_number else "",
        ),
        *row("maker_region", language, region_name(batch.maker_region_code, language)),
        *row("contract_maker", language, batch.contract_maker),
        *_technical(batch, is_pesticide, language),
        *row("gtin", language, batch.gtin),
    )


def _technical(batch: BatchFacts, is_pesticide: bool, language: Language) -> tuple[Fact, ...]:
    """The technical material's registration and producer; under 1049, where neither is given, the label has them.

    Source: 农业农村部公告第1049号 art. 2 (read in a secondary source: docs/sources.md).
    """
    stated = (
        *row("technical_registration", language, batch.technical_registration),
        *row("technical_maker", language, batch.technical_maker),
    )
    if stated or not (is_pesticide and batch.ruleset == TECHNICAL_RULESET):
        return stated
    return row("technical_registration", language, text("page.answer.see_label", language))
