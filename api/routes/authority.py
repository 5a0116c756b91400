"""/api/v1/sampled-units, seizures, releases: what inspectors and regulators do with anybody's goods."""

from __future__ import annotations

from fastapi import APIRouter

from ...trace.custody.model import Movement
from ..deps import TheInstance
from ..forms.authority import ReleaseForm, SampledUnitsForm, SeizeForm
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["custody"])


@router.post("/sampled-units", status_code=201)
def take_units(form: SampledUnitsForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Takes units for inspection, whoever has them. The inspection agency's or the regulator's act."""
    return write.run(form.act(instance, write.actor))


@router.post("/seizures", status_code=201)
def seize(form: SeizeForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Seizes goods, whoever has them. The regulator's act."""
    return write.run(form.act(instance, write.actor))


@router.post("/releases", status_code=201)
def release(form: ReleaseForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Gives seized goods back: they are what they were."""
    return write.run(form.act(instance, write.actor))
