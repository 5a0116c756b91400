"""The ledgers as JSON, CSV and XLSX: the columns of each kind's rule, corrections, retention, and nothing a spreadsheet
would run."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from suiyuan.api.ledger_files import FORMULA_STARTS
from suiyuan.api.ledger_tables import FIELDS
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.catalog.ledger_rules import LEDGER_RULES, LedgerSide, ledger_rule
from suiyuan.trace.codes.model import Level

from ..support.world import World
from .conftest import Refused
from .wire import Caller

PERIOD = "from=2026-11-24&to=2026-11-24"
TAIL = ["kind", "correction", "reason", "keep_until", "movement"]


@pytest.fixture
def sold(world: World, outlet: Caller) -> Batch:
    """A day at the outlet: two cartons in, three sold, one brought back, a wrong sale undone, a carton returned."""
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    sale = {"buyer_name": "=cmd|'/c calc'!A1", "buyer_telephone": "+86 951", "intended_use": "@水稻"}
    outlet.post("/api/v1/sales", {"spans": [span(batch, 0, 3)], **sale})
    world.later(minutes=1)
    outlet.post("/api/v1/take-backs", {"spans": [span(batch, 2, 3)], "reason": "-买多了"})
    world.later(minutes=1)
    (wrong,) = outlet.post("/api/v1/sales", {"spans": [span(batch, 4, 6)], **sale})
    world.later(minutes=1)
    undo = f"/api/v1/batches/{batch.batch_id}/movements/{wrong['movement_id']}/undo"
    outlet.post(undo, {"reason": "扫错"})
    world.later(minutes=1)
    back = {"to_id": str(world.maker.party_id), "codes": [world.code(batch, Level.CARTON, 1)], "reason": "滞销"}
    outlet.post("/api/v1/returns", back)
    return batch


def span(batch: Batch, start: int, stop: int) -> dict[str, object]:
    return {"batch_id": str(batch.batch_id), "start": start, "stop": stop}


def rows_of(caller: Caller, path: str) -> list[list[str]]:
    response = caller.send("GET", f"/api/v1/ledgers/{path}")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/csv; charset=utf-8"), response.text
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_both_ledgers_of_a_day(world: World, outlet: Caller, sold: Batch) -> None:
    sales = outlet.get(f"/api/v1/ledgers/sale?{PERIOD}")
    assert (sales["party"], sales["credit_code"], sales["side"]) == (
        world.outlet.name,
        world.outlet.credit_code,
        "sale",
    )
    (table,) = sales["tables"]
    rule = ledger_rule(world.pesticide.kind, LedgerSide.SALE, world.today())
    names = [column["name"] for column in table["columns"]]
    assert names == [*(field.value for field in rule.fields), "batch_number", *TAIL[:3], "identity", *TAIL[3:]]
    assert table["sources"] == ["农药管理条例第27条; 农产品质量安全法第28条第3款"]
    assert [(line["quantity"], line["correction"], line["kind"]) for line in table["lines"]] == [
        (3, "", "销售给使用者"),
        (-1, "是", "使用者退回"),
        (2, "", "销售给使用者"),
        (-2, "是", "销售给使用者"),
    ]
    first = table["lines"][0]
    assert (first["counterparty"], first["intended_use"], first["producer"]) == (
        "=cmd|'/c calc'!A1",
        "@水稻",
        world.maker.name,
    )
    assert (first["date"], first["keep_until"], first["batch_number"]) == (
        "2026-11-24",
        "2028-11-24",
        sold.batch_number,
    )
    assert not any("hash" in name for name in names)
    (table,) = outlet.get(f"/api/v1/ledgers/purchase?{PERIOD}")["tables"]
    assert [(line["quantity"], line["kind"], line["reason"]) for line in table["lines"]] == [
        (12, "收货", ""),
        (-6, "退货", "滞销"),
    ]
    bought = table["lines"][0]
    production = f"production-pesticide-{world.maker.credit_code[-4:]}"
    assert bought["licence_numbers"] == f"{world.pesticide.registration_number}；{production}"
    assert (bought["counterparty"], bought["counterparty_contact"]) == (world.maker.name, "0951-1234567")
    assert outlet.get("/api/v1/ledgers/sale?from=2026-11-25&to=2026-12-25")["tables"] == []


def test_a_csv_runs_nothing(world: World, outlet: Caller, sold: Batch) -> None:
    head, *rows = rows_of(outlet, f"sale?{PERIOD}&format=csv")
    assert head[0] == "产品名称"
    assert "使用范围" in head
    assert "购买人" in head
    lines = [dict(zip(head, row, strict=False)) for row in rows[:4]]
    assert [line["数量（最小销售包装）"] for line in lines] == ["3", "-1", "2", "-2"]
    assert lines[0]["购买人"] == "'=cmd|'/c calc'!A1"
    assert lines[0]["使用范围"] == "'@水稻"
    assert lines[1]["说明"] == "'-买多了"
    texts = [cell for row in (head, *rows) for cell in row if not cell.lstrip("-").isdigit()]
    assert not [cell for cell in texts if cell.startswith(FORMULA_STARTS)]
    owner = f"{world.outlet.name}（{world.outlet.credit_code}）"
    assert rows[4] == ["销售台账", owner, "2026-11-24 至 2026-11-24"]
    assert rows[5][1].startswith("依据：农药管理条例")
    english = rows_of(outlet, f"sale?{PERIOD}&format=csv&lang=en")
    assert english[0][0] == "Product"
    assert english[-1][1].startswith("Rule: ")


def test_a_workbook_has_a_sheet_for_each_kind(world: World, outlet: Caller, sold: Batch, refused: Refused) -> None:
    seed = world.register_batch(world.seed)
    world.hand_over(world.maker, world.outlet, world.goods(seed, (0, 6)))
    outlet.post("/api/v1/sales", {"spans": [span(seed, 0, 1)], "buyer_name": "=1+1"})
    response = outlet.send("GET", f"/api/v1/ledgers/sale?{PERIOD}&format=xlsx")
    assert response.status_code == 200
    name = f'filename="sale-{world.outlet.credit_code}-2026-11-24-2026-11-24.xlsx"'
    assert name in response.headers["content-disposition"]
    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["农药", "种子", "销售台账"]
    head, *rows = book["农药"].iter_rows()
    column = [cell.value for cell in head].index("购买人")
    assert (rows[0][column].value, rows[0][column].data_type) == ("=cmd|'/c calc'!A1", "s")
    kept = [cell.value for cell in head].index("保存至")
    assert rows[0][kept].value == datetime(2028, 11, 24)  # noqa: DTZ001  # a day in a workbook
    rules = [row[1].value for row in book["销售台账"].iter_rows(min_row=2)]
    assert [str(rule).split("：")[0] for rule in rules] == ["依据", "依据"]
    # One CSV has one table.
    several = f"/api/v1/ledgers/sale?{PERIOD}&format=csv"
    problem = refused(lambda: outlet.send("GET", several), 422, "ledger.kind_needed", "kind")
    assert problem["evidence"] == {"kinds": "pesticide, seed"}
    head, line, *_ = rows_of(outlet, f"sale?{PERIOD}&format=csv&kind=seed")
    assert head[:2] == ["数量（最小销售包装）", "质量（出厂检验）"]
    assert line[0] == "1"


def test_an_empty_ledger(outlet: Caller, world: World) -> None:
    assert rows_of(outlet, f"purchase?{PERIOD}&format=csv")[-1] == ["本期没有记录。"]
    content = outlet.send("GET", f"/api/v1/ledgers/purchase?{PERIOD}&format=xlsx").content
    assert load_workbook(io.BytesIO(content)).sheetnames == ["采购台账"]


def test_a_ledger_over_a_change_of_rules(world: World, outlet: Caller) -> None:
    """Before 2023 the law did not ask for the use: its column is there for the lines after."""
    world.clock.instant = world.clock.instant.replace(year=2022, month=12, day=31, hour=4)
    batch = world.register_batch(production_on=date(2022, 10, 1))
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    outlet.post("/api/v1/sales", {"spans": [span(batch, 0, 1)], "buyer_name": "马某"})
    world.later(days=1)
    outlet.post("/api/v1/sales", {"spans": [span(batch, 1, 2)], "buyer_name": "马某", "intended_use": "水稻"})
    (table,) = outlet.get("/api/v1/ledgers/sale?from=2022-12-01&to=2023-02-01")["tables"]
    assert [line["intended_use"] for line in table["lines"]] == ["", "水稻"]
    assert len(table["sources"]) == 2


@pytest.mark.parametrize("rule", LEDGER_RULES, ids=lambda rule: f"{rule.kind}-{rule.side}-{rule.valid_from}")
def test_every_field_of_every_rule_has_a_column(rule: Any) -> None:
    assert set(rule.fields) <= set(FIELDS)


def test_ledgers_that_are_none(outlet: Caller, world: World, refused: Refused) -> None:
    for path, code, field in (
        (f"other?{PERIOD}", "request.body", "path.side"),
        ("sale", "request.body", "query.from"),
        (f"sale?{PERIOD}&format=pdf", "request.body", "query.format"),
        (f"sale?{PERIOD}&kind=drugs", "request.body", "query.kind"),
        ("sale?from=2026-11-24&to=2026-11-22", "period.reversed", "to"),
        ("sale?from=2026-13-24&to=2026-11-22", "request.body", "query.from"),
    ):
        refused(lambda path=path: outlet.send("GET", f"/api/v1/ledgers/{path}"), 422, code, field)
