"""Languages, texts and the rules that hold for every page: no script, nothing from elsewhere, readable, small."""

from __future__ import annotations

import gzip
import re
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from suiyuan.api.pages.desk_view import (
    BatchForm,
    BatchView,
    Choice,
    DeskView,
    Fact,
    Flash,
    InboundCard,
    LabelSample,
    LabelsView,
    Link,
    PrintRow,
    published_row,
)
from suiyuan.api.pages.discrepancies import DiscrepanciesView, DiscrepancyCard
from suiyuan.api.pages.draws import DrawView
from suiyuan.api.pages.form_view import Field, FormView
from suiyuan.api.pages.inspectors import InspectorCard, InspectorsView, InterestRow
from suiyuan.api.pages.ledgers import LedgersView
from suiyuan.api.pages.movements import MovementRow, MovementsView
from suiyuan.api.pages.plan_forms import PlanFormView
from suiyuan.api.pages.plan_view import PlanView, VisitCard
from suiyuan.api.pages.receipts import ReceiptView
from suiyuan.api.pages.rendering import TEMPLATES, choose_language, day_text, render, switch_link, word
from suiyuan.api.pages.sheet_view import sheet_view, with_trouble
from suiyuan.api.pages.table_view import Column, Row, Table, TablePage, TableSection, cell
from suiyuan.api.pages.typed_view import MalformedView
from suiyuan.trace.batches.model import FactoryResult, ProductionType, StopKind
from suiyuan.trace.catalog.ledger_rules import LedgerSide
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.codes.model import Level, MalformedReason, Scheme
from suiyuan.trace.custody.model import CustodyState, DiscrepancyKind, MovementKind, WriteOffCause
from suiyuan.trace.custody.model import Outcome as Settlement
from suiyuan.trace.inspection.model import (
    Basis,
    LimitKind,
    MakerResponse,
    Outcome,
    PublishedResult,
    SampleState,
)
from suiyuan.trace.inspection.plans.model import PlanState
from suiyuan.trace.kernel.clock import day_in_china
from suiyuan.trace.kernel.texts import LANGUAGES, Language, catalogue, text
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.parties.model import Activity, Role
from suiyuan.trace.verification.model import ReasonCode, Verdict, Whereabouts

from .buyer_report_pages import REPORT_PAGES
from .enforcement_pages import ENFORCEMENT_PAGES
from .laboratory_pages import LABORATORY_PAGES
from .publication_pages import AGGREGATES, PUBLICATION_PAGES
from .sample_desk_pages import SAMPLE_PAGES

STATIC = TEMPLATES.parent / "static"
CSS = (STATIC / "suiyuan.css").read_text(encoding="utf-8")
MAX_COMPRESSED_BYTES = 20 * 1024
"""Page and style sheet together: a second on a village shop's connection."""

both_languages = pytest.mark.parametrize("language", LANGUAGES)


@pytest.mark.parametrize(
    ("query", "cookie", "header", "expected"),
    [
        (None, None, None, "zh"),
        ("en", "zh", "zh-CN", "en"),
        (None, "en", "zh-CN", "en"),
        ("EN", None, None, "en"),
        ("zh-Hans-CN", "en", None, "zh"),
        ("en_GB", None, None, "en"),
        ("fr", "en", None, "en"),
        ("", "", "", "zh"),
        (None, None, "en-GB,en;q=0.9", "en"),
        (None, None, "en;q=0.3, zh;q=0.8", "zh"),
        (None, None, "fr, en;q=0.5", "en"),
        (None, None, "fr, *;q=0.1", "zh"),
        (None, None, "en;q=0", "zh"),
        (None, None, "en;q=0, zh;q=0", "zh"),
        (None, None, "en,zh", "en"),
        (None, None, "fr-FR,ug", "zh"),
        (None, None, ";;;,,,=;q", "zh"),
        (None, None, "en;q=nan", "zh"),
        (None, None, "en;q=1e9", "zh"),
        (None, None, "en;q=-1, zh", "zh"),
        (None, None, "\x00\x01\ud83d", "zh"),
        (None, None, "english", "zh"),
        (None, None, "en;q=0.9," * 100_000, "en"),
        ("../../etc/passwd", "<script>", "'; DROP TABLE", "zh"),
    ],
)
def test_a_language_is_always_found(
    query: str | None, cookie: str | None, header: str | None, expected: Language
) -> None:
    assert choose_language(query, cookie, header) == expected


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        ("", "?lang=en"),
        ("/", "/?lang=en"),
        ("/c/1234", "/c/1234?lang=en"),
        ("/c?text=12+34&lang=zh", "/c?text=12+34&lang=en"),
        ("/c?text=", "/c?text=&lang=en"),
        ("//elsewhere.example/x?a=1", "/elsewhere.example/x?a=1&lang=en"),
        ("/\\elsewhere.example", "/elsewhere.example?lang=en"),
        ("/c?text=[//", "/c?text=%5B%2F%2F&lang=en"),
        ("javascript:alert(1)", "/javascript:alert(1)?lang=en"),
    ],
)
def test_the_switch_keeps_the_page_and_never_leaves_the_site(here: str, expected: str) -> None:
    assert switch_link(here, "en") == expected


SHOWN: tuple[type[Enum], ...] = (
    ProductKind,
    Role,
    Activity,
    Basis,
    SampleState,
    MakerResponse,
    Outcome,
    LimitKind,
    FactoryResult,
    ProductionType,
    StopKind,
    Level,
    Scheme,
    Whereabouts,
    Unit,
    CustodyState,
    MovementKind,
    WriteOffCause,
    DiscrepancyKind,
    Settlement,
    LedgerSide,
    PlanState,
)
WORDLESS = frozenset({Unit.PH, Unit.NONE})
"""Values that stand alone."""


@both_languages
@pytest.mark.parametrize("member", [member for enum in SHOWN for member in enum], ids=str)
def test_every_shown_value_has_a_word(member: Enum, language: Language) -> None:
    assert bool(word(member, language)) != (member in WORDLESS)


@both_languages
@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_texts(verdict: Verdict, language: Language) -> None:
    assert text(f"verdict.{verdict}.title", language) and text(f"verdict.{verdict}.sentence", language)


@both_languages
def test_no_text_is_left_over_from_an_enum_that_changed(language: Language) -> None:
    def leaves(prefix: str, last: int = 1) -> set[str]:
        return {key.split(".")[last] for key in catalogue() if key.startswith(prefix)}

    assert leaves("reason.") == {code.value for code in ReasonCode}
    assert leaves("verdict.") == {verdict.value for verdict in Verdict}
    assert leaves("malformed.") == {reason.value for reason in MalformedReason}
    for code in ReasonCode:
        assert catalogue()[f"reason.{code}.title"][language] and catalogue()[f"reason.{code}.what_to_do"][language]


OURS = ("verdict.", "reason.", "malformed.", "word.", "page.")
"""Texts of the pages; those under `error.` are tested with the errors."""


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", sorted(key for key in catalogue() if key.startswith(OURS)))
def test_both_languages_say_the_same_values(key: str) -> None:
    entry = catalogue()[key]
    assert _placeholders(entry["zh"]) == _placeholders(entry["en"])
    assert not re.search(r"[\u4e00-\u9fff]", entry["en"]) or key == "page.site.switch"


def test_no_text_calls_the_unknown_false() -> None:
    texts = [catalogue()[key] for key in catalogue() if key.startswith(("verdict.unknown", "reason.not_registered"))]
    for entry in texts:
        assert not re.search(r"假(?!的。)|伪", entry["zh"]) and not re.search("fake|counterfeit", entry["en"])
    assert "12316" in text("reason.not_registered_here.what_to_do", "zh")


def _sources() -> Iterator[tuple[str, str]]:
    for file in sorted(TEMPLATES.rglob("*.html")):
        yield file.relative_to(TEMPLATES).as_posix(), file.read_text(encoding="utf-8")


def test_templates_and_catalogue_name_the_same_texts() -> None:
    """A text that no page asks for is dead; a composed key (`"page.desk." ~ name`) vouches for its whole group."""
    python = "".join(file.read_text(encoding="utf-8") for file in (TEMPLATES.parent / "pages").glob("*.py"))
    asked: set[str] = set()
    groups: set[str] = set()
    for _, source in _sources():
        groups |= set(re.findall(r"""["'](page\.[a-z_.]+[._])["'] ~""", source))
        asked |= set(re.findall(r"""["'](page\.[a-z_.]+[a-z])["']""", source))
    asked |= set(re.findall(r'"(page\.[a-z_.]+[a-z])"', python))
    groups |= set(re.findall(r'f"(page\.[a-z_.]+[._])\{', python))
    assert asked <= set(catalogue())
    for key in catalogue():
        if key.startswith("page."):
            assert key in asked or key.startswith(tuple(groups)), f"{key} is never shown"


FLASH = Flash("已登记。", ("第一行",))
TABLE = Table(
    (Column("产品"), Column("批号"), Column("小包装数", is_number=True)),
    (
        Row(
            (cell("产品甲", badge="企业召回"), cell("B1", "另有", link="/desk/batches/1"), cell("1,234,567")),
            is_bad=True,
        ),
        Row((cell("产品乙"), cell("B2", is_tight=True), cell("")), is_good=True),
    ),
    "没有。",
)
DESK = DeskView(
    party_name="宁夏丰泽示范农化有限公司",
    roles="生产企业",
    region="银川市灵武市",
    is_manufacturer=True,
    stock=TABLE,
    warnings=(Link("/desk/expiring", "有 1 批货已经过期。", "去看看"),),
    acts=(Link("/desk/ship", "发货"),),
    more_acts=(Link("/desk/unpack", "拆箱"),),
    records=(Link("/desk/ledgers", "台账"),),
    inbound=(InboundCard("产品甲", "B1", "某厂", "12 箱", "2026年11月20日", "/r", "/d", is_return=True, warning="停"),),
    batches=TABLE,
)
ACT = FormView(
    action="/desk/ship",
    title="发货",
    lead="扫要发的货。",
    submit="确认",
    facts=(Fact("产品", ("产品甲",)),),
    trouble=("别的毛病。",),
    fields=(
        Field(
            "codes", "码", "scan", "提示", "1234\n5678", error="不认得。", count=2, offenders=("5678",), is_focused=True
        ),
        Field(
            "receiver", "收货方", "select", value="a", choices=(Choice("a", "某店"),), is_required=True, error="必填。"
        ),
        Field("rest", "其余", "radio", value="later", choices=(Choice("later", "以后"), Choice("missing", "没有"))),
        Field("with_surplus", "多出", "check", value="1"),
        Field("note", "说明", "note", value='"><script>'),
    ),
)
SETTLE = FormView("/desk/discrepancies/1/2", "", "", "确认", ACT.fields[1:2], prefix="d1-")
DISCREPANCIES = DiscrepanciesView(
    (
        DiscrepancyCard("short", "短少 1 箱", "产品甲 B1", "甲发给乙", "2026年11月4日", "少一箱", "", "", "", SETTLE),
        DiscrepancyCard("over", "多出 1 箱", "产品甲 B1", "甲发给乙", "2026年11月4日", "", "等甲处理。", "", "", None),
        DiscrepancyCard("damaged", "破损", "产品甲 B1", "甲发给乙", "2026年11月4日", "", "", "已商定", "换货", None),
    ),
    is_open=True,
)
MOVEMENTS = MovementsView(
    (
        MovementRow("发货", "产品甲 B1", "1 箱", "2026年11月4日 08:00", "给某店", "", "", "/desk/movements/1/2/undo"),
        MovementRow("发货", "产品甲 B1", "1 箱", "2026年11月4日 08:00", "", "扫错了", "undone", ""),
    ),
    10,
    "?before=x",
)
LEDGERS = LedgersView(
    sides=(Choice("sale", "销售台账"),),
    periods=(Choice("this_month", "本月"),),
    kinds=(Choice("all", "全部"),),
    values={"side": "sale", "period": "this_month", "kind": "all"},
    note="共 2 条。",
    sections=(TableSection("农药", TABLE, "依据", (("/desk/ledgers/file?a=1&b=2", "下载 CSV"),)),),
)
TABLES = TablePage(
    "进出平衡", "单位：小包装。", (TableSection("", TABLE),), choices=(("/desk/expiring?days=30", "30 天"),)
)


def next_once() -> str:
    return "once-1"


SHEET = with_trouble(
    sheet_view("zh", {"sample_number": "S-1", "inspectors.2.name": "丁一", "codes": "1\n2"}, (), owner="o"),
    {"codes": "不认得。", "inspectors": "要两名。", "agency_id": "不是本单位。"},
)
FORM = BatchForm(
    products=(Choice("p", "产品甲"),),
    production_types=(Choice("1", "自行生产"),),
    factory_results=(Choice("passed", "合格"),),
    values={"batch_number": '"><script>', "product": "p"},
    errors={"size": "要大于零。"},
)
PUBLISHED = PublishedResult(
    result_id="C1",
    kind="pesticide",
    product="10%啶虫脒",
    labelled_registration_number="PD1",
    lot_or_production_date="2024-03-16",
    labelled_producer="某厂",
    sampled_from="某店",
    place="宁夏",
    item="啶虫脒",
    requirement="10.0±1.0",
    measured="1.3",
    unit="%",
    verdict="fail",
    fault_class="below_content;new_fault",
    value_kind="numeric",
    authority="农业农村部",
    period="2024",
    reliability="B",
    source="http://example.org/a.html (table 1)",
    note="",
)
OWN_BATCH = BatchView(
    "产品甲 B1",
    (Fact("批号", ("B1",)),),
    ("企业召回",),
    samples=(LabelSample("1", "1", "箱", "/l.png", "/c/1"),),
    holders_link="/desk/batches/1/holders",
)
LABELS = LabelsView(
    title="产品甲 B1",
    here="/desk/batches/1/labels",
    back="/desk/batches/1",
    templates=(Choice("a", "甲"),),
    levels=(Choice("unit", "小包装"),),
    forms=(Choice("pdf", "PDF"),),
    sheets=(Choice("roll", "卷筒"),),
    values={"template": "a", "level": "unit", "first": "1", "last": "9", "reason": "<b>"},
    preview="/desk/batches/1/labels/preview.png",
    count=9,
    jobs=(PrintRow("2026年11月4日", "小包装", 1, 9, "PDF", "印坏了"),),
)
WHY = Field("private_reason", "原因", error="必填。")
NOTE = FormView("/desk/inspectors/1/interests", "", "", "登记", (WHY,), prefix="i1-")
INSPECTORS = InspectorsView(
    (
        InspectorCard("王某", "NX-1", "某中心", "", (InterestRow("某店", "亲属", "/e", "解除"),), NOTE, "/l"),
        InspectorCard("李某", "NX-2", "某中心", "2026年11月4日离任", (), None, ""),
    ),
    FormView("/desk/inspectors", "添加", "", "添加", (Field("name", "姓名"),), prefix="add-"),
)
REASON = FormView("/desk/plans/1/cancel", "取消", "原因公开。", "取消", (WHY,), prefix="c-")
PLAN = PlanView(
    title="秋季抽检",
    state="已抽取",
    facts=(Fact("编号", ("NX-1",)),),
    is_own=True,
    trouble="要抽 9 个，只有 2 个。",
    digest="0" * 64,
    edit="/desk/plans/1/edit",
    public="/draws/NX-1",
    sections=(TableSection("分层", TABLE),),
    commit=FormView("/desk/plans/1/commit", "承诺", "固定名单。", "承诺", ()),
    draw=None,
    publish=None,
    cancel=REASON,
    visits=(
        VisitCard("某店", "某县", ("王某 · 某中心",), "已抽 1 个样", "", "须补抽。", NOTE, SETTLE),
        VisitCard("别店", "某县", ("王某 · 某中心",), "", "2026年11月4日", "", None, None),
    ),
)
PLAN_FIELDS = (
    Field("title", "名称", error="必填。"),
    Field("first_on", "开始", "date"),
    Field("county_640122", "贺兰县", "number", value="2"),
    Field("more_strata", "其他", "lines", "提示", '"><script>'),
    Field("kind_seed", "种子", "check"),
)
PLAN_FORM = PlanFormView(
    FormView("/desk/plans/new", "新计划", "草稿。", "保存", PLAN_FIELDS, trouble=("选产品。",)),
    PLAN_FIELDS[:2],
    PLAN_FIELDS[4:],
    (Field("stratum_role", "抽谁", "select", choices=(Choice("outlet", "零售店"),)), PLAN_FIELDS[2]),
    PLAN_FIELDS[3:4],
    (Field("agency_1", "某中心", "check"),),
)
DRAW = DrawView("秋季抽检", "已公布", PLAN.facts, "0" * 64, "/draws/NX-1.json", "NX-1.json", PLAN.sections)
PAGES: dict[str, dict[str, object]] = {
    "home.html": {},
    "malformed.html": {"view": MalformedView("12", "位数不对", "核对")},
    "error.html": {"status": 404, "message": "地址可能抄错了。"},
    "sign_in.html": {"flash": None},
    "receipt.html": {"view": ReceiptView("</textarea><b>", "不是凭证。", (Fact("批号", ("B1",)),))},
    "desk/home.html": {"view": DESK, "csrf": "token-1", "once": next_once, "flash": FLASH},
    "desk/batch_new.html": {"form": FORM, "csrf": "token-1", "once": next_once, "flash": None},
    "desk/batch.html": {"view": OWN_BATCH, "flash": None},
    "desk/labels.html": {"view": LABELS, "csrf": "token-1", "flash": FLASH},
    "desk/act.html": {"view": ACT, "csrf": "token-1", "once": next_once, "flash": FLASH},
    "desk/receive.html": {"view": ACT, "refusal": "/r", "csrf": "token-1", "once": next_once, "flash": None},
    "desk/movements.html": {"view": MOVEMENTS, "csrf": "token-1", "once": next_once, "flash": FLASH},
    "desk/discrepancies.html": {"view": DISCREPANCIES, "csrf": "token-1", "once": next_once, "flash": None},
    "desk/ledgers.html": {"view": LEDGERS},
    "thanks.html": {"said": "谢谢，已记下。"},
    "offline.html": {"key": "00" * 32, "words": {"age": "数据是 {age}的'\"<b>"}},
    "desk/inspectors.html": {"view": INSPECTORS, "csrf": "token-1", "once": next_once, "flash": FLASH},
    "desk/plan.html": {"view": PLAN, "csrf": "token-1", "once": next_once, "flash": FLASH},
    "desk/plan_new.html": {"view": PLAN_FORM, "csrf": "token-1", "once": next_once},
    "draw.html": {"view": DRAW},
    "desk/tables.html": {"view": TABLES},
    "desk/way.html": {"code": "1", "error": "没有这个码。", "sections": TABLES.sections},
    "sheets/new.html": {"view": SHEET, "csrf": "token-1", "once": next_once, "flash": FLASH},
    "published.html": {"rows": (published_row(PUBLISHED, "zh"),), "aggregates": AGGREGATES},
    **PUBLICATION_PAGES,
    **SAMPLE_PAGES,
    **LABORATORY_PAGES,
    **ENFORCEMENT_PAGES,
    **REPORT_PAGES,
}


SCRIPTS = re.compile(
    r'<script src="/static/(?:(?:scan|sign-out|answer|report)\.js(?:\?v=[0-9a-f]{12})?" defer|'
    r'(?:sheet|offline)/page\.js" type="module")></script>'
)
"""The scripts there are, on pages that also work without: one counts codes while they are scanned, one reads an answer
aloud, one asks before unsent sheets are lost, one adds where the phone is, one keeps sample sheets where
there is no signal. The page that judges without signal is the one that needs its script, and says so."""


@both_languages
@pytest.mark.parametrize("template", PAGES)
def test_every_page_renders_alone_without_script_or_strangers(template: str, language: Language) -> None:
    html = render(template, language, **PAGES[template])
    assert html.startswith(f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">')
    assert not re.search(r"<script|javascript:|\son\w+=|\sstyle=|<iframe", SCRIPTS.sub("", html))
    loaded = re.findall(r'<(?:img|link|use)[^>]*\s(?:src|href)="([^"]+)"', html)
    assert loaded and all(re.match(r"/(?!/)|#", address) for address in loaded)
    assert html.count("<h1") == 1
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    assert labelled == set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html))


def test_every_template_is_covered_here() -> None:
    parts = {
        "_parts.html",
        "desk/_form.html",
        "desk/_table.html",
        "desk/_results.html",
        "desk/_sample.html",
        "results/_parts.html",
    }
    known = {*PAGES, *parts, "answer.html", "base.html"}
    assert {name for name, _ in _sources()} == known


READ_ONLY = {f"desk/{name}.html" for name in ("batch", "leads", "ledgers", "samples", "suspects", "tables", "way")}


@pytest.mark.parametrize("template", [name for name in PAGES if name.startswith("desk/")])
def test_every_form_of_the_desk_carries_its_tokens(template: str) -> None:
    html = render(template, "zh", **PAGES[template])
    forms = re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL)
    assert all('<input type="hidden" name="csrf" value="token-1">' in form for form in forms)
    assert bool(forms) != (template in READ_ONLY)
    if "once" in PAGES[template]:
        acting = [form for form in forms if 'action="/sign-out"' not in form]
        assert acting and all('<input type="hidden" name="once" value="once-1">' in form for form in acting)


def test_the_script_knows_no_address_and_writes_no_markup() -> None:
    script = (STATIC / "scan.js").read_text(encoding="utf-8")
    assert not re.search(r"http|fetch|XMLHttp|innerHTML|insertAdjacent|eval|import", script)
    assert "textContent" in script and "data-count" in render("desk/act.html", "zh", **PAGES["desk/act.html"])


def test_a_forgotten_variable_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        render("desk/home.html", "zh", view=DESK, flash=None)


def test_a_refused_form_keeps_what_was_typed() -> None:
    html = render("desk/act.html", "zh", **PAGES["desk/act.html"])
    assert '<option value="a" selected>' in html and ">1234\n5678</textarea>" in html
    assert re.search('value="later" checked', html) and '"with_surplus" value="1" checked' in html
    assert "&lt;script&gt;" in html and "autofocus" not in html, "the focus stays where the reasons are"
    assert '<a href="#codes">不认得。</a>' in html and 'aria-describedby="codes-hint codes-error"' in html
    assert '<input type="hidden" name="bad" value="5678">' in html
    html = render("desk/batch_new.html", "zh", **PAGES["desk/batch_new.html"])
    assert "&lt;script&gt;" in html and 'aria-describedby="size-error"' in html


def test_forms_of_one_page_do_not_share_ids() -> None:
    for template, context in PAGES.items():
        found = re.findall(r'\sid="([^"]+)"', render(template, "zh", **context))
        assert len(found) == len(set(found)), template


def test_a_published_result_is_cited_as_it_stands() -> None:
    row = published_row(PUBLISHED, "zh")
    assert (row.measured, row.verdict, row.faults) == ("1.3%", "不合格", "有效成分含量不足、new_fault")
    assert (row.source, row.link) == ("http://example.org/a.html (table 1)", "http://example.org/a.html")
    html = render("published.html", "zh", rows=(row,), aggregates=())
    assert text("page.published.notice", "zh") in html and "某店" not in html


def test_days_are_written_as_people_write_them() -> None:
    assert day_text(date(2026, 11, 4), "zh") == "2026年11月4日"
    assert day_text(date(2026, 11, 4), "en") == "4 November 2026"
    assert day_text(day_in_china(datetime(2026, 11, 3, 16, tzinfo=UTC)), "zh") == "2026年11月4日"


# The style sheet


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


_LIGHT = _tokens(CSS[: CSS.index("@media")])
_DARK = {**_LIGHT, **_tokens(CSS[CSS.index("@media (prefers-color-scheme: dark)") : CSS.index("/* Ground */")])}
_WATERMARK = 0.07

TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "muted") for ground in ("ground", "card", "sunken")],
    *[(ink, ground) for ink in ("leaf", "leaf-deep", "straw") for ground in ("ground", "card")],
    *[(tone, "card") for tone in ("good", "warn", "bad", "ask")],
    ("good", "good-tint"),
    ("bad", "bad-tint"),
    ("ink", "good-tint"),
    ("ink", "bad-tint"),
    ("on-leaf", "leaf"),
    ("on-leaf", "leaf-deep"),
    ("demo-ink", "demo-ground"),
]


def _channels(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))


def _luminance(channels: tuple[float, ...]) -> float:
    """Source: WCAG 2.2, relative luminance."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read(tokens: dict[str, str], ink: str, ground: str) -> None:
    assert _contrast(_channels(tokens[ink]), _channels(tokens[ground])) >= 4.5


@pytest.mark.parametrize("tokens", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_can_be_read_over_its_watermark(tokens: dict[str, str], verdict: Verdict) -> None:
    assert f"--{verdict}: " in CSS and (verdict is Verdict.UNKNOWN or f".verdict--{verdict} {{" in CSS)
    assert f"opacity: {str(_WATERMARK)[1:]}; }}" in CSS
    ground, ink = _channels(tokens[verdict.value]), _channels(tokens[f"{verdict}-ink"])
    marked = tuple(under + (over - under) * _WATERMARK for under, over in zip(ground, ink, strict=True))
    assert _contrast(ink, marked) >= 4.5


@pytest.mark.parametrize("tokens", [_LIGHT, _DARK], ids=["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(tokens: dict[str, str]) -> None:
    for ground in ("card", "ground"):
        assert _contrast(_channels(tokens["field-line"]), _channels(tokens[ground])) >= 3


def test_the_style_sheet_asks_for_nothing_from_elsewhere() -> None:
    assert not re.search(r"url\(|@import|https?:", CSS)


def test_page_and_style_sheet_are_small() -> None:
    worst = max((render(name, "zh", **context) for name, context in PAGES.items()), key=len)
    assert len(gzip.compress(worst.encode())) + len(gzip.compress(CSS.encode())) <= MAX_COMPRESSED_BYTES


def test_the_icon_is_a_plain_drawing() -> None:
    icon = Path(STATIC / "favicon.svg").read_text(encoding="utf-8")
    assert icon.startswith("<svg xmlns=") and "<script" not in icon and icon.count("http") == 1
