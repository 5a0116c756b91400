"""Charts, rates and lists as the pages of published results show them."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from suiyuan.api.pages import charts
from suiyuan.api.pages.aggregate_view import aggregate_row
from suiyuan.api.pages.charts import Bar, Column
from suiyuan.api.pages.rendering import render, word
from suiyuan.api.pages.result_view import counts_view, form_view
from suiyuan.api.pages.result_words import failure_text, quantity_text, rate_text, result_link
from suiyuan.trace.inspection.items import Observation
from suiyuan.trace.inspection.model import ReportKind, Stage
from suiyuan.trace.inspection.publication.model import Counts, Failure, PublicVerdict
from suiyuan.trace.kernel.texts import LANGUAGES, Language
from suiyuan.trace.kernel.units import Unit

from .publication_pages import AGGREGATE, FOUND, PUBLICATION_PAGES, SAMPLE


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own drawing


BARS = [
    Bar("甲 <县>", Decimal("62.5"), "62.5%（5/8）"),
    Bar("乙县", None, "无"),
    Bar("丙县", Decimal("0.0"), "0.0%（0/2）"),
]


def test_a_bar_is_as_long_as_its_rate_and_none_is_none() -> None:
    chart = drawn(charts.bars("c", "题", "说明", BARS))
    assert [each.get("width") for each in chart.iter("rect") if each.get("class") == "chart__bar"] == ["62.5%"]
    assert len([each for each in chart.iter("rect") if each.get("class") == "chart__track"]) == 3
    assert [each.text for each in chart.iter("text")] == [
        "甲 <县>", "62.5%（5/8）", "乙县", "无", "丙县", "0.0%（0/2）",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "svg", [charts.bars("c", "题", "说明", BARS), charts.columns("c", "题", "说明", [Column("2026-11", 3, 1)])]
)
def test_a_chart_speaks_and_has_no_style_of_its_own(svg: str) -> None:
    chart = drawn(svg)
    assert chart.get("role") == "img"
    named = [chart.find(name) for name in ("title", "desc")]
    assert [each.text for each in named if each is not None] == ["题", "说明"]
    assert chart.get("aria-labelledby") == " ".join(each.get("id", "") for each in named if each is not None)
    assert not re.search(r"style=|fill=|viewBox|#[0-9a-f]{3}", svg)


def test_columns_share_the_width_and_few_are_labelled() -> None:
    many = [Column(f"2025-{month:02}", month, 1) for month in range(1, 13)] + [Column("2026-01", 0)]
    chart = drawn(charts.columns("c", "题", "说明", many))
    columns = [each for each in chart.iter("rect") if each.get("class") == "chart__bar"]
    assert len(columns) == 12
    assert {each.get("width") for each in columns} == {"5.77%"}
    assert int(columns[-1].get("height", "")) == charts.COLUMNS_PX == 12 * int(columns[0].get("height", "")) + 8
    assert [each.text for each in chart.iter("text")] == ["2025-01", "2025-04", "2025-07", "2025-10", "2026-01"]
    assert charts.columns("c", "", "", [Column("2026-11", 0)]) == charts.columns("c", "", "", []) == ""
    assert charts.bars("c", "", "", []) == ""


def test_a_rate_never_stands_without_its_counts() -> None:
    assert rate_text(Counts(12, 1_000, 500, 4), "zh") == "66.7%（1,000/1,500）"
    assert rate_text(Counts(4, 0, 0, 4), "zh") == "无"
    assert counts_view(Counts(0, 0, 0, 0), "zh") is None
    view = counts_view(Counts(3, 1, 1, 1), "zh")
    assert view is not None
    assert view.numbers[-1] == ("合格率", "50.0%（1/2）")
    assert "单独计数" in view.note


def test_places_beyond_ningxia_are_added_up_by_province() -> None:
    page = render("results/search.html", "zh", view=FOUND)
    assert "100.0%（4/4）" in page
    assert page.count("河南省</text>") == 1


def test_every_filter_has_a_field_and_the_choices_have_words() -> None:
    view = form_view({"region": "640221"}, {"from": "错"}, "en")
    names = [each.name for each in (*view.first_fields, *view.more_fields)]
    asked = ["product", "maker", "kind", "region", "verdict", "batch", "outlet", "item", "from", "to", "basis", "stage"]
    assert sorted(names) == sorted([*asked, "violation"])
    assert view.is_more_open
    region = next(each for each in view.first_fields if each.name == "region")
    assert region.choices[0].value.startswith("64")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_has_a_word(language: Language) -> None:
    for member in (*PublicVerdict, *Stage, *ReportKind):
        assert word(member, language)


def test_values_stand_with_their_units() -> None:
    assert quantity_text("58", Unit.PERCENT, "zh") == "58%"
    assert quantity_text("16", Unit.GRAM_PER_LITRE, "en") == "16 g/L"
    assert quantity_text("未检出", Unit.PERCENT, "zh") == "未检出"
    absent = Failure("阿维菌素", "", "", Unit.NONE, Observation.NOT_DETECTED)
    assert failure_text(absent, "zh") == f"阿维菌素：{word(Observation.NOT_DETECTED, 'zh')}"
    assert result_link(replace(SAMPLE, sample_number="宁/1?")) == "/results/%E5%AE%81/1%3F"


def test_what_people_wrote_is_text_on_every_page() -> None:
    for name in ("results/search.html", "results/batch.html", "bulletins/bulletin.html", "bulletins/desk.html"):
        page = render(name, "zh", **PUBLICATION_PAGES[name])
        assert "<b>阿维" not in page
        assert "&lt;b&gt;阿维" in page, name


def test_printed_and_computed_rates_both_stand_where_they_differ() -> None:
    row = aggregate_row(AGGREGATE, "zh")
    assert (row.rate, row.differs) == ("91.6%（426/465）", "公布的不合格率为 8.84%，按数字算为 8.39%")
    assert (row.kind, row.fakes, row.link) == ("农药", "其中假 3", "http://example.org/a.html")
    assert aggregate_row(replace(AGGREGATE, fail_percent=Decimal("8.4"), kind="new"), "zh").differs == ""
    assert aggregate_row(replace(AGGREGATE, kind="new", fake_count=None), "zh").kind == "new"
