"""Documents as PDF, read back by poppler, which shares no code with the writer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from suiyuan.labels import fonts
from suiyuan.labels.documents import (
    Block,
    Drawing,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    SignatureLines,
    Table,
    render_document,
)
from suiyuan.labels.documents.paths import MAX_PATH_CHARACTERS, bounds, operators, read_path
from suiyuan.labels.documents.typesetting import font_of, lines_of, printable
from suiyuan.labels.symbol import qr_modules
from suiyuan.trace.kernel.errors import InvalidInput

TITLE = "农产品质量安全监督抽查抽样单"


def text_of(tmp_path: Path, document: bytes, *options: str) -> str:
    path = tmp_path / "document.pdf"
    path.write_bytes(document)
    return subprocess.run(["pdftotext", *options, path, "-"], check=True, capture_output=True, text=True).stdout


def page_count(tmp_path: Path, *blocks: Block, **options: Any) -> int:
    return text_of(tmp_path, render_document(TITLE, blocks, **options)).count("\f")


def picture_of(tmp_path: Path, document: bytes, dpi: int = 150) -> np.ndarray:
    """The first page: grey values from above, 0 is black."""
    path = tmp_path / "document.pdf"
    path.write_bytes(document)
    command = ["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", path, tmp_path / "page"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    assert told == ""
    return np.asarray(Image.open(tmp_path / "page.pgm"))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_everything_said_can_be_read_back(tmp_path: Path) -> None:
    blocks = (
        Heading("一、样品"),
        Facts((("产品", "阿维菌素乳油"), ("登记证号", "PD20172247"), ("批号", "20261001-1")), columns=2),
        Paragraph("样品由抽样人员与被抽样单位共同封样。\n各执一份。"),
        Heading("封样", 2),
        Table(("份", "封条号"), (("检验", "F-0001"), ("备样", "F-0002"))),
        SignatureLines(("被抽样单位：", "抽样人员：")),
        Paragraph("穗源", is_small=True),
    )
    read = squeezed(text_of(tmp_path, render_document(TITLE, blocks, footer="NX-2026-1")))
    for said in (
        "阿维菌素乳油",
        "登记证号",
        "PD20172247",
        "20261001-1",
        "共同封样。各执一份。",
        "F-0001",
        "备样",
        "NX-2026-1",
    ):
        assert said in read
    assert "被抽样单位：" in read
    assert "抽样人员：" in read
    assert read.count(TITLE) == 2, "in the head and above the text"


def test_each_copy_is_whole_and_says_which_it_is(tmp_path: Path) -> None:
    copies = ("第一联 抽样单位留存", "第二联 被抽样单位留存", "第三联 检验机构留存")
    blocks = (Paragraph("甲"), PageBreak(), Paragraph("乙"))
    document = render_document(TITLE, blocks, copies=copies)
    pages = text_of(tmp_path, document).split("\f")[:-1]
    assert len(pages) == 6
    for number, page in enumerate(pages):
        assert copies[number // 2] in page
        assert "甲乙"[number % 2] in page
        assert f"{number % 2 + 1}/2" in squeezed(page)


def test_the_font_is_embedded_once_whatever_the_number_of_copies(tmp_path: Path) -> None:
    one = render_document(TITLE, (Paragraph("甲"),))
    many = render_document(TITLE, (Paragraph("甲"),), copies=("",) * 20)
    assert len(many) < 2 * len(one)
    (tmp_path / "document.pdf").write_bytes(one)
    fonts = subprocess.run(["pdffonts", tmp_path / "document.pdf"], check=True, capture_output=True, text=True).stdout
    assert "+NotoSansSC-Regular" in fonts
    assert [row.split()[-5:-2] for row in fonts.splitlines()[2:]] == [["yes", "yes", "yes"]]


def test_the_same_content_makes_the_same_bytes() -> None:
    blocks = (Facts((("产品", "阿维菌素乳油"),)),)
    first = render_document(TITLE, blocks)
    fonts._subset_font.cache_clear()
    assert render_document(TITLE, blocks) == first
    assert render_document(TITLE, (Facts((("产品", "阿维菌素乳乳"),)),)) != first


def test_headings_of_a_table_stand_on_every_page(tmp_path: Path) -> None:
    rows = tuple((f"样品{number}", f"{number}") for number in range(120))
    pages = text_of(tmp_path, render_document(TITLE, (Table(("样品名称", "数量"), rows),))).split("\f")[:-1]
    assert len(pages) > 2
    assert all("样品名称" in page for page in pages)
    read = re.findall(r"样品(\d+)", "".join(pages))
    assert list(map(int, read)) == list(range(120)), "none is lost at a page's edge"


def test_a_row_longer_than_a_page_goes_on_over_it(tmp_path: Path) -> None:
    words = "".join(f"第{number}句。" for number in range(1_500))
    for block in (Table(("说明",), ((words,),)), Facts((("说明", words),)), Paragraph(words)):
        pages = text_of(tmp_path, render_document("长", (block,))).split("\f")[:-1]
        assert len(pages) >= 2
        found = re.findall(r"第(\d+)句", squeezed("".join(re.sub(r"\d+ ?/ ?\d+|长|说明", "", page) for page in pages)))
        assert list(map(int, found)) == list(range(1_500))


def test_a_heading_goes_with_what_follows(tmp_path: Path) -> None:
    for lines in range(40, 56):
        blocks = (Paragraph("\n".join("行" * lines)), Heading("在此"), Paragraph("随后"))
        for page in text_of(tmp_path, render_document("长", blocks)).split("\f"):
            assert ("在此" in page) == ("随后" in page), lines


def test_an_empty_document_has_one_page(tmp_path: Path) -> None:
    assert page_count(tmp_path) == 1
    assert page_count(tmp_path, Facts(()), Table((), ()), Paragraph(""), SignatureLines(())) == 1
    assert page_count(tmp_path, copies=()) == 1


def test_a_character_that_the_font_lacks_is_marked_and_loses_nothing_else(tmp_path: Path) -> None:
    read = text_of(tmp_path, render_document(TITLE, (Paragraph("甲😀乙\u200b丙\u0007丁"),)))
    assert "甲〓乙丙 丁" in read


def test_lines_are_no_wider_than_they_may_be_and_lose_nothing() -> None:
    text = printable("依据《办法》（2022年修订），product LXQ/26-1234567890 取 12.5kg。") * 6
    font = font_of([text])
    for width in (40, 60, 100, 300):
        lines = lines_of(font, text, 10, width)
        assert all(font.width(line, 10) <= width for line in lines), width
        assert squeezed("".join(lines)) == squeezed(text)
    for line in lines_of(font, text, 10, 100):
        assert line[0] not in "，。）》"
        assert line[-1] not in "（《"
    assert any("LXQ/26-1234567890" in line for line in lines_of(font, text, 10, 120)), "a word stays whole"


def test_a_line_of_nothing_but_stops_is_broken_all_the_same() -> None:
    font = font_of(["。"])
    lines = lines_of(font, "。" * 50, 10, 40)
    assert "".join(lines) == "。" * 50
    assert len(lines) > 5


def test_numbers_are_set_to_the_right(tmp_path: Path) -> None:
    document = render_document(TITLE, (Table(("县", "批次"), (("平罗县", "1"), ("同心县", "1,234"))),))
    boxes = {}
    for match in re.finditer(r'xMax="([\d.]+)"[^>]*>([^<]+)</word>', text_of(tmp_path, document, "-bbox")):
        boxes[match[2]] = float(match[1])
    assert boxes["1"] == pytest.approx(boxes["1,234"], abs=0.5) == boxes["批次"]


def test_a_filled_drawing_is_a_symbol_that_reads_back(tmp_path: Path) -> None:
    modules = qr_modules("https://example.cn/results/NX-2026-1")
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules.rows) for x, dark in enumerate(row) if dark)
    drawing = Drawing(path, 26, 26, view=(modules.size, modules.size), is_filled=True, caption="扫码看结果")
    document = render_document(TITLE, (drawing,))
    (symbol,) = zxingcpp.read_barcodes(picture_of(tmp_path, document))
    assert symbol.text == "https://example.cn/results/NX-2026-1"
    assert "扫码看结果" in text_of(tmp_path, document)


def test_a_drawn_line_lies_where_its_path_says(tmp_path: Path) -> None:
    """Down the left edge of the box and along its lower one, so that a mirrored picture would fail."""
    document = render_document("甲", (Drawing("M100 100v40h80", 40, 20),))
    dark = picture_of(tmp_path, document, dpi=100) < 128
    body = dark[130:400, 60:]
    rows, columns = body.sum(axis=1), body.sum(axis=0)
    assert rows.argmax() > columns.argmax() + 50, "the long line is the lower one"
    assert rows.max() == pytest.approx(40 / 25.4 * 100, abs=4)
    assert columns.max() == pytest.approx(20 / 25.4 * 100, abs=4)
    assert columns.argmax() < 20


def test_paths_are_read_as_svg_says() -> None:
    relative = read_path("m10,10 5 5 l-5-5h3v.5q1 1 2 0c0 1 1 1 1 0z l1 1")
    assert [segment.operator for segment in relative] == ["m", "l", "l", "l", "l", "c", "c", "h", "l"]
    assert relative[1].points == ((15, 15),)
    assert relative[4].points == ((13, 10.5),)
    assert relative[-1].points == ((11, 11),), "closing leads back to where it began"
    absolute = read_path("M0 0Q3 3 6 0")
    assert np.allclose(absolute[1].points, ((2, 2), (4, 2), (6, 0)))
    assert bounds(absolute) == (0, 0, 6, pytest.approx(2))
    assert operators(read_path("M1 2L3 4Z")) == b"1.000 2.000 m\n3.000 4.000 l\nh"
    assert read_path("") == []


@pytest.mark.parametrize(
    "data",
    ["L1 1", "M1", "M1 1 2", "M1 1 A1 1 0 0 0 1 1", "1 1", "M1 1Z2 2", "M1e9 1", "M1 1<script>", "Mnan 1", "M", "M-.1.",
     "M1 1" + "l1 1" * MAX_PATH_CHARACTERS],
)  # fmt: skip
def test_what_is_no_path_is_refused(data: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_path(data)
    assert refusal.value.code == "document.path"


def test_a_document_with_a_drawing_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        render_document(TITLE, (Drawing("M1", 10, 10),))
    assert (refusal.value.code, refusal.value.field) == ("document.path", "path_data")
