"""Events, their canonical form and their hash chain. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]

GENESIS = "0" * 64
"""What the first event of a chain names as its predecessor."""


class Subject(StrEnum):
    """What a chain is about."""

    BATCH = "batch"
    PARTY = "party"
    PRODUCT = "product"
    LEAD = "lead"
    PLAN = "plan"
    SUSPECT = "suspect"
    BULLETIN = "bulletin"


@dataclass(frozen=True, slots=True)
class Event:
    """One accepted change. `payload` is canonical JSON text; `sequence` counts from 1 without gaps."""

    subject_id: UUID
    sequence: int
    subject: Subject
    kind: str
    occurred_at: datetime
    actor_id: UUID | None
    payload: str
    previous_hash: str
    hash: str


def canonical(value: Json) -> str:
    """JSON with one spelling: keys sorted, no white space, UTF-8 unescaped, integers only.

    A subset of RFC 8785: without floating-point numbers its number rules do not come into play. Raises ValueError on a
    float: amounts are integers or decimal text.
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise ValueError("no floating-point numbers in an event")
    if isinstance(value, dict):
        for child in value.values():
            _refuse_floats(child)
    elif isinstance(value, list):
        for child in value:
            _refuse_floats(child)


def plain(value: object) -> Json:
    """A domain value as JSON: ids, days, instants (UTC) and decimals as text, sets sorted, None kept."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(child) for key, child in value.items()}
    if isinstance(value, frozenset | set):
        return [plain(child) for child in sorted(value)]
    if isinstance(value, list | tuple):
        return [plain(child) for child in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def event_hash(
    *,
    subject_id: UUID,
    sequence: int,
    subject: Subject,
    kind: str,
    occurred_at: datetime,
    actor_id: UUID | None,
    payload: str,
    previous_hash: str,
) -> str:
    """SHA-256, in hex, over the canonical form of all fields, the previous hash included.

    The leading zero byte separates these from inner nodes of a Merkle tree (RFC 6962, section 2.1).
    """
    content = canonical(
        {
            "actor": plain(actor_id),
            "at": plain(occurred_at),
            "kind": kind,
            "payload": payload,
            "previous": previous_hash,
            "sequence": sequence,
            "subject": subject.value,
            "subject_id": str(subject_id),
        }
    )
    return hashlib.sha256(b"\x00" + content.encode("utf-8")).hexdigest()


def is_linked(event: Event, previous: Event | None) -> bool:
    """Whether `event` is untouched and follows `previous` (None: it is the first of its chain)."""
    expected_sequence = previous.sequence + 1 if previous else 1
    expected_previous = previous.hash if previous else GENESIS
    return (
        event.sequence == expected_sequence
        and event.previous_hash == expected_previous
        and event.hash
        == event_hash(
            subject_id=event.subject_id,
            sequence=event.sequence,
            subject=event.subject,
            kind=event.kind,
            occurred_at=event.occurred_at,
            actor_id=event.actor_id,
            payload=event.payload,
            previous_hash=event.previous_hash,
        )
    )
