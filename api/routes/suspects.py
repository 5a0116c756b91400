"""/api/v1/suspects: codes whose looks do not fit one pack, for regulators."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from ...trace.kernel.limits import MAX_PAGE_ROWS
from ...trace.verification.scans import CodeKey
from ...trace.verification.service import answers, suspects
from ...trace.verification.service.suspects import Experience
from ...trace.verification.suspects import SuspectState
from ..deps import TheActor, TheInstance
from ..forms.suspects import DecisionForm
from ..instance import Instance
from ..writes import TheWrite
from .movements import place_of
from .notices import mark_of
from .suspect_document import SuspectDocument, suspect_document

router = APIRouter(prefix="/api/v1/suspects", tags=["enforcement"])


@dataclass(frozen=True, slots=True)
class SuspectsDocument:
    """One page. `next`: what to pass as `before` for the page after it; None on the last."""

    suspects: list[SuspectDocument]
    next: str | None


@router.get("")
def list_suspects(
    instance: TheInstance,
    actor: TheActor,
    state: SuspectState | None = None,
    region_code: str = "",
    before: str = "",
) -> SuspectsDocument:
    """Suspect codes, those changed last first, 200 at a time; where asked, in one state and of one county, city or
    province. Regulators only."""
    place = place_of(before) if before else None
    with instance.database.read() as connection:
        found = suspects.list_suspects(connection, actor, state, region_code, place)
        codes = suspects.codes_of(connection, instance.keyring, found)
    last = found[-1] if len(found) == MAX_PAGE_ROWS else None
    return SuspectsDocument(
        [suspect_document(each, code) for each, code in zip(found, codes, strict=True)],
        mark_of(last.updated_at, last.suspect_id) if last else None,
    )


@router.get("/experience")
def get_experience(instance: TheInstance, actor: TheActor) -> Experience:
    """Stated probabilities against what regulators found, and what follows for the next ones. Regulators only."""
    with instance.database.read() as connection:
        return suspects.experience(connection, actor)


@router.get("/{code}")
def get_suspect(code: str, instance: TheInstance, actor: TheActor) -> SuspectDocument:
    """One suspect code with its latest looks."""
    key = key_of(instance, code)
    with instance.database.read() as connection:
        found = suspects.require_suspect(connection, actor, key)
    return suspect_document(found.suspect, code, found.looks)


@router.post("/{code}/dismiss")
def dismiss(code: str, form: DecisionForm, instance: TheInstance, write: TheWrite) -> SuspectDocument:
    """The looks are explained: the public is told no more of them, and only what later looks add counts."""
    key = key_of(instance, code)
    return write.run(lambda work: suspect_document(suspects.dismiss(work, write.actor, key, form.reason), code))


@router.post("/{code}/confirm")
def confirm(code: str, form: DecisionForm, instance: TheInstance, write: TheWrite) -> SuspectDocument:
    """The code is on more packs than one, or its pack is not where it should be: a lead is opened, and whoever asks is
    told."""
    key = key_of(instance, code)
    return write.run(lambda work: suspect_document(suspects.confirm(work, write.actor, key, form.reason)[0], code))


def key_of(instance: Instance, code: str) -> CodeKey:
    """What a code stands for. Raises InvalidInput `code.<reason>`, NotKnown `code.unknown`."""
    resolution = instance.answers.resolve(code)
    return answers.key_of(resolution, resolution.require_batch_id("code"))
