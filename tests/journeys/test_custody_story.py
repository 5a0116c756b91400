"""One pallet from the factory through two distributors to six outlets, to farmers, and back by a recall.

Everything is done at the API, by scanned codes and with each party's own key. What the ledgers and the balances must
say was worked out by hand and stands as tables in books.py.

Batch `A` is a plain pesticide: 480 units in cartons of 12, two pallets of 20 cartons; its second pallet never leaves
the factory. Batch `R` is a restricted pesticide: one pallet, 24 units in 4 cartons of 6.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from suiyuan.trace.catalog.ledger_rules import LedgerSide
from suiyuan.trace.codes.model import Level
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ..api.running import Installation
from ..api.wire import Caller, problem_of
from ..support.protocols import Unchanged
from ..support.world import World
from .books import A_BEFORE_THE_RECALL, A_IN_THE_END, PURCHASES, R_IN_THE_END, SALES, ledgers_of
from .chain import HOLDERS, Chain

FARMER = {"buyer_name": "马建国", "buyer_telephone": "0953-7654321", "intended_use": "甘蓝小菜蛾"}
FARM = {"buyer_name": "塞上家庭农场", "buyer_telephone": "0953-7654322", "intended_use": "枸杞蚜虫"}
RESIDENT_NUMBER = "11010519491231002X"
"""The example of GB 11643."""


@pytest.fixture
def chain(world: World, caller_of: Callable[[Party], Caller]) -> Chain:
    chain = Chain(world, caller_of)
    chain.batches["A"] = world.register_batch(size=480, units_per_carton=12, cartons_per_pallet=20, batch_number="A")
    chain.batches["R"] = world.register_batch(
        world.restricted(), size=24, units_per_carton=6, cartons_per_pallet=4, batch_number="R"
    )
    return chain


def test_from_the_factory_to_the_field_and_back(
    chain: Chain, database: Database, database_url: str, tmp_path: Path, unchanged: Unchanged
) -> None:
    the_pallet_reaches_two_distributors(chain)
    it_is_spread_over_six_outlets(chain, database, unchanged)
    short_damaged_and_wrong_is_put_right(chain)
    farmers_buy(chain, database, unchanged)
    assert chain.balances("A") == A_BEFORE_THE_RECALL
    assert chain.holders("A") == {
        **{"maker held": 240, "dealer_1 held": 48, "dealer_2 held": 36, "dealer_2 written_off": 2},
        **{"outlet_1 held": 34, "outlet_1 sold": 2, "outlet_2 held": 24, "outlet_3 held": 12, "outlet_4 held": 24},
        **{"outlet_4 sold": 12, "outlet_5 held": 22, "outlet_6 held": 23, "outlet_6 written_off": 1},
    }
    assert chain.holders("A", asked_by="outlet_1") == {"outlet_1 held": 34, "outlet_1 sold": 2}

    everything_is_recalled(chain, database, unchanged)
    assert chain.balances("A") == A_IN_THE_END
    assert chain.balances("R") == R_IN_THE_END
    assert chain.holders("A") == {
        **{"maker destroyed": 468, "dealer_2 written_off": 2, "outlet_6 written_off": 1},
        **{"outlet_1 sold": 2, "outlet_4 sold": 7},
    }
    the_way_of_single_units_is_known(chain)
    assert_suppliers(chain)
    assert {name: chain.ledger(name, LedgerSide.PURCHASE) for name in HOLDERS} == ledgers_of(PURCHASES)
    assert {name: chain.ledger(name, LedgerSide.SALE) for name in HOLDERS} == ledgers_of(SALES)
    assert "All invariants hold." in check(database_url, tmp_path)


def the_pallet_reaches_two_distributors(chain: Chain) -> None:
    """24 November: a pallet of each batch to dealer_1; 25 November: half of both on to dealer_2."""
    pallets = [*chain.codes("A", Level.PALLET, 0), *chain.codes("R", Level.PALLET, 0)]
    chain.hand_over("maker", "dealer_1", pallets)
    chain.world.later(days=1)
    chain.hand_over("dealer_1", "dealer_2", [*chain.cartons("A", 10, 19), *chain.cartons("R", 2, 3)])


def it_is_spread_over_six_outlets(chain: Chain, database: Database, unchanged: Unchanged) -> None:
    """26 November. Restricted goods go to designated outlets only."""
    chain.world.later(days=1)
    chain.hand_over("dealer_1", "outlet_1", [*chain.cartons("A", 0, 2), *chain.cartons("R", 0, 0)])
    with unchanged(database):
        mixed = [*chain.cartons("A", 3, 4), *chain.cartons("R", 1, 1)]
        response = chain.asks("dealer_1", "transfers", mixed, to_id=chain["outlet_2"].party_id)
        problem_of(response, 403, "licence.not_designated", "party_id")
    chain.hand_over("dealer_1", "outlet_2", chain.cartons("A", 3, 4))
    chain.hand_over("dealer_2", "outlet_4", [*chain.cartons("A", 10, 12), *chain.cartons("R", 2, 2)])


def short_damaged_and_wrong_is_put_right(chain: Chain) -> None:
    """A carton is sent by mistake, one does not arrive, two packs arrive broken and go back, one is used up."""
    (mistake,) = chain.ship("dealer_1", "outlet_2", chain.cartons("A", 7, 7))
    undo = chain.address("A", f"movements/{mistake['movement_id']}/undo")
    assert chain["dealer_1"].post(undo, {"reason": "扫错了箱"})["undoes_id"] == mistake["movement_id"]

    chain.ship("dealer_1", "outlet_3", chain.cartons("A", 5, 6))
    chain.act("outlet_3", "receipts", chain.cartons("A", 5, 5), is_complete=True, note="少一箱")
    short = only_discrepancy(chain, "outlet_3")
    assert (short["kind"], units_of(short)) == ("short", 12)
    assert only_discrepancy(chain, "dealer_1") == short

    chain.ship("dealer_2", "outlet_5", chain.cartons("A", 13, 14))
    broken = chain.units("A", 178, 179)
    chain.act("outlet_5", "receipts", chain.cartons("A", 13, 14), damaged_codes=broken, note="瓶子破了")
    chain.send_back("outlet_5", "dealer_2", broken, "破损退货")
    chain.act("dealer_2", "receipts", [], damaged_codes=broken)
    for damage in chain["dealer_2"].get("/api/v1/discrepancies"):
        assert (damage["kind"], units_of(damage)) == ("damaged", 2)
        settle(chain, "dealer_2", damage, "accepted")
    chain.hand_over("dealer_2", "outlet_6", chain.cartons("A", 15, 16))

    chain.world.later(days=1)
    settlement = chain.address("A", f"discrepancies/{short['discrepancy_id']}/settlement")
    body = {"outcome": "not_sent", "note": "留在车上"}
    response = chain["outlet_3"].send("POST", settlement, body)
    problem_of(response, 409, "discrepancy.sender_only", "outcome")
    settle(chain, "dealer_1", short, "not_sent")
    chain.act("dealer_2", "write-offs", broken, cause="damaged")
    chain.act("outlet_6", "write-offs", chain.units("A", 180, 180), cause="used")
    assert [chain[name].get("/api/v1/discrepancies") for name in HOLDERS] == [[]] * len(HOLDERS)


def farmers_buy(chain: Chain, database: Database, unchanged: Unchanged) -> None:
    """27 November: three sales, one of them restricted; one farmer brings a pack back."""
    chain.act("outlet_1", "sales", chain.units("A", 0, 2), **FARMER)
    restricted = chain.units("R", 0, 1)
    with unchanged(database):
        response = chain.asks("outlet_1", "sales", restricted, **FARMER)
        problem_of(response, 422, "sale.identity", "buyer_identity")
    chain.act("outlet_1", "sales", restricted, **FARMER, buyer_identity=RESIDENT_NUMBER)
    chain.act("outlet_4", "sales", chain.cartons("A", 10, 10), **FARM)
    chain.act("outlet_1", "take-backs", chain.units("A", 2, 2), reason="买多了")


def everything_is_recalled(chain: Chain, database: Database, unchanged: Unchanged) -> None:
    """28 November: the maker recalls batch A; every holder sends back what it has, and the maker destroys it."""
    chain.world.later(days=1)
    chain["maker"].post(chain.address("A", "stops"), {"kind": "recall", "reason": "瓶盖渗漏"})
    with unchanged(database):
        response = chain.asks("outlet_1", "sales", chain.units("A", 4, 4), **FARMER)
        problem_of(response, 409, "custody.batch_stopped", "codes")
        response = chain.asks("dealer_1", "transfers", chain.cartons("A", 8, 8), to_id=chain["outlet_2"].party_id)
        problem_of(response, 409, "custody.batch_stopped", "codes")
    chain.act("outlet_4", "take-backs", chain.units("A", 127, 131), reason="召回")

    returned = {
        "dealer_1": chain.cartons("A", 6, 9),
        "dealer_2": chain.cartons("A", 17, 19),
        "outlet_1": [*chain.units("A", 2, 11), *chain.cartons("A", 1, 2)],
        "outlet_2": chain.cartons("A", 3, 4),
        "outlet_3": chain.cartons("A", 5, 5),
        "outlet_4": [*chain.units("A", 127, 131), *chain.cartons("A", 11, 12)],
        "outlet_5": [*chain.cartons("A", 13, 13), *chain.units("A", 168, 177)],
        "outlet_6": [*chain.units("A", 181, 191), *chain.cartons("A", 16, 16)],
    }
    for holder, codes in returned.items():
        chain.send_back(holder, "maker", codes, "召回")
    assert chain.holders("A") == {
        **{"maker held": 240, "dealer_1 in_transit": 48, "dealer_2 in_transit": 36, "dealer_2 written_off": 2},
        **{"outlet_1 in_transit": 34, "outlet_1 sold": 2, "outlet_2 in_transit": 24, "outlet_3 in_transit": 12},
        **{"outlet_4 in_transit": 29, "outlet_4 sold": 7, "outlet_5 in_transit": 22, "outlet_6 in_transit": 23},
        **{"outlet_6 written_off": 1},
    }
    for codes in returned.values():
        chain.act("maker", "receipts", codes)
    assert chain["maker"].get("/api/v1/inbound") == []
    recalled = [code for codes in returned.values() for code in codes]
    everything = [*recalled, *chain.codes("A", Level.PALLET, 1)]
    chain.act("maker", "write-offs", everything, cause="damaged", reason="召回")
    chain.act("maker", "destructions", everything, reason="召回产品集中销毁")


def the_way_of_single_units_is_known(chain: Chain) -> None:
    out = ["ship maker dealer_1", "receive maker dealer_1"]
    end = ["write_off maker", "destroy maker"]
    back = {
        name: [f"return {name} maker", f"receive {name} maker", *end] for name in ("dealer_1", "outlet_1", "outlet_4")
    }
    to_outlet_1 = [*out, "ship dealer_1 outlet_1", "receive dealer_1 outlet_1"]
    to_dealer_2 = [*out, "ship dealer_1 dealer_2", "receive dealer_1 dealer_2"]
    assert chain.way("A", 0) == [*to_outlet_1, "sell outlet_1"]
    assert chain.way("A", 2) == [*to_outlet_1, "sell outlet_1", "take_back outlet_1", *back["outlet_1"]]
    # Carton 6, which did not arrive; carton 7, whose wrong shipment was undone.
    assert chain.way("A", 72) == [*out, "ship dealer_1 outlet_3", "settle_found dealer_1", *back["dealer_1"]]
    assert chain.way("A", 84) == [*out, *back["dealer_1"]]
    assert chain.way("A", 131) == [
        *to_dealer_2,
        *("ship dealer_2 outlet_4", "receive dealer_2 outlet_4", "sell outlet_4", "take_back outlet_4"),
        *back["outlet_4"],
    ]
    assert chain.way("A", 179) == [
        *to_dealer_2,
        *("ship dealer_2 outlet_5", "receive_damaged dealer_2 outlet_5"),
        *("return outlet_5 dealer_2", "receive_damaged outlet_5 dealer_2", "write_off dealer_2"),
    ]
    assert chain.way("A", 240) == end
    assert chain.way("R", 0) == [*to_outlet_1, "sell outlet_1"]


def assert_suppliers(chain: Chain) -> None:
    """Back from an outlet: who brought it what in the four days. Returns are no supplies."""
    found = {
        name: [
            (chain.name_of(each["supplier_id"]), chain.batch_name_of(each["batch_id"]), each["receipts"], each["units"])
            for each in chain[name].get("/api/v1/suppliers?from=2026-11-24&to=2026-11-27")
        ]
        for name in ("outlet_1", "outlet_5", "dealer_2", "maker")
    }
    assert {name: sorted(rows) for name, rows in found.items()} == {
        "outlet_1": [("dealer_1", "A", 1, 36), ("dealer_1", "R", 1, 6)],
        "outlet_5": [("dealer_2", "A", 2, 24)],
        "dealer_2": [("dealer_1", "A", 1, 120), ("dealer_1", "R", 1, 12)],
        "maker": [],
    }


def only_discrepancy(chain: Chain, name: str) -> dict[str, Any]:
    (found,) = chain[name].get("/api/v1/discrepancies")
    return found


def settle(chain: Chain, name: str, discrepancy: dict[str, Any], outcome: str) -> None:
    path = chain.address("A", f"discrepancies/{discrepancy['discrepancy_id']}/settlement")
    assert chain[name].post(path, {"outcome": outcome, "note": "双方核对"})["outcome"] == outcome


def units_of(found: dict[str, Any]) -> int:
    return sum(each["stop"] - each["start"] for each in found["intervals"])


def check(database_url: str, folder: Path) -> str:
    """`suiyuan check`, as an operator runs it."""
    environment = {"SUIYUAN_MASTER_KEY": bytes(range(32)).hex()}
    installation = Installation(folder, database_url=database_url, environment=environment, is_in_process=True)
    return installation.say("check")
