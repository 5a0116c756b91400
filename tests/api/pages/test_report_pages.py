"""Pages of reports: the form from every answer, sent without a script, its state, and the card on the lead's page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.enforcement.reports import service as reports
from suiyuan.trace.enforcement.reports.model import NewReport, Received, Trouble
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..desk import Desk, field_error, textarea, words
from ..test_report_photos import located

Desks = Callable[[Party], Desk]

SCRIPT = "<script>alert(1)</script>"
FORM = {"troubles-opened": "1", "words": f"瓶盖松的 {SCRIPT}", "region_code": "640221", "telephone": "13800138000"}
NEW = NewReport((Trouble.OPENED,), words="瓶盖松的", region_code="640221", photos=(b"\xff\xd8\xff",))


def once_in(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found
    return found[1]


def received(world: World, new: NewReport = NEW) -> Received:
    resolution = world.resolver.resolve(new.code_text)
    return world.database.write(lambda work: reports.receive(work, world.keyring, resolution, new, "192.0.2.1"))


def test_every_answer_leads_to_the_form_with_its_code_in_it(world: World, client: TestClient) -> None:
    code = world.code(world.register_batch())
    unknown = code[:-3] + ("000" if code[-3:] != "000" else "111")
    for scanned, kept in ((code, code), (unknown, unknown), (SCRIPT, SCRIPT)):
        answer = client.get(f"/c/{quote(scanned, safe='')}").text
        (link,) = re.findall(r'href="(/report\?code=[^"]+)"', answer)
        page = client.get(html.unescape(link)).text
        assert textarea(page, "code") == kept
        assert SCRIPT not in page


@pytest.mark.usefixtures("world")
def test_a_report_is_sent_without_a_script_and_followed(client: TestClient, database: Database) -> None:
    form = client.get("/report").text
    assert "没有" not in words(form.split("<main")[1].split('<form class="form"')[0])
    fields = {**FORM, "code": "扫不出来", "latitude": "38.48", "longitude": "106.23", "once": once_in(form)}
    files = [("photos", ("a.jpg", located(), "image/jpeg")), ("photos", ("b.jpg", located(), "image/jpeg"))]
    response = client.post("/report", data=fields, files=files)
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert re.fullmatch(r"/report/L20261124-0001-[0-9A-Z]{4}", location)
    assert client.post("/report", data=fields, files=files).headers["location"] == location
    page = client.get(location).text
    assert location.removeprefix("/report/") in page
    assert "已收到" in page
    for secret in ("瓶盖", "13800138000", "平罗", "扫不出来"):
        assert secret not in page
    assert "Received" in client.get(f"{location}?lang=en").text
    client.cookies.clear()
    assert client.get("/report/look-up", params={"number": f" {location[8:].lower()} "}).headers["location"]
    with database.read() as connection:
        assert reports.store.complaints(connection, database.clock.now()) == {}


def test_the_place_is_kept_only_where_its_box_is_ticked(world: World, client: TestClient, desk_of: Desks) -> None:
    place = {"latitude": "38.487193", "longitude": "106.230909"}
    assert client.post("/report", data={**FORM, **place}).status_code == 303
    assert client.post("/report", data={**FORM, **place, "with_place": "1"}).status_code == 303
    desk = desk_of(world.regulator)
    assert "38.4" not in desk.page("/desk/leads/L20261124-0001")
    page = desk.page("/desk/leads/L20261124-0002")
    assert "38.49, 106.23" in page
    assert "38.487" not in page


@pytest.mark.usefixtures("world")
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    client: TestClient, database: Database, unchanged: Unchanged
) -> None:
    def refused(fields: dict[str, str], status: int = 422, *photos: bytes) -> str:
        files = [("photos", ("a.jpg", content, "image/jpeg")) for content in photos]
        with unchanged(database):
            response = client.post("/report", data=fields, files=files)
        assert response.status_code == status, response.text
        assert SCRIPT not in response.text
        return response.text

    page = refused({**FORM, "telephone": "没有"})
    assert "7 至 15 位" in field_error(page, "telephone")
    assert textarea(page, "words") == FORM["words"]
    assert re.search(r'value="640221" selected', page)
    assert re.search(r'id="troubles-opened"[^>]* checked', page)
    page = refused({"words": "x"})
    assert "至少一项" in page
    assert 'href="#troubles"' in page
    assert "请重新选择照片" in refused({"words": "x"}, 422, located())
    assert "兼容性最佳" in field_error(refused(FORM, 422, b"\0\0\0\x18ftypheic" + b"\0" * 20), "photos")
    assert field_error(refused({**FORM, "code": "x" * 4_297}), "code")
    assert field_error(refused({**FORM, "region_code": "ABC"}), "region_code")
    assert "应当空着" in refused({**FORM, "website": "http://spam.example"})
    assert "这一项填得不对" in refused({**FORM, "latitude": "x", "longitude": "y", "with_place": "1"})
    for reference in ("L20261124-0001-0000", "x", "<script>"):
        page = client.get(f"/report/{quote(reference, safe='')}")
        assert page.status_code == 404
        assert 'value="<' not in page.text
        assert "没有这个编号" in field_error(page.text, "number")


def test_the_leads_page_shows_the_report(world: World, desk_of: Desks) -> None:
    batch = world.register_batch()
    code = world.code(batch)
    new = replace(NEW, code_text=code, words=f"第一行\n{SCRIPT}", telephone="13800138000")
    reference = received(world, new).reference
    desk = desk_of(world.regulator)
    assert "购买人反映" in desk.page("/desk/leads?kind=consumer_report")
    path = "/desk/leads/L20261124-0001"
    page = desk.page(path)
    assert SCRIPT not in page
    assert html.escape(SCRIPT, quote=False) in page
    assert f'href="/c?text={code}"' in page
    assert f'src="{path}/photos/1"' in page
    assert "被抽样单位" not in page
    for each in ("13800138000", reference, "被打开过，或灌装过", "贺兰山农化有限公司", "石嘴山市平罗县"):
        assert each in words(page)
    picture = desk.client.get(f"{path}/photos/1")
    assert (picture.headers["content-type"], picture.headers["x-content-type-options"]) == ("image/jpeg", "nosniff")
    desk.page(f"{path}/photos/2", 404)
    assert "13800138000" not in desk_of(world.agency).page(path)
    desk_of(world.outlet).page(f"{path}/photos/1", 403)
    desk = desk_of(world.regulator)
    page = desk.send(f"{path}/close", 422, reason="已查", public_answer="长" * 201)
    assert field_error(page, "close-public_answer")
    page = desk.send(f"{path}/close", reason="内部理由", public_answer="已查处，谢谢。")
    assert "13800138000" not in page
    desk.client.cookies.clear()
    page = desk.page(f"/report/{reference}")
    assert "已查处，谢谢。" in page
    assert "内部理由" not in page


def test_a_photo_is_only_for_who_is_signed_in(world: World, client: TestClient) -> None:
    received(world)
    assert client.get("/desk/leads/L20261124-0001/photos/1").headers["location"] == "/sign-in"
