"""Which pesticide ingredients are restricted or banned, from which day, and who says so. Data in restricted.toml.

Restrictions follow the declared composition, so a product is as restricted as its worst ingredient. A rule that was
only remembered (`unverified`) is shown and warned of, but nothing is refused for it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Protocol

from ..kernel.normalise import half_width
from ..kernel.sources import Verification
from .model import Ingredient, ProductKind

_DASHES = re.compile("[\u2010-\u2015\u2212]")

COMPOSITIONS_REMEMBERED = 4_096
"""About as many as there are different registrations of pesticides in one province's shops: a few megabytes."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """What one source says of one ingredient. Each day is the first on which it applies; None where it says nothing.

    `source` is the rule, `read_at` where it was read. `parts`: for a class of substances, what a name of one contains.
    """

    ingredient: str
    source: str
    read_at: str
    verification: Verification
    listed_from: date | None = None
    designated_from: date | None = None
    sale_banned_from: date | None = None
    synonyms: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def names(self, written: str) -> bool:
        """Whether a declared component, as written on a registration, is this ingredient.

        Compared without regard to width, case, spaces and kinds of dash; what stands in brackets is another name.
        """
        given = _written_names(written)
        return not _known_names(self).isdisjoint(given) or any(part in name for part in self.parts for name in given)

    def is_in_force(self, on: date) -> bool:
        return any(_begun(day, on) for day in (self.listed_from, self.designated_from, self.sale_banned_from))


class Composed(Protocol):
    """A product, or what an answer knows of one."""

    @property
    def kind(self) -> ProductKind: ...

    @property
    def composition(self) -> tuple[Ingredient, ...]: ...


def restrictions_of(product: Composed, on: date) -> tuple[Restriction, ...]:
    """Every restriction in force on a day, unverified ones too, in the order of the lists. Only pesticides have any.

    Source: 农业部公告第2567号 and lists of banned pesticides, row by row in restricted.toml; 农药管理条例 arts 24, 33.
    """
    if product.kind is not ProductKind.PESTICIDE:
        return ()
    names = tuple(part.name for part in product.composition)
    return tuple(row for row in _rows_naming(names) if row.is_in_force(on))


def is_restricted(product: Composed, on: date) -> bool:
    """Whether it is a pesticide of restricted use (限制使用农药), by rows that bind."""
    return any(_begun(row.listed_from, on) for row in restrictions_of(product, on) if row.verification.is_binding)


def is_designated_only(product: Composed, on: date) -> bool:
    """Whether only designated outlets may sell it (定点经营), by rows that bind."""
    return any(_begun(row.designated_from, on) for row in restrictions_of(product, on) if row.verification.is_binding)


def is_sale_banned(product: Composed, on: date) -> bool:
    """Whether it may not be sold at all, by rows that bind. `sale_bans` gives the rows, and those that only warn."""
    return any(row.verification.is_binding for row in sale_bans(product, on))


def sale_bans(product: Composed, on: date) -> tuple[Restriction, ...]:
    """The restrictions that say that it may not be sold on a day: binding where verified, else a warning."""
    return tuple(row for row in restrictions_of(product, on) if _begun(row.sale_banned_from, on))


@cache
def all_restrictions() -> tuple[Restriction, ...]:
    """Every row of restricted.toml, in its order."""
    data = tomllib.loads(files("suiyuan.trace.catalog").joinpath("restricted.toml").read_text(encoding="utf-8"))
    return tuple(
        Restriction(
            ingredient=name,
            source=each["source"],
            read_at=each["read_at"],
            verification=Verification(each["verification"]),
            listed_from=each.get("listed_from"),
            designated_from=each.get("designated_from"),
            sale_banned_from=each.get("sale_banned_from"),
            synonyms=tuple(data["synonyms"].get(name, ())),
            parts=tuple(data["parts"].get(name, ())),
        )
        for each in data["list"]
        for name in each["ingredients"]
    )


@lru_cache(maxsize=COMPOSITIONS_REMEMBERED)
def _rows_naming(names: tuple[str, ...]) -> tuple[Restriction, ...]:
    """The rows of any of these components. Comparing names is slow, and every movement asks it of the same few."""
    return tuple(row for row in all_restrictions() if any(row.names(name) for name in names))


def _begun(day: date | None, on: date) -> bool:
    return day is not None and day <= on


@cache
def _known_names(row: Restriction) -> frozenset[str]:
    return frozenset(_plain(name) for name in (row.ingredient, *row.synonyms))


def _written_names(written: str) -> frozenset[str]:
    return frozenset(filter(None, re.split(r"[()\[\]]", _plain(written))))


def _plain(name: str) -> str:
    return "".join(_DASHES.sub("-", half_width(name)).casefold().split())
