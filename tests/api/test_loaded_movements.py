"""Files of movements: what each action does, what is refused, and what the demonstration shows when it is loaded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from suiyuan.api.instance import Instance, open_instance
from suiyuan.api.loading.movements import ACTS, movement_steps
from suiyuan.api.loading.steps import LONG_AGO, Options, run
from suiyuan.api.tables import LineRefused
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.catalog.ledger_rules import LedgerSide
from suiyuan.trace.custody import service as custody
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ..support.protocols import Unchanged
from ..support.world import World
from .commands import DISTRIBUTOR, OUTLET, SECOND_OUTLET, copied, fingerprint, settings_of
from .running import SAMPLES, Installation

BAD = {
    "movements_unknown_action.csv": "request.body",
    "movements_buyer_of_a_shipment.csv": "request.body",
    "movements_half_a_damage.csv": "request.body",
    "movements_beyond_the_batch.csv": "custody.outside_batch",
    "movements_not_held.csv": "custody.not_held",
    "movements_received_twice.csv": "custody.not_in_transit",
    "movements_of_a_stopped_batch.csv": "custody.batch_stopped",
    "movements_expired_sale.csv": "custody.expired",
    "movements_sale_without_buyer.csv": "sale.buyer",
    "movements_sale_without_use.csv": "sale.intended_use",
    "movements_return_to_a_stranger.csv": "custody.not_a_supplier",
    "movements_return_without_reason.csv": "text.missing",
    "movements_expired_too_early.csv": "custody.not_expired",
    "movements_write_off_without_cause.csv": "request.body",
    "movements_sample_by_an_outlet.csv": "access.role",
    "movements_site_of_another.csv": "site.unknown",
}

BUYER = "buyer_name=马建国 buyer_telephone=0953-7654321 intended_use=水稻"
EVENING = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""The end of the day for which sample_batches tells its stories, in China."""


@pytest.fixture(scope="module")
def loaded_here(loaded_once: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The sample batches, for this file alone."""
    return replace(copied(loaded_once, tmp_path_factory.mktemp("here")), is_in_process=True)


@pytest.fixture
def demonstration(loaded_here: Installation) -> Iterator[Instance]:
    instance = open_instance(settings_of(loaded_here))
    yield instance
    instance.close()


class Files:
    """Writes files of movements of one batch, a line each: `ship 0-23 maker distributor reason=…`, in units."""

    def __init__(self, world: World, batch: Batch, folder: Path) -> None:
        self.world = world
        self.batch = batch
        self.path = folder / "movements.csv"

    def write(self, *lines: str) -> Path:
        rows = [self._row(line) for line in lines]
        columns = list(dict.fromkeys(column for row in rows for column in row))
        table = [columns, *([row.get(column, "") for column in columns] for row in rows)]
        self.path.write_text("".join(",".join(cells) + "\n" for cells in table), encoding="utf-8")
        return self.path

    def load(self, *lines: str) -> None:
        run(self.world.database, movement_steps(self.write(*lines), Options()), Options())

    def _row(self, line: str) -> dict[str, str]:
        action, units, *words = line.split()
        first, _, last = units.partition("-")
        stated = dict(word.split("=", 1) for word in words if "=" in word)
        names = [word for word in words if "=" not in word]
        codes = [self._party(name).credit_code for name in names] + ["", ""]
        return {
            "at": "2026-11-24T10:00:00+08:00",
            "action": action,
            "maker_credit_code": self.world.maker.credit_code,
            "registration_number": self.world.pesticide.registration_number,
            "batch_number": self.batch.batch_number,
            "level": "unit",
            "first_index": first,
            "last_index": last,
            "from_credit_code": codes[0],
            "to_credit_code": codes[1],
            **stated,
        }

    def _party(self, name: str) -> Party:
        return getattr(self.world, name)


@pytest.fixture
def files(world: World, tmp_path: Path) -> Files:
    return Files(world, world.register_batch(), tmp_path)


def test_a_history_of_every_action(files: Files) -> None:
    world = files.world
    world.site(world.distributor, "中心库")
    files.load(
        "ship 0-23 maker distributor",
        "receive 0-23 maker distributor is_complete=true damaged_first=22 damaged_last=23 reason=破了",
        "relocate 12-17 distributor site=中心库",
        "unpack 0-5 distributor",
        "ship 0-5 distributor outlet",
        "refuse 0-0 distributor outlet reason=没订",
        "receive 1-5 distributor outlet",
        f"sell 1-3 outlet {BUYER}",
        "take_back 3-3 outlet reason=买多了",
        "return 4-4 outlet distributor reason=退货",
        "write_off 5-5 outlet cause=used",
        "destroy 22-22 distributor reason=破了",
        "sample 12-12 agency",
        "seize 13-14 regulator reason=涉嫌假药",
        "release 14-14 regulator reason=查清了",
    )
    assert world.holders(files.batch) == [
        (0, 1, "distributor"),
        (1, 3, "outlet:sold"),
        (3, 4, "outlet"),
        (4, 5, "outlet>distributor"),
        (5, 6, "outlet:written_off"),
        (6, 12, "distributor"),
        (12, 13, "agency:sampled"),
        (13, 14, "regulator:seized"),
        (14, 22, "distributor"),
        (22, 23, "distributor:destroyed"),
        (23, 24, "distributor:damaged"),
    ]
    with world.database.read() as connection:
        (damage,) = custody.list_discrepancies(connection, world.distributor.party_id)
        assert (damage.kind, damage.units, damage.note) == ("damaged", 2, "破了")
        sale, back = custody.ledger(connection, world.outlet.party_id, LedgerSide.SALE, LONG_AGO, EVENING)
        assert sale.sale is not None
        assert (sale.units, sale.sale.buyer_name, sale.sale.intended_use, back.units) == (3, "马建国", "水稻", -1)
    told = {line.split(",")[1] for line in files.path.read_text("utf-8").splitlines()[1:]}
    assert told == {action.value for action in ACTS}


def test_the_party_that_acts_is_the_author_of_the_event(files: Files) -> None:
    files.load("ship 0-5 maker distributor")
    with files.world.database.read() as connection:
        (span,) = [each for each in custody.spans_of(connection, files.batch.batch_id) if each.transfer_id]
        assert span.movement_id is not None
        movement = custody.find_movement(connection, files.batch.batch_id, span.movement_id)
    assert movement is not None
    assert movement.party_id == files.world.maker.party_id


def test_a_file_with_the_first_columns_alone(files: Files) -> None:
    path = files.write("ship 0-5 maker distributor")
    assert "reason" not in path.read_text("utf-8")
    files.load("ship 0-5 maker distributor")
    assert files.world.holders(files.batch)[0] == (0, 6, "maker>distributor")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("repack 0-5 maker", "request.body"),
        ("settle_lost 0-5 maker", "request.body"),
        ("undo 0-5 maker", "request.body"),
        ("sell 0-5 maker distributor", "request.body"),
        ("ship 0-5 maker distributor is_complete=true", "request.body"),
        ("ship 0-5 maker distributor cause=used", "request.body"),
        ("write_off 0-5 maker cause=sad", "request.body"),
        ("receive 0-5 maker distributor is_complete=perhaps", "request.body"),
        ("receive 0-5 maker distributor damaged_first=x damaged_last=2", "request.body"),
        ("receive 0-5 maker distributor damaged_last=2", "request.body"),
        ("receive 0-5 maker distributor damaged_first=2 damaged_last=99", "custody.outside_batch"),
        ("ship -5-5 maker distributor", "request.body"),
        ("ship 0-99999999999999999999 maker distributor", "custody.outside_batch"),
        ("ship 5-0 maker distributor", "custody.outside_batch"),
        ("ship 0-5 maker", "party.credit_code"),
        ("ship 0-5 maker maker", "custody.receiver"),
        ("ship 0-5 maker agency", "custody.receiver_role"),
        ("seize 0-5 agency reason=涉嫌假药", "access.role"),
        ("sample 0-5 outlet", "access.role"),
        ("take_back 0-5 maker reason=退", "custody.not_held"),
        ("relocate 0-5 maker site=nowhere", "site.unknown"),
    ],
)
def test_a_line_that_cannot_be_done_takes_the_file_with_it(
    files: Files, database: Database, unchanged: Unchanged, line: str, code: str
) -> None:
    with unchanged(database), pytest.raises(LineRefused) as caught:
        files.load("ship 6-11 maker distributor", line)
    assert caught.value.code == code
    assert caught.value.line.number == 3


def test_every_bad_file_is_in_the_readme() -> None:
    files = {path.name for path in (SAMPLES / "bad").glob("movements_*.csv")}
    table = (SAMPLES / "bad" / "README.md").read_text("utf-8")
    told = dict(re.findall(r"\| `(movements_\w+\.csv)` \|.*\| `([a-z0-9_.]+)` \|", table))
    assert files == set(BAD)
    assert told == BAD


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_file_is_refused_in_one_line(loaded_here: Installation, tmp_path: Path, name: str) -> None:
    shutil.copy(SAMPLES / "bad" / name, tmp_path / "movements.csv")
    before = fingerprint(loaded_here)
    assert loaded_here.refuse("load", tmp_path) == BAD[name]
    assert fingerprint(loaded_here) == before


@pytest.mark.parametrize("credit_code", [DISTRIBUTOR, SECOND_OUTLET])
def test_the_demonstration_has_something_on_every_page(demonstration: Instance, credit_code: str) -> None:
    """Stock, arrivals, an open discrepancy, both ledgers, and something expired."""
    with demonstration.database.read() as connection:
        party_id = parties.require_party_by_credit_code(connection, credit_code).party_id
        assert custody.holdings(connection, party_id)
        assert custody.inbound(connection, party_id)
        found = custody.list_discrepancies(connection, party_id)
        assert [(each.kind, each.units) for each in found] == [("short", 40), ("damaged", 2)]
        assert custody.expiring(connection, party_id, EVENING, 90)
        for side in LedgerSide:
            lines = custody.ledger(connection, party_id, side, LONG_AGO, EVENING)
            assert lines
            assert sum(line.is_correction for line in lines) in range(0 if side is LedgerSide.SALE else 1, len(lines))


def test_the_balance_of_a_demonstration_batch(demonstration: Instance) -> None:
    """AW260316A at the outlet: 240 received, 3 + 24 sold, 2 brought back; 25 sold, 215 left."""
    with demonstration.database.read() as connection:
        party_id = parties.require_party_by_credit_code(connection, OUTLET).party_id
        balances = custody.balances(connection, party_id)
        assert all(each.is_even for each in balances)
        (found,) = [each for each in balances if each.received == 240]
    assert (found.sold, found.held) == (25, 215)
