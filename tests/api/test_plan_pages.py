"""The desk's pages of inspectors and plans, and the public pages of draws: without script, as forms are sent."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.plans.model import Plan, PlanState
from suiyuan.trace.parties.model import Activity, Party, Role

from ..support.protocols import Unchanged
from ..support.world import World
from .desk import Desk, field_error, marked_fields, rows, textarea, words

COUNTY = "640303"
FORM = {
    "plan_number": "NX-2026-秋",
    "title": "秋季抽检",
    "kind_pesticide": "1",
    "first_on": "2026-11-25",
    "last_on": "2026-12-31",
    "stratum_role": "outlet",
    f"county_{COUNTY}": "2",
    "inspectors_per_object": "2",
}


@pytest.fixture
def desk(world: World, desk_of: Callable[[Party], Desk]) -> Desk:
    """The agency's desk, with four inspectors, and five shops in one county."""
    found = desk_of(world.agency)
    for number in range(5):
        shop = world.party(Role.OUTLET, name=f"第{number}店", region_code=COUNTY)
        world.database.write(lambda work, shop=shop: world.license(work, shop, "pesticide", Activity.TRADE))
    for number in range(4):
        found.send("/desk/inspectors", name=f"检查员{number}", certificate_number=f"NX-{number}")
    return found


def only_plan(world: World) -> Plan:
    with world.database.read() as connection:
        [plan] = plans.list_plans(connection, world.actor(world.agency))
    return plan


def action_of(page: str, ending: str) -> str:
    return next(each for each in re.findall(r'<form[^>]*action="([^"]+)"', page) if each.endswith(ending))


def test_from_the_form_to_the_public_file(world: World, desk: Desk, client: TestClient) -> None:
    home = desk.page("/desk")
    assert 'href="/desk/plans"' in home and 'href="/desk/inspectors"' in home
    assert "还没有计划" in desk.page("/desk/plans")
    here = desk.send("/desk/plans/new", 303, **FORM, public_source="双色球 2026140 期")
    page = desk.page(here)
    assert rows(page, "分层") == [["吴忠市红寺堡区 · 零售店", "2", "5", "0"]]
    assert "候选对象 5 个，检查人员 4 名，回避关系 0 对。" in page
    page = desk.send(f"{here}/commit", 200)
    digest = only_plan(world).digest
    assert digest in page and digest in client.get("/draws").text
    page = desk.send(f"{here}/draw", 422)
    assert field_error(page, "draw-public_value").startswith("名单指定了公开数值")
    page = desk.send(f"{here}/draw", 200, public_value="03 07")
    assert page.count('<li class="card entry') == 2
    page = desk.send(action_of(page, "/redraw"), 422, replaced="object", public_reason=" ")
    [marked] = marked_fields(page)
    assert marked.endswith("-public_reason")
    page = desk.send(action_of(page, "/redraw"), 200, replaced="object", public_reason="已停业")
    assert [row[-1] for row in rows(page, "补抽")] == [f"已停业 {world.agency.name}"]
    person = re.findall(r'<option value="([0-9a-f-]{36})">', page)[0]
    page = desk.send(action_of(page, "/redraw"), 200, replaced=person, public_reason="出差")
    assert len(rows(page, "补抽")) == 2
    page = desk.send(f"{here}/publish", 200)
    assert only_plan(world).state is PlanState.PUBLISHED
    public = client.get("/draws/NX-2026-秋").text
    assert len(rows(public, "抽取结果")) == 2
    assert [row[-1].split()[0] for row in rows(public, "补抽")] == ["已停业", "出差"]
    assert html.unescape(public).count(f"suiyuan draw verify NX-2026-秋.json --commitment {digest}") == 1
    assert client.get("/draws/NX-2026-秋.json").json()["commitment"]["digest"] == digest
    assert "检查员" not in words(public).replace("检查人员", "")
    visiting = action_of(page, "/visit")
    page = desk.send(visiting, 200, visited_on="2026-11-24")
    assert "2026年11月24日已到场" in page
    assert len(rows(desk.page("/desk/plans"), "等着去检查的")) == 1
    assert desk.send(visiting, 409, visited_on="2026-11-24").count("该对象已经检查过。") == 1


def test_a_refused_plan_comes_back_as_it_was_typed(world: World, desk: Desk, unchanged: Unchanged) -> None:
    more = {"more_strata": "640000 生产企业 5\n640221 shop 1", "exclusions": f"{world.outlet.credit_code} 已停业"}
    cases = (
        ({"title": ""}, "title"),
        ({"last_on": "2026-11-01"}, "last_on"),
        ({"last_on": "soon"}, "last_on"),
        ({f"county_{COUNTY}": "-1"}, f"county_{COUNTY}"),
        ({f"county_{COUNTY}": "many"}, f"county_{COUNTY}"),
        ({"inspectors_per_object": "1"}, "inspectors_per_object"),
        ({"plan_number": "a/b"}, "plan_number"),
        ({"more_strata": "640000 outlet"}, "more_strata"),
        ({"more_strata": "999999 outlet 1"}, "more_strata"),
        ({"more_strata": f"{COUNTY} outlet 1"}, "more_strata"),
        ({"exclusions": world.outlet.credit_code}, "exclusions"),
        ({"exclusions": "123 停业"}, "exclusions"),
    )
    for changes, field in cases:
        with unchanged(world.database):
            page = desk.send("/desk/plans/new", 422, **{**FORM, **more, **changes})
        assert field_error(page, field)
        assert marked_fields(page) == [field]
    assert "请选择抽哪些产品。" in desk.send("/desk/plans/new", 422, **{**FORM, "kind_pesticide": ""})
    assert "至少要抽一个对象" in desk.send("/desk/plans/new", 422, **{**FORM, f"county_{COUNTY}": ""})
    page = desk.send("/desk/plans/new", 422, **{**FORM, **more, "title": ""})
    assert textarea(page, "more_strata") == more["more_strata"]
    assert 'name="county_640303" type="text" inputmode="numeric" value="2"' in page
    here = desk.send("/desk/plans/new", 303, **FORM, **more)
    plan = only_plan(world)
    assert {(each.role, each.size) for each in plan.terms.strata} == {
        (Role.OUTLET, 2), (Role.MANUFACTURER, 5), (Role.OUTLET, 1)
    }  # fmt: skip
    page = desk.page(here)
    assert "要抽 5 个" in page and f'action="{here}/commit"' not in page
    form = desk.page(f"{here}/edit")
    assert textarea(form, "more_strata") == "640000 manufacturer 5"
    assert 'name="county_640221" type="text" inputmode="numeric" value="1"' in form, "a shop of a listed county"
    desk.send(f"{here}/edit", 422, **{**FORM, "title": ""})
    assert desk.send(f"{here}/edit", 303, **{**FORM, "title": "改名"}) == here
    assert only_plan(world).terms.title == "改名"
    page = desk.send(f"{here}/cancel", 200, reason="重复")
    assert "已取消" in page
    assert desk.client.get("/draws/NX-2026-秋").status_code == 404


def test_a_form_sent_twice_is_carried_out_once(world: World, desk: Desk, unchanged: Unchanged) -> None:
    tokens = desk.tokens()
    first = desk.send_again("/desk/plans/new", tokens, 303, **FORM)
    with unchanged(world.database):
        assert desk.send_again("/desk/plans/new", tokens, 303, **FORM) == first


def test_inspectors_and_their_interests(world: World, desk: Desk, unchanged: Unchanged) -> None:
    with unchanged(world.database):
        page = desk.send("/desk/inspectors", 409, name="某", certificate_number="NX-0")
        assert "NX-0" in field_error(page, "add-certificate_number")
        page = desk.send(action_of(page, "/interests"), 422, credit_code="1", private_reason="亲属")
    assert marked_fields(page)[0].endswith("-credit_code")
    code = world.outlet.credit_code
    page = desk.send(action_of(page, "/interests"), 200, credit_code=code, private_reason="配偶")
    assert world.outlet.name in page and "配偶" in page
    page = desk.send(action_of(page, "/end"), 200)
    assert "配偶" not in page
    page = desk.send(action_of(page, "/leave"), 200)
    assert "2026年11月24日离任" in page
    assert page.count('action="/desk/inspectors/') == 6


def test_pages_of_others(world: World, desk: Desk, desk_of: Callable[[Party], Desk]) -> None:
    here = desk.send("/desk/plans/new", 303, **FORM)
    outlet = desk_of(world.outlet)
    assert "/desk/plans" not in outlet.page("/desk")
    for path in ("/desk/plans", "/desk/plans/new", "/desk/inspectors", here, f"{here}/edit"):
        outlet.page(path, 403)
    outlet.send(f"{here}/cancel", 403, reason="x")
    other = desk_of(world.party(Role.INSPECTION_AGENCY))
    other.page(here, 403)
    regulator = desk_of(world.regulator)
    assert world.agency.name in regulator.page(here)
    assert "第0店" not in regulator.page("/desk/plans")


def test_a_visiting_agency_sees_its_visits_only(world: World, desk: Desk, desk_of: Callable[[Party], Desk]) -> None:
    regulator = desk_of(world.regulator)
    here = regulator.send("/desk/plans/new", 303, **FORM)
    regulator.send(f"{here}/commit")
    regulator.send(f"{here}/draw")
    agency = desk_of(world.agency)
    assert len(rows(agency.page("/desk/plans"), "等着去检查的")) == 2
    page = agency.page(here)
    assert page.count('<li class="card entry') == 2
    assert "/redraw" not in page and f"{here}/publish" not in page
    assert "2026年11月24日已到场" in agency.send(action_of(page, "/visit"), visited_on="2026-11-24")
