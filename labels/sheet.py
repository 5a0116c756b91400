"""Where labels stand on the paper: one a page on a roll, or a grid on A4.

A4, 40 up: 4 columns, 10 rows          labels run along the rows, from the upper left corner
┌─ top margin ───────────┐
│ ┌────┬────┬────┬────┐  │             each label stands in the middle of its cell
│ │  1 │  2 │  3 │  4 │  │
│ ├────┼────┼────┼────┤  │
│ │  5 │  …              │
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..trace.kernel.errors import InvalidInput, NotKnown
from .template import Template

A4_MM = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A grid of `columns` by `rows` cells in the middle of a page. Millimetres.

    `page_mm` None is a roll: the page is as large as the label, and the cell with it.
    """

    name: str
    columns: int = 1
    rows: int = 1
    page_mm: tuple[float, float] | None = None
    cell_mm: tuple[float, float] | None = None

    @property
    def labels_per_page(self) -> int:
        return self.columns * self.rows

    def page_size_mm(self, template: Template) -> tuple[float, float]:
        return self.page_mm or (template.width_mm, template.height_mm)

    def places_mm(self, template: Template) -> list[tuple[float, float]]:
        """The upper left corner of each label on a page, in the order in which labels fill it.

        Raises InvalidInput `template.too_large_for_cell`.
        """
        if self.page_mm is None or self.cell_mm is None:
            return [(0.0, 0.0)]
        (cell_width, cell_height), (page_width, page_height) = self.cell_mm, self.page_mm
        if template.width_mm > cell_width or template.height_mm > cell_height:
            raise InvalidInput(
                "template.too_large_for_cell", field="sheet", sheet=self.name, width=cell_width, height=cell_height
            )
        left = (page_width - self.columns * cell_width + cell_width - template.width_mm) / 2
        top = (page_height - self.rows * cell_height + cell_height - template.height_mm) / 2
        return [
            (left + column * cell_width, top + row * cell_height)
            for row in range(self.rows)
            for column in range(self.columns)
        ]


ROLL = Sheet("roll")

SHEETS: Mapping[str, Sheet] = MappingProxyType(
    {
        sheet.name: sheet
        for sheet in (
            ROLL,
            Sheet("a4-24", 3, 8, A4_MM, (70.0, 35.0)),
            Sheet("a4-40", 4, 10, A4_MM, (52.5, 29.7)),
            Sheet("a4-65", 5, 13, A4_MM, (38.1, 21.2)),
        )
    }
)
"""The grids of self-adhesive sheets that stationers sell under these counts. 24 up is 70 × 35 mm, 40 up 52.5 × 29.7 mm
without margins at the edge, 65 up 38.1 × 21.2 mm."""


def sheet_named(name: str) -> Sheet:
    """Raises NotKnown `template.sheet_unknown`."""
    if name not in SHEETS:
        raise NotKnown("template.sheet_unknown", field="sheet", name=name[:50], known=", ".join(SHEETS))
    return SHEETS[name]
