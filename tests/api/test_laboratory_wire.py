"""Sending files of results: taken whole in one transaction, or refused with every fault by row and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from suiyuan.api.laboratory.columns import SheetFormat
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import Sample, SampleState
from suiyuan.trace.parties.model import Party, Role
from suiyuan.trace.store.database import Database

from ..support.protocols import Unchanged
from ..support.world import World
from .conftest import Refused
from .laboratory_sheets import book_of, csv_of, headings, row, saved
from .wire import Caller

CSV, XLSX = (form.media_type for form in SheetFormat)
PATH = "/api/v1/laboratory-files"


@dataclass(frozen=True)
class Bench:
    """A laboratory with two samples on its bench, and how it sends a file."""

    world: World
    laboratory: Party
    caller: Caller
    samples: tuple[Sample, ...]

    def rows(self) -> list[list[object]]:
        return [
            row(sample_number=each.sample_number, report_number=f"JY-{each.sample_number}") for each in self.samples
        ]

    def sending(self, content: bytes, media_type: str = CSV, query: str = "") -> Callable[[], httpx2.Response]:
        headers = {**self.caller.headers, "Content-Type": media_type}
        return lambda: self.caller.http.post(PATH + query, content=content, headers=headers)

    def states(self) -> list[SampleState]:
        with self.world.database.read() as connection:
            return [inspection.require_sample(connection, each.sample_id).state for each in self.samples]


@pytest.fixture
def bench(world: World, caller_of: Callable[[Party], Caller]) -> Bench:
    laboratory = world.party(Role.LABORATORY, name="宁夏农药检定所")
    samples = tuple(received_at(world, laboratory) for _ in range(2))
    return Bench(world, laboratory, caller_of(laboratory), samples)


def received_at(world: World, laboratory: Party) -> Sample:
    sample = world.seal_sample(world.take_sample(world.register_batch()))
    return world.database.write(
        lambda work: inspection.receive(
            work,
            world.actor(world.agency),
            sample.sample_id,
            seals_are_intact=True,
            laboratory_id=laboratory.party_id,
        )
    )


def told(problem: dict[str, Any]) -> dict[str, str]:
    return {f"{each['column']}{each['row']}": each["code"] for each in problem["errors"]}


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_file_of_two_samples(bench: Bench, unchanged: Unchanged) -> None:
    number = bench.samples[0].sample_number
    moisture = {"item": "水分", "kind": "水分", "declared": "", "declared_unit": "", "requirement": "≤ 3.0"}
    more = row(sample_number=number, report_number=f"JY-{number}", **moisture, measured="2.90")
    content = csv_of(*bench.rows(), more)
    with unchanged(bench.world.database):
        looked = bench.sending(content, query="?check=true")()
    assert looked.status_code == 200
    done = bench.sending(content)()
    assert done.status_code == 201
    assert done.json() == {**looked.json(), "is_check": False}
    assert done.json()["items"] == 3
    assert [(each["sample_number"], each["laboratory"], each["items"]) for each in done.json()["samples"]] == [
        (bench.samples[0].sample_number, "宁夏农药检定所", 2),
        (bench.samples[1].sample_number, "宁夏农药检定所", 1),
    ]
    assert bench.states() == [SampleState.REPORTED] * 2
    with bench.world.database.read() as connection:
        sample = inspection.require_sample(connection, bench.samples[0].sample_id)
    assert [str(each.measured) for each in sample.findings] == ["5.10", "2.90"]
    assert sample.report_number == f"JY-{sample.sample_number}"


def test_a_spreadsheet(bench: Bench) -> None:
    done = bench.sending(saved(book_of(*bench.rows(), heading=headings("zh"))), XLSX)()
    assert (done.status_code, done.json()["items"]) == (201, 2)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_one_fault_and_nothing_is_taken(bench: Bench, refused: Refused) -> None:
    content = csv_of(*bench.rows(), row(sample_number="没有", measured="5,1"), row(sample_number="不知道"))
    for query in ("", "?check=true"):
        problem = refused(bench.sending(content, query=query), 422, "laboratory.refused", "file")
        assert told(problem) == {"J4": "number.malformed", "A4": "sample.unknown", "A5": "sample.unknown"}
        assert problem["evidence"] == {"count": 3}
        assert problem["errors"][1] == {
            "row": 4,
            "column": "J",
            "field": "measured",
            "code": "number.malformed",
            "reason": "“5,1”不是有效的数字：请用小数点，不用逗号。",
        }
    english = refused(bench.sending(content, query="?lang=en"), 422, "laboratory.refused", "file")
    assert "point" in english["errors"][1]["reason"]
    assert bench.states() == [SampleState.RECEIVED] * 2


def test_what_the_database_knows_better(bench: Bench, world: World, refused: Refused) -> None:
    """Each refusal at its row: the state, the day, the name, whose it is."""
    other = received_at(world, world.party(Role.LABORATORY, name="别的所"))
    sealed = world.seal_sample(world.take_sample(world.register_batch()))
    early, renamed = bench.rows()
    early[2], renamed[3] = "2026-11-23", "别的所"
    rows: Iterable[list[object]] = (
        early, renamed, row(sample_number=other.sample_number), row(sample_number=sealed.sample_number),
    )  # fmt: skip
    problem = refused(bench.sending(csv_of(*rows)), 422, "laboratory.refused", "file")
    assert told(problem) == {
        "C2": "sample.day",
        "D3": "laboratory.name",
        "A4": "laboratory.not_yours",
        "A5": "laboratory.not_yours",
    }
    wrong = bench.rows()
    wrong[1][-1] = "不合格"
    problem = refused(bench.sending(csv_of(*wrong)), 422, "laboratory.refused", "file")
    assert told(problem) == {"P3": "finding.outcome"}
    bench.sending(csv_of(bench.rows()[0]))()
    problem = refused(bench.sending(csv_of(*bench.rows())), 422, "laboratory.refused", "file")
    assert told(problem) == {"A2": "sample.state"}


def test_an_agency_names_the_laboratory(world: World, agency: Caller, refused: Refused) -> None:
    sample = world.receive_sample(world.take_sample(world.register_batch()))
    bench = Bench(world, world.agency, agency, (sample,))
    problem = refused(bench.sending(csv_of(*bench.rows())), 422, "laboratory.refused", "file")
    assert told(problem) == {"D2": "text.missing"}
    named = csv_of(row(sample_number=sample.sample_number, laboratory="省外某检测中心"))
    assert bench.sending(named)().json()["samples"][0]["laboratory"] == "省外某检测中心"


def test_who_may_not(world: World, outlet: Caller, refused: Refused) -> None:
    bench = Bench(world, world.outlet, outlet, ())
    refused(bench.sending(b"no file at all"), 403, "access.role")
    refused(bench.sending(csv_of(row()), query="?check=true"), 403, "access.role")


def test_files_that_are_none(bench: Bench, refused: Refused) -> None:
    for media_type in ("application/json", "", "text/csvx"):
        refused(bench.sending(csv_of(*bench.rows()), media_type), 422, "file.type", "Content-Type")
    refused(bench.sending("抽样单号".encode("gbk")), 422, "file.not_utf8", "file")
    refused(bench.sending(csv_of(*bench.rows()), XLSX), 422, "file.spreadsheet", "file")
    refused(bench.sending(csv_of()), 422, "file.empty", "file")
    book = book_of(*bench.rows())
    book.worksheets[0]["J3"] = "=5.0"
    problem = refused(bench.sending(saved(book), XLSX), 422, "laboratory.refused", "file")
    assert told(problem) == {"J3": "laboratory.formula"}


def test_the_templates_need_no_key(bench: Bench) -> None:
    http = bench.caller.http
    for ending in ("csv", "xlsx"):
        answer = http.get(f"{PATH}/template.{ending}?lang=en")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="laboratory-results.{ending}"'
    assert http.get(f"{PATH}/template.csv").text.lstrip("\ufeff").startswith("抽样单号,")


def test_a_file_sent_twice_under_one_name(bench: Bench, database: Database, unchanged: Unchanged) -> None:
    content = csv_of(*bench.rows())
    headers = {**bench.caller.headers, "Content-Type": CSV, "Idempotency-Key": "一次".encode().hex()}
    first = bench.caller.http.post(PATH, content=content, headers=headers)
    with unchanged(database):
        again = bench.caller.http.post(PATH, content=content, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
