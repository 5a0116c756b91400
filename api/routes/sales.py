"""/api/v1/sales, take-backs: what is sold to farmers and farms, and what they bring back."""

from __future__ import annotations

from fastapi import APIRouter

from ...trace.custody.model import Movement
from ..deps import TheInstance
from ..forms.sales import SellForm, TakeBackForm
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["custody"])


@router.post("/sales", status_code=201)
def sell(form: SellForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Sells goods to a farmer or farm. What must be stated of buyer and use goes by the kind of goods; restricted
    pesticides need the buyer's identity."""
    return write.run(form.act(instance, write.actor))


@router.post("/take-backs", status_code=201)
def take_back(form: TakeBackForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Takes back what the caller had sold; it is in its stock again."""
    return write.run(form.act(instance, write.actor))
