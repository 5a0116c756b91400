"""Pages being filled with marks. Lengths are points from the upper left corner; the y of a text is its baseline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ..fonts import SubsetFont
from ..size import MM_PER_INCH
from .typesetting import lines_of

POINTS_PER_MM = 72 / MM_PER_INCH
PAGE_WIDTH, PAGE_HEIGHT = 210 * POINTS_PER_MM, 297 * POINTS_PER_MM
MARGIN = 18 * POINTS_PER_MM
"""Room for the holes of a file and for what printers cannot reach."""

TOP, BOTTOM = 22 * POINTS_PER_MM, PAGE_HEIGHT - 18 * POINTS_PER_MM
WIDTH = PAGE_WIDTH - 2 * MARGIN

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 17.0, 9.5, 8.0
LINE_RATIO = 1.5
"""Line to line, by the size: Chinese text is dense and wants the room."""

GAP = 2 * POINTS_PER_MM
GREY, LIGHT_GREY = 0.38, 0.72
HAIRLINE, LINE = 0.4, 0.8
BASELINE_RATIO = 1.08
"""From a line's top to its baseline, by the size."""


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    size: float
    text: str
    grey: float = 0.0
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""

    x: float
    y: float
    length: float
    width: float = HAIRLINE
    grey: float = LIGHT_GREY


@dataclass(frozen=True, slots=True)
class Shape:
    """A path, its own units `scale` points wide, from (x, y)."""

    x: float
    y: float
    scale: float
    path: bytes
    is_filled: bool


Mark: TypeAlias = Text | Rule | Shape


@dataclass
class Flow:
    """Pages being filled. `y` is where the next mark goes."""

    font: SubsetFont
    pages: list[list[Mark]] = field(default_factory=lambda: [[]])
    y: float = TOP

    @property
    def height(self) -> float:
        """How much a page holds."""
        return BOTTOM - TOP

    @property
    def left(self) -> float:
        """How much of this page is left."""
        return BOTTOM - self.y

    def put(self, mark: Mark) -> None:
        self.pages[-1].append(mark)

    def turn(self) -> None:
        self.pages.append([])
        self.y = TOP

    def ensure(self, height: float) -> None:
        """Goes to a new page where `height` is not left, unless this one is empty."""
        if self.left < height and self.pages[-1]:
            self.turn()

    def wrap(self, text: str, size: float, width: float) -> list[str]:
        return lines_of(self.font, text, size, width)

    def line(self, text: str, size: float, *, x: float = MARGIN, grey: float = 0.0, is_bold: bool = False) -> None:
        """One line of text, and down to the next."""
        self.ensure(size * LINE_RATIO)
        self.put(Text(x, self.y + size * BASELINE_RATIO, size, text, grey, is_bold))
        self.y += size * LINE_RATIO
