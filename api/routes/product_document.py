"""A product as registered, with what is in force of the lists of restricted and banned ingredients."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from ...trace.catalog.model import Product
from ...trace.catalog.restrictions import Restriction, restrictions_of


@dataclass(frozen=True, slots=True)
class ProductDocument(Product):
    """`restrictions`: each with its source. Of those marked `unverified` nothing follows but a warning."""

    restrictions: tuple[Restriction, ...] = ()


def product_document(product: Product, on: date) -> ProductDocument:
    """The document of a product on a day."""
    registered = {each.name: getattr(product, each.name) for each in fields(product)}
    return ProductDocument(**registered, restrictions=restrictions_of(product, on))
