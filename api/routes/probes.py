"""/api/v1/probes: looks for unknown and malformed codes, for regulators."""

from __future__ import annotations

from fastapi import APIRouter

from ...trace.verification.service import probes
from ...trace.verification.service.probes import ProbeView
from ..deps import TheActor, TheInstance

router = APIRouter(prefix="/api/v1/probes", tags=["enforcement"])


@router.get("")
def list_probes(instance: TheInstance, actor: TheActor) -> ProbeView:
    """The beginnings of codes most looked for in vain in the last 30 days, and the busiest sources by pseudonyms of
    one day. Regulators only."""
    with instance.database.read() as connection:
        return probes.view(connection, actor, instance.database.clock.now())
