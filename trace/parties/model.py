"""Organisations, their licences, and who may act for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ..kernel.errors import NotAllowed


class Role(StrEnum):
    """What a party does in the chain. One organisation may have several."""

    MANUFACTURER = "manufacturer"
    DISTRIBUTOR = "distributor"
    OUTLET = "outlet"
    INSPECTION_AGENCY = "inspection_agency"
    LABORATORY = "laboratory"
    REGULATOR = "regulator"


class Activity(StrEnum):
    """What a licence permits. A filing (备案) lets an outlet sell unopened seed packs without a licence:
    种子法 art. 38."""

    PRODUCTION = "production"
    TRADE = "trade"
    FILING = "filing"


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation. `region_code` is a GB/T 2260 code of six digits."""

    party_id: UUID
    credit_code: str
    name: str
    short_name: str
    region_code: str
    roles: frozenset[Role]
    telephone: str = ""
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Licence:
    """A permission to produce or trade goods of one kind, valid on both end days inclusive.

    `covers_restricted`: it makes its holder a designated outlet (定点经营) of restricted pesticides; such a licence is
    the province's to issue. Source: 农药管理条例 art. 24; 农药经营许可管理办法.
    """

    party_id: UUID
    number: str
    activity: Activity
    product_kind: str
    valid_from: date
    valid_until: date
    warnings: tuple[str, ...] = ()
    covers_restricted: bool = False

    def covers(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_until


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a party keeps or sells goods: a store (库房), a shop (门店). It stays on record once closed.

    `allows_northern_moisture`: it lies north of the Great Wall or in cold highland, where GB 4404.1 lets seed of rice,
    maize and sorghum have more moisture.
    """

    party_id: UUID
    site_id: UUID
    name: str
    region_code: str
    address: str
    closed_at: datetime | None = None
    allows_northern_moisture: bool = False


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A fresh key. `secret` is the whole key as the holder keeps it; it is never shown again."""

    key_id: str
    party_id: UUID
    label: str
    secret: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for which party, in which roles. Every use case asks this and nothing else about access.

    The operator is whoever has the machine: the command line and the loader. It acts for the party it names.
    """

    party_id: UUID | None
    roles: frozenset[Role] = frozenset()
    is_operator: bool = False

    def require_self(self, party_id: UUID) -> None:
        """Raises NotAllowed `access.other_party` unless the actor acts for `party_id`."""
        if not self.is_operator and self.party_id != party_id:
            raise NotAllowed("access.other_party")

    def require_role(self, *roles: Role) -> None:
        """Raises NotAllowed `access.role` unless the actor has one of `roles`."""
        if not self.is_operator and not self.roles.intersection(roles):
            raise NotAllowed("access.role", needed=", ".join(sorted(roles)))

    def has_role(self, *roles: Role) -> bool:
        return self.is_operator or bool(self.roles.intersection(roles))


OPERATOR = Actor(party_id=None, is_operator=True)


def latest_cover(licences: Iterable[Licence], activities: Iterable[Activity], kind: str) -> list[Licence]:
    """Licences for `kind` and any of `activities`, the one valid longest first."""
    wanted = set(activities)
    fitting = [licence for licence in licences if licence.product_kind == kind and licence.activity in wanted]
    return sorted(fitting, key=lambda licence: licence.valid_until, reverse=True)


class NoticeKind(StrEnum):
    """What a party is told without having asked. The texts are `notice.<kind>` in the catalogue, filled from facts."""

    BATCH_STOPPED = "batch_stopped"
    """A recall, an order or a failed spot check: what the party has of the batch may not be sold or used."""

    STOP_LIFTED = "stop_lifted"
    RESULT_NOTIFIED = "result_notified"
    """A laboratory's result, and the last day on which the party may object to it."""

    RESULT_FINAL = "result_final"
    """A sample was concluded and there is nothing against the batch."""

    RESULT_WITHDRAWN = "result_withdrawn"
    """A result that the party was told of does not count any more."""

    SUSPECTED_COUNTERFEIT = "suspected_counterfeit"
    """The named maker says that goods under its name are not its own: hold them, and ask."""

    LEAD_OPENED = "lead_opened"
    """For those who enforce."""


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What is to be said to one party. `facts` fill the text, and are what a receiving program reads."""

    party_id: UUID
    kind: NoticeKind
    facts: Mapping[str, object]
    batch_id: UUID | None = None
    sample_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What was said to one party. `facts` is canonical JSON text; unread until `read_at`."""

    party_id: UUID
    notice_id: UUID
    kind: NoticeKind
    batch_id: UUID | None
    sample_id: UUID | None
    facts: str
    created_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address of a party's own system, to which its notices are sent too. Live until `removed_at`."""

    party_id: UUID
    webhook_id: UUID
    address: str
    created_at: datetime
    removed_at: datetime | None = None


class DeliveryState(StrEnum):
    """What became of sending one notice to one address."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Every try failed."""

    CANCELLED = "cancelled"
    """The webhook was removed before."""


class DeliveryTrouble(StrEnum):
    """Why a try did not succeed."""

    UNRESOLVED = "unresolved"
    """The host's name leads to no address."""

    NOT_PUBLIC = "not_public"
    """The host's name leads to an address that is not of the public network."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    """No secure connection: a certificate that is not valid for the host, for instance."""

    STATUS = "status"
    """An answer other than 2xx. Redirects are not followed."""

    MALFORMED = "malformed"
    """Not an answer in HTTP."""

    INTERRUPTED = "interrupted"
    """The sender ended amid the try: whether it arrived is not known."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice on its way to one address. `attempts` counts tries begun; the next one is due at `next_attempt_at`,
    None once it is settled. `trouble` and `status` are those of the last try."""

    party_id: UUID
    delivery_id: UUID
    webhook_id: UUID
    notice_id: UUID
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    settled_at: datetime | None = None
    trouble: DeliveryTrouble | None = None
    status: int | None = None
