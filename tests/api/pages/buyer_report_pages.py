"""What the templates of buyers' reports are rendered with in test_rendering.py."""

from __future__ import annotations

from suiyuan.api.pages.answer_view import Fact
from suiyuan.api.pages.report_card import ReportCard
from suiyuan.api.pages.report_form import report_view
from suiyuan.api.pages.reports import StatusView
from suiyuan.trace.kernel.errors import InvalidInput

CARD = ReportCard(
    facts=(Fact("回电号码", ("13800138000",)),),
    words=("瓶盖松的", '"><b>'),
    photos=("/desk/leads/L20261124-0001/photos/1",),
    answer="/c?text=1",
)

_TYPED = {"code": '"><b>', "troubles-opened": "1", "words": "</textarea>", "with_place": "1"}

REPORT_PAGES: dict[str, dict[str, object]] = {
    "reports/form.html": {
        "view": report_view(_TYPED, "zh", InvalidInput("report.telephone", field="telephone"), has_photos=True),
        "once": lambda: "once-1",
    },
    "reports/status.html": {
        "view": StatusView("L20261124-0001-K3QX", "已收到", False, "2026年11月24日 收到", "等待核查。"),
    },
    "reports/look_up.html": {"number": '"><b>', "error": "没有这个编号。"},
}
