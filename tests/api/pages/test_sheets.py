"""The sample sheet on a phone: as a form, as the script sends it, and what is printed of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import numpy as np
import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from suiyuan.api.static_addresses import STATIC
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import grouped
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import Acknowledgement, PortionRole, SampleRecord, SampleState
from suiyuan.trace.kernel.clock import CHINA
from suiyuan.trace.parties.model import Party, Role
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..conftest import BASE_URL, Refused
from ..desk import Desk, field_error, marked_fields, textarea, words
from ..wire import Caller

Desks = Callable[[Party], Desk]

SIGNATURE = "M10 20L300 180L590 20"
NUMBER = "宁抽-2026-0001"


@dataclass
class Phone:
    """An inspector of the agency with the page open, in a shop that holds the first carton of a batch."""

    world: World
    desk: Desk
    database: Database
    batch: Batch
    codes: list[str] = field(default_factory=list)

    def form(self, **changed: str) -> dict[str, str]:
        """A sheet as the form holds it without script; "" for a field takes it out."""
        now = self.world.clock.now().astimezone(CHINA)
        values = {
            "sample_number": NUMBER,
            "codes": "\n".join([*self.codes, self.codes[0], ""]),
            "taken_at": f"{now:%Y-%m-%dT%H:%M}",
            "region_code": "640221",
            "place": "平罗县惠农农资店货架",
            "basis": "random",
            "stage": "",
            "inspectors.0.name": "马晓燕",
            "inspectors.0.certificate_number": "宁农执法001",
            "inspectors.1.name": "王建军",
            "inspectors.1.certificate_number": "宁农执法002",
            "portions.0.role": "test",
            "portions.0.seal_number": "F-0001",
            "portions.0.quantity": "100 mL",
            "portions.1.role": "reserve",
            "portions.1.seal_number": "F-0002",
            "portions.1.quantity": "100 mL",
            "acknowledgement": "signed",
            "signed_by": "马建国",
            "on_paper": "1",
            "signature": "",
        }
        return {**values, **{name.replace("__", "."): value for name, value in changed.items()}}

    def sheet(self, **changed: Any) -> dict[str, Any]:
        """The same as the script sends it."""
        now = self.world.clock.now()
        return {
            "sample_number": NUMBER,
            "codes": self.codes,
            "taken_at": f"{now.astimezone(CHINA):%Y-%m-%dT%H:%M}:00+08:00",
            "captured_at": now.isoformat(),
            "sent_at": now.isoformat(),
            "region_code": "640221",
            "place": "货架",
            "basis": "random",
            "inspectors": [{"name": each.name, "certificate_number": each.certificate_number} for each in INSPECTORS],
            "portions": [
                {"role": "test", "seal_number": "F-0001", "quantity": "100 mL"},
                {"role": "reserve", "seal_number": "F-0002", "quantity": "100 mL"},
            ],
            "acknowledgement": "signed",
            "signed_by": "马建国",
            "signature": SIGNATURE,
            **changed,
        }

    def send(self, sheet: object, once: str = "", csrf: str | None = None) -> httpx2.Response:
        token = self.session()["csrf"] if csrf is None else csrf
        return self.desk.client.post("/desk/sheets", json={"csrf": token, "once": once, "sheet": sheet})

    def session(self) -> dict[str, str]:
        return self.desk.client.get("/desk/sheets/session").json()

    def record(self, number: str = NUMBER) -> SampleRecord:
        with self.database.read() as connection:
            sample_id = inspection.find_sample_id(connection, number)
            assert sample_id is not None
            return inspection.require_record(connection, sample_id)


INSPECTORS = World.inspectors


@pytest.fixture
def phone(world: World, desk_of: Desks, database: Database) -> Phone:
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    codes = [world.code(batch, index=index) for index in range(2)]
    return Phone(world, desk_of(world.agency), database, batch, codes)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_sheet_sent_as_a_form_is_taken_and_sealed(phone: Phone) -> None:
    page = phone.desk.send("/desk/sheets", **phone.form())
    assert f"抽样单 {NUMBER} 已登记：阿维菌素乳油 {phone.batch.batch_number}，2 个小包装。" in words(page)
    record = phone.record()
    assert f'href="/desk/samples/{record.sample.sample_id}"' in page
    assert record.sample.state is SampleState.SEALED
    assert record.sample.sampled_from_id == phone.world.outlet.party_id
    assert [(each.role, each.seal_number) for each in record.sheet.portions] == [
        (PortionRole.TEST, "F-0001"),
        (PortionRole.RESERVE, "F-0002"),
    ]
    assert record.sheet.inspectors == INSPECTORS
    assert record.sheet.acknowledgement is Acknowledgement.SIGNED
    assert phone.world.holders(phone.batch)[0] == (0, 2, "agency:sampled")
    assert "宁农执法001" in page, "the inspectors stay for the next sheet"
    assert NUMBER not in re.findall(r'name="sample_number"[^>]*value="([^"]*)"', page)


def test_a_form_sent_twice_is_carried_out_once(phone: Phone, unchanged: Unchanged) -> None:
    tokens, form = phone.desk.tokens(), phone.form()
    first = phone.desk.send_again("/desk/sheets", tokens, **form)
    with unchanged(phone.database):
        again = phone.desk.send_again("/desk/sheets", tokens, **form)
        assert f"抽样单 {NUMBER} 已登记" in first
        assert f"抽样单 {NUMBER} 已登记" in again
        changed = phone.desk.send_again("/desk/sheets", tokens, 422, **{**form, "place": "别处"})
    assert 'role="alert"' in changed


def test_rows_left_empty_are_left_out_and_hidden_parts_are_not_sent(phone: Phone) -> None:
    rows = {"inspectors__2__name": "", "inspectors__2__certificate_number": " ", "portions__2__role": "test"}
    form = phone.form(**rows, acknowledgement="refused", refusal_reason="店主说要等老板回来", seed_lot__type="常规种")
    phone.desk.send("/desk/sheets", **form)
    sheet = phone.record().sheet
    assert (len(sheet.inspectors), len(sheet.portions)) == (2, 2)
    assert (sheet.acknowledgement, sheet.signed_by) == (Acknowledgement.REFUSED, "")
    assert sheet.refusal_reason == "店主说要等老板回来"
    assert sheet.seed_lot is None


def test_a_seed_lot_is_kept_where_it_is_stated(phone: Phone) -> None:
    lot = {"seed_lot__crop": "水稻", "seed_lot__type": "常规种", "seed_lot__seed_class": "大田用种"}
    phone.desk.send("/desk/sheets", **phone.form(**lot, allows_northern_moisture="1", seed_lot__subspecies="粳"))
    sheet = phone.record().sheet
    assert sheet.seed_lot is not None
    assert (sheet.seed_lot.crop, sheet.seed_lot.seed_class, sheet.seed_lot.subspecies) == ("水稻", "大田用种", "粳")
    assert sheet.allows_northern_moisture


REFUSED_FORMS: list[tuple[dict[str, str], int, str]] = [
    ({"codes": ""}, 422, "codes"),
    ({"codes": "123"}, 422, "codes"),
    ({"sample_number": ""}, 422, "sample_number"),
    ({"taken_at": "gestern"}, 422, "taken_at"),
    ({"taken_at": "2036-01-01T00:00"}, 422, "taken_at"),
    ({"region_code": ""}, 422, "region_code"),
    ({"region_code": "649999"}, 422, "region_code"),
    ({"basis": "whim"}, 422, "basis"),
    ({"inspectors__1__name": "", "inspectors__1__certificate_number": ""}, 422, "inspectors.0.name"),
    ({"inspectors__1__certificate_number": "宁农执法001"}, 422, "inspectors.1.certificate_number"),
    ({"inspectors__0__name": ""}, 422, "inspectors.0.name"),
    ({"portions__1__seal_number": "f-0001"}, 422, "portions.1.seal_number"),
    ({"portions__1__role": "test"}, 422, "portions.0.seal_number"),
    ({"on_paper": ""}, 422, "on_paper"),
    ({"signed_by": ""}, 422, "signed_by"),
    ({"acknowledgement": "refused"}, 422, "refusal_reason"),
    ({"sampled_from_credit_code": "1"}, 422, "sampled_from_credit_code"),
    ({"laboratory_id": "nowhere"}, 422, "laboratory_id"),
    ({"plan_number": "无此计划"}, 404, "plan_number"),
]  # fmt: skip


def test_a_refused_form_says_why_at_the_field_and_keeps_what_was_typed(phone: Phone, unchanged: Unchanged) -> None:
    for changed, status, marked in REFUSED_FORMS:
        with unchanged(phone.database):
            page = phone.desk.send("/desk/sheets", status, **phone.form(**changed))
        assert 'role="alert"' in page
        assert re.findall(r' id="([^"]+)-error"', page) == [marked], changed
        if marked != "on_paper":
            assert field_error(page, marked)
        assert 'value="平罗县惠农农资店货架"' in page
        if "codes" not in changed:
            assert phone.codes[1] in textarea(page, "codes")


def test_an_error_in_a_row_stands_at_that_row_though_one_before_it_is_empty(phone: Phone) -> None:
    form = phone.form(inspectors__0__name="", inspectors__0__certificate_number="", inspectors__2__name="丁一")
    form["inspectors.2.certificate_number"] = "宁农执法002"
    page = phone.desk.send("/desk/sheets", 422, **form)
    assert marked_fields(page) == ["inspectors.1.certificate_number"]
    assert re.search(r'id="inspectors.1.name"[^>]* value="丁一"', page)


def test_who_takes_no_samples_has_no_sheet(world: World, desk_of: Desks, phone: Phone) -> None:
    desk = desk_of(world.outlet)
    for path in ("/desk/sheets/new", "/desk/sheets/shell"):
        desk.page(path, 403)
    desk.send("/desk/sheets", 403, **phone.form())


def test_who_is_not_signed_in_is_led_to_sign_in(client: TestClient) -> None:
    for path in (
        "/desk/sheets/new",
        "/desk/sheets/shell",
        "/desk/sheets/session",
        f"/desk/samples/{uuid4()}/sheet.pdf",
    ):
        response = client.get(path)
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    assert client.post("/desk/sheets", json={"sheet": {}}).status_code == 303


def test_the_shell_says_nothing_of_anybody(phone: Phone, world: World) -> None:
    own, shell = phone.desk.page("/desk/sheets/new"), phone.desk.page("/desk/sheets/shell")
    session = phone.session()
    assert session["owner"] == str(world.agency.party_id)
    for secret in (session["owner"], session["csrf"]):
        assert secret in own
        assert secret not in shell
    assert 'data-owner=""' in shell
    assert 'name="csrf" value=""' in shell
    assert phone.desk.client.get("/desk/sheets/session").headers["cache-control"] == "no-store"


def test_the_worker_may_answer_for_the_page_and_knows_all_it_needs(client: TestClient) -> None:
    response = client.get("/desk/sheets/worker.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cache-control"] == "no-cache"
    kept = {f"/static/sheet/{path.name}" for path in STATIC.glob("sheet/*") if path.stem != "worker"}
    named = re.findall(r'"(page|camera|form|pad|queue|store)"', response.text)
    assert kept == {f"/static/sheet/{name}.js" for name in named} | {"/static/sheet/page.css"}
    for address in kept | set(re.findall(r'"(/static/[^"$]+)"', response.text)):
        assert client.get(address).status_code == 200, address


def test_scripts_load_nothing_from_elsewhere_and_write_no_markup() -> None:
    scripts = sorted(STATIC.glob("sheet/*.js"))
    assert len(scripts) >= 6
    for path in (*scripts, STATIC / "sign-out.js"):
        script = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", script), path
        assert len(script) < 12_000


# As the script sends it


def test_a_sheet_sent_by_the_script_is_recorded_with_what_was_drawn(phone: Phone) -> None:
    response = phone.send(phone.sheet(), str(uuid4()))
    assert response.status_code == 201, response.text
    record = phone.record()
    sample_id = record.sample.sample_id
    said = response.json()
    assert said["number"] == NUMBER
    assert said["page"] == f"/desk/samples/{sample_id}"
    assert said["file"] == f"/desk/samples/{sample_id}/sheet.pdf"
    assert len(said["lines"]) == 1
    assert record.sheet.signature == SIGNATURE
    assert phone.world.holders(phone.batch)[0] == (0, 2, "agency:sampled")


def test_a_lost_answer_sends_nothing_twice(phone: Phone, unchanged: Unchanged) -> None:
    """The clock at the sending is another each time; it is still the same sheet."""
    once, sheet = str(uuid4()), phone.sheet()
    first = phone.send(sheet, once)
    phone.world.later(minutes=5)
    with unchanged(phone.database):
        again = phone.send({**sheet, "sent_at": phone.world.clock.now().isoformat()}, once)
    assert (again.status_code, again.json()) == (201, first.json())
    with unchanged(phone.database):
        changed = phone.send({**sheet, "place": "别处"}, once)
    assert (changed.status_code, changed.json()["code"]) == (422, "idempotency.reused")


def test_a_refused_sheet_is_mended_and_sent_again_under_its_name(phone: Phone, refused: Refused) -> None:
    once, sheet = str(uuid4()), phone.sheet()
    wrong = {**sheet, "portions": [{**each, "seal_number": "F-1"} for each in sheet["portions"]]}
    refused(lambda: phone.send(wrong, once), 422, "sheet.same_seal", "portions.1.seal_number")
    assert phone.send(sheet, once).status_code == 201


def test_a_phone_whose_clock_is_wrong_is_set_right(phone: Phone) -> None:
    """Two hours ahead, and the sheet an hour old by either clock."""
    now = phone.world.clock.now()
    ahead = timedelta(hours=2)
    taken_at = now - timedelta(hours=1) + ahead
    times = {
        "taken_at": taken_at.isoformat(),
        "captured_at": taken_at.isoformat(),
        "sent_at": (now + ahead).isoformat(),
    }
    assert phone.send(phone.sheet(**times), str(uuid4())).status_code == 201
    assert phone.record().sheet.taken_at == now - timedelta(hours=1)


def test_a_second_sample_of_a_batch_comes_with_a_warning(phone: Phone) -> None:
    phone.world.take_sample(phone.batch, number="宁抽-2025-0009")
    lines = phone.send(phone.sheet(), str(uuid4())).json()["lines"]
    assert len(lines) == 2
    assert "宁抽-2025-0009" in lines[1]
    assert "重复抽样" in lines[1]


def test_the_warning_is_there_before_the_sample_is_taken(phone: Phone, unchanged: Unchanged) -> None:
    phone.world.take_sample(phone.batch, number="宁抽-2025-0009")
    with unchanged(phone.database):
        path, day = "/desk/sheets/duplicates", str(phone.world.today())
        said = phone.desk.client.post(path, json={"codes": phone.codes, "taken_on": day})
        wrong = phone.desk.client.post(path, json={"codes": ["123"], "taken_on": day})
    assert said.status_code == 200
    assert len(said.json()["lines"]) == 1
    assert "宁抽-2025-0009" in said.json()["lines"][0]
    assert (wrong.status_code, wrong.json()["code"]) == (422, "custody.unusable_codes")


def test_what_comes_without_the_token_is_refused(phone: Phone, refused: Refused) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"", b"[]", b"{", b'{"csrf": 1, "once": [], "sheet": "x"}', '{"csrf": "穗", "sheet": {}}'.encode()):
        refused(
            lambda body=body: phone.desk.client.post("/desk/sheets", content=body, headers=headers), 403, "access.form"
        )


def test_what_is_no_sheet_is_refused(phone: Phone, unchanged: Unchanged) -> None:
    for sheet in (None, [], "x", {}, {"codes": 1}):
        with unchanged(phone.database):
            response = phone.send(sheet, str(uuid4()))
        assert (response.status_code, response.json()["code"]) == (422, "request.body")


REFUSED_SHEETS: list[tuple[dict[str, Any], int, str, str]] = [
    ({"codes": ["123"]}, 422, "custody.unusable_codes", "codes"),
    ({"signature": "M1 1A1"}, 422, "sheet.signature", "signature"),
    ({"inspectors": []}, 422, "sheet.inspectors", "inspectors"),
    ({"acknowledgement": "refused", "refusal_reason": "不在"}, 422, "sheet.acknowledgement", "acknowledgement"),
    ({"sent_at": "2031-01-01T00:00:00Z"}, 422, "offline.clock_skew", "sent_at"),
]


def test_a_refused_sheet_names_the_field(phone: Phone, refused: Refused) -> None:
    for changed, status, code, name in REFUSED_SHEETS:
        refused(lambda changed=changed: phone.send(phone.sheet(**changed), str(uuid4())), status, code, name)


# As it is printed


def printed(response: httpx2.Response, folder: Path) -> list[str]:
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf"), response.text[:300]
    path = folder / "sheet.pdf"
    path.write_bytes(response.content)
    said = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True).stdout
    return [re.sub(r"\s+", "", page) for page in said.split("\f")[:-1]]


def test_the_printed_sheet_says_everything_in_four_copies_and_leads_to_the_result(phone: Phone, tmp_path: Path) -> None:
    phone.world.take_sample(phone.batch, number="宁抽-2025-0009")
    said = phone.send(phone.sheet(note="外包装有破损"), str(uuid4())).json()
    pages = printed(phone.desk.client.get(said["file"]), tmp_path)
    assert len(pages) % 4 == 0
    length = len(pages) // 4
    for number, copy in enumerate(("抽样单位", "被抽样单位", "检验机构", "任务下达部门")):
        own = pages[number * length : (number + 1) * length]
        assert all(f"第{'一二三四'[number]}联{copy}留存" in page for page in own)
        whole = "".join(own)
        for expected in (
            NUMBER,
            "阿维菌素乳油",
            "PD20172247",
            "贺兰山农化有限公司",
            phone.batch.batch_number,
            "平罗县惠农农资店",
            "石嘴山市平罗县",
            *(re.sub(r"\s", "", grouped(code)) for code in phone.codes),
            "F-0001",
            "F-0002",
            "马晓燕",
            "宁农执法002",
            "马建国在手机上签字",
            "宁抽-2025-0009",
            "外包装有破损",
            "被抽样单位（签章）",
        ):
            assert expected in whole, expected
    command = ["pdftoppm", "-r", "150", "-gray", "-singlefile", tmp_path / "sheet.pdf", tmp_path / "page"]
    subprocess.run(command, check=True)
    (symbol,) = zxingcpp.read_barcodes(np.asarray(Image.open(tmp_path / "page.pgm")))
    assert symbol.text == f"{BASE_URL}/results/%E5%AE%81%E6%8A%BD-2026-0001"


def test_a_refusal_to_sign_is_printed(phone: Phone, tmp_path: Path) -> None:
    refusal = {"acknowledgement": "refused", "refusal_reason": "老板不在", "signature": "", "signed_by": ""}
    said = phone.send(phone.sheet(**refusal), str(uuid4())).json()
    assert "拒绝签字：老板不在" in "".join(printed(phone.desk.client.get(said["file"]), tmp_path))


def test_a_signature_on_paper_is_named_and_codes_without_room_are_counted(
    world: World, desk_of: Desks, tmp_path: Path
) -> None:
    batch = world.register_batch(size=60)
    sample = world.take_sample(batch, goods=world.goods(batch, (0, 50)))
    client, path = desk_of(world.agency).client, f"/desk/samples/{sample.sample_id}/sheet.pdf"
    world.seal_sample(sample)
    whole = "".join(printed(client.get(path), tmp_path))
    assert "马建国在纸质抽样单上签字" in whole
    assert "另有10个" in whole
    assert "Signedonpaperby马建国" in "".join(printed(client.get(f"{path}?lang=en"), tmp_path))


def test_a_sheet_not_sealed_yet_says_so(world: World, desk_of: Desks, tmp_path: Path) -> None:
    sample = world.take_sample(world.register_batch())
    response = desk_of(world.agency).client.get(f"/desk/samples/{sample.sample_id}/sheet.pdf")
    assert "尚未封样确认" in "".join(printed(response, tmp_path))


def test_whom_the_sheet_concerns_may_print_it(
    world: World, client: TestClient, caller_of: Callable[[Party], Caller], refused: Refused
) -> None:
    sample = world.seal_sample(world.take_sample(world.register_batch()))
    path = f"/api/v1/samples/{sample.sample_id}/sheet.pdf"
    for party in (world.agency, world.outlet, world.regulator):
        response = caller_of(party).send("GET", path)
        assert response.status_code == 200
        assert response.content.startswith(b"%PDF")
        assert response.headers["cache-control"] == "no-store"
    for party in (world.maker, world.second_outlet, world.party(Role.LABORATORY)):
        caller = caller_of(party)
        refused(lambda caller=caller: caller.send("GET", path), 403, "access.other_party")
    unknown = UUID(int=7)
    agency = caller_of(world.agency)
    refused(lambda: agency.send("GET", f"/api/v1/samples/{unknown}/sheet.pdf"), 404, "sample.unknown", "sample_id")
    refused(lambda: client.get(path), 401, "access.none")
