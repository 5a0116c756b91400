"""The desk's notices, webhooks and leads, as a browser without script uses them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from suiyuan.api.instance import Instance
from suiyuan.api.webhook_delivery import deliver_due
from suiyuan.api.webhook_signing import secret_of
from suiyuan.api.webhook_transport import Transport
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.enforcement.model import LeadKind, NewLead
from suiyuan.trace.parties import notices, webhooks
from suiyuan.trace.parties.model import Party
from suiyuan.trace.parties.webhooks import MAX_ATTEMPTS
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..desk import Desk, cards, field_error, words

Desks = Callable[[Party], Desk]

ADDRESS = "https://erp.example.invalid/suiyuan"


def recalled(world: World) -> Batch:
    """A batch of which the outlet has a carton."""
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    actor = world.actor(world.maker)
    world.database.write(lambda work: enforcement.stop_batch(work, actor, batch.batch_id, StopKind.RECALL, "<渗漏>"))
    return batch


def actions(page: str, ending: str) -> list[str]:
    return re.findall(rf'action="(/desk/[^"]+/{ending})"', page)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_unread_notices_stand_first_until_they_are_read(
    world: World, desk_of: Desks, database: Database, unchanged: Unchanged
) -> None:
    batch = recalled(world)
    desk = desk_of(world.outlet)
    assert "有 1 条未读通知。" in words(desk.page())
    page = desk.page("/desk/notices")
    (card,) = cards(page)
    assert card.startswith(f"停止销售和使用：阿维菌素乳油 {batch.batch_number}")
    assert "企业召回：<渗漏>" in card
    assert "<渗漏>" not in page
    assert "您单位：在库 6 件。" in card
    assert page.index("未读") < page.index("停止销售和使用") < page.index("已读")
    (address,) = actions(page, "read")
    tokens = desk.tokens()
    page = desk.send_again(address, tokens)
    assert "已记为知晓。" in page
    assert page.index("已读") < page.index("停止销售和使用")
    assert actions(page, "read") == []
    with unchanged(database):
        desk.send_again(address, tokens)
    assert "未读通知" not in desk.page()
    page = desk.page("/desk/notices?lang=en")
    assert "Do not sell or use" in page


def test_another_partys_notice_is_not_marked(
    world: World, desk_of: Desks, database: Database, unchanged: Unchanged
) -> None:
    recalled(world)
    with database.read() as connection:
        (notice,) = notices.list_notices(connection, world.outlet.party_id)
    desk = desk_of(world.distributor)
    with unchanged(database):
        page = desk.send(f"/desk/notices/{notice.notice_id}/read", 404)
    assert "没有这条通知。" in page
    assert "停止销售" not in page


def test_read_notices_are_leafed_through(world: World, desk_of: Desks) -> None:
    actor = world.actor(world.maker)
    batch = world.register_batch()
    for _ in range(21):
        recall = (actor, batch.batch_id, StopKind.RECALL, "渗漏")
        world.database.write(lambda work, recall=recall: enforcement.stop_batch(work, *recall))
    with world.database.read() as connection:
        found = notices.list_notices(connection, world.maker.party_id)
    for notice in found:
        identity = (actor, world.maker.party_id, notice.notice_id)
        world.database.write(lambda work, identity=identity: notices.mark_read(work, *identity))
    desk = desk_of(world.maker)
    first = desk.page("/desk/notices")
    link = re.search(r'href="(/desk/notices\?before=[^"]+)"', first)
    assert link
    assert (len(cards(first)), len(cards(desk.page(link[1])))) == (20, 1)
    desk.page("/desk/notices?before=x", 422)


def test_a_webhook_is_registered_shown_once_and_removed(
    world: World, desk_of: Desks, instance: Instance, database: Database, unchanged: Unchanged
) -> None:
    desk = desk_of(world.outlet)
    tokens = desk.tokens()
    page = desk.send_again("/desk/webhooks", tokens, address=ADDRESS)
    with database.read() as connection:
        (hook,) = webhooks.list_webhooks(connection, world.outlet.party_id)
    secret = secret_of(instance.keyring, hook.webhook_id)
    assert secret in page
    with unchanged(database):
        assert secret in desk.send_again("/desk/webhooks", tokens, address=ADDRESS)
    page = desk.page("/desk/webhooks")
    assert secret not in page
    assert ADDRESS in page
    recalled(world)
    assert "等待推送" in desk.page("/desk/webhooks")
    for _ in range(MAX_ATTEMPTS):
        deliver_due(instance, Transport())
        world.later(days=1)
    said = words(desk_of(world.outlet).page("/desk/webhooks"))
    assert f"推送失败 试了 {MAX_ATTEMPTS} 次 找不到主机" in said
    (address,) = actions(page, "remove")
    desk = desk_of(world.outlet)
    assert "已停用" in desk.send(address)
    with unchanged(database):
        assert "没有这个推送地址" in desk.send(address, 404)


def test_addresses_refused_at_the_field(world: World, desk_of: Desks, database: Database, unchanged: Unchanged) -> None:
    desk = desk_of(world.outlet)
    for address, said in (
        ("", "完整的网址"),
        ("http://erp.example.cn/", "https://"),
        ("https://127.0.0.1/", "公共网络"),
        (f"https://erp.example.cn/{'x' * 10_000}", "不超过 2000 个字符"),
    ):
        tokens = desk.tokens()
        with unchanged(database):
            page = desk.send_again("/desk/webhooks", tokens, 422, address=address)
        assert said in field_error(page, "address")


def test_a_lead_is_found_taken_up_and_closed(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    new = NewLead(
        LeadKind.FAILED_SPOT_CHECK,
        "640221",
        "NX-1: 有效成分含量",
        batch.batch_id,
        maker_id=world.maker.party_id,
        outlet_id=world.outlet.party_id,
    )
    world.database.write(lambda work: enforcement.open_lead(work, world.actor(world.agency), new))
    desk = desk_of(world.regulator)
    assert 'href="/desk/leads"' in desk.page()
    assert 'href="/desk/leads/L20261124-0001"' in desk.page("/desk/notices")
    assert "L20261124-0001" in desk.page("/desk/leads?region=640200&kind=failed_spot_check&state=open")
    assert "没有符合条件的线索。" in desk.page("/desk/leads?region=640300")
    assert "L20261124-0001" in desk.page("/desk/leads?kind=rumour&state=none")
    path = "/desk/leads/L20261124-0001"
    said = words(desk.page(path))
    for each in ("贺兰山农化有限公司", "平罗县惠农农资店", "石嘴山市平罗县", f"阿维菌素乳油 {batch.batch_number}"):
        assert each in said
    assert "已承办。" in desk.send(f"{path}/take-up", note="去现场")
    page = desk.send(f"{path}/close", 422, reason=" ")
    assert field_error(page, "close-reason")
    assert "已办结。" in desk.send(f"{path}/close", reason="已移送公安")
    page = desk.page(path)
    assert "已移送公安" in page
    assert "<textarea" not in page
    assert actions(page, "close") == []
    assert "不允许" in desk.send(f"{path}/close", 409, reason="再来")


def test_leads_are_not_for_everybody(world: World, desk_of: Desks, database: Database, unchanged: Unchanged) -> None:
    new = NewLead(LeadKind.FAILED_SPOT_CHECK, "640221", "NX-1")
    world.database.write(lambda work: enforcement.open_lead(work, world.actor(world.agency), new))
    desk = desk_of(world.outlet)
    assert "/desk/leads" not in desk.page()
    desk.page("/desk/leads", 403)
    desk.page("/desk/leads/L20261124-0001", 403)
    tokens = desk.tokens()
    with unchanged(database):
        desk.send_again("/desk/leads/L20261124-0001/close", tokens, 403, reason="无")
    desk = desk_of(world.agency)
    desk.page("/desk/leads/L20261124-0009", 404)
    page = desk.page("/desk/leads/L20261124-0001")
    assert (len(actions(page, "take-up")), actions(page, "close")) == (1, [])
