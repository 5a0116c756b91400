"""Forms of what a party does with its own stock."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...trace.codes.model import Level
from ...trace.custody import service
from ...trace.custody.model import WriteOffCause
from ...trace.custody.service import Goods
from ...trace.kernel.errors import InvalidInput
from ...trace.parties.model import Actor
from ..acting import acting_party
from ..instance import Instance
from .transfers import Act, MovementForm


class RelocateForm(MovementForm):
    """`site_id`: the site the goods go to; left out, to no stated site."""

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.relocate(work, actor, acting_party(actor), self.site_id, goods, self.how())


class UnpackForm(MovementForm):
    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.unpack(work, actor, acting_party(actor), goods, self.how())


class RepackForm(MovementForm):
    """`carton`: the code of the carton that the goods go into, a spare one or one that has room."""

    carton: str

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        """Raises InvalidInput `code.*`, `custody.no_carton`, `custody.several_batches`; NotKnown `code.unknown`."""
        found = instance.resolver.resolve(self.carton)
        batch_id = found.require_batch_id("carton")
        if found.level is not Level.CARTON:
            raise InvalidInput("custody.no_carton", field="carton")
        if any(part.intervals and part.batch_id != batch_id for part in goods):
            raise InvalidInput("custody.several_batches", field="carton", codes=codes_beside(goods, batch_id))
        return lambda work: service.repack(work, actor, acting_party(actor), found.index, goods, self.how())


class WriteOffForm(MovementForm):
    cause: WriteOffCause

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.write_off(work, actor, acting_party(actor), self.cause, goods, self.how())


class DestroyForm(MovementForm):
    """Needs a reason."""

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.destroy(work, actor, acting_party(actor), goods, self.how())


def codes_beside(goods: Sequence[Goods], batch_id: UUID) -> list[str]:
    """The first hundred of the scanned codes that stand for units of other batches."""
    found = [each.text for part in goods if part.batch_id != batch_id for each in part.scanned if each.intervals]
    return list(dict.fromkeys(found))[: service.MAX_OFFENDERS]
