"""Charts as SVG, made on the server: horizontal bars of rates, columns of counts.

Bars and columns are placed in percent of the width and text has a size of its own, so that a chart fills whatever width
it gets and stays readable on 360 px. Colours are classes of the style sheet, for light and for dark. Every chart has a
title and a description; the page shows the same numbers in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

BAR_ROW_PX = 52
"""A line of text and the bar under it."""

BAR_PX = 14
TEXT_BASE_PX = 18
"""From the top of a row to the foot of its text."""

COLUMNS_PX = 140
COLUMNS_FOOT_PX = 24
COLUMNS_HEAD_PX = 20

MAX_BARS = 30
"""Ningxia's twenty-two counties and five cities fit; what is beyond stands in the table."""

MAX_COLUMN_LABELS = 6
"""On 360 px a month such as 2026-11 needs a sixth of the width."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`percent` of the whole width is filled, None: there is nothing to measure. `value`: what stands at the right."""

    label: str
    percent: Decimal | None
    value: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `count` high, the lower part of it `marked`."""

    label: str
    count: int
    marked: int = 0


def bars(name: str, title: str, description: str, rows: Sequence[Bar]) -> str:
    """A chart of horizontal bars; "" without rows. `name` is its own on the page: the ids of its texts begin so."""
    if not rows:
        return ""
    shown = rows[:MAX_BARS]
    parts: list[str] = []
    for number, row in enumerate(shown):
        top = number * BAR_ROW_PX
        base, bar_top = top + TEXT_BASE_PX, top + TEXT_BASE_PX + 8
        parts.append(f'<text class="chart__label" x="0" y="{base}">{escape(row.label)}</text>')
        parts.append(
            f'<text class="chart__value" x="100%" y="{base}" text-anchor="end">{escape(row.value)}</text>'
            f'<rect class="chart__track" x="0" y="{bar_top}" width="100%" height="{BAR_PX}" rx="3"/>'
        )
        if row.percent is not None and row.percent > 0:
            parts.append(
                f'<rect class="chart__bar" x="0" y="{bar_top}" width="{row.percent}%" height="{BAR_PX}" rx="3"/>'
            )
    return _chart(name, title, description, len(shown) * BAR_ROW_PX, parts)


def columns(name: str, title: str, description: str, rows: Sequence[Column]) -> str:
    """A chart of columns from left to right, the highest as high as the chart; "" where nothing is counted."""
    highest = max((row.count for row in rows), default=0)
    if highest == 0:
        return ""
    foot = COLUMNS_HEAD_PX + COLUMNS_PX
    width = Decimal(100) / len(rows)
    every = -(-len(rows) // MAX_COLUMN_LABELS)
    parts = [f'<line class="chart__axis" x1="0" x2="100%" y1="{foot}" y2="{foot}"/>']
    for number, row in enumerate(rows):
        left = width * number
        place = f'x="{_percent(left + width / 8)}" width="{_percent(width * 3 / 4)}"'
        height, marked = (_height(count, highest) for count in (row.count, row.marked))
        if row.count:
            parts.append(f'<rect class="chart__bar" {place} y="{foot - height}" height="{height}"/>')
        if row.marked:
            parts.append(f'<rect class="chart__bad" {place} y="{foot - marked}" height="{marked}"/>')
        middle = f'x="{_percent(left + width / 2)}" text-anchor="middle"'
        if len(rows) <= 2 * MAX_COLUMN_LABELS:
            parts.append(f'<text class="chart__value" {middle} y="{foot - height - 6}">{row.count}</text>')
        if number % every == 0:
            parts.append(f'<text class="chart__label" {middle} y="{foot + 18}">{escape(row.label)}</text>')
    return _chart(name, title, description, foot + COLUMNS_FOOT_PX, parts)


def _chart(name: str, title: str, description: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" width="100%" height="{height}" role="img"'
        f' aria-labelledby="{name}-title {name}-desc" focusable="false">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _height(count: int, highest: int) -> int:
    """In pixels; the least that is there can still be seen."""
    return max(2, count * COLUMNS_PX // highest) if count else 0


def _percent(value: Decimal) -> str:
    return f"{value:.2f}%"
