"""`suiyuan sample results`, and the bad examples of files of results."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from suiyuan.api.instance import open_instance
from suiyuan.api.laboratory.columns import SheetFormat
from suiyuan.api.laboratory.faults import FileRefused
from suiyuan.api.laboratory.reading import read_results
from suiyuan.api.laboratory.taking import look
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import Acknowledgement, Basis, Portion, PortionRole
from suiyuan.trace.inspection.service import NewSample, Sealing
from suiyuan.trace.kernel.clock import SystemClock, day_in_china
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import OPERATOR
from suiyuan.trace.store.database import UnitOfWork

from ..support.world import INSPECTORS
from .commands import OUTLET, copied, fingerprint, settings_of
from .laboratory_sheets import csv_of, refused_places, row
from .running import SAMPLES, Installation

LABORATORY = "12640104EXAMPLE89M"

BAD = {
    "laboratory_comma_decimal.csv": {"J2": "number.malformed"},
    "laboratory_without_unit.csv": {"K2": "finding.unit"},
    "laboratory_over_a_hundred.csv": {"J2": "finding.measured"},
    "laboratory_unit_mismatch.csv": {"K2": "finding.unit_mismatch"},
    "laboratory_unknown_sample.csv": {"A2": "sample.unknown"},
    "laboratory_second_results.csv": {"A2": "sample.state"},
    "laboratory_item_twice.csv": {"E3": "laboratory.item_twice"},
    "laboratory_report_twice.csv": {"B3": "laboratory.mixed"},
    "laboratory_unknown_column.csv": {"Q1": "laboratory.column_unknown"},
    "laboratory_semicolons.csv": {"": "laboratory.separator"},
    "laboratory_in_gbk.csv": {"": "file.not_utf8"},
    "laboratory_merged.xlsx": {"C2": "laboratory.merged"},
    "laboratory_formula.xlsx": {"J3": "laboratory.formula"},
}
"""The one fault of each file by its cell; "" where the file as a whole is none."""


@pytest.fixture(scope="module")
def loaded_here(loaded_once: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample batches, for this file alone."""
    return replace(copied(loaded_once, tmp_path_factory.mktemp("here")), is_in_process=True)


def test_every_bad_file_is_in_the_readme() -> None:
    table = (SAMPLES / "bad" / "README.md").read_text("utf-8")
    told = re.findall(r"\| `(laboratory_\w+\.(?:csv|xlsx))` \|[^|]*\| ([A-Z]*\d*) ?\| `([a-z0-9_.]+)` \|", table)
    assert {name: {place: code} for name, place, code in told} == BAD
    assert {path.name for path in (SAMPLES / "bad").glob("laboratory_*")} == set(BAD)


def test_a_bad_file_is_refused_at_its_cell(loaded_here: Installation) -> None:
    instance = open_instance(settings_of(loaded_here))
    found: dict[str, dict[str, str]] = {}
    try:
        for name in BAD:
            path = SAMPLES / "bad" / name
            form = SheetFormat(path.suffix.removeprefix("."))
            with pytest.raises(InvalidInput) as caught:
                look(instance.database, OPERATOR, read_results(path.read_bytes(), form))
            error = caught.value
            found[name] = refused_places(error) if isinstance(error, FileRefused) else {"": error.code}
    finally:
        instance.close()
    assert found == BAD


def test_the_command_refuses_in_one_line(loaded_here: Installation, tmp_path: Path) -> None:
    before = fingerprint(loaded_here)
    for name in ("laboratory_comma_decimal.csv", "laboratory_in_gbk.csv", "laboratory_formula.xlsx"):
        ((place, code),) = BAD[name].items()
        command = ("sample", "results", SAMPLES / "bad" / name, "--as", LABORATORY)
        assert loaded_here.refuse(*command) == ("laboratory.refused" if place else code)
    good = tmp_path / "good.csv"
    good.write_bytes(csv_of(row()))
    assert loaded_here.refuse("sample", "results", good, "--as", OUTLET) == "access.role"
    assert loaded_here.refuse("sample", "results", tmp_path / "none.csv", "--as", LABORATORY) == "file.access"
    assert fingerprint(loaded_here) == before


def test_the_command_takes_a_file(loaded_here: Installation, tmp_path: Path) -> None:
    number = "SF-2026-0999"
    instance = open_instance(settings_of(loaded_here))
    try:
        instance.database.write(lambda work: receive_one_more(work, number))
    finally:
        instance.close()
    file = tmp_path / "results.csv"
    day = day_in_china(SystemClock().now()).isoformat()
    file.write_bytes(csv_of(row(sample_number=number, reported_on=day)))
    command = ("sample", "results", file, "--as", LABORATORY)
    before = fingerprint(loaded_here)
    assert "Would take 1 reports." in loaded_here.say(*command, "--check")
    assert fingerprint(loaded_here) == before
    assert f"Sample {number}: report JY-1, 1 items.\nTook 1 reports." in loaded_here.say(*command)
    assert fingerprint(loaded_here) != before
    assert loaded_here.refuse(*command) == "laboratory.refused"


def receive_one_more(work: UnitOfWork, number: str) -> None:
    """One more sample of a batch of the demonstration, received by its agency's own laboratory."""
    agency_id = parties.require_party_by_credit_code(work.connection, LABORATORY).party_id
    earlier = inspection.find_sample_id(work.connection, "SF-2026-0001")
    assert earlier is not None
    new = NewSample(
        batch_id=inspection.require_sample(work.connection, earlier).batch_id,
        sample_number=number,
        agency_id=agency_id,
        taken_on=day_in_china(work.now),
        region_code="640323",
        basis=Basis.RANDOM,
        inspectors=INSPECTORS,
    )
    sample_id = inspection.take_sample(work, OPERATOR, new).sample_id
    portions = tuple(Portion(role, f"{number}-{role.value}", "100 mL") for role in PortionRole)
    inspection.seal(work, OPERATOR, sample_id, Sealing(portions, Acknowledgement.SIGNED, "店主"))
    inspection.receive(work, OPERATOR, sample_id, seals_are_intact=True, laboratory_id=agency_id)
