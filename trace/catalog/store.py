"""Tables `product`, `product_ingredient`, `register_entry`, and every query on them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKey, Table, Text, bindparam, delete, func, insert, select

from ..kernel.units import Unit
from ..store.columns import STRICT, Exact, Flag, Identifier, Instant, Whole, metadata
from ..store.hot import HotQuery
from .model import Ingredient, Product, ProductKind, RegisterEntry

product = Table(
    "product",
    metadata,
    Column("product_id", Identifier, primary_key=True),
    Column("holder_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("registration_number", Text, nullable=False),
    Column("registration_number_normalised", Text, nullable=False, index=True),
    Column("code_registration_digits", Text, nullable=False),
    Column("formulation", Text, nullable=False),
    Column("shelf_life_days", Whole, nullable=False),
    Column("usage", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("is_demonstration", Flag, nullable=False),
    Column("gtin", Text, nullable=True, unique=True),
    Column("registered_at", Instant, nullable=False),
    **STRICT,
)

product_ingredient = Table(
    "product_ingredient",
    metadata,
    Column("product_id", Identifier, ForeignKey("product.product_id"), primary_key=True),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("content", Exact, nullable=False),
    Column("unit", Text, nullable=False),
    **STRICT,
)

register_entry = Table(
    "register_entry",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("registration_number", Text, nullable=False),
    Column("registration_number_normalised", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("holder_name", Text, nullable=False),
    Column("approved_on", Text, nullable=False),
    Column("reliability", Text, nullable=False),
    Column("source", Text, nullable=False),
    **STRICT,
)


def add_product(connection: Connection, new: Product, normalised: str, registered_at: datetime) -> None:
    connection.execute(
        insert(product).values(
            product_id=new.product_id,
            holder_id=new.holder_id,
            kind=new.kind.value,
            name=new.name,
            brand=new.brand,
            registration_number=new.registration_number,
            registration_number_normalised=normalised,
            code_registration_digits=new.code_registration_digits,
            formulation=new.formulation,
            shelf_life_days=new.shelf_life_days,
            usage=new.usage,
            warnings=" ".join(new.warnings),
            is_demonstration=new.is_demonstration,
            gtin=new.gtin or None,
            registered_at=registered_at,
        )
    )
    if new.composition:
        connection.execute(
            insert(product_ingredient),
            [
                {
                    "product_id": new.product_id,
                    "position": position,
                    "name": part.name,
                    "content": part.content,
                    "unit": part.unit.value,
                }
                for position, part in enumerate(new.composition)
            ],
        )


def products(
    connection: Connection, product_ids: Iterable[UUID] | None = None, holder_id: UUID | None = None
) -> list[Product]:
    """Products by id or by holder (all, where neither is given), by name."""
    chosen = select(product).order_by(product.c.name, product.c.registration_number)
    if product_ids is not None:
        chosen = chosen.where(product.c.product_id.in_(list(product_ids)))
    if holder_id is not None:
        chosen = chosen.where(product.c.holder_id == holder_id)
    rows = connection.execute(chosen).all()
    parts = ingredients(connection, [row.product_id for row in rows])
    return [_product(row, parts.get(row.product_id, ())) for row in rows]


def _product(row: Any, composition: tuple[Ingredient, ...]) -> Product:
    """`row`: anything with the table's columns as attributes."""
    return Product(
        product_id=row.product_id,
        holder_id=row.holder_id,
        kind=ProductKind(row.kind),
        name=row.name,
        brand=row.brand,
        registration_number=row.registration_number,
        code_registration_digits=row.code_registration_digits,
        formulation=row.formulation,
        composition=composition,
        shelf_life_days=row.shelf_life_days,
        usage=row.usage,
        warnings=tuple(row.warnings.split()),
        is_demonstration=row.is_demonstration,
        gtin=row.gtin or "",
    )


_ProductRow = namedtuple("_ProductRow", product.c.keys())
_with_parts = HotQuery(
    select(product, product_ingredient.c.name, product_ingredient.c.content, product_ingredient.c.unit)
    .outerjoin(product_ingredient, product_ingredient.c.product_id == product.c.product_id)
    .where(product.c.product_id == bindparam("product_id"))
    .order_by(product_ingredient.c.position)
)


def find_product(connection: Connection, product_id: UUID) -> Product | None:
    """One query, and a fast one: asked whenever goods come to a party."""
    rows = _with_parts.rows_in(connection, product_id=product_id)
    if not rows:
        return None
    parts = [Ingredient(name, content, Unit(unit)) for *_, name, content, unit in rows if name is not None]
    return _product(_ProductRow(*rows[0][:-3]), tuple(parts))


def has_gtin(connection: Connection, gtin: str) -> bool:
    """Whether some product has this GTIN."""
    return connection.execute(select(product.c.product_id).where(product.c.gtin == gtin)).first() is not None


def ingredients(connection: Connection, product_ids: Sequence[UUID]) -> dict[UUID, tuple[Ingredient, ...]]:
    found: dict[UUID, list[Ingredient]] = {}
    rows = connection.execute(
        select(product_ingredient)
        .where(product_ingredient.c.product_id.in_(product_ids))
        .order_by(product_ingredient.c.product_id, product_ingredient.c.position)
    )
    for row in rows:
        found.setdefault(row.product_id, []).append(Ingredient(row.name, row.content, Unit(row.unit)))
    return {product_id: tuple(parts) for product_id, parts in found.items()}


def replace_register(connection: Connection, entries: Sequence[tuple[RegisterEntry, str]]) -> None:
    """Puts each entry (with its normalised number) in place of an earlier one of the same id."""
    connection.execute(
        delete(register_entry).where(register_entry.c.entry_id.in_([entry.entry_id for entry, _ in entries]))
    )
    connection.execute(
        insert(register_entry),
        [
            {
                "entry_id": entry.entry_id,
                "kind": entry.kind.value,
                "jurisdiction": entry.jurisdiction,
                "registration_number": entry.registration_number,
                "registration_number_normalised": number,
                "name": entry.name,
                "brand": entry.brand,
                "content": entry.content,
                "holder_name": entry.holder_name,
                "approved_on": entry.approved_on,
                "reliability": entry.reliability,
                "source": entry.source,
            }
            for entry, number in entries
        ],
    )


def register_entries(connection: Connection, normalised: str) -> list[RegisterEntry]:
    """Entries with this number. Several may share one: numbers are not unique across registers and years."""
    rows = connection.execute(
        select(register_entry)
        .where(register_entry.c.registration_number_normalised == normalised)
        .order_by(register_entry.c.entry_id)
    )
    return [
        RegisterEntry(
            entry_id=row.entry_id,
            kind=ProductKind(row.kind),
            jurisdiction=row.jurisdiction,
            registration_number=row.registration_number,
            name=row.name,
            brand=row.brand,
            content=row.content,
            holder_name=row.holder_name,
            approved_on=row.approved_on,
            reliability=row.reliability,
            source=row.source,
        )
        for row in rows
    ]


def count_register(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(register_entry)).scalar_one()
