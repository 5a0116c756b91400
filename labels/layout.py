"""A template filled with a batch's values: every line at its place, the symbol at its size in whole dots.

What all labels of the batch share is apart from what differs, so that writers draw the one once and the other fast:

    lines         the same on every label
    code_lines    pieces of the grouped code                     "1172 2252 2472 5074" │ "3408 0109 …"
    symbol        where its modules begin, and how large they are
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter

from ..trace.codes.model import GROUP_CHARACTERS
from ..trace.kernel.errors import InvalidInput
from ..trace.kernel.limits import MAX_NAME_CHARACTERS
from .fonts import SubsetFont, subset_font
from .size import MM_PER_INCH, PrintedSymbol, printed_symbol
from .template import CODE, LINE_HEIGHT, MM_PER_PT, WORDING, LabelFields, Template, TextBox

_DIGITS = "0123456789"
_ALL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASELINE = 0.88
"""From the top of a line to its baseline, in letter sizes: where Noto Sans SC's square of a character sits."""

_SHRINK = 0.95
_CLOSING = frozenset("，。、；：？！）》」』】〕%％‰℃,.;:?!)]}")
"""What does not begin a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. Millimetres from the label's upper left corner to where its baseline begins."""

    x_mm: float
    baseline_mm: float
    size_pt: float
    text: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """Characters `[start, stop)` of the grouped code (trace.codes.model.grouped), as `Line` has text."""

    x_mm: float
    baseline_mm: float
    size_pt: float
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The labels of one batch, but for code and modules. `symbol_x_dots` and `symbol_y_dots`: the first module."""

    template: Template
    dpi: int
    font: SubsetFont
    lines: tuple[Line, ...]
    code_lines: tuple[CodeLine, ...]
    code_length: int
    symbol: PrintedSymbol
    symbol_x_dots: int
    symbol_y_dots: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes under `label.`, such as `module_small`."""
        return self.symbol.warnings

    @property
    def dot_mm(self) -> float:
        return MM_PER_INCH / self.dpi

    def dots(self, length_mm: float) -> int:
        return round(length_mm / self.dot_mm)


def lay_out(
    template: Template,
    fields: LabelFields,
    modules: int,
    code_length: int,
    dpi: int,
    *,
    is_seed: bool = False,
    has_letters: bool = False,
) -> Layout:
    """The labels of a batch whose symbols are `modules` a side and whose codes have `code_length` characters.

    `is_seed` holds the symbol to the rule on seed labels; `has_letters` leaves room for letters in the code.

    Raises InvalidInput: `template.kind` for a template of another kind, `template.value_missing` naming the value,
    `template.text_too_long` for one that does not fit at its smallest size, `template.glyph_missing`,
    `label.line_break`, and as labels.size.printed_symbol does.
    """
    if fields.kind not in template.kinds:
        raise InvalidInput("template.kind", field="template", template=template.name, kind=fields.kind)
    symbol = printed_symbol(modules, template.symbol.width_mm, dpi, is_seed=is_seed)
    values = [(box, _filled(template, box, fields)) for box in template.texts]
    font = subset_font("".join(text for _, text in values if text))
    lines: list[Line] = []
    code_lines: list[CodeLine] = []
    for box, text in values:
        if text is None:
            continue
        if CODE in box.placeholders:
            prefix, pieces = _code_lines(box, text, font, code_length, _ALL if has_letters else _DIGITS)
            lines += prefix
            code_lines += pieces
        elif text:
            lines += _text_lines(box, text, font)
    margin_mm = symbol.quiet_zone_mm
    dot_mm = MM_PER_INCH / dpi
    return Layout(
        template=template,
        dpi=dpi,
        font=font,
        lines=tuple(lines),
        code_lines=tuple(code_lines),
        code_length=code_length,
        symbol=symbol,
        symbol_x_dots=round((template.symbol.x_mm + margin_mm) / dot_mm),
        symbol_y_dots=round((template.symbol.y_mm + margin_mm) / dot_mm),
    )


def _filled(template: Template, box: TextBox, fields: LabelFields) -> str | None:
    """The box's text without its code; None where an optional value is not given."""
    wording = " ".join(filter(None, (template.wording.get(fields.kind, ""), *fields.marks)))
    values = {CODE: "", WORDING: wording}
    must_stand = wording and WORDING in box.placeholders
    for name in box.placeholders:
        if name == CODE:
            continue
        value = wording if name == WORDING else fields.value(name)
        if not value:
            # What the law wants to read is not left out because a value beside it is missing.
            if box.optional and not must_stand:
                return None
            raise InvalidInput("template.value_missing", field=name, name=name, template=template.name)
        if value.splitlines() != [value]:
            raise InvalidInput("label.line_break", field=name)
        if len(value) > MAX_NAME_CHARACTERS:
            raise InvalidInput("template.text_too_long", field=name, text=value[:30])
        values[name] = value
    return Formatter().vformat(box.pattern, (), values)


def _text_lines(box: TextBox, text: str, font: SubsetFont) -> list[Line]:
    for size_pt in _sizes(box):
        rows = _wrapped(text, font, size_pt, box.width_mm)
        if len(rows) <= box.lines:
            return [Line(_left(box, font, row, size_pt), _baseline(box, n, size_pt), size_pt, row)
                    for n, row in enumerate(rows)]  # fmt: skip
    raise InvalidInput("template.text_too_long", field=_blamed(box), text=text[:30])


def _code_lines(
    box: TextBox, prefix: str, font: SubsetFont, code_length: int, alphabet: str
) -> tuple[list[Line], list[CodeLine]]:
    """The words before the code, and the code in whole groups of four, as if every character were the widest."""
    widest = max(alphabet, key=lambda character: font.widths[character])
    groups = -(-code_length // GROUP_CHARACTERS)
    sample = " ".join(widest * min(GROUP_CHARACTERS, code_length - group * GROUP_CHARACTERS) for group in range(groups))
    for size_pt in _sizes(box):
        before_mm = font.width(prefix, size_pt) * MM_PER_PT
        rows = _group_rows(sample, font, size_pt, box.width_mm, before_mm)
        if rows is None or len(rows) > box.lines:
            continue
        pieces: list[CodeLine] = []
        lines: list[Line] = []
        for number, (start, stop) in enumerate(rows):
            offset_mm = before_mm if number == 0 else 0.0
            left_mm = _left(box, font, (prefix if number == 0 else "") + sample[start:stop], size_pt)
            baseline_mm = _baseline(box, number, size_pt)
            pieces.append(CodeLine(left_mm + offset_mm, baseline_mm, size_pt, start, stop))
            if number == 0 and prefix:
                lines.append(Line(left_mm, baseline_mm, size_pt, prefix))
        return lines, pieces
    raise InvalidInput("template.text_too_long", field=CODE, text=prefix[:30] or CODE)


def _group_rows(
    sample: str, font: SubsetFont, size_pt: float, width_mm: float, before_mm: float
) -> list[tuple[int, int]] | None:
    """Where each line of the grouped code begins and ends; None where not even one group fits a line."""
    rows: list[tuple[int, int]] = []
    start = 0
    while start < len(sample):
        room_mm = width_mm - (0 if rows else before_mm)
        stop = len(sample)
        while stop > start and font.width(sample[start:stop], size_pt) * MM_PER_PT > room_mm:
            stop = sample.rfind(" ", start, stop) if " " in sample[start:stop] else start
        if stop <= start:
            return None
        rows.append((start, stop))
        start = stop + 1
    return rows


def _sizes(box: TextBox) -> list[float]:
    sizes = [box.size_pt]
    while sizes[-1] > box.least_size_pt:
        sizes.append(max(round(sizes[-1] * _SHRINK, 2), box.least_size_pt))
    return sizes


def _wrapped(text: str, font: SubsetFont, size_pt: float, width_mm: float) -> list[str]:
    """`text` in lines no wider than `width_mm`."""
    rows: list[str] = []
    rest = text
    while font.width(rest, size_pt) * MM_PER_PT > width_mm:
        fitting = len(rest)
        while fitting > 1 and font.width(rest[:fitting], size_pt) * MM_PER_PT > width_mm:
            fitting -= 1
        cut = next((at for at in range(fitting, max(fitting // 2, 1) - 1, -1) if _may_break(rest, at)), fitting)
        rows.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*rows, rest]


def _may_break(text: str, at: int) -> bool:
    """Not within a number or a Latin word, and not before what closes."""
    before, after = text[at - 1], text[at]
    return after not in _CLOSING and not (before.isascii() and before.isalnum() and after.isascii() and after.isalnum())


def _left(box: TextBox, font: SubsetFont, text: str, size_pt: float) -> float:
    if box.align == "left":
        return box.x_mm
    return box.x_mm + (box.width_mm - font.width(text, size_pt) * MM_PER_PT) / 2


def _baseline(box: TextBox, number: int, size_pt: float) -> float:
    return box.y_mm + (_BASELINE + number * LINE_HEIGHT) * size_pt * MM_PER_PT


def _blamed(box: TextBox) -> str:
    return next(iter(box.placeholders), "pattern")
