"""The restrictions of a product's ingredients as sentences for the public page, each with the rule it comes from."""

from __future__ import annotations

from datetime import date

from ...trace.catalog.restrictions import Composed, Restriction, restrictions_of
from ...trace.kernel.texts import Language, text
from .rendering import day_text


def restriction_lines(product: Composed, on: date, language: Language) -> tuple[str, ...]:
    """One sentence for each restriction in force on a day. What is not verified is not told the public as law."""
    return tuple(_line(row, on, language) for row in restrictions_of(product, on) if row.verification.is_binding)


def _line(row: Restriction, on: date, language: Language) -> str:
    """The strictest that the row says on the day."""
    days = {"sale_banned": row.sale_banned_from, "designated": row.designated_from, "listed": row.listed_from}
    rule, day = next((rule, day) for rule, day in days.items() if day is not None and day <= on)
    return text(
        f"page.restriction.{rule}",
        language,
        ingredient=row.ingredient,
        source=row.source,
        day=day_text(day, language),
    )
