"""Files of published counts: the sample is whole and adds up, a wrong row is refused by its line."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from suiyuan.api.loading.aggregates import published_aggregates
from suiyuan.api.tables import LineRefused
from suiyuan.trace.kernel.errors import InvalidInput

SAMPLES = Path(__file__).parents[2] / "sample_batches"
FILE = SAMPLES / "published_aggregates.csv"


def test_the_sample_is_cited_row_by_row() -> None:
    found = {each.aggregate_id: each for each in published_aggregates(FILE)}
    assert len(found) == 14
    assert all(each.source and each.reliability in "ABC" for each in found.values())
    assert [(id_, each.differing_fail_rate) for id_, each in found.items() if each.differing_fail_rate is not None] == [
        ("A05", Decimal("8.39"))
    ]
    assert (found["A01"].fake_count, found["A03"].fake_count) == (351, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"samples": "1562"}, "aggregate.sum"),
        ({"passed": "-1"}, "request.body"),
        ({"failed": "1,561"}, "request.body"),
        ({"fail_percent": "9,0"}, "number.malformed"),
        ({"source": ""}, "request.body"),
        ({"samples": "99999999999"}, "request.body"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    with FILE.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    rows[2].update(changes)
    path = tmp_path / FILE.name
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(LineRefused) as caught:
        published_aggregates(path)
    assert (caught.value.code, caught.value.line.number) == (code, 4)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "published_aggregates.csv"
    path.write_text("aggregate_id,kind\nA,seed\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        published_aggregates(path)
    assert caught.value.code == "file.columns"


def test_the_bad_example_is_refused() -> None:
    with pytest.raises(LineRefused) as caught:
        published_aggregates(SAMPLES / "bad" / "aggregates_do_not_add_up.csv")
    assert (caught.value.code, caught.value.field) == ("aggregate.sum", "samples")
