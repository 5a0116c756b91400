"""Tables as the pages show them: on a phone each row becomes a list of names and values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`lines` after the first are smaller; `link` is where the first leads; `badge` stands beside it; `is_tight`: the
    text stays on one line."""

    lines: tuple[str, ...]
    link: str = ""
    badge: str = ""
    is_tight: bool = False

    @property
    def text(self) -> str:
        return self.lines[0] if self.lines else ""


@dataclass(frozen=True, slots=True)
class Row:
    """The first cell names the row. `is_good`: its badge is good news."""

    cells: tuple[Cell, ...]
    is_bad: bool = False
    is_good: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class TableSection:
    """A table with its heading; `links` are files of it, as address and label."""

    title: str
    table: Table
    note: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page of tables with the way back. `choices`: the same page otherwise, as address and label."""

    title: str
    lead: str
    sections: tuple[TableSection, ...]
    back: str = "/desk"
    choices: tuple[tuple[str, str], ...] = ()


def cell(value: str, *more: str, link: str = "", badge: str = "", is_tight: bool = False) -> Cell:
    return Cell((value, *(line for line in more if line)), link, badge, is_tight)
