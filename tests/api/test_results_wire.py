"""The public search on the wire: counts, pages, files, permanent links; what cannot be looked for; bulletins."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import MakerResponse, Sample, SampleState
from suiyuan.trace.inspection.publication import service

from ..support.world import World
from .conftest import Refused
from .desk import Desk
from .wire import Caller, problem_of

NUMBER = "宁农通报〔2026〕3号"
BULLETIN = {"number": NUMBER, "title": "三季度抽检", "first_on": "2026-11-01", "last_on": "2026-11-24"}


def published(world: World, *, fails: bool = False, number: str = "") -> Sample:
    sample = world.report(
        world.take_sample(world.register_batch(), number=number), [world.failed if fails else world.passed]
    )
    return world.advance(sample, SampleState.PUBLISHED)


def get(client: TestClient, path: str, status: int = 200) -> Any:
    response = client.get(path)
    assert response.status_code == status, response.text[:500]
    return response.json()


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_the_search_counts_first_and_names_no_buyer(world: World, client: TestClient) -> None:
    assert get(client, "/api/v1/results")["counts"] == {
        "samples": 0, "passed": 0, "failed": 0, "denied": 0, "judged": 0, "pass_rate": None,
    }  # fmt: skip
    failed = published(world, fails=True)
    published(world)
    found = get(client, f"/api/v1/results?verdict=failed&from=2026-11-24&to=2026-11-24&lang=en&product={quote('阿维')}")
    assert found["counts"] == {
        "samples": 1, "passed": 0, "failed": 1, "denied": 0, "judged": 1, "pass_rate": "0.0",
    }  # fmt: skip
    (line,) = found["samples"]
    assert (line["sample_number"], line["verdict"], line["link"]) == (
        failed.sample_number,
        "failed",
        f"/results/{failed.sample_number}",
    )
    assert [(each["item"], each["measured"], each["unit"]) for each in line["failures"]] == [
        ("有效成分含量", "3.1", "%")
    ]
    by_kind = get(client, "/api/v1/results")["by_kind"]["pesticide"]
    assert [by_kind[name] for name in ("judged", "pass_rate")] == [2, "50.0"]


NOT_TO_BE_LOOKED_FOR = (
    ("from=2026-13-24", "request.body", "query.from"),
    ("to=0001-01-01", "request.body", "query.to"),
    ("from=2026-11-24&to=2026-11-23", "period.reversed", "to"),
    ("kind=drugs", "request.body", "query.kind"),
    ("verdict=fine", "request.body", "query.verdict"),
    ("basis=x", "request.body", "query.basis"),
    ("stage=x", "request.body", "query.stage"),
    ("violation=X99", "request.body", "query.violation"),
    ("region=649999", "region.unknown", "region"),
    ("region=99", "region.unknown", "region"),
    ("region=abc", "region.unknown", "region"),
    ("cursor=nonsense", "results.cursor", "cursor"),
    (f"cursor={'A' * 2000}", "request.body", "query.cursor"),
    (f"product={'x' * 201}", "text.malformed", "product"),
    ("maker=%00", "text.malformed", "maker"),
    ("prodcut=x", "request.body", "query.prodcut"),
)


@pytest.mark.usefixtures("world")
def test_what_cannot_be_looked_for(client: TestClient, refused: Refused) -> None:
    for query, code, field in NOT_TO_BE_LOOKED_FOR:
        for path in ("/api/v1/results",) if query.startswith("cursor") else ("/api/v1/results", "/api/v1/results.csv"):
            refused(lambda path=path, query=query: client.get(f"{path}?{query}"), 422, code, field)


def test_the_list_goes_on_where_the_page_before_ended(world: World, client: TestClient, monkeypatch: Any) -> None:
    numbers = {published(world).sample_number for _ in range(2)}
    monkeypatch.setattr("suiyuan.api.routes.results.PAGE_ROWS", 1)
    first = get(client, "/api/v1/results")
    second = get(client, f"/api/v1/results?cursor={first['next']}")
    assert {each["sample_number"] for each in (*first["samples"], *second["samples"])} == numbers
    assert second["next"] is None


def test_the_whole_can_be_downloaded(world: World, client: TestClient, monkeypatch: Any) -> None:
    published(world, fails=True, number="=1+1")
    published(world, number="NX/2026/一")
    response = client.get("/api/v1/results.csv?lang=zh")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="results-2026-11-24.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    heading, *lines = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert heading[:2] == ["抽样单编号", "抽样日期"]
    assert [line[0] for line in lines] == ["NX/2026/一", "'=1+1"]
    whole = get(client, "/api/v1/results.json")
    assert (whole["is_cut"], len(whole["samples"]), whole["counts"]["samples"]) == (False, 2, 2)
    assert client.get("/results.csv?verdict=failed").text.count("\n") == 2
    monkeypatch.setattr(service, "MAX_FILE_ROWS", 1)
    cut = get(client, "/api/v1/results.json")
    assert (cut["is_cut"], len(cut["samples"]), cut["counts"]["samples"]) == (True, 1, 2)
    assert "10,000" in client.get("/results.csv?lang=en").text.splitlines()[-1]


def test_a_permanent_link_shows_every_version(world: World, client: TestClient, refused: Refused) -> None:
    sample = published(world, fails=True, number="NX/2026/一")
    link = get(client, "/api/v1/results")["samples"][0]["link"]
    report = inspection.LaboratoryReport("宁夏农药检定所", "JY-2", world.today(), (world.passed,))
    world.database.write(
        lambda work: inspection.correct(work, world.actor(world.agency), sample.sample_id, report, "抄错了数")
    )
    found = get(client, f"/api/v1{quote(link)}")
    assert [(each["kind"], each["reason"], each["decision"]["verdict"]) for each in found["versions"]] == [
        ("first", "", "failed"),
        ("correction", "抄错了数", "passed"),
    ]
    assert found["versions"][0]["determination"]["judgements"]
    page = client.get(f"{quote(link)}?lang=zh").text
    assert "第 2 版：更正" in page
    assert "抄错了数" in page
    assert "依据和计算" in page
    world.advance(world.database.write(lambda work: inspection.require_sample(work.connection, sample.sample_id)),
                  SampleState.WITHDRAWN)  # fmt: skip
    assert "该结果已于2026年11月24日撤销，不再作数。原因：作废" in client.get(f"{quote(link)}?lang=zh").text
    refused(lambda: client.get("/api/v1/results/NX-none"), 404, "sample.unknown", "sample_number")
    assert client.get("/results/NX-none").status_code == 404


def test_a_denied_product_is_no_failure_of_its_maker(world: World, client: TestClient) -> None:
    sample = published(world, fails=True)
    world.database.write(
        lambda work: inspection.record_maker_response(
            work, world.actor(world.agency), sample.sample_id, MakerResponse.DENIED
        )
    )
    found = get(client, "/api/v1/results")["counts"]
    assert (found["failed"], found["denied"], found["pass_rate"]) == (0, 1, None)
    page = client.get(f"/results/{sample.sample_number}?lang=zh").text
    assert "标称生产企业回函：样品不是其产品。涉嫌假冒" in page
    assert "<dd>无</dd>" in client.get("/results?lang=zh").text


def test_a_batch_has_a_page(world: World, client: TestClient, refused: Refused) -> None:
    failed, other = published(world, fails=True), published(world)
    found = get(client, f"/api/v1/result-batches/{failed.batch_id}")
    assert [each["sample_number"] for each in found["samples"]] == [failed.sample_number]
    assert [each["batch_id"] for each in found["other_batches"]] == [str(other.batch_id)]
    assert [each["kind"] for each in found["stops"]] == ["failed_spot_check"]
    page = client.get(f"/results/batches/{failed.batch_id}?lang=zh").text
    assert f'href="/results/batches/{other.batch_id}"' in page
    hidden = world.register_batch().batch_id
    refused(lambda: client.get(f"/api/v1/result-batches/{hidden}"), 404, "batch.unknown", "batch_id")


def test_the_page_keeps_what_was_asked_and_says_what_is_wrong(world: World, client: TestClient) -> None:
    published(world)
    page = client.get(f"/results?product={quote('阿维')}&from=&kind=&lang=zh").text
    assert 'value="阿维"' in page
    assert "100.0%（1/1）" in page
    assert 'href="/results.csv?product=' in page
    response = client.get("/results?from=2026-13-01&product=%3Cb%3E&lang=zh")
    assert response.status_code == 422
    assert 'id="from-error"' in response.text
    assert "&lt;b&gt;" in response.text
    assert "<h2>统计</h2>" not in response.text
    assert client.get("/results?from=2026-11-24&to=2026-11-01").status_code == 422
    assert client.get("/results.json?region=99").status_code == 422


def test_a_bulletin_is_published_and_published_again(world: World, client: TestClient, regulator: Caller) -> None:
    sample = published(world, fails=True)
    made = regulator.post("/api/v1/bulletins", BULLETIN)
    assert (made["number"], made["version"], made["link"]) == (NUMBER, 1, f"/bulletins/{NUMBER}")
    assert [each["number"] for each in get(client, "/api/v1/bulletins")] == [NUMBER]
    regulator.post(f"/api/v1/bulletins/{NUMBER}/versions", {"reason": "更正标题", "title": "四季度抽检"})
    first = get(client, f"/api/v1/bulletins/{NUMBER}?version=1")
    assert (first["version"], first["contents"]["total"]["failed"]) == (1, 1)
    assert get(client, f"/api/v1/bulletins/{NUMBER}")["title"] == "四季度抽检"
    page = client.get(f"/bulletins/{NUMBER}?version=1&lang=zh").text
    for expected in ("这是旧版本。现行版本是第 2 版。", "更正标题", sample.sample_number, "共抽样 1 个", 'role="img"'):
        assert expected in page, expected
    pdf = client.get(f"/bulletins/{NUMBER}.pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert NUMBER in client.get("/bulletins").text


def test_bulletins_that_are_refused(world: World, regulator: Caller, agency: Caller, refused: Refused) -> None:
    published(world)
    send = regulator.send

    def post(**changes: Any) -> Any:
        return lambda: send("POST", "/api/v1/bulletins", {**BULLETIN, **changes})

    refused(post(first_on="x"), 422, "request.body", "first_on")
    refused(post(last_on="2026-10-01"), 422, "period.reversed", "last_on")
    refused(post(last_on="2026-11-25"), 422, "bulletin.day", "last_on")
    refused(post(number="a/b"), 422, "bulletin.number", "number")
    refused(post(kinds=["drugs"]), 422, "request.body", "kinds.0")
    refused(post(kinds=["feed"]), 409, "bulletin.empty", "first_on")
    refused(post(plan_numbers=["无"]), 404, "plan.unknown", "plan_numbers")
    refused(lambda: agency.send("POST", "/api/v1/bulletins", BULLETIN), 403, "access.role")
    regulator.post("/api/v1/bulletins", BULLETIN)
    refused(post(), 409, "bulletin.duplicate", "number")
    again = f"/api/v1/bulletins/{NUMBER}/versions"
    refused(lambda: send("POST", again, {"reason": "更正"}), 409, "bulletin.unchanged", "reason")
    refused(lambda: send("POST", "/api/v1/bulletins/none/versions", {"reason": "x"}), 404, "bulletin.unknown", "number")
    client = regulator.http
    refused(lambda: client.get(f"/api/v1/bulletins/{NUMBER}?version=9"), 404, "bulletin.version", "version")
    problem_of(client.get(f"/api/v1/bulletins/{NUMBER}?version=0"), 422, "request.body", "query.version")


def test_the_desk_previews_publishes_once_and_publishes_again(world: World, desk_of: Any) -> None:
    published(world, fails=True)
    desk: Desk = desk_of(world.regulator)
    assert "/desk/bulletins" in desk.page("/desk")
    preview = desk.send("/desk/bulletins", 200, preview="1", kind_pesticide="1", **BULLETIN)
    assert "共抽样 1 个，合格 0 个，不合格 1 个" in preview
    assert 'name="kind_pesticide" value="1" checked' in preview
    assert "没有通报" not in preview
    refused = desk.send("/desk/bulletins", 409, kind_feed="1", **BULLETIN)
    assert 'id="first_on-error"' in refused
    assert desk.send("/desk/bulletins", 422, **{**BULLETIN, "first_on": "x"}).count("填写的内容无法识别。") == 2
    tokens = desk.tokens()
    done = desk.send_again("/desk/bulletins", tokens, 303, **BULLETIN)
    assert desk.send_again("/desk/bulletins", tokens, 303, **BULLETIN) == done
    assert f"通报 {NUMBER} 第 1 版已发布。" in desk.page(done)
    same = desk.send(f"/desk/bulletins/{NUMBER}/versions", 409, reason="更正")
    assert 'id="b0-reason-error"' in same
    again = desk.send(f"/desk/bulletins/{NUMBER}/versions", 303, reason="更正", title="新标题")
    assert f"通报 {NUMBER} 第 2 版已发布。" in desk.page(again)


def test_only_the_regulator_has_the_desk_of_bulletins(world: World, desk_of: Any) -> None:
    assert "抽检通报" in desk_of(world.regulator).page("/desk")
    desk_of(world.outlet).page("/desk/bulletins", 403)
