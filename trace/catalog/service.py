"""Registering products, and looking numbers up in the register extracts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection
from stdnum import ean

from ..kernel import limits
from ..kernel.errors import Conflict, InvalidInput, NotKnown
from ..kernel.ids import derived_id
from ..kernel.normalise import half_width, require_text
from ..kernel.normalise import registration_number as normalised
from ..kernel.units import Unit
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties import service as parties
from ..parties.model import Actor, Role
from ..store.database import UnitOfWork
from . import store
from .model import Ingredient, Product, ProductKind, RegisterEntry, last_six_digits, registration_warnings

NUMBERED_KINDS = frozenset({ProductKind.PESTICIDE, ProductKind.VET_DRUG})
"""Kinds that may not be sold without a registration or approval number. Seed of non-main crops has none."""

MAX_INGREDIENTS = 50

GTIN_LENGTHS = (8, 12, 13, 14)
"""Source: GS1 General Specifications, section 2.1: the four lengths in use, all stored as fourteen digits."""


@dataclass(frozen=True, slots=True)
class NewProduct:
    """What a product's registration states. `accept_warnings` registers it in spite of an odd number format.

    `gtin`: of the smallest sales pack, with 8, 12, 13 or 14 digits; "" where it has none.
    """

    holder_id: UUID
    kind: ProductKind
    name: str
    registration_number: str
    shelf_life_days: int
    composition: tuple[Ingredient, ...] = ()
    brand: str = ""
    formulation: str = ""
    usage: str = ""
    code_registration_digits: str = ""
    accept_warnings: bool = False
    is_demonstration: bool = False
    gtin: str = ""


def product_id_of(holder_id: UUID, kind: ProductKind, registration_number: str, name: str) -> UUID:
    """The identifier that one registration of one holder always gives; by name where there is no number."""
    return derived_id("product", str(holder_id), kind.value, normalised(registration_number) or name)


def register_product(work: UnitOfWork, actor: Actor, new: NewProduct) -> Product:
    """Registers a product: its holder's act, or the regulator's.

    Raises InvalidInput `product.*`; NotKnown `party.unknown`; NotAllowed `access.*`; Conflict `product.duplicate`,
    `product.gtin_taken` where another product has the GTIN, and `registration.format` where the number has an unusual
    form and `accept_warnings` is not set.
    """
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(new.holder_id)
        actor.require_role(Role.MANUFACTURER)
    parties.require_party(work.connection, new.holder_id, "holder_id")
    name = require_text(new.name, "name", limits.MAX_NAME_CHARACTERS, required=True)
    number = require_text(half_width(new.registration_number), "registration_number", limits.MAX_NAME_CHARACTERS)
    if not number and new.kind in NUMBERED_KINDS:
        raise InvalidInput("product.registration_number", field="registration_number")
    if not 0 < new.shelf_life_days <= limits.MAX_SHELF_LIFE_DAYS:
        raise InvalidInput("product.shelf_life", field="shelf_life_days", maximum=limits.MAX_SHELF_LIFE_DAYS)
    warnings = registration_warnings(new.kind, number) if number else ()
    if warnings and not new.accept_warnings:
        raise Conflict("registration.format", field="registration_number", value=number)
    product = Product(
        product_id=product_id_of(new.holder_id, new.kind, number, name),
        holder_id=new.holder_id,
        kind=new.kind,
        name=name,
        brand=require_text(new.brand, "brand", limits.MAX_NAME_CHARACTERS),
        registration_number=number,
        code_registration_digits=_code_digits(new, number),
        formulation=require_text(new.formulation, "formulation", limits.MAX_NAME_CHARACTERS),
        composition=_require_composition(new.composition),
        shelf_life_days=new.shelf_life_days,
        usage=require_text(new.usage, "usage", limits.MAX_NOTE_CHARACTERS),
        warnings=warnings,
        is_demonstration=new.is_demonstration,
        gtin=_require_gtin(new.gtin),
    )
    if store.products(work.connection, [product.product_id]):
        raise Conflict("product.duplicate", field="registration_number", value=number or name)
    if product.gtin and store.has_gtin(work.connection, product.gtin):
        raise Conflict("product.gtin_taken", field="gtin", value=product.gtin)
    store.add_product(work.connection, product, normalised(number), work.now)
    ledger.append(
        work,
        Subject.PRODUCT,
        product.product_id,
        "product.registered",
        {
            "holder_id": product.holder_id,
            "kind": product.kind,
            "name": product.name,
            "brand": product.brand,
            "registration_number": product.registration_number,
            "code_registration_digits": product.code_registration_digits,
            "formulation": product.formulation,
            "composition": [
                {"name": part.name, "content": part.content, "unit": part.unit} for part in product.composition
            ],
            "shelf_life_days": product.shelf_life_days,
            "usage": product.usage,
            "warnings": product.warnings,
            "gtin": product.gtin,
        },
        actor.party_id,
    )
    return product


def require_product(connection: Connection, product_id: UUID) -> Product:
    """Raises NotKnown `product.unknown`."""
    product = store.find_product(connection, product_id)
    if product is None:
        raise NotKnown("product.unknown", field="product_id", product=product_id)
    return product


def find_by_number(connection: Connection, holder_id: UUID, registration_number: str) -> Product:
    """The holder's product with this registration number, or (where it has none) this name.

    Raises NotKnown `product.unknown`.
    """
    wanted = normalised(registration_number)
    for product in store.products(connection, holder_id=holder_id):
        if wanted and wanted in (normalised(product.registration_number), normalised(product.name)):
            return product
    raise NotKnown("product.unknown", field="registration_number", product=registration_number[:100])


def list_products(
    connection: Connection, product_ids: Iterable[UUID] | None = None, holder_id: UUID | None = None
) -> list[Product]:
    return store.products(connection, product_ids, holder_id)


def load_register(work: UnitOfWork, actor: Actor, entries: Sequence[RegisterEntry]) -> int:
    """Takes rows of a public register as citations, in place of earlier rows of the same id. The operator's act.

    They are somebody else's record, kept with its source, and no change of ours: so no event.
    """
    actor.require_role(Role.REGULATOR)
    if entries:
        store.replace_register(work.connection, [(entry, normalised(entry.registration_number)) for entry in entries])
    return len(entries)


def register_lookup(connection: Connection, registration_number: str) -> list[RegisterEntry]:
    """Rows of the register extracts with this number. None found says nothing: the extracts are small."""
    wanted = normalised(registration_number)
    return store.register_entries(connection, wanted) if wanted else []


def count_register(connection: Connection) -> int:
    return store.count_register(connection)


def _require_gtin(given: str) -> str:
    """A GTIN as fourteen digits; "" for none. Source: GS1 General Specifications 7.9.1 (check digit)."""
    digits = half_width(given).strip()
    if not digits:
        return ""
    # Fourteen zeros have the right check digit and are nobody's.
    if len(digits) not in GTIN_LENGTHS or not re.fullmatch(r"[0-9]+", digits) or not digits.strip("0"):
        raise InvalidInput("product.gtin", field="gtin", value=digits[:20])
    if not ean.is_valid(digits):
        raise InvalidInput("product.gtin_check_digit", field="gtin", value=digits)
    return digits.rjust(max(GTIN_LENGTHS), "0")


def _code_digits(new: NewProduct, number: str) -> str:
    if new.kind is not ProductKind.PESTICIDE:
        return ""
    derived, given = last_six_digits(number), new.code_registration_digits.strip()
    digits = given or derived or ""
    # Where the number has six digits, others would be codes under somebody else's registration.
    if not re.fullmatch(r"[0-9]{6}", digits) or (derived is not None and digits != derived):
        raise InvalidInput("product.code_digits", field="code_registration_digits")
    return digits


def _require_composition(parts: tuple[Ingredient, ...]) -> tuple[Ingredient, ...]:
    if len(parts) > MAX_INGREDIENTS:
        raise InvalidInput("product.composition", field="composition")
    taken: list[Ingredient] = []
    for part in parts:
        taken.append(replace(part, name=_require_part_name(part)))
        if part.content < 0 or (part.unit is Unit.PERCENT and part.content > 100):
            raise InvalidInput("product.composition", field="composition")
    return tuple(taken)


def _require_part_name(part: Ingredient) -> str:
    return require_text(part.name, "composition", limits.MAX_NAME_CHARACTERS, required=True)
