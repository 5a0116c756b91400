"""The console script: what it does, what it prints, how it ends; and that a refusal leaves the database as it was."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from suiyuan.api.instance import open_instance
from suiyuan.trace.batches import service as batches
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.codes.model import Level
from suiyuan.trace.kernel.clock import FixedClock
from suiyuan.trace.parties import service as parties

from .commands import (
    AGENCY,
    DISTRIBUTOR,
    MAKER,
    OUTLET,
    SECOND_OUTLET,
    UUID_TEXT,
    VET_MAKER,
    fingerprint,
    rows_of,
    settings_of,
    write_csv,
)
from .running import REPOSITORY, SAMPLES, Installation

DAY_OF_THE_README = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Noon in China on the day for which sample_batches/batches.csv states the expected answers."""


@pytest.fixture
def first_code(loaded_once: Installation) -> Callable[..., str]:
    """The code of a package of a sample batch."""

    def find(batch_number: str, level: Level = Level.UNIT, index: int = 0) -> str:
        row = next(row for row in rows_of("batches.csv") if row["batch_number"] == batch_number)
        instance = open_instance(settings_of(loaded_once))
        try:
            with instance.database.read() as connection:
                maker = parties.require_party_by_credit_code(connection, row["maker_credit_code"])
                product = catalog.find_by_number(connection, maker.party_id, row["registration_number"])
                batch_id = batches.batch_id_of(maker.party_id, product.product_id, batch_number)
                batch = batches.require_batch(connection, batch_id)
                return batches.code_of(connection, instance.keyring, batch, level, index)
        finally:
            instance.close()

    return find


# ------------------------------------------------------------------------------------------------- loading


def test_loading_twice_changes_nothing(near: Installation) -> None:
    before = fingerprint(near)
    assert "nothing changed" in near.say("load", SAMPLES)
    assert fingerprint(near) == before
    assert "All invariants hold." in near.say("check")


def test_every_sample_batch_answers_what_its_row_expects(loaded_once: Installation) -> None:
    instance = open_instance(settings_of(loaded_once), FixedClock(DAY_OF_THE_README))
    found: dict[str, str] = {}
    expected: dict[str, str] = {}
    try:
        with instance.database.read() as connection:
            for row in rows_of("batches.csv"):
                maker = parties.require_party_by_credit_code(connection, row["maker_credit_code"])
                product = catalog.find_by_number(connection, maker.party_id, row["registration_number"])
                batch_id = batches.batch_id_of(maker.party_id, product.product_id, row["batch_number"])
                batch = batches.require_batch(connection, batch_id)
                code = batches.code_of(connection, instance.keyring, batch, Level.UNIT, 0)
                expected[row["batch_number"]] = row["expected_answer"]
                found[row["batch_number"]] = instance.answers.answer(instance.answers.resolve(code)).verdict.value
    finally:
        instance.close()
    assert found == expected
    assert set(expected.values()) == {"genuine", "caution", "stop", "suspect"}
    assert len(expected) == 13


def test_no_published_result_is_tied_to_a_demonstration(loaded_once: Installation) -> None:
    """What real authorities found of real firms stands by itself."""
    connection = sqlite3.connect(f"file:{loaded_once.database}?mode=ro", uri=True)
    try:
        names = {name for (name,) in connection.execute("SELECT name FROM party")}
        assert names
        assert all("示范" in name for name in names)
        cited = {name for (name,) in connection.execute("SELECT labelled_producer FROM published_result")}
        assert cited
        assert not names & cited
        assert connection.execute("SELECT count(*) FROM batch WHERE is_demonstration = 0").fetchone() == (0,)
    finally:
        connection.close()


BAD: dict[str, tuple[str, tuple[str, ...]]] = {
    "batch_zero_units.csv": ("batch.size", ("batch", "register")),
    "batch_negative_units.csv": ("batch.size", ("batch", "register")),
    "batch_absurd_size.csv": ("batch.size", ("batch", "register")),
    "batch_expires_before_production.csv": ("batch.expiry_before_production", ("batch", "register")),
    "batch_duplicate_number.csv": ("batch.duplicate", ("batch", "register")),
    "batch_unknown_product.csv": ("product.unknown", ("batch", "register")),
    "batch_missing_column.csv": ("file.columns", ("batch", "register")),
    "party_wrong_check_digit.csv": ("party.credit_code", ("party", "register")),
    "parties_in_gbk.csv": ("file.not_utf8", ("party", "register")),
    "findings_comma_decimal.csv": (
        "number.malformed",
        ("sample", "record", str(SAMPLES / "samples.csv"), "--findings"),
    ),
}


def test_every_bad_file_is_known_to_the_tests_and_to_its_readme() -> None:
    """Those of movements: test_loaded_movements.py; of laboratories: test_laboratory_command.py; of published counts:
    test_loaded_aggregates.py."""
    others = ("movements_", "laboratory_", "aggregates_")
    files = {path.name for path in (SAMPLES / "bad").glob("*.csv") if not path.name.startswith(others)}
    table = (SAMPLES / "bad" / "README.md").read_text("utf-8")
    told = dict(re.findall(r"\| `((?!movements_|laboratory_|aggregates_)\w+\.csv)` \|.*\| `([a-z0-9_.]+)` \|", table))
    assert files == set(BAD)
    assert told == {name: code for name, (code, _) in BAD.items()}


def test_a_bad_file_ends_the_process_in_one_line(loaded: Installation) -> None:
    before = fingerprint(loaded)
    assert loaded.refuse("batch", "register", SAMPLES / "bad" / "batch_zero_units.csv") == "batch.size"
    assert fingerprint(loaded) == before


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_file_is_refused_in_one_line(near: Installation, name: str) -> None:
    code, command = BAD[name]
    before = fingerprint(near)
    assert near.refuse(*command, SAMPLES / "bad" / name) == code
    assert fingerprint(near) == before


def test_a_bad_file_spoils_the_whole_folder(near: Installation, tmp_path: Path) -> None:
    """All or nothing: the good files beside it are not taken either."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    shutil.copy(SAMPLES / "parties.csv", folder)
    good = (SAMPLES / "batches.csv").read_text("utf-8").replace("AW260316A", "NEW-1").splitlines()[:2]
    bad = (SAMPLES / "bad" / "batch_zero_units.csv").read_text("utf-8").splitlines()[1]
    (folder / "batches.csv").write_text("\n".join([*good, bad]) + "\n", encoding="utf-8")
    before = fingerprint(near)
    assert near.refuse("load", folder) == "batch.size"
    assert fingerprint(near) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("movements.csv", ",carton,0,99,", ",carton,zero,99,"),
        ("movements.csv", ",carton,0,99,", ",crate,0,99,"),
        ("movements.csv", ",ship,", ",steal,"),
        ("movements.csv", "2025-04-18T09:10:00+08:00", "yesterday"),
        ("samples.csv", ",published,", ",finished,"),
        ("samples.csv", ",denied,", ",perhaps,"),
        ("register.csv", "V003,vet_drug,", "V003,potion,"),
        ("stops.csv", ",recall,", ",wish,"),
        ("licences.csv", ",true,", ",perhaps,"),
    ],
)
def test_a_word_that_means_nothing_is_refused_in_one_line(
    fresh: Installation, tmp_path: Path, name: str, old: str, new: str
) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(SAMPLES, folder)
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    near = replace(fresh, is_in_process=True)
    near.say("party", "list")
    before = fingerprint(near)
    assert near.refuse("load", folder) == "request.body"
    assert fingerprint(near) == before


@pytest.mark.parametrize(("noun", "verb", "name"), [("party", "register", "parties.csv"),
                                                    ("party", "licence", "licences.csv"),
                                                    ("party", "site add", "sites.csv"),
                                                    ("product", "register", "products.csv")])  # fmt: skip
def test_what_is_there_already_is_left(near: Installation, noun: str, verb: str, name: str) -> None:
    before = fingerprint(near)
    options = ["--accept-warnings"] if noun == "product" else []
    near.say(noun, *verb.split(), SAMPLES / name, *options)
    assert fingerprint(near) == before


def test_files_that_are_not_there_or_none(near: Installation, tmp_path: Path) -> None:
    before = fingerprint(near)
    assert near.refuse("load", tmp_path / "nowhere") == "file.missing"
    assert near.refuse("party", "register", tmp_path / "nothing.csv") == "file.missing"
    assert near.refuse("party", "register", tmp_path) == "file.missing"
    (tmp_path / "empty.csv").write_bytes(b"")
    assert near.refuse("party", "register", tmp_path / "empty.csv") == "file.columns"
    header = (SAMPLES / "parties.csv").read_bytes().split(b"\n", 1)[0]
    (tmp_path / "header.csv").write_bytes(header + b"\n")
    assert near.refuse("party", "register", tmp_path / "header.csv") == "file.empty"
    (tmp_path / "short.csv").write_bytes(header + b"\nonly,three,fields\n")
    assert near.refuse("party", "register", tmp_path / "short.csv") == "file.malformed"
    (tmp_path / "quote.csv").write_bytes(header + b'\n"a"b,c\n')
    assert near.refuse("party", "register", tmp_path / "quote.csv") == "file.malformed"
    (tmp_path / "nul.csv").write_bytes(header + b"\na\0b,c,d,e,f,g,h\n")
    assert near.refuse("party", "register", tmp_path / "nul.csv")
    assert fingerprint(near) == before


# ------------------------------------------------------------------------------------------------- the story


def test_the_story_by_command(fresh: Installation, tmp_path: Path) -> None:
    """From an empty folder to a stopped batch. Days lie around today, so that it does not rot."""
    run, look = fresh.say, replace(fresh, is_in_process=True).say
    today = date.today()  # noqa: DTZ011  # only to place days well before and after any time zone's today
    made, sampled = today - timedelta(days=20), today - timedelta(days=5)
    assert "9 parties" in run("party", "register", SAMPLES / "parties.csv")
    assert MAKER in look("party", "list")
    licences = [
        {
            "credit_code": code,
            "number": f"证-{activity}",
            "activity": activity,
            "product_kind": "pesticide",
            "valid_from": str(today - timedelta(days=400)),
            "valid_until": str(today + timedelta(days=400)),
        }
        for code, activity in ((MAKER, "production"), (DISTRIBUTOR, "trade"), (OUTLET, "trade"))
    ]
    assert "3 licences" in look("party", "licence", write_csv(tmp_path / "licences.csv", *licences))
    products = write_csv(tmp_path / "products.csv", rows_of("products.csv")[0])
    assert "1 products" in look("product", "register", products)
    assert "PD20990001" in look("product", "list", MAKER)

    row = {**rows_of("batches.csv")[0], "batch_number": "CLI-1", "size": "48", "cartons_per_pallet": "2"}
    row |= {"production_on": str(made), "expires_on": str(today + timedelta(days=300)), "factory_inspected_on": ""}
    assert "Registered 1 batches" in look("batch", "register", write_csv(tmp_path / "batches.csv", row))
    listed = look("batch", "list", "--as", MAKER)
    assert "CLI-1" in listed
    (batch_id,) = UUID_TEXT.findall(listed)

    codes, cartons = tmp_path / "units.txt", tmp_path / "cartons.txt"
    assert "Wrote 48 codes" in look("codes", "export", batch_id, "-o", codes)
    units = codes.read_text("ascii").split()
    assert len(set(units)) == 48
    assert "Wrote 1 codes" in look("codes", "export", units[5], "-o", cartons, "--level", "carton", "--start", "1")
    (second_carton,) = cartons.read_text("ascii").split()
    look("codes", "label", units[47], "-o", tmp_path / "label.png")
    (symbol,) = zxingcpp.read_barcodes(Image.open(tmp_path / "label.png"))
    assert symbol.text == f"http://127.0.0.1:8000/c/{units[47]}"
    answer = json.loads(look("answer", symbol.text))
    assert (answer["verdict"], answer["index"], answer["scans"]["count"]) == ("caution", 47, 0)
    assert json.loads(look("answer", units[47]))["scans"]["count"] == 1, "a look on the command line is a scan"

    shipped = run("transfer", "ship", *units[:24], second_carton, "--as", MAKER, "--to", DISTRIBUTOR)
    assert "Shipped 48 units" in shipped
    assert "on its way" in look("transfer", "list", "--as", DISTRIBUTOR)
    assert "Received 48 units" in look("transfer", "receive", *units[:24], second_carton, "--as", DISTRIBUTOR)
    look("transfer", "ship", units[0], "--as", DISTRIBUTOR, "--to", OUTLET)
    look("transfer", "receive", units[0], "--as", OUTLET)
    assert "held" in look("transfer", "list", "--as", OUTLET)
    answer = json.loads(look("answer", units[0]))
    assert [step["role"] for step in answer["way"]] == ["manufacturer", "distributor", "outlet"]
    assert answer["verdict"] == "genuine"

    sample = {**rows_of("samples.csv")[0], "batch_number": "CLI-1", "registration_number": "PD20990001"}
    sample |= {"taken_on": str(sampled), "reported_on": str(sampled), "state": "reported", "sample_number": "CLI-S1"}
    finding = {**rows_of("findings.csv")[0], "sample_number": "CLI-S1"}
    samples = write_csv(tmp_path / "samples.csv", sample)
    assert "Did 3 acts" in run("sample", "record", samples, "--findings", write_csv(tmp_path / "findings.csv", finding))
    assert json.loads(look("answer", units[1]))["verdict"] == "genuine"
    assert "CLI-S1: failed" in look("sample", "decide", "CLI-S1", "--as", AGENCY)
    assert "is notified" in look("sample", "advance", "CLI-S1", "notified", "--as", AGENCY)
    assert "is final" in look("sample", "advance", "CLI-S1", "final", "--as", AGENCY)
    answer = json.loads(look("answer", units[1]))
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("stop", "failed_spot_check")

    ordered = look("batch", "stop", units[0], "--as", MAKER, "--reason", "主动召回")
    (stop_id,) = UUID_TEXT.findall(ordered)
    assert json.loads(look("answer", units[2]))["reasons"][0]["code"] == "recalled"
    assert "Lifted" in look("batch", "lift", batch_id, stop_id, "--as", MAKER, "--reason", "误报")
    part = ("--range", "1:2", "--only", units[3], "--only", units[2])
    ordered = look("batch", "stop", batch_id, "--as", MAKER, "--reason", "主动召回", *part)
    assert "units 1:4" in ordered, "ranges that touch are one stop"
    told = [[each["code"] for each in json.loads(look("answer", units[index]))["reasons"]] for index in (0, 1)]
    assert ["other_part_stopped" in told[0], "recalled" in told[1]] == [True, True]
    (stop_id,) = UUID_TEXT.findall(ordered)
    assert "Lifted" in look("batch", "lift", batch_id, stop_id, "--as", MAKER, "--reason", "误报")
    assert json.loads(look("answer", units[2]))["reasons"][0]["code"] == "failed_spot_check"
    assert "All invariants hold." in run("check")


def test_a_gtin_from_its_file_to_the_links_of_a_batch(near: Installation, tmp_path: Path) -> None:
    product = {**rows_of("products.csv")[0], "registration_number": "PD20999001", "gtin": "6901234567892"}
    assert "1 products" in near.say("product", "register", write_csv(tmp_path / "products.csv", product))
    assert "06901234567892" in near.say("product", "list", MAKER)
    row = {**rows_of("batches.csv")[0], "registration_number": "PD20999001", "batch_number": "G-1", "size": "5"}
    assert "Registered 1" in near.say("batch", "register", write_csv(tmp_path / "batches.csv", row))
    (batch_id,) = UUID_TEXT.findall(
        next(line for line in near.say("batch", "list", "--as", MAKER).splitlines() if "G-1" in line)
    )
    near.say("labels", "csv", batch_id, "-o", tmp_path / "links.csv", "--gs1-link")
    rows = list(csv.reader((tmp_path / "links.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == 6
    for serial, link in rows[1:]:
        assert link == f"http://127.0.0.1:8000/01/06901234567892/10/G-1/21/{serial}"
    answer = json.loads(near.say("answer", rows[3][1]))
    assert (answer["batch"]["batch_number"], answer["index"]) == ("G-1", 2)
    assert (
        near.refuse("labels", "csv", batch_id, "-o", tmp_path / "no.csv", "--gs1-link", "--level", "carton")
        == "link.level"
    )
    wrong = {**product, "registration_number": "PD20999002", "gtin": "6901234567893"}
    assert near.refuse("product", "register", write_csv(tmp_path / "wrong.csv", wrong)) == "product.gtin_check_digit"


@pytest.mark.parametrize(
    ("fields", "warnings"),
    [
        ({}, 2),
        ({"technical_registration": "PD20080001"}, 1),
        ({"technical_registration": "PD20080001", "technical_maker": "原药厂"}, 0),
        ({"production_on": "2026-10-31"}, 0),
    ],
)
def test_what_announcement_1049_asks_for_is_said_at_registration(
    near: Installation, tmp_path: Path, fields: dict[str, str], warnings: int
) -> None:
    row = {**rows_of("batches.csv")[0], "batch_number": "W-1", "production_on": "2026-11-01", "size": "5", **fields}
    row |= {"factory_inspected_on": "", "expires_on": ""}
    done = near.run("batch", "register", write_csv(tmp_path / "batches.csv", row))
    assert (done.returncode, done.stdout.strip()) == (0, "Registered 1 batches.")
    assert done.stderr.count("warning: W-1: ") == done.stderr.count("1049") == warnings


def test_veterinary_codes_are_imported(near: Installation, tmp_path: Path) -> None:
    row = {**rows_of("batches.csv")[3], "batch_number": "VET-2", "size": "4", "units_per_carton": "2"}
    near.say("batch", "register", write_csv(tmp_path / "batches.csv", row))
    listed = near.say("batch", "list", "--as", VET_MAKER)
    batch_id = next(UUID_TEXT.findall(line)[0] for line in listed.splitlines() if "VET-2" in line)
    codes = [f"2026060199998{number:011d}" for number in range(4)]
    (tmp_path / "codes.txt").write_text("\n".join(codes), encoding="utf-8")
    target = tmp_path / "out.txt"
    assert near.refuse("codes", "export", batch_id, "-o", target) == "code.not_imported"
    assert "Imported 4 codes" in near.say("codes", "import", batch_id, tmp_path / "codes.txt", "--as", VET_MAKER)
    near.say("codes", "export", batch_id, "-o", target)
    assert target.read_text("ascii").split() == codes
    assert (
        near.refuse("codes", "import", batch_id, tmp_path / "codes.txt", "--as", VET_MAKER)
        == "code.file_imported_before"
    )
    assert near.refuse("codes", "import", batch_id, tmp_path / "codes.txt", "--as", MAKER) == "access.other_party"


def test_keys(near: Installation) -> None:
    key = near.say("key", "create", OUTLET, "--label", "店里的手机")
    assert re.fullmatch(r"sy_[a-z2-7]{8}_[A-Za-z0-9_-]{43}\n", key), "alone on standard output, for scripts"
    key_id = key.split("_")[1]
    near.say("key", "withdraw", key_id)
    before = fingerprint(near)
    assert near.refuse("key", "withdraw", key_id) == "key.unknown"
    assert near.refuse("key", "create", "91640104EXAMPLEA56") == "party.unknown"
    assert near.refuse("key", "create", "nobody") == "party.credit_code"
    assert fingerprint(near) == before


# ------------------------------------------------------------------------------------------------- refusals


def test_sites(near: Installation, tmp_path: Path) -> None:
    """The sample data gives one distributor and one shop two sites each."""
    assert [near.say("party", "site", "list", code).count("640") for code in (DISTRIBUTOR, SECOND_OUTLET)] == [2, 0]
    row = {"credit_code": SECOND_OUTLET, "name": "西吉门店", "region_code": "640422", "address": ""}
    assert "1 sites" in near.say("party", "site", "add", write_csv(tmp_path / "sites.csv", row))
    (site_id,) = UUID_TEXT.findall(near.say("party", "site", "list", SECOND_OUTLET))
    assert near.refuse("party", "site", "close", site_id, "--as", DISTRIBUTOR) == "site.unknown"
    assert "Closed" in near.say("party", "site", "close", site_id, "--as", SECOND_OUTLET)
    assert near.refuse("party", "site", "close", site_id, "--as", SECOND_OUTLET) == "site.closed"
    assert site_id in near.say("party", "site", "list", SECOND_OUTLET), "it stays on record"
    before = fingerprint(near)
    bad = write_csv(tmp_path / "bad.csv", {**row, "name": "另一处"}, {**row, "region_code": "640999", "name": "库"})
    assert near.refuse("party", "site", "add", bad) == "region.unknown"
    assert near.refuse("party", "site", "add", write_csv(tmp_path / "short.csv", {"name": "库"})) == "file.columns"
    assert fingerprint(near) == before


def test_acts_that_are_refused(near: Installation, first_code: Callable[..., str], tmp_path: Path) -> None:
    """The refusals that the README of the sample batches invites to try, and some more."""
    drug = [first_code("FB260610D", Level.UNIT, index) for index in range(30, 40)]
    recalled, genuine = first_code("DM260506G", Level.CARTON, 0), first_code("AW260820C")
    at_outlet = first_code("AW260316A", Level.CARTON, 0)
    at_distributor = first_code("AW260316A", Level.CARTON, 30)
    before = fingerprint(near)
    refuse = near.refuse
    assert refuse("transfer", "ship", *drug, "--as", DISTRIBUTOR, "--to", SECOND_OUTLET) == "licence.missing"
    assert refuse("transfer", "ship", recalled, "--as", OUTLET, "--to", DISTRIBUTOR) == "custody.batch_stopped"
    assert refuse("transfer", "ship", at_outlet, "--as", DISTRIBUTOR, "--to", OUTLET) == "custody.not_held"
    assert refuse("transfer", "ship", at_distributor, "--as", OUTLET, "--to", DISTRIBUTOR) == "custody.not_held"
    assert refuse("transfer", "receive", at_outlet, "--as", OUTLET) == "custody.not_in_transit"
    assert refuse("transfer", "ship", "<script>", "--as", OUTLET, "--to", DISTRIBUTOR) == "custody.unusable_codes"
    assert refuse("transfer", "ship", genuine, "--as", OUTLET, "--to", OUTLET) == "custody.receiver"
    assert refuse("transfer", "ship", genuine, "--as", "nobody", "--to", OUTLET) == "party.credit_code"
    assert refuse("batch", "stop", genuine, "--as", DISTRIBUTOR, "--reason", "x") == "access.other_party"
    assert refuse("batch", "stop", genuine, "--as", MAKER, "--reason", " ") == "text.missing"
    assert refuse("batch", "stop", "no-code", "--as", MAKER, "--reason", "x") == "code.no_code"
    assert refuse("batch", "stop", "AB12", "--as", MAKER, "--reason", "x") == "batch.unknown"
    part = ("batch", "stop", genuine, "--as", MAKER, "--reason", "x")
    for units in ("5", "5:5", "9:5", "a:b", "-1:5", ":", "0:99999999999"):
        assert refuse(*part, f"--range={units}") == "stop.interval"
    assert refuse(*part, "--only", recalled) == "stop.other_batch"
    assert refuse(*part, "--only", genuine, "--only", recalled) == "stop.other_batch"
    assert refuse(*part, "--only", "no-code") == "custody.unusable_codes"
    assert refuse("batch", "register", SAMPLES / "batches.csv") == "batch.duplicate"
    assert refuse("sample", "advance", "SF-2026-0001", "notified", "--as", AGENCY) == "sample.state"
    assert refuse("sample", "advance", "SF-9999", "final", "--as", AGENCY) == "sample.unknown"
    assert refuse("sample", "advance", "SF-2026-0005", "final", "--as", MAKER) == "access.role"
    odd = write_csv(tmp_path / "p.csv", {**rows_of("products.csv")[0], "registration_number": "P-1"})
    assert refuse("product", "register", odd) == "registration.format"
    target = tmp_path / "out"
    assert refuse("codes", "export", genuine, "-o", target, "--start", "100000000") == "code.index"
    assert refuse("codes", "export", genuine, "-o", target, "--level", "crate") == "request.body"
    assert refuse("codes", "label", "AB12", "-o", target) == "code.unknown"
    assert fingerprint(near) == before
    assert not target.exists()


def test_a_file_that_cannot_be_written(near: Installation, first_code: Callable[..., str], tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "such" / "folder" / "file"
    assert near.refuse("codes", "export", first_code("FB260610D"), "-o", nowhere)
    assert near.refuse("codes", "label", first_code("FB260610D"), "-o", nowhere)


def test_the_answer_and_its_exit_status(near: Installation, first_code: Callable[..., str]) -> None:
    for number, verdict in (
        ("GX260210B", "stop"),
        ("DC250408H", "stop"),
        ("EN260415I", "suspect"),
        ("NC261012F", None),
    ):
        answer = json.loads(near.say("answer", first_code(number)))
        assert answer["verdict"] == verdict or verdict is None
        assert answer["batch"]["batch_number"] == number
    before = fingerprint(near)
    unknown = near.run("answer", "11722252247250743408010974953971")
    assert (unknown.returncode, json.loads(unknown.stdout)["verdict"]) == (3, "unknown")
    assert "Traceback" not in unknown.stderr
    for text in ("", "<script>", "🌾", "'; DROP TABLE scan; --", "1" * 100_000, "../../etc/passwd"):
        assert near.refuse("answer", text).startswith("code.")
    assert fingerprint(near) == before


def test_bytes_that_are_no_text_as_an_argument(loaded: Installation) -> None:
    assert loaded.refuse("answer", os.fsdecode(b"\xff\xfe\x80")) == "code.no_code"


def test_the_language_of_the_terminal(loaded: Installation) -> None:
    chinese = Installation(loaded.folder, environment={"LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"})
    assert "没有找到追溯码。" in chinese.run("answer", "-").stderr
    assert "There is no code in this text." in loaded.run("answer", "-").stderr


def test_wrong_use_is_told_and_is_no_success(fresh: Installation) -> None:
    for arguments in (["fly"], ["batch"], ["transfer", "ship"], ["load"], ["serve", "--port", "many"]):
        done = replace(fresh, is_in_process=True).run(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr
    assert not fresh.database.exists(), "nothing was opened for it"


def test_the_readme_of_the_bad_files_is_not_loaded() -> None:
    assert (REPOSITORY / "sample_batches" / "bad").is_dir()
    assert not {path.name for path in (SAMPLES / "bad").glob("*.csv")} & {path.name for path in SAMPLES.glob("*.csv")}


def test_tables_are_readable_as_csv() -> None:
    for path in SAMPLES.glob("*.csv"):
        text = path.read_bytes()
        assert not text.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in text
        table = list(csv.DictReader(io.StringIO(text.decode("utf-8"), newline=""), strict=True))
        assert table
        assert all(None not in row and None not in row.values() and row["source"] for row in table), path.name
