"""Forms of sales to farmers and farms, and of what they bring back."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from ...trace.custody import service
from ...trace.custody.service import Goods, NewSale
from ...trace.kernel.identity import IDENTITY_PURPOSE, IdentityReference, identity_reference
from ...trace.parties.model import Actor
from ..acting import acting_party
from ..instance import Instance
from .transfers import Act, MovementForm


class SellForm(MovementForm):
    """`buyer_identity`: a resident identity number or a unified social credit code, where the goods are restricted.
    Kept as a keyed hash and its last four characters; the number itself is neither kept nor repeated."""

    buyer_name: str = ""
    buyer_telephone: str = ""
    intended_use: str = ""
    buyer_identity: SecretStr | None = None

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        """Raises InvalidInput `identity.*` for a number that is none."""
        sale = NewSale(self.buyer_name, self.buyer_telephone, self.intended_use, self._identity(instance))
        return lambda work: service.sell(work, actor, acting_party(actor), goods, sale, self.how())

    def _identity(self, instance: Instance) -> IdentityReference | None:
        number = self.buyer_identity.get_secret_value() if self.buyer_identity else ""
        if not number.strip():
            return None
        return identity_reference(instance.keyring.derive(IDENTITY_PURPOSE), number, "buyer_identity")


class TakeBackForm(MovementForm):
    """Needs a reason."""

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.take_back(work, actor, acting_party(actor), goods, self.how())
