"""Nine parties at the API, each with its own key, and their books written as people would write them down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.catalog.ledger_rules import LedgerSide
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.service import LedgerLine
from suiyuan.trace.parties.model import Activity, Party, Role

from ..api.wire import Caller
from ..support.world import World

SHOPS = {
    "outlet_3": ("红寺堡区农资店", "640303"),
    "outlet_4": ("盐池县农资店", "640323"),
    "outlet_5": ("西吉县农资店", "640422"),
    "outlet_6": ("海原县农资店", "640522"),
}
HOLDERS = ("maker", "dealer_1", "dealer_2", *(f"outlet_{number}" for number in range(1, 7)))
DESIGNATED = ("dealer_1", "dealer_2", "outlet_1", "outlet_4")
"""Who may have restricted pesticides."""

COLUMNS = (
    *("made", "received", "passed_on", "returned", "sampled", "seized"),
    *("held", "damaged", "in_transit", "sold", "written_off", "destroyed"),
)


@dataclass
class Chain:
    """The maker, two distributors, six outlets and the regulator. `batches`: by the short name the tables use."""

    world: World
    caller_of: Callable[[Party], Caller]
    parties: dict[str, Party] = field(init=False)
    callers: dict[str, Caller] = field(init=False)
    batches: dict[str, Batch] = field(default_factory=dict[str, Batch])
    began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        world = self.world
        self.parties = {
            "maker": world.maker,
            "dealer_1": world.distributor,
            "dealer_2": world.party(Role.DISTRIBUTOR, name="吴忠农资有限公司", region_code="640302"),
            "outlet_1": world.outlet,
            "outlet_2": world.second_outlet,
            **{name: world.party(Role.OUTLET, name=full, region_code=code) for name, (full, code) in SHOPS.items()},
        }
        for name in ("dealer_2", *SHOPS):
            party = self.parties[name]
            world.database.write(lambda work, party=party: world.license(work, party, "pesticide", Activity.TRADE))
        for name in DESIGNATED:
            world.designate(self.parties[name])
        self.callers = {name: self.caller_of(party) for name, party in self.parties.items()}
        self.callers["regulator"] = self.caller_of(world.regulator)
        self.began_at = world.clock.now()

    def __getitem__(self, name: str) -> Caller:
        return self.callers[name]

    def codes(self, batch: str, level: Level, *indices: int) -> list[str]:
        return [self.world.code(self.batches[batch], level, index) for index in indices]

    def cartons(self, batch: str, first: int, last: int) -> list[str]:
        """The codes of cartons `first` to `last`, both included."""
        return self.codes(batch, Level.CARTON, *range(first, last + 1))

    def units(self, batch: str, first: int, last: int) -> list[str]:
        return self.codes(batch, Level.UNIT, *range(first, last + 1))

    def address(self, batch: str, rest: str) -> str:
        return f"/api/v1/batches/{self.batches[batch].batch_id}/{rest}"

    def act(self, name: str, kind: str, codes: Sequence[str], **fields: object) -> list[dict[str, Any]]:
        """A movement by scanned codes, a minute after the one before."""
        self.world.later(minutes=1)
        return self[name].post(f"/api/v1/{kind}", {"codes": list(codes), **fields})

    def ship(self, sender: str, receiver: str, codes: Sequence[str]) -> list[dict[str, Any]]:
        return self.act(sender, "transfers", codes, to_id=self[receiver].party_id)

    def send_back(self, sender: str, receiver: str, codes: Sequence[str], reason: str) -> list[dict[str, Any]]:
        return self.act(sender, "returns", codes, to_id=self[receiver].party_id, reason=reason)

    def hand_over(self, sender: str, receiver: str, codes: Sequence[str]) -> None:
        """Shipped, and received in full."""
        self.ship(sender, receiver, codes)
        self.act(receiver, "receipts", codes)

    def asks(self, name: str, kind: str, codes: Sequence[str], **fields: object) -> httpx2.Response:
        """A movement that is expected to be refused."""
        return self[name].send("POST", f"/api/v1/{kind}", {"codes": list(codes), **fields})

    def name_of(self, party_id: UUID | str) -> str:
        return next(name for name, party in self.parties.items() if str(party.party_id) == str(party_id))

    def batch_name_of(self, batch_id: UUID | str) -> str:
        return next(name for name, batch in self.batches.items() if str(batch.batch_id) == str(batch_id))

    def balances(self, batch: str) -> dict[str, dict[str, int]]:
        """By party, what of its balance is not nought, as the service gives it to the party itself."""
        query = f"/api/v1/balances?batch_id={self.batches[batch].batch_id}"
        found: dict[str, dict[str, int]] = {}
        for name in HOLDERS:
            for balance in self[name].get(query):
                assert balance["even"] is True
                assert balance["total_in"] == balance["total_out"]
                found[name] = {column: balance[column] for column in COLUMNS if balance[column]}
        return found

    def holders(self, batch: str, asked_by: str = "regulator") -> dict[str, int]:
        """Trace forward: units by holder and state, as `outlet_1 held`."""
        found = self[asked_by].get(self.address(batch, "holders"))
        return {f"{self.name_of(each['holder_id'])} {each['state']}": each["units"] for each in found}

    def way(self, batch: str, unit: int) -> list[str]:
        """Trace back: the movements of one unit, as `ship maker dealer_1`."""
        (code,) = self.units(batch, unit, unit)
        return [
            " ".join(dict.fromkeys((each["kind"], self.name_of(each["from_id"]), self.name_of(each["to_id"]))))
            for each in self["regulator"].get(f"/api/v1/codes/{code}/way")
        ]

    def ledger(self, name: str, side: LedgerSide) -> list[str]:
        """A party's whole ledger, a line each: day of the month, movement, batch, units, and with whom."""
        with self.world.database.read() as connection:
            lines = custody.ledger(
                connection,
                self.parties[name].party_id,
                side,
                self.began_at - timedelta(days=1),
                self.world.clock.now() + timedelta(days=1),
            )
        return [self._ledger_line(line) for line in lines]

    def _ledger_line(self, line: LedgerLine) -> str:
        other = "" if line.counterparty is None else self.name_of(line.counterparty.party_id)
        if line.sale is not None:
            other = " ".join(
                part for part in (line.sale.buyer_name, line.sale.intended_use, line.sale.identity_last_four) if part
            )
        batch = self.batch_name_of(line.batch.batch_id)
        mark = "correction" if line.is_correction else ""
        return " ".join(f"{line.day.day} {line.kind.value} {batch} {line.units:+d} {other} {mark}".split())
