"""Forms of what an authority does with anybody's goods."""

from __future__ import annotations

from collections.abc import Sequence

from ...trace.custody import service
from ...trace.custody.service import Goods
from ...trace.parties.model import Actor
from ..acting import acting_party
from ..instance import Instance
from .transfers import Act, MovementForm


class SampledUnitsForm(MovementForm):
    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.sample(work, actor, acting_party(actor), goods, self.how())


class SeizeForm(MovementForm):
    """Needs a reason."""

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.seize(work, actor, acting_party(actor), goods, self.how())


class ReleaseForm(MovementForm):
    """Needs a reason."""

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.release(work, actor, acting_party(actor), goods, self.how())
