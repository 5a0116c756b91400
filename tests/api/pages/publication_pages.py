"""What the pages of published results and bulletins are drawn from, for the rules that hold for every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from suiyuan.api.pages.aggregate_view import aggregate_row
from suiyuan.api.pages.answer_view import Fact, FindingView
from suiyuan.api.pages.bulletin_view import bulletin_rows, bulletin_view, sections_of, summary_of
from suiyuan.api.pages.bulletins import ComposeView, OwnBulletin
from suiyuan.api.pages.desk_view import Choice, Flash
from suiyuan.api.pages.record_view import ArithmeticView, RecordView, VersionView
from suiyuan.api.pages.result_view import BatchResultsView, card, counts_table, counts_view, found_view
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.inspection.model import Stage
from suiyuan.trace.inspection.publication.aggregate_model import PublishedAggregate
from suiyuan.trace.inspection.publication.bulletin_model import Bulletin, Scope, Version, compose
from suiyuan.trace.inspection.publication.model import (
    Cell,
    Counts,
    Cursor,
    PublicVerdict,
    ResultPage,
    tables_of,
)

from ...support.published import public_sample

SAMPLE = public_sample(product_name="<b>阿维菌素乳油</b>", refusal_reason="不在场")
WITHDRAWN = replace(SAMPLE, withdrawn_on=date(2026, 11, 25), withdrawal_reason="作废")
CELLS = [
    Cell(ProductKind.PESTICIDE, Stage.TRADE, "640221", "2026-10", PublicVerdict.PASSED, 9),
    Cell(ProductKind.PESTICIDE, Stage.TRADE, "640221", "2026-11", PublicVerdict.FAILED, 1),
    Cell(ProductKind.SEED, Stage.USE, "410101", "2026-11", PublicVerdict.DENIED, 2),
    Cell(ProductKind.SEED, Stage.USE, "410202", "2026-11", PublicVerdict.PASSED, 4),
]
TABLES = tables_of(CELLS)
CONTENTS = compose(CELLS, [SAMPLE, replace(SAMPLE, sample_number="NX-2", verdict=PublicVerdict.DENIED)])
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
BULLETIN = Bulletin(
    UUID(int=4),
    "宁农通报〔2026〕3号",
    UUID(int=5),
    Scope(date(2026, 10, 1), date(2026, 11, 24)),
    (Version(1, "通报", "", AT, None, "0" * 64), Version(2, "通报", "更正", AT, None, "1" * 64)),
)
AGGREGATE = PublishedAggregate(
    "A5",
    "pesticide",
    "2018",
    "江西省农业厅",
    "province",
    465,
    426,
    39,
    Decimal("8.84"),
    3,
    "note",
    "http://example.org/a.html (table 1)",
    "B",
)
FOUND = found_view(
    {"product": '"><script>', "item": "x"},
    TABLES,
    ResultPage((SAMPLE, WITHDRAWN), Cursor(date(2026, 11, 3), "NX-1")),
    False,
    "zh",
)
RECORD = RecordView(
    title="抽检结果 NX-1",
    goods="阿维菌素乳油 B1",
    withdrawn="已撤销。",
    denial="回函不确认。",
    verdict="不合格",
    tone="bad",
    facts=(Fact("编号", ("NX-1",)),),
    versions=(
        VersionView(
            "第 1 版",
            True,
            "不合格",
            True,
            (Fact("检验机构", ("某所",)),),
            (FindingView("阿维菌素", "1.3%", "≥5.0", "不合格", True), FindingView("水分", "0.1%", "", "", False)),
            (ArithmeticView("阿维菌素", "建议判不合格", ("标明 5 %",), "依据"),),
        ),
    ),
    history=(Fact("最终结果", ("2026年11月24日",)),),
    batch_link="/results/batches/1",
)
BATCH = BatchResultsView(
    title="阿维菌素乳油 B1",
    facts=(Fact("批号", ("B1",)),),
    stops=("抽检不合格",),
    counts=counts_view(Counts(1, 0, 1, 0), "zh"),
    cards=(card(SAMPLE, "zh"),),
    withdrawn=(card(WITHDRAWN, "zh"),),
    others=counts_table("批号", [("B2", Counts(1, 1, 0, 0))], "zh", links=["/results/batches/2"]),
)
COMPOSE = ComposeView(
    {"number": '"><script>', "kind_seed": "1"},
    {"number": "重复。", "": "忙。"},
    (Choice("kind_seed", "种子"), Choice("kind_feed", "饲料")),
    summary_of(CONTENTS, "zh"),
    sections_of(CONTENTS, "zh"),
)
OWN = OwnBulletin(
    "3号", "通报", "/bulletins/3", "第 1 版", "/desk/bulletins/3/versions", "b0-", {}, {"reason": "必填。"}
)


def next_once() -> str:
    return "once-1"


AGGREGATES = (aggregate_row(AGGREGATE, "zh"), aggregate_row(replace(AGGREGATE, fail_percent=None, source="-"), "zh"))
PUBLICATION_PAGES: dict[str, dict[str, object]] = {
    "results/search.html": {"view": FOUND},
    "results/result.html": {"view": RECORD},
    "results/batch.html": {"view": BATCH},
    "bulletins/list.html": {"table": bulletin_rows([BULLETIN], "zh")},
    "bulletins/bulletin.html": {"view": bulletin_view(BULLETIN, BULLETIN.versions[0], CONTENTS, "某厅", "zh")},
    "bulletins/desk.html": {
        "view": COMPOSE,
        "own": (OWN,),
        "csrf": "token-1",
        "once": next_once,
        "flash": Flash("已发布。"),
    },
}
