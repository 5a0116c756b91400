"""Files of movements."""

from __future__ import annotations

from pathlib import Path

from ...trace.custody import service as custody
from ...trace.custody.model import Interval
from ...trace.custody.service import Goods
from ...trace.kernel.errors import InvalidInput
from ...trace.parties import service as parties
from ...trace.store.database import UnitOfWork
from ..forms.base import level_of_name
from ..tables import Line
from .steps import BATCH_NAME, Act, Options, Step, batch_of, instant_of, table_steps

MOVEMENT_COLUMNS = ("at", "action", "level", "first_index", "last_index", "from_credit_code", "to_credit_code")


def movement_steps(path: Path, options: Options) -> list[Step]:
    """Movements have no identity of their own: a file of them is to be loaded once."""

    def act(line: Line) -> Act:
        def move(work: UnitOfWork) -> None:
            batch = batch_of(work, line)
            level = level_of_name(line["level"])
            first, last = int(line["first_index"]), int(line["last_index"])
            start = batch.packing.span_of(level, first, batch.size)[0]
            stop = batch.packing.span_of(level, last, batch.size)[1]
            goods = [Goods(batch.batch_id, (Interval(start, stop),))]
            sender = parties.require_party_by_credit_code(work.connection, line["from_credit_code"])
            receiver = parties.require_party_by_credit_code(work.connection, line["to_credit_code"])
            if line["action"] == "ship":
                custody.ship(work, options.actor, sender.party_id, receiver.party_id, goods)
            elif line["action"] == "receive":
                custody.receive(work, options.actor, receiver.party_id, goods)
            else:
                raise InvalidInput("request.body", field="action", reason=line["action"])

        return move

    return table_steps(path, (*BATCH_NAME, *MOVEMENT_COLUMNS), act, at=lambda line: instant_of(line["at"]))
