"""Label templates: what stands where on a label. Data in templates/*.toml; this reads and checks them.

    ┌──────────────────────────────────┐  y_mm 0
    │ ┌────────┐  text  {product}      │
    │ │ symbol │  text  {batch_number} │     every box is given by its upper left corner, in millimetres from
    │ │with its│  text  …              │     the label's upper left corner; sizes of letters are in points
    │ │ quiet  │                       │
    │ │ zone   │  text  {code}         │
    │ └────────┘                       │
    └──────────────────────────────────┘  height_mm

The keys of a file are explained in templates/plain-40x30.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal, cast

from ..trace.kernel.errors import InvalidInput, NotKnown
from ..trace.kernel.texts import LANGUAGES, Language
from .template_table import Table

MAX_SIDE_MM = 500.0
"""Wider than any label printer; the same bound as labels.size has for symbols."""

LEAST_SIZE_PT = 4.0
MOST_SIZE_PT = 72.0
MAX_LINES = 10
MAX_FILE_CHARACTERS = 20_000

MM_PER_PT = 25.4 / 72
LINE_HEIGHT = 1.2
"""From one line to the next, in letter sizes."""

KINDS = frozenset({"pesticide", "seed", "vet_drug", "feed", "fertiliser", "other"})
"""The values of trace.catalog.model.ProductKind, which labels need not know."""

CODE = "code"
WORDING = "wording"

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUFFIX = ".toml"

Align = Literal["left", "center"]


@dataclass(frozen=True, slots=True)
class LabelFields:
    """What the labels of one batch say: each name is a placeholder. "" and None mean: not given.

    `marks` are words that this product's label must carry beyond what its kind does, such as 限制使用 or 转基因; with
    the template's wording for the kind they make up `{wording}`. Days are printed as 2026-03-01.
    """

    kind: str
    product: str = ""
    registration_number: str = ""
    maker: str = ""
    batch_number: str = ""
    production_on: date | None = None
    expires_on: date | None = None
    pack: str = ""
    brand: str = ""
    formulation: str = ""
    contract_maker: str = ""
    licence_number: str = ""
    telephone: str = ""
    quantity: str = ""
    marks: tuple[str, ...] = ()

    def value(self, placeholder: str) -> str:
        """The text for a placeholder other than `{code}` and `{wording}`."""
        value = getattr(self, placeholder)
        return value.isoformat() if isinstance(value, date) else (value or "").strip()


PLACEHOLDERS = frozenset({field.name for field in fields(LabelFields)} - {"kind", "marks"} | {CODE, WORDING})


@dataclass(frozen=True, slots=True)
class SymbolBox:
    """The square that the symbol and its quiet zone get. Millimetres."""

    x_mm: float
    y_mm: float
    width_mm: float


@dataclass(frozen=True, slots=True)
class TextBox:
    """A text: wrapped into at most `lines`, then set smaller, down to `least_size_pt`, until it fits `width_mm`.

    `optional`: left out where a value it names is not given; otherwise that is refused. `{code}` comes last in a
    pattern or not at all.
    """

    x_mm: float
    y_mm: float
    width_mm: float
    size_pt: float
    pattern: str
    lines: int = 1
    least_size_pt: float = LEAST_SIZE_PT
    align: Align = "left"
    optional: bool = False

    @property
    def height_mm(self) -> float:
        return (1 + (self.lines - 1) * LINE_HEIGHT) * self.size_pt * MM_PER_PT

    @property
    def placeholders(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in Formatter().parse(self.pattern) if name is not None)


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template. `wording`: by kind, what the law wants to read on every label of that kind."""

    name: str
    title: Mapping[Language, str]
    kinds: frozenset[str]
    width_mm: float
    height_mm: float
    symbol: SymbolBox
    texts: tuple[TextBox, ...]
    wording: Mapping[str, str]


@cache
def list_templates() -> tuple[Template, ...]:
    """All templates that come with the package, by name."""
    folder = files("suiyuan.labels").joinpath("templates")
    names = sorted(file.name.removesuffix(_SUFFIX) for file in folder.iterdir() if file.name.endswith(_SUFFIX))
    return tuple(
        parse_template(name, folder.joinpath(name + _SUFFIX).read_text(encoding="utf-8"))
        for name in names
        if _NAME.fullmatch(name)
    )


def load_template(name: str) -> Template:
    """The template of that name. Raises NotKnown `template.unknown`."""
    for template in list_templates():
        if template.name == name:
            return template
    raise NotKnown("template.unknown", field="template", name=name[:50])


def parse_template(name: str, text: str) -> Template:
    """A template from TOML, ours or a maker's own.

    Raises InvalidInput: `template.malformed` for what is no TOML, a wrong type or an unknown key or kind,
    `template.field_missing`, `template.size` for a size or number outside its bounds, `template.outside_label`,
    `template.covers_symbol` for a text that reaches into the symbol's box, `template.placeholder` for one that does
    not exist, `template.code_place` for text after `{code}`, `template.wording` where the mandatory words of a kind
    have no place.
    """
    if len(text) > MAX_FILE_CHARACTERS:
        raise InvalidInput("template.malformed", field="template", detail=f"more than {MAX_FILE_CHARACTERS} characters")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("template.malformed", field="template", detail=str(error)) from error
    table = Table(raw, "")
    width_mm, height_mm = (table.number(side, 1, MAX_SIDE_MM) for side in ("width_mm", "height_mm"))
    symbol = table.table("symbol")
    template = Template(
        name=name,
        title=cast(Mapping[Language, str], table.table("title").texts(LANGUAGES)),
        kinds=frozenset(table.words("kinds", KINDS)),
        width_mm=width_mm,
        height_mm=height_mm,
        symbol=SymbolBox(
            symbol.offset("x_mm", MAX_SIDE_MM),
            symbol.offset("y_mm", MAX_SIDE_MM),
            symbol.number("width_mm", 1, MAX_SIDE_MM),
        ),
        texts=tuple(_text_box(entry) for entry in table.tables("text")),
        wording=table.table("wording").texts() if "wording" in raw else {},
    )
    symbol.refuse_others()
    table.refuse_others()
    _check(template)
    return template


def _text_box(entry: Table) -> TextBox:
    size_pt = entry.number("size_pt", LEAST_SIZE_PT, MOST_SIZE_PT)
    box = TextBox(
        x_mm=entry.offset("x_mm", MAX_SIDE_MM),
        y_mm=entry.offset("y_mm", MAX_SIDE_MM),
        width_mm=entry.number("width_mm", 1, MAX_SIDE_MM),
        size_pt=size_pt,
        pattern=entry.text("pattern"),
        lines=int(entry.number("lines", 1, MAX_LINES, default=1)),
        least_size_pt=entry.number("least_size_pt", LEAST_SIZE_PT, size_pt, default=min(size_pt, 5.2)),
        align=cast(Align, entry.word("align", ("left", "center"), default="left")),
        optional=entry.flag("optional"),
    )
    entry.refuse_others()
    return box


def _check(template: Template) -> None:
    symbol = template.symbol
    _require_inside(template, "symbol", symbol.x_mm, symbol.y_mm, symbol.width_mm, symbol.width_mm)
    for number, box in enumerate(template.texts):
        where = f"text.{number}"
        _require_inside(template, where, box.x_mm, box.y_mm, box.width_mm, box.height_mm)
        beside = box.x_mm >= symbol.x_mm + symbol.width_mm or box.x_mm + box.width_mm <= symbol.x_mm
        above_or_below = box.y_mm >= symbol.y_mm + symbol.width_mm or box.y_mm + box.height_mm <= symbol.y_mm
        if not (beside or above_or_below):
            raise InvalidInput("template.covers_symbol", field=where)
        _check_pattern(where, box)
    if not template.kinds.issuperset(template.wording):
        raise InvalidInput("template.malformed", field="wording", detail="a kind that the template is not for")
    if template.wording and not any(WORDING in box.placeholders for box in template.texts):
        raise InvalidInput("template.wording", field="wording")


def _require_inside(template: Template, where: str, x: float, y: float, width: float, height: float) -> None:
    # A hundredth of a millimetre forgives sums of decimal fractions.
    if x + width > template.width_mm + 0.01 or y + height > template.height_mm + 0.01:
        raise InvalidInput("template.outside_label", field=where, width=template.width_mm, height=template.height_mm)


def _check_pattern(where: str, box: TextBox) -> None:
    try:
        pieces = list(Formatter().parse(box.pattern))
    except ValueError as error:
        raise InvalidInput("template.malformed", field=f"{where}.pattern", detail=str(error)) from error
    for position, (_, name, form, conversion) in enumerate(pieces):
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            raise InvalidInput("template.placeholder", field=f"{where}.pattern", placeholder=name[:50])
        if name == CODE and position != len(pieces) - 1:
            raise InvalidInput("template.code_place", field=f"{where}.pattern")
