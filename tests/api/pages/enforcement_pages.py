"""What the templates of notices, leads and webhooks are rendered with in test_rendering.py."""

from __future__ import annotations

from suiyuan.api.pages.answer_view import Fact
from suiyuan.api.pages.desk_view import Choice, Flash, Link
from suiyuan.api.pages.form_view import Field, FormView
from suiyuan.api.pages.leads import LeadsView, LeadView
from suiyuan.api.pages.notices import NoticeCard, NoticesView
from suiyuan.api.pages.table_view import Column, Row, Table, cell
from suiyuan.api.pages.webhooks import WebhookCard, WebhooksView

from .buyer_report_pages import CARD


def next_once() -> str:
    return "once-1"


def _form(action: str, title: str) -> FormView:
    return FormView(action, title, "说明", "确定", (Field("reason", "原因", "note", "必填", '"><b>'),))


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
