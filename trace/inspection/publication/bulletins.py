"""Bulletins (通报): composed from what is published at the moment, frozen, and published again with a reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from ...catalog.model import ProductKind
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput, NotKnown
from ...kernel.ids import derived_id
from ...kernel.normalise import require_text
from ...ledger import service as ledger
from ...ledger.model import Subject, canonical, plain
from ...parties import service as parties
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from ..plans import service as plans
from . import bulletin_store, store
from .bulletin_model import FORBIDDEN_IN_NUMBERS, Bulletin, Contents, Scope, Version, compose, number_key
from .model import Search

MAX_LINES = 10_000
"""Samples that one bulletin names: beyond it nobody reads it, and it belongs in several."""


@dataclass(frozen=True, slots=True)
class NewBulletin:
    """What a regulator composes: the contents follow from `scope` when it is published."""

    number: str
    title: str
    publisher_id: UUID
    scope: Scope


def scope_of(
    connection: Connection,
    first: date,
    last: date,
    kinds: Iterable[ProductKind] = (),
    plan_numbers: Iterable[str] = (),
) -> Scope:
    """A scope from the numbers of plans. Raises NotKnown `plan.unknown`; InvalidInput `period.reversed`."""
    if last < first:
        raise InvalidInput("period.reversed", field="last_on")
    found: list[UUID] = []
    for number in plan_numbers:
        try:
            found.append(plans.require_plan(connection, plans.plan_id_of(number.strip())).plan_id)
        except NotKnown:
            raise NotKnown("plan.unknown", field="plan_numbers") from None
    return Scope(first, last, tuple(sorted(set(kinds))), tuple(dict.fromkeys(found)))


def compose_bulletin(connection: Connection, scope: Scope) -> Contents:
    """What a bulletin of this scope would say now. Raises InvalidInput `period.reversed`, `bulletin.too_long`; Conflict
    `bulletin.empty` where no published sample lies in it."""
    if scope.last < scope.first:
        raise InvalidInput("period.reversed", field="last_on")
    wanted = Search(first=scope.first, last=scope.last, kinds=scope.kinds, plan_ids=scope.plan_ids)
    cells = store.cells(connection, wanted)
    if not cells:
        raise Conflict("bulletin.empty", field="first_on")
    named = store.named(connection, wanted, MAX_LINES + 1)
    if len(named) > MAX_LINES:
        raise InvalidInput("bulletin.too_long", field="first_on", maximum=MAX_LINES)
    return compose(cells, named)


def publish_bulletin(work: UnitOfWork, actor: Actor, new: NewBulletin) -> Bulletin:
    """Publishes a bulletin in its first version. The regulator's act.

    Raises NotAllowed `access.*`; NotKnown `party.unknown`; InvalidInput `text.*`, `bulletin.number`, `bulletin.day`,
    `period.reversed`, `bulletin.too_long`; Conflict `bulletin.duplicate`, `bulletin.empty`.
    """
    actor.require_role(Role.REGULATOR)
    actor.require_self(new.publisher_id)
    parties.require_party(work.connection, new.publisher_id, "publisher_id")
    number = require_text(new.number, "number", limits.MAX_NAME_CHARACTERS, required=True)
    if FORBIDDEN_IN_NUMBERS.intersection(number) or not number_key(number).strip("."):
        raise InvalidInput("bulletin.number", field="number")
    bulletin_id = bulletin_id_of(number)
    if bulletin_store.find_bulletin(work.connection, bulletin_id) is not None:
        raise Conflict("bulletin.duplicate", field="number", number=number)
    if new.scope.last > day_in_china(work.now):
        raise InvalidInput("bulletin.day", field="last_on")
    title = require_text(new.title, "title", limits.MAX_NAME_CHARACTERS, required=True)
    contents = compose_bulletin(work.connection, new.scope)
    made = Bulletin(bulletin_id, number, new.publisher_id, new.scope, ())
    bulletin_store.add_bulletin(work.connection, made)
    return _publish_version(work, actor, made, title, "", contents)


def revise_bulletin(work: UnitOfWork, actor: Actor, number: str, reason: str, title: str = "") -> Bulletin:
    """Publishes a bulletin again, from what is published now; every earlier version stays. `title` "" keeps the last.

    Raises NotAllowed `access.*`; NotKnown `bulletin.unknown`; InvalidInput `text.*`, `bulletin.too_long`; Conflict
    `bulletin.empty`, and `bulletin.unchanged` where it would say the same.
    """
    actor.require_role(Role.REGULATOR)
    earlier = require_bulletin(work.connection, number)
    actor.require_self(earlier.publisher_id)
    why = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    named = require_text(title, "title", limits.MAX_NAME_CHARACTERS) or earlier.current.title
    contents = compose_bulletin(work.connection, earlier.scope)
    if named == earlier.current.title and _digest(_frozen(contents)) == earlier.current.digest:
        raise Conflict("bulletin.unchanged", field="reason", number=earlier.number)
    return _publish_version(work, actor, earlier, named, why, contents)


def bulletin_id_of(number: str) -> UUID:
    return derived_id("bulletin", number_key(number))


def require_bulletin(connection: Connection, number: str) -> Bulletin:
    """A bulletin by its number, however it is spaced and in whatever width. Raises NotKnown `bulletin.unknown`."""
    found = bulletin_store.find_bulletin(connection, bulletin_id_of(number))
    if found is None:
        raise NotKnown("bulletin.unknown", field="number", number=number[:100])
    return found


def require_version(connection: Connection, number: str, version: int | None = None) -> tuple[Bulletin, Version]:
    """A bulletin and one of its versions, the last where none is asked for. Raises NotKnown `bulletin.unknown`,
    `bulletin.version`."""
    bulletin = require_bulletin(connection, number)
    if version is None:
        return bulletin, bulletin.current
    for each in bulletin.versions:
        if each.version == version:
            return bulletin, each
    raise NotKnown("bulletin.version", field="version", number=bulletin.number)


def read_contents(connection: Connection, bulletin: Bulletin, version: Version) -> Contents:
    """The contents of a version as they were frozen. Raises NotKnown `bulletin.version`."""
    frozen = bulletin_store.contents_of(connection, bulletin.bulletin_id, version.version)
    if frozen is None:
        raise NotKnown("bulletin.version", field="version", number=bulletin.number)
    return Contents.read(json.loads(frozen))


def list_bulletins(connection: Connection) -> list[Bulletin]:
    """Bulletins, those of the latest period first."""
    return bulletin_store.list_bulletins(connection, limits.MAX_PAGE_ROWS)


def broken_bulletins(connection: Connection) -> list[str]:
    """One line for each version whose frozen contents are not those that the log has the digest of."""
    faults: list[str] = []
    for bulletin in bulletin_store.list_bulletins(connection, limits.MAX_PAGE_ROWS):
        logged = [json.loads(event.payload)["digest"] for event in ledger.list_events(connection, bulletin.bulletin_id)]
        for version in bulletin.versions:
            frozen = bulletin_store.contents_of(connection, bulletin.bulletin_id, version.version) or ""
            if logged[version.version - 1 : version.version] != [_digest(frozen)]:
                faults.append(f"bulletin {bulletin.number}: version {version.version} is not as it was published")
    return faults


def _publish_version(
    work: UnitOfWork, actor: Actor, bulletin: Bulletin, title: str, reason: str, contents: Contents
) -> Bulletin:
    frozen = _frozen(contents)
    number = len(bulletin.versions) + 1
    version = Version(number, title, reason, work.now, actor.party_id, _digest(frozen))
    bulletin_store.add_version(work.connection, bulletin.bulletin_id, version, frozen)
    ledger.append(
        work,
        Subject.BULLETIN,
        bulletin.bulletin_id,
        "bulletin.published",
        {
            "number": bulletin.number,
            "version": number,
            "title": title,
            "reason": reason,
            "first_on": bulletin.scope.first,
            "last_on": bulletin.scope.last,
            "kinds": bulletin.scope.kinds,
            "plan_ids": bulletin.scope.plan_ids,
            "digest": version.digest,
        },
        actor.party_id,
    )
    return require_bulletin(work.connection, bulletin.number)


def _frozen(contents: Contents) -> str:
    return canonical(plain(contents.statement()))


def _digest(frozen: str) -> str:
    return hashlib.sha256(frozen.encode("utf-8")).hexdigest()
