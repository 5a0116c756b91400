"""Templates: all that come with the package are good, and every slip in one is refused under its own code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suiyuan.labels.layout import lay_out
from suiyuan.labels.sheet import ROLL, SHEETS, sheet_named
from suiyuan.labels.template import (
    KINDS,
    MM_PER_PT,
    LabelFields,
    Template,
    list_templates,
    load_template,
    parse_template,
)
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.kernel.errors import InvalidInput, NotKnown

PLAIN = """
title = { zh = "测试", en = "Test" }
kinds = ["pesticide", "vet_drug"]
width_mm = 40
height_mm = 30
[wording]
vet_drug = "兽用"
[symbol]
x_mm = 1
y_mm = 1
width_mm = 20
[[text]]
x_mm = 22
y_mm = 2
width_mm = 16
size_pt = 8
lines = 2
optional = true
pattern = "{wording} {product}"
[[text]]
x_mm = 1
y_mm = 24
width_mm = 38
size_pt = 6
lines = 2
pattern = "追溯码 {code}"
"""

FIELDS = LabelFields(
    kind="pesticide",
    product="5%阿维菌素乳油",
    registration_number="PD20990001",
    maker="示范农药有限公司",
    batch_number="B000001",
    production_on=date(2026, 11, 3),
    expires_on=date(2028, 11, 2),
    pack="100毫升/瓶",
    quantity="20瓶",
)


def changed(*changes: tuple[str, str]) -> str:
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def refused(act: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(InvalidInput) as refusal:
        act()
    return refusal.value.code, refusal.value.field


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
@pytest.mark.parametrize(("modules", "code_length"), [(29, 32), (25, 20), (21, 24)])
def test_template_of_the_package_takes_the_values_of_its_kinds(
    template: Template, modules: int, code_length: int
) -> None:
    for kind in template.kinds:
        layout = lay_out(template, replace(FIELDS, kind=kind, marks=("限制使用",)), modules, code_length, 300)
        said = "".join(line.text for line in layout.lines)
        assert FIELDS.product in said
        assert template.wording.get(kind, "") in said
        assert layout.code_lines[0].start == 0
        assert layout.code_lines[-1].stop == code_length + (code_length - 1) // 4
        for line in layout.lines:
            width_mm = layout.font.width(line.text, line.size_pt) * MM_PER_PT
            assert line.x_mm + width_mm <= template.width_mm
            assert line.baseline_mm <= template.height_mm


def test_kinds_are_those_of_the_catalogue() -> None:
    assert set(ProductKind) == KINDS
    assert {kind for template in list_templates() for kind in template.kinds} == KINDS


def test_veterinary_drugs_say_so_on_every_template() -> None:
    for template in list_templates():
        assert "vet_drug" not in template.kinds or template.wording["vet_drug"] == "兽用"


def test_every_name_is_loaded_as_itself() -> None:
    assert [load_template(template.name) for template in list_templates()] == list(list_templates())


@pytest.mark.parametrize("name", ["", "nothing", "../template", "plain-40x30.toml", "x" * 500])
def test_unknown_name_is_not_known(name: str) -> None:
    with pytest.raises(NotKnown) as refusal:
        load_template(name)
    assert refusal.value.code == "template.unknown"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (("width_mm = 40", ""), "template.field_missing", "width_mm"),
        (('pattern = "追溯码 {code}"', ""), "template.field_missing", "text.1.pattern"),
        (('pattern = "追溯码 {code}"', 'pattern = ""'), "template.field_missing", "text.1.pattern"),
        (('zh = "测试", ', ""), "template.field_missing", "title.zh"),
        (("width_mm = 40", "width_mm = 0"), "template.size", "width_mm"),
        (("height_mm = 30", "height_mm = -30"), "template.size", "height_mm"),
        (("height_mm = 30", "height_mm = nan"), "template.size", "height_mm"),
        (("width_mm = 40", "width_mm = 501"), "template.size", "width_mm"),
        (("size_pt = 8", "size_pt = 0"), "template.size", "text.0.size_pt"),
        (("size_pt = 8", "size_pt = 2"), "template.size", "text.0.size_pt"),
        (("x_mm = 22", "x_mm = -1"), "template.size", "text.0.x_mm"),
        (("lines = 2", "lines = 0"), "template.size", "text.0.lines"),
        (("width_mm = 40", 'width_mm = "40"'), "template.malformed", "width_mm"),
        (("width_mm = 40", "width_mm = true"), "template.malformed", "width_mm"),
        (("width_mm = 40", "width_mn = 40\nwidth_mm = 40"), "template.malformed", "width_mn"),
        (("y_mm = 1\n", "y_mm = 1\nz_mm = 1\n"), "template.malformed", "symbol.z_mm"),
        (("optional = true", "optional = 1"), "template.malformed", "text.0.optional"),
        (('"pesticide"', '"weapon"'), "template.malformed", "kinds"),
        (('kinds = ["pesticide", "vet_drug"]', "kinds = []"), "template.malformed", "kinds"),
        (('["pesticide", "vet_drug"]', '["pesticide"]'), "template.malformed", "wording"),
        (("width_mm = 20", "width_mm = 39.5"), "template.outside_label", "symbol"),
        (("y_mm = 24", "y_mm = 27"), "template.outside_label", "text.1"),
        (("x_mm = 22", "x_mm = 20.5"), "template.covers_symbol", "text.0"),
        (("{product}", "{price}"), "template.placeholder", "text.0.pattern"),
        (("{product}", "{product.__class__}"), "template.placeholder", "text.0.pattern"),
        (("{product}", "{product!r}"), "template.placeholder", "text.0.pattern"),
        (("{product}", "{kind}"), "template.placeholder", "text.0.pattern"),
        (("{product}", "{product"), "template.malformed", "text.0.pattern"),
        (("{product}", "a\\nb"), "label.line_break", "text.0.pattern"),
        (("追溯码 {code}", "{code} {product}"), "template.code_place", "text.1.pattern"),
        (("{wording} ", ""), "template.wording", "wording"),
    ],
)
def test_refuses_a_bad_template(change: tuple[str, str], code: str, field: str) -> None:
    assert refused(lambda: parse_template("test", changed(change))) == (code, field)


@pytest.mark.parametrize("text", ["", "= 1", "[symbol", "x" * 30_000])
def test_refuses_what_is_no_template(text: str) -> None:
    code, _ = refused(lambda: parse_template("test", text))
    assert code in {"template.malformed", "template.field_missing"}


def test_code_follows_its_words_in_whole_groups() -> None:
    layout = lay_out(parse_template("test", PLAIN), FIELDS, 29, 32, 300)
    (words,) = [line for line in layout.lines if line.text == "追溯码 "]
    first, second = layout.code_lines
    assert first.x_mm > words.x_mm and first.baseline_mm == words.baseline_mm
    assert (first.start, second.stop) == (0, 39)
    assert second.start == first.stop + 1 and second.start % 5 == 0
    assert second.baseline_mm > first.baseline_mm


def test_long_text_is_wrapped_then_set_smaller_then_refused() -> None:
    template = parse_template("test", PLAIN)

    def lines(product: str) -> list[tuple[float, str]]:
        layout = lay_out(template, replace(FIELDS, kind="vet_drug", product=product), 29, 32, 300)
        return [(line.size_pt, line.text) for line in layout.lines if not line.text.startswith("追溯码")]

    assert lines("甲" * 2) == [(8.0, "兽用 甲甲")]
    assert len(lines("甲" * 7)) == 2
    assert {size for size, _ in lines("甲" * 7)} == {8.0}
    smaller = lines("甲" * 9)
    assert {size for size, _ in smaller} != {8.0} and len(smaller) == 2
    assert "".join(text for _, text in smaller).replace(" ", "") == "兽用" + "甲" * 9
    assert refused(lambda: lines("甲" * 40)) == ("template.text_too_long", "wording")
    assert refused(lambda: lines("甲" * 100_000))[0] == "template.text_too_long"


@pytest.mark.parametrize("product", ["恩诺沙星注射剂液（10%）", "恩诺沙星注射液12345", "四字品名EC2000克"])
def test_lines_break_neither_numbers_nor_before_what_closes(product: str) -> None:
    layout = lay_out(load_template("plain-40x30"), replace(FIELDS, product=product, pack=""), 29, 32, 300)
    first, second = [line.text for line in layout.lines if line.text in product]
    assert first + second == product
    assert second[0] not in "%）" and not (first[-1].isalnum() and first[-1].isascii() and second[0].isdigit())


def test_refuses_values_that_cannot_be_printed() -> None:
    template = load_template("pesticide-50x30")

    def with_values(**values: Any) -> Callable[[], object]:
        return lambda: lay_out(template, replace(FIELDS, **values), 29, 32, 300)

    assert refused(with_values(pack="")) == ("template.value_missing", "pack")
    assert refused(with_values(expires_on=None)) == ("template.value_missing", "expires_on")
    assert refused(with_values(maker="  ")) == ("template.value_missing", "maker")
    assert refused(with_values(maker="甲\n乙")) == ("label.line_break", "maker")
    assert refused(with_values(maker="甲\U0001f33e乙"))[0] == "template.glyph_missing"
    assert refused(with_values(kind="seed")) == ("template.kind", "template")


def test_an_optional_text_is_left_out_but_not_with_what_the_law_wants_in_it() -> None:
    template = parse_template("test", PLAIN)
    assert "兽用" not in "".join(line.text for line in lay_out(template, FIELDS, 29, 32, 300).lines)
    nameless = replace(FIELDS, kind="vet_drug", product="")
    assert refused(lambda: lay_out(template, nameless, 29, 32, 300)) == ("template.value_missing", "product")


def test_refuses_symbols_too_small_to_read() -> None:
    template = load_template("vet-40x25")
    fields = replace(FIELDS, kind="vet_drug")
    assert lay_out(template, fields, 21, 24, 300).warnings == ()
    assert lay_out(template, fields, 41, 24, 300).warnings == ("module_small",)
    assert refused(lambda: lay_out(template, fields, 61, 24, 300)) == ("label.module_too_small", "width_mm")
    assert refused(lambda: lay_out(template, fields, 21, 24, 0)) == ("label.print_size", "width_mm")
    assert refused(lambda: lay_out(template, fields, 21, 20, 300, is_seed=True))[0] == "label.seed_area"


def test_wording_of_the_kind_and_marks_of_the_product_stand_together() -> None:
    fields = replace(FIELDS, kind="vet_drug", marks=("兽用处方药",))
    layout = lay_out(load_template("vet-40x25"), fields, 21, 24, 300)
    assert "兽用 兽用处方药" in [line.text for line in layout.lines]


@pytest.mark.parametrize(("name", "count"), [("roll", 1), ("a4-24", 24), ("a4-40", 40), ("a4-65", 65)])
def test_sheets_have_their_places_inside_the_page(name: str, count: int) -> None:
    template, sheet = load_template("pesticide-38x21"), sheet_named(name)
    places = sheet.places_mm(template)
    width, height = sheet.page_size_mm(template)
    assert len(places) == len(set(places)) == sheet.labels_per_page == count
    assert re.search(r"roll|" + str(count), sheet.name)
    for x, y in places:
        assert x >= 0 <= y
        assert x + template.width_mm <= width and y + template.height_mm <= height


def test_refuses_a_label_larger_than_the_cell() -> None:
    template = load_template("carton-100x60")
    assert ROLL.places_mm(template) == [(0.0, 0.0)]
    for name in SHEETS.keys() - {"roll"}:
        assert refused(lambda name=name: SHEETS[name].places_mm(template)) == ("template.too_large_for_cell", "sheet")
    with pytest.raises(NotKnown) as refusal:
        sheet_named("a4-1000")
    assert refusal.value.code == "template.sheet_unknown"
