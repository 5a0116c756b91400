"""Facts and tables: rows of cells whose texts wrap, parted by hairlines, their headings again on each page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from .blocks import Facts, Table
from .flow import BASELINE_RATIO, GAP, GREY, LINE, MARGIN, WIDTH, Flow, Rule, Text

SIZE = 9.0
_LINE = SIZE * 1.4
_PADDING = 2.6
_BETWEEN = 8.0
_LEAST_COLUMN = 24.0
_LABEL_SHARE = 0.36
"""Of a column of facts, at most, for the labels."""

_NUMBER = re.compile(r"[<>≥≤±+\-–]?\s?\d[\d,]*(\.\d+)?\s?[%‰]?")
_NOTHING = ("", "—", "–", "-")


@dataclass(frozen=True, slots=True)
class _Column:
    x: float
    width: float
    is_label: bool = False
    is_number: bool = False


def lay_facts(flow: Flow, block: Facts) -> None:
    """Labels are grey; a row is as high as its higher value."""
    if not block.rows:
        return
    flat = [part for row in block.rows for part in row]
    count = 2 * block.columns
    rows = [flat[at : at + count] for at in range(0, len(flat), count)]
    share = (WIDTH - (block.columns - 1) * 2 * _BETWEEN) / block.columns
    widest = max(flow.font.width(label, SIZE) for label, _ in block.rows)
    label_width = min(widest + 1, share * _LABEL_SHARE)
    columns: list[_Column] = []
    for column in range(block.columns):
        x = MARGIN + column * (share + 2 * _BETWEEN)
        columns.append(_Column(x, label_width, is_label=True))
        columns.append(_Column(x + label_width + _BETWEEN, share - label_width - _BETWEEN))
    for row in rows:
        _lay_row(flow, columns, row)
    flow.y += GAP


def lay_table(flow: Flow, block: Table) -> None:
    """A row that finds no room goes to the next page whole; one that is longer than a page goes on over it."""
    columns = _columns(flow, block)

    def head() -> None:
        if any(block.headings):
            _lay_row(flow, columns, block.headings, is_head=True)

    rows = [_wrapped(flow, columns, row) for row in block.rows]
    first = max((len(cell) for cell in rows[0]), default=0) if rows else 0
    flow.ensure(min((first + 3) * _LINE, flow.height))
    head()
    for row in rows:
        _lay_lines(flow, columns, row, head)
    flow.y += GAP


def _columns(flow: Flow, block: Table) -> list[_Column]:
    count = max(len(block.headings), *(len(row) for row in block.rows), 1) if block.rows else len(block.headings)
    natural = [_natural(flow, [*block.headings[at : at + 1], *_column(block, at)]) for at in range(count)]
    room = WIDTH - (count - 1) * _BETWEEN
    widths = _shared(list(block.widths) if len(block.widths) == count else natural, room)
    columns: list[_Column] = []
    x = MARGIN
    for at, width in enumerate(widths):
        columns.append(_Column(x, width, is_number=_is_numeric(_column(block, at))))
        x += width + _BETWEEN
    return columns


def _column(block: Table, at: int) -> list[str]:
    return [row[at] for row in block.rows if at < len(row)]


def _natural(flow: Flow, texts: Sequence[str]) -> float:
    """How wide a column would like to be: as its longest text, but no more than a third of the page."""
    widest = max((flow.font.width(part, SIZE) for text in texts for part in text.split("\n")), default=0.0)
    return min(max(widest, _LEAST_COLUMN), WIDTH / 3)


def _shared(shares: Sequence[float], room: float) -> list[float]:
    total = sum(shares) or 1.0
    return [room * share / total for share in shares]


def _is_numeric(texts: Sequence[str]) -> bool:
    said = [text for text in texts if text.strip() not in _NOTHING]
    return bool(said) and all(_NUMBER.fullmatch(text.strip()) for text in said)


def _wrapped(flow: Flow, columns: Sequence[_Column], row: Sequence[str]) -> list[list[str]]:
    pairs = zip_longest(columns, row[: len(columns)], fillvalue="")
    return [flow.wrap(str(text), SIZE, column.width) for column, text in pairs if isinstance(column, _Column)]


def _lay_row(flow: Flow, columns: Sequence[_Column], row: Sequence[str], *, is_head: bool = False) -> None:
    _lay_lines(flow, columns, _wrapped(flow, columns, row), lambda: None, is_head=is_head)


def _lay_lines(
    flow: Flow,
    columns: Sequence[_Column],
    cells: Sequence[Sequence[str]],
    head: Callable[[], None],
    *,
    is_head: bool = False,
) -> None:
    """`head` is drawn again where the row has to go to a new page."""
    height = max(map(len, cells))
    start = 0
    while start < height:
        fitting = int((flow.left - 2 * _PADDING) / _LINE)
        if fitting < height - start and flow.pages[-1]:
            page_holds = int((flow.height - 2 * _PADDING) / _LINE) - 3
            if fitting < 2 or height - start <= page_holds:
                flow.turn()
                head()
                fitting = int((flow.left - 2 * _PADDING) / _LINE)
        stop = min(height, start + max(fitting, 1))
        _draw(flow, columns, [cell[start:stop] for cell in cells], stop - start, is_head=is_head)
        start = stop


def _draw(flow: Flow, columns: Sequence[_Column], cells: Sequence[Sequence[str]], lines: int, *, is_head: bool) -> None:
    top = flow.y + _PADDING
    for column, cell in zip(columns, cells, strict=False):
        for number, line in enumerate(cell):
            if line:
                x = column.x + (column.width - flow.font.width(line, SIZE) if column.is_number else 0.0)
                baseline = top + number * _LINE + SIZE * BASELINE_RATIO
                grey = GREY if column.is_label else 0.0
                flow.put(Text(x, baseline, SIZE, line, grey, is_bold=is_head))
    flow.y = top + lines * _LINE + _PADDING
    flow.put(Rule(MARGIN, flow.y, WIDTH, LINE, GREY) if is_head else Rule(MARGIN, flow.y, WIDTH))
