"""What the pages of spot checks on the desk are drawn with in test_rendering.py: every part of them at least once."""

from __future__ import annotations

from dataclasses import replace

from suiyuan.api.pages.answer_view import Fact, FindingView
from suiyuan.api.pages.desk_view import Choice, Flash
from suiyuan.api.pages.form_view import Field, FormView
from suiyuan.api.pages.result_forms import ResultBlock, ResultField, ResultsView
from suiyuan.api.pages.sample_list import SamplesView
from suiyuan.api.pages.sample_reports import ReportView
from suiyuan.api.pages.sample_results import FindingCard, JudgementView, ResultSetView
from suiyuan.api.pages.sample_view import ActView, SampleView, StepView
from suiyuan.api.pages.sample_words import DueView
from suiyuan.api.pages.table_view import Column, Row, Table, cell
from suiyuan.api.pages.told import ToldCard

TOKENS: dict[str, object] = {"csrf": "token-1", "once": lambda: "once-1", "flash": Flash("已判定。")}

FACTS = (Fact("产品", ("产品甲", "产品乙")),)
TABLE = Table(
    (Column("单号"), Column("期限")), (Row((cell("S-1"), cell("前天", badge="已逾期")), is_bad=True),), "没有。"
)
DUE = DueView("通知：前天", "已逾期", True, ("规则未经核实",), "依据：某法")
CODES = tuple(Choice(each, each) for each in ("P01", "P02"))
DECIDE = FormView(
    "/desk/samples/1/decide",
    "另作判定",
    "逐项选择。",
    "判定",
    (
        Field("outcome-0", "含量", "select", "规则：无", choices=(Choice("passed", "合格"),), unchosen="按建议"),
        Field("violations", "违规情形", "checks", value="P02", choices=CODES, error="合格的没有。"),
        Field("reason", "理由", value='"><script>'),
    ),
    FACTS,
    ("别的毛病。",),
    "decide-1-",
)
WITHDRAW = replace(DECIDE, action="/desk/samples/1/withdraw", fields=DECIDE.fields[2:], prefix="withdraw-1-")
CONFIRM = replace(DECIDE, action="/desk/samples/1/confirm", fields=(), trouble=())

JUDGED = JudgementView("含量", "建议判不合格", "bad", "没有限值", ("一步",), "依据：某规则", ("未经核实",))
RESULTS = ResultSetView(
    title="第 2 版：复检",
    is_current=True,
    verdict="不合格",
    tone="bad",
    facts=FACTS,
    findings=(FindingCard("含量", "不合格", True, FACTS, JUDGED), FindingCard("酸度", "", False, FACTS, None)),
    beyond=(JUDGED,),
    decision=FACTS,
)
SAMPLE = SampleView(
    number="S-1",
    goods="产品甲 B1",
    here="/desk/samples/1",
    back="/desk/samples",
    state="检验中",
    tone="note",
    due=DUE,
    warnings=("这一批次已被抽样。",),
    is_blind=True,
    facts=FACTS,
    portions=TABLE,
    signature="M1 2L3 4",
    steps=(StepView("已抽样", "前天", "某中心", "来函"),),
    results=(RESULTS, replace(RESULTS, title="第 1 版：首次检验", is_current=False)),
    acts=(
        ActView(CONFIRM, True),
        ActView(DECIDE, True),
        ActView(None, True, "/desk/samples/1/report", "填写检验结果"),
        ActView(None, False, "/desk/samples/1/correction", "更正结果"),
        ActView(WITHDRAW, False),
    ),
    public="/results/S-1",
)
FIELD = ResultField("measured-0", "实测值", "number", '"><script>', error="不是数值。")
KIND = ResultField("kind-0", "项目类别", "select", "purity", (Choice("purity", "纯度"),))
REPORT = ReportView(
    title="更正 S-1",
    lead="改正有误的内容。",
    submit="提交更正",
    back="/desk/samples/1",
    results=ResultsView(
        "/desk/samples/1/correction",
        "S-1",
        FACTS,
        (ResultField("reported_on", "报告日期", "day", "2026-11-24"),),
        (ResultBlock(1, (FIELD, KIND), (ResultField("method-0", "方法", "text", ""),), is_open=True),),
        ("别的毛病。",),
    ),
    outcomes=(Field("outcome-0", "判定", "select", choices=(Choice("passed", "合格"),)),),
    decision=(Field("reason", "理由", error="必填。"), DECIDE.fields[1]),
)
TOLD = ToldCard(
    goods="产品甲 B1",
    sample="抽样单 S-1",
    state="已通知",
    verdict="不合格",
    has_failed=True,
    faults="劣",
    findings=(FindingView("含量", "3.1%", "≥ 5.0 %", "不合格", has_failed=True),),
    response="企业未答复",
    withdrawn="",
    due=DUE,
    forms=(replace(WITHDRAW, action="/desk/results/1/objection"),),
    details="/desk/samples/1",
)

SAMPLE_PAGES: dict[str, dict[str, object]] = {
    "desk/samples.html": {
        "view": SamplesView((Choice("taken", "已抽样"),), "taken", TABLE, "?before=x"),
        "flash": None,
    },
    "desk/sample.html": {"view": SAMPLE, **TOKENS},
    "desk/sample_report.html": {"view": REPORT, **TOKENS},
    "desk/told.html": {"cards": (TOLD, replace(TOLD, withdrawn="已撤销。", forms=(), findings=(), due=None)), **TOKENS},
}
