"""Codes whose looks do not fit one pack: regulators dismiss or confirm them, and that feeds the calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...codes.keyring import Keyring
from ...codes.model import Level
from ...enforcement import service as enforcement
from ...enforcement.model import Lead, LeadKind, NewLead
from ...kernel.errors import Conflict, NotKnown
from ...kernel.ids import new_id
from ...kernel.limits import MAX_NOTE_CHARACTERS, MAX_PAGE_ROWS
from ...kernel.normalise import require_text
from ...kernel.texts import text
from ...ledger import service as ledger
from ...ledger.model import Subject
from ...parties.model import Actor, Role
from ...parties.regions import require_region
from ...store.database import LostRace, UnitOfWork
from .. import store, suspect_store
from ..scans import CodeKey, Scan
from ..signals.model import Suspicion
from ..suspects import Bin, Suspect, SuspectState, calibration, caution_of

MAX_LOOKS_SHOWN = 60
"""The latest looks at one code in one view: what somebody can look at."""


@dataclass(frozen=True, slots=True)
class SuspectFile:
    """A suspect with the looks at its code, the latest first, at most MAX_LOOKS_SHOWN."""

    suspect: Suspect
    looks: tuple[Scan, ...]


@dataclass(frozen=True, slots=True)
class Experience:
    """What regulators' decisions say of the detector. `caution`: the factor on stated odds that follows from them."""

    decided: int
    confirmed: int
    caution: float
    bins: tuple[Bin, ...]


def list_suspects(
    connection: Connection,
    actor: Actor,
    state: SuspectState | None = SuspectState.OPEN,
    region_code: str = "",
    before: tuple[datetime, UUID] | None = None,
) -> list[Suspect]:
    """Suspects in a state (None: in any), those changed last first, MAX_PAGE_ROWS at a time; of one county, city or
    province where asked.

    Raises NotAllowed `access.role`: regulators only; InvalidInput `region.unknown`.
    """
    actor.require_role(Role.REGULATOR)
    if region_code:
        require_region(region_code)
    return suspect_store.newest(connection, state, region_code, MAX_PAGE_ROWS, before)


def require_suspect(connection: Connection, actor: Actor, key: CodeKey) -> SuspectFile:
    """Raises NotAllowed `access.role`; NotKnown `suspect.unknown`."""
    found = _require(connection, actor, key)
    positions = store.positions_of(connection, [key])[-MAX_LOOKS_SHOWN:]
    return SuspectFile(found, tuple(reversed(store.scans_at(connection, positions))))


def codes_of(connection: Connection, keyring: Keyring, found: Sequence[Suspect]) -> list[str]:
    """The codes of suspects, in their order."""
    known = {each.batch_id: each for each in batches.list_batches_by_id(connection, {one.batch_id for one in found})}
    return [
        batches.code_of(connection, keyring, known[each.batch_id], Level(each.level), each.package_index)
        for each in found
    ]


def experience(connection: Connection, actor: Actor) -> Experience:
    """What the decisions so far teach. Raises NotAllowed `access.role`."""
    actor.require_role(Role.REGULATOR)
    known = suspect_store.decisions(connection)
    return Experience(len(known), sum(each.is_confirmed for each in known), caution_of(known), calibration(known))


def dismiss(work: UnitOfWork, actor: Actor, key: CodeKey, reason: str) -> Suspect:
    """The looks are explained: the public is told no more of them, and only what later looks add counts.

    Raises NotAllowed `access.role`; NotKnown `suspect.unknown`; InvalidInput `text.*`; Conflict `suspect.state`.
    """
    seen = _require_open(work.connection, actor, key)
    later = replace(
        _decided(work, actor, seen, SuspectState.DISMISSED, reason),
        suspicion=Suspicion.NONE,
        dismissed_copied=seen.copied_odds,
        dismissed_irregular=seen.irregular_odds,
    )
    _write(work, actor, seen, later, {})
    return later


def confirm(work: UnitOfWork, actor: Actor, key: CodeKey, reason: str) -> tuple[Suspect, Lead]:
    """The code is on more packs than one, or on one that is not where it should be: whoever asks is told that it is
    suspect from now on, and a lead is opened.

    Raises NotAllowed `access.role`; NotKnown `suspect.unknown`; InvalidInput `text.*`; Conflict `suspect.state`.
    """
    seen = _require_open(work.connection, actor, key)
    decided = _decided(work, actor, seen, SuspectState.CONFIRMED, reason)
    batch = batches.require_batch(work.connection, seen.batch_id)
    # Packages are counted from 1 as people count.
    summary = text(
        "suspect.lead", "zh", batch=batch.batch_number, number=str(seen.package_index + 1), reason=decided.reason
    )
    lead = enforcement.open_lead(
        work,
        actor,
        NewLead(
            LeadKind.SUSPECTED_COPY,
            seen.region_code,
            summary[:MAX_NOTE_CHARACTERS],
            batch_id=seen.batch_id,
            maker_id=batch.maker_id,
        ),
        {"level": Level(seen.level).name.lower(), "index": seen.package_index},
    )
    later = replace(decided, suspicion=Suspicion.SUSPECT, lead_number=lead.lead_number)
    _write(work, actor, seen, later, {"lead_number": lead.lead_number})
    return later, lead


def _require(connection: Connection, actor: Actor, key: CodeKey) -> Suspect:
    actor.require_role(Role.REGULATOR)
    found = suspect_store.find(connection, key)
    if found is None:
        raise NotKnown("suspect.unknown", field="code")
    return found


def _require_open(connection: Connection, actor: Actor, key: CodeKey) -> Suspect:
    found = _require(connection, actor, key)
    if found.state is not SuspectState.OPEN:
        raise Conflict("suspect.state", field="state", state=found.state.value)
    return found


def _decided(work: UnitOfWork, actor: Actor, seen: Suspect, state: SuspectState, reason: str) -> Suspect:
    return replace(
        seen,
        state=state,
        decided_at=work.now,
        decided_by_id=actor.party_id,
        reason=require_text(reason, "reason", MAX_NOTE_CHARACTERS, required=True),
        updated_at=work.now,
    )


def _write(work: UnitOfWork, actor: Actor, seen: Suspect, later: Suspect, named: dict[str, object]) -> None:
    if suspect_store.change(work.connection, seen, later) != 1:
        raise LostRace
    suspect_store.add_decision(work.connection, new_id(), later)
    store.set_suspicion(work.connection, seen.key, later.suspicion)
    payload = {
        "batch_id": seen.batch_id,
        "level": Level(seen.level).name.lower(),
        "index": seen.package_index,
        "signals": _told(seen),
        "copied_odds": f"{seen.copied_odds:.6g}",
        "irregular_odds": f"{seen.irregular_odds:.6g}",
        "reason": later.reason,
        **named,
    }
    ledger.append(work, Subject.SUSPECT, seen.suspect_id, f"suspect.{later.state.value}", payload, actor.party_id)


def _told(seen: Suspect) -> Sequence[str]:
    return [each.kind.value for each in seen.signals]
