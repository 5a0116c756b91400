"""What the templates of notices, leads and webhooks are rendered with in test_rendering.py."""

from __future__ import annotations

from suiyuan.api.pages.answer_view import Fact
from suiyuan.api.pages.desk_view import Choice, Flash, Link
from suiyuan.api.pages.form_view import Field, FormView
from suiyuan.api.pages.leads import LeadsView, LeadView
from suiyuan.api.pages.notices import NoticeCard, NoticesView
from suiyuan.api.pages.suspect_view import SignalView, SuspectsView, SuspectView
from suiyuan.api.pages.table_view import Column, Row, Table, TableSection, cell
from suiyuan.api.pages.webhooks import WebhookCard, WebhooksView

from .buyer_report_pages import CARD


def next_once() -> str:
    return "once-1"


def _form(action: str, title: str, prefix: str = "") -> FormView:
    field = Field("reason", "原因", "note", "必填", '"><b>')
    return FormView(action, title, "说明", "确定", (field,), prefix=prefix)


_TABLE = Table((Column("编号"), Column("状态")), (Row((cell("L1", link="/desk/leads/L1"), cell("待处理"))),), "")
_CARD = NoticeCard(
    "批次已停售", ("批次 B1，您持有 12 件",), "2026年11月24日", True, "/desk/notices/1/read", "", Link("/c/1", "查看")
)
_READ = NoticeCard("检验结果", (), "2026年11月20日", False, "", "已读", None)
_CHOICES = (Choice("640221", "平罗县"),)

ENFORCEMENT_PAGES: dict[str, dict[str, object]] = {
    "desk/notices.html": {
        "view": NoticesView((_CARD,), (_READ,), "?before=1"),
        "csrf": "token-1",
        "once": next_once,
        "flash": Flash("已标为已读。"),
    },
    "desk/leads.html": {
        "view": LeadsView(_CHOICES, (), (), {"region": "640221", "kind": "", "state": ""}, _TABLE, "?before=1"),
        "flash": None,
    },
    "desk/lead.html": {
        "view": LeadView(
            "L20261124-0001",
            "抽检不合格",
            "待处理",
            False,
            (Fact("批次", ("B1",)),),
            CARD,
            (_form("/desk/leads/L1/close", "结案"),),
        ),
        "csrf": "token-1",
        "once": next_once,
        "flash": None,
    },
    "desk/suspects.html": {
        "view": SuspectsView(
            _CHOICES,
            (Choice("open", "待处理"),),
            {"region": "640221", "state": "open"},
            _TABLE,
            TableSection("判断准不准", _TABLE, "已处理 1 个"),
            "?before=1",
        ),
    },
    "desk/suspect.html": {
        "view": SuspectView(
            "1" * 32,
            "待处理",
            "疑似",
            False,
            (Fact("货物", ("B1",)),),
            (SignalView("同一个码在3个县区被查询", "使可能性提高到 80 倍", "依据：11月24日 10:00"),),
            TableSection("查询记录", _TABLE, ""),
            (
                _form("/desk/suspects/1/dismiss", "排除", "dismiss-"),
                _form("/desk/suspects/1/confirm", "确认并立线索", "confirm-"),
            ),
        ),
        "csrf": "token-1",
        "once": next_once,
        "flash": None,
    },
    "desk/webhooks.html": {
        "view": WebhooksView(
            (WebhookCard("https://erp.example.cn/suiyuan", "自2026年11月24日", "/desk/webhooks/1/remove"),),
            _form("/desk/webhooks", "登记"),
            _TABLE,
        ),
        "csrf": "token-1",
        "once": next_once,
        "flash": None,
    },
}
