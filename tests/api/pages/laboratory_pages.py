"""What the laboratory's templates are rendered with in test_rendering.py."""

from __future__ import annotations

from suiyuan.api.pages.answer_view import Fact
from suiyuan.api.pages.desk_view import Choice, Flash
from suiyuan.api.pages.laboratory_view import LaboratoryView, WaitingCard
from suiyuan.api.pages.result_forms import ResultBlock, ResultField, ResultsView
from suiyuan.api.pages.table_view import Column, Row, Table, cell

_FACTS = (Fact("标明含量", ("主成分 5.0 %",)),)
_TABLE = Table((Column("行"), Column("列"), Column("原因")), (Row((cell("第 3 行"), cell("J"), cell("缺"))),), "")
_LABORATORY = LaboratoryView(
    to_receive=(
        WaitingCard("1", "NX-1", "农药 · 甲", _FACTS, receipt="/r/1", laboratories=(Choice("1", "某所"),)),
        WaitingCard("2", "NX-2", "农药 · 甲", (), receipt="/r/2"),
    ),
    to_report=(WaitingCard("3", "NX-3", "种子 · 乙", _FACTS, report="/desk/laboratory/3"),),
    faults=_TABLE,
    more_faults="还有 20 处没有列出。",
    taken=_TABLE,
)
_RESULTS = ResultsView(
    action="/desk/laboratory/3",
    number="NX-3",
    facts=_FACTS,
    head=(ResultField("report_number", "报告编号", "text", "", error="此项必填。"),),
    blocks=(
        ResultBlock(
            1,
            (
                ResultField("measured-0", "实测值", "number", '"><b>'),
                ResultField("unit-0", "单位", "select", "%", (Choice("%", "%"),)),
            ),
            (ResultField("method-0", "检验方法", "text", ""),),
            is_open=True,
        ),
    ),
    trouble=("没有这个抽样单。",),
)


def next_once() -> str:
    return "once-1"


LABORATORY_PAGES: dict[str, dict[str, object]] = {
    "desk/laboratory.html": {
        "view": _LABORATORY,
        "csrf": "token-1",
        "once": next_once,
        "flash": Flash("文件有 1 处错误。", is_error=True),
    },
    "desk/results.html": {"view": _RESULTS, "csrf": "token-1", "once": next_once, "flash": None},
}
