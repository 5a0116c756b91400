"""Every movement by its name, and the forms of offline bundles, undos and settlements."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from ...trace.custody.model import Outcome
from ...trace.custody.service import Circumstances
from .authority import ReleaseForm, SampledUnitsForm, SeizeForm
from .base import Form, Instant
from .sales import SellForm, TakeBackForm
from .stock import DestroyForm, RelocateForm, RepackForm, UnpackForm, WriteOffForm
from .transfers import MovementForm, ReceiveForm, RefuseForm, ReturnForm, ShipForm

MAX_BUNDLE_MOVEMENTS = 500
"""A day of a busy counter without a line. Each is a transaction of its own, so more would keep the client waiting."""

CLIENT_ID = re.compile(r"[!-~]{1,100}")
"""Printable ASCII without spaces, such as a UUID or the number of a slip."""


class MovementName(StrEnum):
    """What a movement is called on the wire, in a bundle and in a file."""

    SHIP = "ship"
    RETURN = "return"
    RECEIVE = "receive"
    REFUSE = "refuse"
    RELOCATE = "relocate"
    UNPACK = "unpack"
    REPACK = "repack"
    SELL = "sell"
    TAKE_BACK = "take_back"
    WRITE_OFF = "write_off"
    SAMPLE = "sample"
    SEIZE = "seize"
    RELEASE = "release"
    DESTROY = "destroy"


FORMS: dict[MovementName, type[MovementForm]] = {
    MovementName.SHIP: ShipForm,
    MovementName.RETURN: ReturnForm,
    MovementName.RECEIVE: ReceiveForm,
    MovementName.REFUSE: RefuseForm,
    MovementName.RELOCATE: RelocateForm,
    MovementName.UNPACK: UnpackForm,
    MovementName.REPACK: RepackForm,
    MovementName.SELL: SellForm,
    MovementName.TAKE_BACK: TakeBackForm,
    MovementName.WRITE_OFF: WriteOffForm,
    MovementName.SAMPLE: SampledUnitsForm,
    MovementName.SEIZE: SeizeForm,
    MovementName.RELEASE: ReleaseForm,
    MovementName.DESTROY: DestroyForm,
}


def _client_id(value: str) -> str:
    if not CLIENT_ID.fullmatch(value):
        raise ValueError("1 to 100 printable ASCII characters without spaces are needed")
    return value


class OfflineMovementForm(Form):
    """One movement made offline. `client_id`: the client's own name for it. Beside `kind` and `captured_at` it has the
    fields of the form of its kind; what is wrong with them is said of this movement alone."""

    model_config = ConfigDict(extra="allow")

    client_id: Annotated[str, AfterValidator(_client_id)]
    kind: str
    captured_at: Any = None

    def fields(self) -> dict[str, Any]:
        """What the form of its kind reads."""
        return {"captured_at": self.captured_at, **(self.model_extra or {})}

    def whole(self) -> dict[str, Any]:
        """All of it as it was sent: what makes two movements the same."""
        return {"client_id": self.client_id, "kind": self.kind, **self.fields()}


class BundleForm(Form):
    """Movements made offline, in the order in which they were made. `sent_at`: the client's clock at this sending, by
    which its clock is set right."""

    sent_at: Instant
    movements: tuple[OfflineMovementForm, ...] = Field(min_length=1, max_length=MAX_BUNDLE_MOVEMENTS)


class MovementFileForm(Form):
    """What is stated of a movement by file, in the address. `to_id`: of a shipment or return, its receiver. The rest as
    in the forms of the kinds."""

    kind: Literal["ship", "return", "receive"]
    to_id: UUID | None = None
    site_id: UUID | None = None
    reason: str = ""
    captured_at: Instant | None = None
    is_complete: bool = False
    with_surplus: bool = False
    note: str = ""
    lang: str = ""

    def movement(self) -> MovementForm:
        """The form of its kind, without goods. Raises ValidationError."""
        return FORMS[MovementName(self.kind)].model_validate(
            self.model_dump(exclude={"kind", "lang"}, exclude_defaults=True)
        )


class UndoForm(Form):
    """`site_id`: the site at which the movement was made, where it named one. Needs a reason."""

    reason: str = ""
    site_id: UUID | None = None

    def how(self) -> Circumstances:
        return Circumstances(self.site_id, self.reason)


class SettlementForm(Form):
    """Needs a note."""

    outcome: Outcome
    note: str = ""
