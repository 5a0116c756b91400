"""Blocks → pages of marks."""

from __future__ import annotations

from collections.abc import Sequence

from ..fonts import SubsetFont
from .blocks import Block, Drawing, Facts, Heading, PageBreak, Paragraph, SignatureLines, Table
from .flow import (
    GAP,
    GREY,
    LINE,
    LINE_RATIO,
    MARGIN,
    POINTS_PER_MM,
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    WIDTH,
    Flow,
    Mark,
    Rule,
    Shape,
    Text,
)
from .grid import lay_facts, lay_table
from .paths import bounds, operators, read_path

HEADING_SIZES = {1: 12.0, 2: 10.5}
KEEP = 24 * POINTS_PER_MM
"""A heading goes over to the next page where less than this is left after it."""

_INK_HEIGHT = 9.5 * POINTS_PER_MM
_LEAST = 1e-6


def lay_out(font: SubsetFont, title: str, blocks: Sequence[Block]) -> list[list[Mark]]:
    """The pages of one copy. Raises InvalidInput `document.path`."""
    flow = Flow(font)
    for line in flow.wrap(title, TITLE_SIZE, WIDTH):
        flow.line(line, TITLE_SIZE, x=MARGIN + (WIDTH - font.width(line, TITLE_SIZE)) / 2, is_bold=True)
    flow.y += GAP
    for block in blocks:
        match block:
            case Heading():
                _lay_heading(flow, block)
            case Paragraph():
                _lay_paragraph(flow, block)
            case Drawing():
                _lay_drawing(flow, block)
            case SignatureLines():
                _lay_signature_lines(flow, block)
            case Facts():
                lay_facts(flow, block)
            case Table():
                lay_table(flow, block)
            case PageBreak():
                flow.turn()
    return flow.pages


def _lay_heading(flow: Flow, block: Heading) -> None:
    size = HEADING_SIZES[block.level]
    lines = flow.wrap(block.text, size, WIDTH)
    flow.ensure(len(lines) * size * LINE_RATIO + KEEP)
    flow.y += GAP if flow.pages[-1] else 0
    for line in lines:
        flow.line(line, size, is_bold=True)
    flow.y += GAP / 2


def _lay_paragraph(flow: Flow, block: Paragraph) -> None:
    size = SMALL_SIZE if block.is_small else TEXT_SIZE
    for line in flow.wrap(block.text, size, WIDTH):
        flow.line(line, size, grey=GREY if block.is_small else 0.0)
    flow.y += GAP / 2


def _lay_drawing(flow: Flow, block: Drawing) -> None:
    segments = read_path(block.path_data)
    left, top, right, bottom = (0.0, 0.0, *block.view) if block.view else bounds(segments)
    width, height = block.width_mm * POINTS_PER_MM, block.height_mm * POINTS_PER_MM
    scale = min(width / max(right - left, _LEAST), height / max(bottom - top, _LEAST))
    flow.ensure(height)
    shape = Shape(MARGIN - left * scale, flow.y - top * scale, scale, operators(segments), block.is_filled)
    flow.put(shape)
    after = flow.y + height + GAP
    if block.caption:
        lines = flow.wrap(block.caption, TEXT_SIZE, WIDTH - width - 2 * GAP)
        flow.y += max(0.0, (height - len(lines) * TEXT_SIZE * LINE_RATIO) / 2)
        for line in lines:
            flow.line(line, TEXT_SIZE, x=MARGIN + width + 2 * GAP)
    flow.y = max(flow.y, after) if flow.pages[-1] and shape in flow.pages[-1] else flow.y


def _lay_signature_lines(flow: Flow, block: SignatureLines) -> None:
    half = (WIDTH - 2 * GAP) / 2
    for at in range(0, len(block.labels), 2):
        flow.ensure(_INK_HEIGHT)
        flow.y += _INK_HEIGHT
        for column, label in enumerate(block.labels[at : at + 2]):
            x = MARGIN + column * (half + 2 * GAP)
            taken = flow.font.width(label, TEXT_SIZE) + GAP / 2
            flow.put(Text(x, flow.y - 2, TEXT_SIZE, label))
            flow.put(Rule(x + taken, flow.y, max(half - taken, 0.0), LINE, 0.0))
    flow.y += GAP
