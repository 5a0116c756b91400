"""What is carried, for how long, and how much of it there may be. How it is signed and written is the edge's affair."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from ...catalog.model import ProductKind
from ...codes.signing import SigningKey
from ...kernel.intervals import Interval

VALID_FOR = timedelta(hours=72)
"""How long a phone may judge by it. Three days are a tour of the hill townships without signal; a recall must not be
missed for longer. (The requirement says 72 hours.)"""

MAX_BATCHES = 20_000
"""Signed batches in date that are covered. Below SQLite's 32,766 bound values, and some megabytes on a phone at worst.
Where there are more nothing is handed out: a stop that is left out would be read as none."""


class CarriedKind(StrEnum):
    """Why a batch is not to be sold or used: what the public answer gives as reasons, and no more than that."""

    RECALL = "recall"
    REGULATOR = "regulator"
    FAILED_SPOT_CHECK = "failed_spot_check"
    MAKER_DENIES = "maker_denies"
    """The maker named on a sampled pack says that it is not its own: the label could be false."""


@dataclass(frozen=True, slots=True)
class CarriedProduct:
    """One product with signed batches in date. A registration number may stand for several."""

    registration_number: str
    name: str
    maker: str
    kind: ProductKind


@dataclass(frozen=True, slots=True)
class CarriedStop:
    """A stop or a final failure of one batch, named as its labels name it.

    `interval`: the units it is of. `is_whole`: all of the batch; of a part nobody without the master key can tell
    whether a pack is in it, since the units of a code are enciphered.
    """

    registration_number: str
    batch_number: str
    expires_on: date
    kind: CarriedKind
    interval: Interval
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Carried:
    """Everything, as known at `made_at`: that instant is before the first look, so that its age is never too small.
    Each part is in an order of its own, the same for the same facts."""

    made_at: datetime
    label_keys: tuple[SigningKey, ...]
    products: tuple[CarriedProduct, ...]
    stops: tuple[CarriedStop, ...]

    @property
    def valid_until(self) -> datetime:
        return self.made_at + VALID_FOR
