"""Counts and rates, the compared form of texts, places in the list, what a bulletin freezes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.inspection.items import Observation, ViolationCode
from suiyuan.trace.inspection.model import Finding, Limit, LimitKind, Outcome, Stage
from suiyuan.trace.inspection.publication.aggregate_model import PublishedAggregate
from suiyuan.trace.inspection.publication.bulletin_model import Contents, compose, number_key
from suiyuan.trace.inspection.publication.model import (
    Cell,
    Counts,
    Cursor,
    Failure,
    PublicVerdict,
    failure_of,
    read_cursor,
    region_range,
    searchable,
    share,
    tables_of,
)
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.ledger.model import canonical, plain

from ...support.published import public_sample

SAMPLE = public_sample(
    violations=(ViolationCode.P02, ViolationCode.P03),
    failures=(Failure("阿维菌素", "≥5.0 %", "1.3", Unit.PERCENT, Observation.MEASURED),),
)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, None),
        (0, 7, "0.0"),
        (7, 7, "100.0"),
        (2999, 3000, "100.0"),
        (1, 8, "12.5"),
        (1, 16, "6.3"),  # 6.25: half goes up, not to the even digit
        (3, 16, "18.8"),  # 18.75
        (1, 3, "33.3"),
        (2, 3, "66.7"),
    ],
)
def test_a_rate_is_rounded_half_up_and_there_is_none_of_nothing(part: int, whole: int, expected: str | None) -> None:
    found = share(part, whole)
    assert (None if found is None else str(found)) == expected


def test_denied_samples_are_counted_apart_and_not_in_the_rate() -> None:
    counts = Counts.of([(PublicVerdict.PASSED, 6), (PublicVerdict.FAILED, 2), (PublicVerdict.DENIED, 4)])
    assert counts == Counts(samples=12, passed=6, failed=2, denied=4)
    assert (counts.judged, counts.pass_rate) == (8, Decimal("75.0"))
    assert Counts.of([(PublicVerdict.DENIED, 3)]).pass_rate is None
    assert counts + counts == Counts(24, 12, 4, 8)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ＰＤ２０１７２２４７", "pd20172247"),
        ("阿维菌素　乳油", "阿维菌素 乳油"),
        ("１．８％阿维", "1.8%"),
        ("ABC㎏", "kg"),
        ("Straße", "STRASSE"),
        ("  Ａ\t b ", "a b"),
    ],
)
def test_texts_are_compared_without_regard_to_width_and_case(written: str, asked: str) -> None:
    assert searchable(asked) in searchable(written)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("640221", ("640221", "640221")),
        ("640200", ("640200", "640299")),
        ("640000", ("640000", "649999")),
    ],
)
def test_a_division_is_all_that_lies_in_it(code: str, expected: tuple[str, str]) -> None:
    assert region_range(code) == expected


CURSOR = Cursor(date(2026, 11, 3), "宁 抽/1 %_")


def test_a_place_in_the_list_is_read_as_it_was_written() -> None:
    assert read_cursor(CURSOR.written()) == CURSOR
    assert "=" not in CURSOR.written()


@pytest.mark.parametrize(
    "written",
    [
        "x",
        "!!!!",
        "宁",
        "MjAyNg",
        "A" * 5_000,
        Cursor(date(2026, 1, 1), "a").written() + "=",
        "MjAyNi0wMS0wMSAA",
        "_" * 8,
    ],
)
def test_any_other_place_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_cursor(written)
    assert (caught.value.code, caught.value.field) == ("results.cursor", "cursor")


def test_a_failed_item_says_its_limit_in_signs_where_the_report_does_not() -> None:
    finding = Finding(
        item="阿维菌素",
        limit=Limit(LimitKind.BETWEEN, Decimal("4.7"), Decimal("5.3")),
        measured=Decimal("1.30"),
        unit=Unit.PERCENT,
        outcome=Outcome.FAILED,
    )
    assert failure_of(finding) == Failure("阿维菌素", "4.7–5.3 %", "1.30", Unit.PERCENT, Observation.MEASURED)
    assert failure_of(replace(finding, limit=Limit(LimitKind.AT_MOST, upper=Decimal(13)))).requirement == "≤13 %"
    assert failure_of(replace(finding, limit=Limit(LimitKind.NOT_DETECTED))).requirement == ""
    assert failure_of(replace(finding, requirement="≥5")).requirement == "≥5"
    absent = replace(finding, measured=None, observation=Observation.NOT_DETECTED)
    assert (failure_of(absent).measured, failure_of(absent).observation) == ("", Observation.NOT_DETECTED)


def test_the_tables_of_a_search_add_up() -> None:
    cells = [
        Cell(ProductKind.SEED, Stage.TRADE, "640221", "2026-10", PublicVerdict.PASSED, 3),
        Cell(ProductKind.PESTICIDE, Stage.TRADE, "640221", "2026-11", PublicVerdict.PASSED, 4),
        Cell(ProductKind.PESTICIDE, Stage.USE, "640324", "2026-11", PublicVerdict.FAILED, 1),
        Cell(ProductKind.PESTICIDE, Stage.USE, "640324", "2026-09", PublicVerdict.DENIED, 2),
    ]
    tables = tables_of(cells)
    assert tables.total == Counts(10, 7, 1, 2)
    assert tables.by_kind == {ProductKind.PESTICIDE: Counts(7, 4, 1, 2), ProductKind.SEED: Counts(3, 3, 0, 0)}
    assert list(tables.by_kind) == [ProductKind.PESTICIDE, ProductKind.SEED]
    assert tables.by_stage == {Stage.TRADE: Counts(7, 7, 0, 0), Stage.USE: Counts(3, 0, 1, 2)}
    assert list(tables.by_region) == ["640221", "640324"]
    assert list(tables.by_month) == ["2026-09", "2026-10", "2026-11"]
    assert tables_of([]).total == Counts(0, 0, 0, 0)


def test_a_bulletin_reads_back_what_it_froze() -> None:
    denied = replace(SAMPLE, sample_number="NX-2", verdict=PublicVerdict.DENIED, violations=(), fault_class=None)
    unsigned = replace(SAMPLE, sample_number="NX-3", verdict=PublicVerdict.PASSED, failures=(), refusal_reason="不在场")
    cells = [Cell(SAMPLE.kind, SAMPLE.stage, SAMPLE.region_code, "2026-11", verdict, 1) for verdict in PublicVerdict]
    contents = compose(cells, [unsigned, denied, SAMPLE])
    assert [line.sample_number for line in contents.failing] == ["NX-1"]
    assert [line.sample_number for line in contents.denied] == ["NX-2"]
    assert [(each.sample_number, each.reason) for each in contents.refusals] == [("NX-3", "不在场")]
    assert contents.by_violation == {ViolationCode.P02: 1, ViolationCode.P03: 1}
    frozen = canonical(plain(contents.statement()))
    assert Contents.read(json.loads(frozen)) == contents
    assert "91" not in json.loads(frozen)["failing"][0].values()


def test_the_number_of_a_bulletin_is_known_in_any_width() -> None:
    assert number_key("宁农通报〔２０２６〕3 号") == number_key("宁农通报(2026)3号")


AGGREGATE = PublishedAggregate(
    "A1", "pesticide", "2012", "农业部", "", 78, 64, 14, Decimal("17.9"), 5, "", "http://example.org/a", "B"
)


def test_a_printed_rate_is_held_against_the_counts_with_its_own_digits() -> None:
    assert AGGREGATE.pass_rate == Decimal("82.1")
    assert AGGREGATE.differing_fail_rate is None  # 17.948… as 17.9
    assert replace(AGGREGATE, fail_percent=Decimal("18")).differing_fail_rate is None
    assert replace(AGGREGATE, fail_percent=Decimal("17.94")).differing_fail_rate == Decimal("17.95")
    assert replace(AGGREGATE, fail_percent=None).differing_fail_rate is None
