"""Files of movements.

    at            when it was done
    action        a name of MovementName, except repack
    batch         maker_credit_code, registration_number, batch_number
    goods         level, first_index, last_index (both included)
    parties       from_credit_code, to_credit_code: who has the goods, who gets them; one of them acts

and, where a file has these columns, what a movement may state beside: site (the acting party's, by name), reason,
is_complete and damaged_first, damaged_last (a receipt's; indices of units), cause (of writing off), buyer_name,
buyer_telephone, intended_use (a sale's). A column is left blank where its action has no use for it.

There is no column for a buyer's identity number: such numbers do not lie about in files. Sales of restricted pesticides
are recorded one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

from ...trace.batches.model import Batch
from ...trace.custody import service as custody
from ...trace.custody.model import Interval, WriteOffCause
from ...trace.custody.service import PLAIN, Arrival, Circumstances, Goods, NewSale
from ...trace.kernel.errors import InvalidInput
from ...trace.parties import service as parties
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..forms.base import BlankIsNone, Form, LevelName
from ..forms.movements import MovementName
from ..forms.transfers import less
from ..tables import Line
from .steps import BATCH_NAME, Act, Options, Step, batch_of, instant_of, table_steps

MOVEMENT_COLUMNS = ("at", "action", "level", "first_index", "last_index", "from_credit_code", "to_credit_code")
RECEIPT_COLUMNS = ("is_complete", "damaged_first", "damaged_last")
SALE_COLUMNS = ("buyer_name", "buyer_telephone", "intended_use")
OPTIONAL_COLUMNS = ("site", "reason", *RECEIPT_COLUMNS, "cause", *SALE_COLUMNS)

_NAME = MovementName
TWO_PARTIES = frozenset({_NAME.SHIP, _NAME.RETURN, _NAME.RECEIVE, _NAME.REFUSE})
"""Between two parties; the last two are the acts of who gets the goods. All else is one party's, named as `from`."""

BY_RECEIVER = frozenset({_NAME.RECEIVE, _NAME.REFUSE})

USED = {_NAME.RECEIVE: RECEIPT_COLUMNS, _NAME.WRITE_OFF: ("cause",), _NAME.SELL: SALE_COLUMNS}
"""Optional columns that only these actions have a use for."""


class MovementLineForm(Form):
    """One line, but for its batch and its instant."""

    action: MovementName
    level: LevelName
    first_index: int
    last_index: int
    from_credit_code: str
    to_credit_code: str
    site: str = ""
    reason: str = ""
    is_complete: Annotated[bool | None, BlankIsNone] = None
    damaged_first: Annotated[int | None, BlankIsNone] = None
    damaged_last: Annotated[int | None, BlankIsNone] = None
    cause: Annotated[WriteOffCause | None, BlankIsNone] = None
    buyer_name: str = ""
    buyer_telephone: str = ""
    intended_use: str = ""

    def require_fitting(self) -> None:
        """Raises InvalidInput `request.body` for what does not fit the action."""
        foreign = {column for columns in USED.values() for column in columns} - {*USED.get(self.action, ())}
        if self.action not in TWO_PARTIES:
            foreign.add("to_credit_code")
        for column in sorted(foreign):
            if getattr(self, column) not in (None, ""):
                raise _refused(column, f"{column}: of no use to {self.action}")
        if self.action is MovementName.REPACK:
            raise _refused("action", "action: repack is not done from a file")
        if (self.damaged_first is None) != (self.damaged_last is None):
            raise _refused("damaged_last", "damaged_first, damaged_last: both or none")

    def goods(self, batch: Batch) -> list[Goods]:
        """Raises InvalidInput `custody.outside_batch`: what a batch does not have is not cut off, but refused."""
        if not 0 <= self.first_index <= self.last_index < batch.packing.count_at(self.level, batch.size):
            raise InvalidInput("custody.outside_batch", field="last_index", batch_number=batch.batch_number)
        start = batch.packing.span_of(self.level, self.first_index, batch.size)[0]
        stop = batch.packing.span_of(self.level, self.last_index, batch.size)[1]
        return [Goods(batch.batch_id, (Interval(start, stop),))]

    def damaged(self, batch: Batch) -> list[Goods]:
        if self.damaged_first is None or self.damaged_last is None:
            return []
        return [Goods(batch.batch_id, (Interval(self.damaged_first, self.damaged_last + 1),))]


@dataclass(frozen=True, slots=True)
class Task:
    """One line with what it names looked up. `actor` acts for `party_id`, with that party's roles and no more;
    `other_id`: of two parties, the one that does not act."""

    work: UnitOfWork
    actor: Actor
    form: MovementLineForm
    batch: Batch
    party_id: UUID
    other_id: UUID
    how: Circumstances

    @property
    def goods(self) -> list[Goods]:
        return self.form.goods(self.batch)


def movement_steps(path: Path, options: Options) -> list[Step]:
    """Movements have no identity of their own: a file of them is to be loaded once."""

    def act(line: Line) -> Act:
        present = (column for column in OPTIONAL_COLUMNS if column in line.fields)
        form = MovementLineForm.model_validate(line.take(*MOVEMENT_COLUMNS[1:], *present))
        form.require_fitting()

        def move(work: UnitOfWork) -> None:
            ACTS[form.action](_task(work, options.actor, form, batch_of(work, line)))

        return move

    return table_steps(path, (*BATCH_NAME, *MOVEMENT_COLUMNS), act, at=lambda line: instant_of(line["at"]))


def _task(work: UnitOfWork, actor: Actor, form: MovementLineForm, batch: Batch) -> Task:
    ends = [("from_credit_code", form.from_credit_code)]
    if form.action in TWO_PARTIES:
        ends.append(("to_credit_code", form.to_credit_code))
    found = [parties.require_party_by_credit_code(work.connection, code, field) for field, code in ends]
    if form.action in BY_RECEIVER:
        found.reverse()
    acting, other = found[0], found[-1]
    site_id = parties.site_id_of(acting.party_id, form.site) if form.site else None
    how = replace(PLAIN, site_id=site_id, reason=form.reason)
    for_party = Actor(acting.party_id, acting.roles) if actor.is_operator else actor
    return Task(work, for_party, form, batch, acting.party_id, other.party_id, how)


def _ship(task: Task) -> None:
    custody.ship(task.work, task.actor, task.party_id, task.other_id, task.goods, task.how)


def _send_back(task: Task) -> None:
    custody.send_back(task.work, task.actor, task.party_id, task.other_id, task.goods, task.how)


def _receive(task: Task) -> None:
    damaged = task.form.damaged(task.batch)
    arrival = Arrival(tuple(damaged), bool(task.form.is_complete), note=task.form.reason)
    whole = less(task.goods, damaged)
    custody.receive(task.work, task.actor, task.party_id, whole, replace(task.how, reason=""), arrival)


def _relocate(task: Task) -> None:
    custody.relocate(task.work, task.actor, task.party_id, task.how.site_id, task.goods, task.how)


def _sell(task: Task) -> None:
    new = NewSale(task.form.buyer_name, task.form.buyer_telephone, task.form.intended_use)
    custody.sell(task.work, task.actor, task.party_id, task.goods, new, task.how)


def _write_off(task: Task) -> None:
    cause = task.form.cause
    if cause is None:
        raise _refused("cause", "cause: needed")
    custody.write_off(task.work, task.actor, task.party_id, cause, task.goods, task.how)


def _plain(use_case: Callable[..., object]) -> Callable[[Task], None]:
    """The act of one party on goods, with nothing to state but circumstances."""

    def act(task: Task) -> None:
        use_case(task.work, task.actor, task.party_id, task.goods, task.how)

    return act


ACTS: dict[MovementName, Callable[[Task], None]] = {
    MovementName.SHIP: _ship,
    MovementName.RETURN: _send_back,
    MovementName.RECEIVE: _receive,
    MovementName.REFUSE: _plain(custody.refuse),
    MovementName.RELOCATE: _relocate,
    MovementName.UNPACK: _plain(custody.unpack),
    MovementName.SELL: _sell,
    MovementName.TAKE_BACK: _plain(custody.take_back),
    MovementName.WRITE_OFF: _write_off,
    MovementName.SAMPLE: _plain(custody.sample),
    MovementName.SEIZE: _plain(custody.seize),
    MovementName.RELEASE: _plain(custody.release),
    MovementName.DESTROY: _plain(custody.destroy),
}


def _refused(column: str, reason: str) -> InvalidInput:
    return InvalidInput("request.body", field=column, reason=reason)
