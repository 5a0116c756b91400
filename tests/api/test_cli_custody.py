"""`suiyuan move`, `ledger`, `balance` and `trace`: what they do and say, and refusals in one line that move nothing.

The commands run by the machine's clock: the goods here need no licence and expire in twenty years.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.model import Level
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.service import NewSite
from suiyuan.trace.store.database import Database

from ..support.protocols import Unchanged
from ..support.world import World, credit_code
from .running import Installation

MOVEMENT = re.compile(r"movement ([0-9a-f-]{36})\.")
PERIOD = ("--from", "2026-11-01", "--to", "2199-12-31")


@pytest.fixture
def here(world: World, database_url: str, tmp_path: Path) -> Installation:
    """The console script on the database of `world`."""
    secret = {"SUIYUAN_MASTER_KEY": bytes(range(32)).hex()}
    return Installation(tmp_path, database_url, secret, is_in_process=True)


@pytest.fixture
def batch(world: World, keyring: Keyring) -> Batch:
    assert keyring.fingerprint() == Keyring(bytes(range(32))).fingerprint()
    return world.register_batch(world.fertiliser, expires_on=date(2046, 9, 1))


Carton = Callable[..., str]


@pytest.fixture
def carton(world: World, batch: Batch) -> Carton:
    return lambda index: world.code(batch, Level.CARTON, index)


def told(output: str) -> list[str]:
    """What a command said it moved, without the ids."""
    return [line.partition(";")[0] for line in output.splitlines()]


def test_goods_from_hand_to_hand(world: World, here: Installation, batch: Batch, carton: Carton) -> None:
    maker, outlet = world.maker.credit_code, world.outlet.credit_code
    said = here.say("move", "ship", carton(0), carton(1), carton(2), "--as", maker, "--to", outlet)
    assert told(said) == [f"ship: 18 units of batch {batch.batch_number}"]
    here.say("move", "refuse", carton(2), "--as", outlet, "--reason", "未订货")
    broken = world.code(batch, Level.UNIT, 5)
    said = here.say("move", "receive", carton(0), "--damaged", broken, "--complete", "--note", "短一箱", "--as", outlet)
    assert sorted(told(said)) == [
        f"receive: 5 units of batch {batch.batch_number}",
        f"receive_damaged: 1 units of batch {batch.batch_number}",
    ]
    here.say("move", "return", broken, "--as", outlet, "--to", maker, "--reason", "破损")
    assert world.holders(batch) == [
        (0, 5, "outlet"),
        (5, 6, "outlet>maker"),
        (6, 12, "maker>outlet"),
        (12, 24, "maker"),
    ]
    table = here.say("trace", "batch", broken)
    assert re.search(rf"{world.outlet.name}\W+held\W+5", table)
    assert here.say("trace", "unit", broken).count(world.maker.name) == 3
    assert world.maker.name in here.say("trace", "supplier", outlet, *PERIOD)
    assert world.maker.name not in here.say("trace", "supplier", outlet, "--from", "2026-01-01", "--to", "2026-11-01")
    balance = here.say("balance", outlet)
    assert re.search(r"received\W+held\W+in transit\W+even", balance)
    assert re.search(rf"{batch.batch_number}\W+6\W+5\W+1\W+yes", balance)


def test_goods_in_stock(world: World, here: Installation, batch: Batch, carton: Carton) -> None:
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    new = NewSite("库房", "640221")
    world.database.write(lambda work: parties.add_site(work, world.actor(world.outlet), world.outlet.party_id, new))
    by = ("--as", world.outlet.credit_code)
    here.say("move", "relocate", carton(0), "--to-site", "库房", *by)
    here.say("move", "unpack", carton(1), *by)
    here.say("move", "repack", world.code(batch, Level.UNIT, 6), "--into", carton(2), *by)
    said = here.say("move", "sell", carton(2), "--buyer", "马某", "--use", "水稻", "--telephone", "0951", *by)
    assert told(said) == [f"sell: 7 units of batch {batch.batch_number}"]
    here.say("move", "take-back", world.code(batch, Level.UNIT, 12), "--reason", "买多", *by)
    said = here.say("move", "write-off", world.code(batch, Level.UNIT, 12), "--cause", "damaged", *by)
    (movement_id,) = MOVEMENT.findall(said)
    here.say("move", "undo", str(batch.batch_id), movement_id, "--reason", "扫错", *by)
    here.say("move", "write-off", carton(3), "--cause", "damaged", *by)
    here.say("move", "destroy", carton(3), "--reason", "焚烧", *by)
    assert world.holders(batch) == [
        (0, 6, "outlet"),
        (6, 7, "outlet:sold"),
        (7, 13, "outlet"),
        (13, 18, "outlet:sold"),
        (18, 24, "outlet:destroyed"),
    ]


def test_authorities(world: World, here: Installation, batch: Batch, carton: Carton) -> None:
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    here.say("move", "sample", world.code(batch), "--as", world.agency.credit_code)
    here.say("move", "seize", carton(1), "--as", world.regulator.credit_code, "--reason", "涉嫌假冒")
    assert world.holders(batch)[:3] == [(0, 1, "agency:sampled"), (1, 6, "outlet"), (6, 12, "regulator:seized")]
    here.say("move", "release", carton(1), "--as", world.regulator.credit_code, "--reason", "查清")
    assert world.holders(batch) == [(0, 1, "agency:sampled"), (1, 24, "outlet")]


def test_a_file(world: World, here: Installation, batch: Batch, carton: Carton, tmp_path: Path) -> None:
    file = tmp_path / "cartons.csv"
    file.write_text("\n".join(["追溯码", carton(0), carton(2)]), encoding="utf-8")
    maker, outlet = world.maker.credit_code, world.outlet.credit_code
    said = here.say("move", "file", "ship", file, "--as", maker, "--to", outlet)
    assert told(said) == [f"ship: 12 units of batch {batch.batch_number}"]
    assert here.say("move", "file", "receive", file, "--as", outlet)
    assert world.holders(batch) == [(0, 6, "outlet"), (6, 12, "maker"), (12, 18, "outlet"), (18, 24, "maker")]


def test_an_identity_number_is_read_and_not_shown(
    world: World, here: Installation, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    wrong = "110105194912310021"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{wrong}\n"))
    done = here.run("move", "sell", world.code(batch), "--identity", "--as", world.outlet.credit_code)
    assert (done.returncode, done.stderr.partition("]")[0]) == (1, "refused [identity.check_character")
    assert wrong not in done.stdout + done.stderr
    monkeypatch.setattr("sys.stdin", io.StringIO("11010519491231002x\n"))
    here.say("move", "sell", world.code(batch), "--identity", "--as", world.outlet.credit_code)


def test_ledgers_as_files(world: World, here: Installation, batch: Batch, tmp_path: Path) -> None:
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    output = tmp_path / "out.csv"
    said = here.say("ledger", "purchase", world.outlet.credit_code, *PERIOD, "-o", output)
    assert said.startswith("Wrote 1 lines to ")
    with output.open(encoding="utf-8-sig", newline="") as file:
        head, line, *_ = csv.reader(file)
    assert dict(zip(head, line, strict=True))["Quantity (sales packs)"] == "6"
    output = tmp_path / "out.xlsx"
    here.say("ledger", "sale", world.maker.credit_code, *PERIOD, "-o", output, "--kind", "fertiliser")
    assert load_workbook(output).sheetnames == ["Fertiliser", "Sales ledger"]


def test_refusals_in_one_line(
    world: World,
    here: Installation,
    batch: Batch,
    carton: Carton,
    database: Database,
    unchanged: Unchanged,
    tmp_path: Path,
) -> None:
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 6)))
    here.say("check")
    maker, outlet = ("--as", world.maker.credit_code), ("--as", world.outlet.credit_code)
    file = tmp_path / "codes.txt"
    file.write_text(f"{carton(0)}\nnonsense\n", encoding="utf-8")
    missing = tmp_path / "none.csv"
    to = ("--to", world.outlet.credit_code)
    for code, *arguments in (
        ("custody.not_held", "move", "ship", carton(0), *maker, *to),
        ("custody.unusable_codes", "move", "unpack", carton(0), "x", *outlet),
        ("text.missing", "move", "return", carton(0), *outlet, "--to", world.maker.credit_code, "--reason", " "),
        ("custody.captured_in_future", "move", "relocate", carton(0), *outlet, "--at", "2199-01-01T00:00:00Z"),
        ("request.body", "move", "relocate", carton(0), *outlet, "--at", "2026-11-24T08:00:00"),
        ("request.body", "move", "relocate", carton(0), *outlet, "--at", "yesterday"),
        ("site.unknown", "move", "relocate", carton(0), *outlet, "--to-site", "无此处"),
        ("custody.no_carton", "move", "repack", world.code(batch), *outlet, "--into", world.code(batch)),
        ("access.role", "move", "seize", carton(0), *outlet, "--reason", "查"),
        ("movement.unknown", "move", "undo", world.code(batch), str(batch.batch_id), *outlet, "--reason", "误"),
        ("custody.unusable_lines", "move", "file", "ship", file, *maker, *to),
        ("file.missing", "move", "file", "ship", missing, *maker, *to),
        ("request.body", "move", "file", "sell", file, *maker),
        ("request.body", "move", "file", "ship", file, *maker),
        ("party.unknown", "balance", credit_code(9_000)),
        ("custody.no_unit", "trace", "unit", carton(0)),
        (
            "period.reversed",
            "trace",
            "supplier",
            world.outlet.credit_code,
            "--from",
            "2026-11-02",
            "--to",
            "2026-11-01",
        ),
        (
            "request.body",
            "ledger",
            "sale",
            world.outlet.credit_code,
            "--from",
            "x",
            "--to",
            "2026-11-01",
            "-o",
            "a.csv",
        ),
        ("file.type", "ledger", "sale", world.outlet.credit_code, *PERIOD, "-o", tmp_path / "a.pdf"),
    ):
        with unchanged(database):
            assert here.refuse(*arguments) == code, arguments
    offenders = here.run("move", "file", "ship", file, *maker, *to).stderr
    assert offenders.rstrip().endswith("2: nonsense")
    assert not list(tmp_path.glob("a.*"))
