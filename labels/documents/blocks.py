"""What a document is made of, from top to bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    """A line above what follows; it never stands alone at the foot of a page."""

    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text over the whole width. Line breaks in it are kept; `is_small` is for remarks."""

    text: str
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values, one under the other, or in two columns, left to right and then down."""

    rows: tuple[tuple[str, str], ...]
    columns: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, which stand again on each page. `widths` are shares of the width, by content where empty.
    A column of numbers is set to the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG path data (M L H V C Q Z, either case; y downwards), scaled into a box without being stretched.

    `view`: width and height of the drawing's own plane, from the origin; None: as far as it reaches. Lines are drawn,
    or areas filled. `caption` stands to the right.
    """

    path_data: str
    width_mm: float
    height_mm: float
    view: tuple[float, float] | None = None
    is_filled: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class SignatureLines:
    """A line for ink after each label, two beside each other."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a page."""


Block: TypeAlias = Heading | Paragraph | Facts | Table | Drawing | SignatureLines | PageBreak
