"""The JSON form of a suspect code. Odds are numbers: estimates, no amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...trace.codes.model import Level
from ...trace.verification.scans import Scan
from ...trace.verification.signals.model import PlaceBasis, Signal, SignalKind, Suspicion
from ...trace.verification.suspects import Suspect, SuspectState


@dataclass(frozen=True, slots=True)
class SignalDocument:
    """`strength`: natural logarithm of the likelihood ratio. `scans`: numbers of the looks it rests on."""

    kind: SignalKind
    strength: float
    scans: Sequence[int]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LookDocument:
    """One look. `device` is a pseudonym of the day; `site_id` the outlet whose account it was."""

    scan: int
    scanned_at: datetime
    channel: str
    region_code: str
    basis: PlaceBasis
    device: str
    site_id: UUID | None


@dataclass(frozen=True, slots=True)
class SuspectDocument:
    """A suspect code. `copied_odds`: odds that more than one pack carries it, against one genuine pack;
    `irregular_odds`: the same including a genuine pack outside its way, against one in honest hands. `looks` only where
    one code is asked for."""

    suspect_id: UUID
    code: str
    batch_id: UUID
    level: str
    index: int
    suspicion: Suspicion
    copied_odds: float
    irregular_odds: float
    look_count: int
    region_code: str
    raised_at: datetime
    updated_at: datetime
    state: SuspectState
    decided_at: datetime | None
    decided_by_id: UUID | None
    reason: str
    lead_number: str
    signals: Sequence[SignalDocument]
    looks: Sequence[LookDocument] = ()


def suspect_document(found: Suspect, code: str, looks: Sequence[Scan] = ()) -> SuspectDocument:
    return SuspectDocument(
        found.suspect_id,
        code,
        found.batch_id,
        Level(found.level).name.lower(),
        found.package_index,
        found.suspicion,
        found.copied_odds,
        found.irregular_odds,
        found.looks,
        found.region_code,
        found.raised_at,
        found.updated_at,
        found.state,
        found.decided_at,
        found.decided_by_id,
        found.reason,
        found.lead_number,
        [_signal(each) for each in found.signals],
        [
            LookDocument(
                each.position,
                each.scanned_at,
                each.channel,
                each.region_code,
                each.basis,
                each.device,
                each.site_id,
            )
            for each in looks
        ],
    )


def _signal(each: Signal) -> SignalDocument:
    return SignalDocument(each.kind, each.strength, [int(look_id) for look_id in each.look_ids], dict(each.values))
