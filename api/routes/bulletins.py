"""/api/v1/bulletins: bulletins of spot checks (通报), read by everybody, published by the regulator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from ...trace.inspection.publication import bulletins
from ...trace.inspection.publication.bulletins import NewBulletin
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..deps import TheInstance
from ..forms.bulletins import BulletinForm, BulletinVersionForm
from ..writes import TheWrite
from .bulletin_document import bulletin_document, version_document

router = APIRouter(prefix="/api/v1", tags=["publication"])

VersionAsked = Annotated[int | None, Query(alias="version", ge=1, le=1_000_000, description="The last one by default.")]


@router.get("/bulletins")
def list_bulletins(instance: TheInstance) -> list[dict[str, Any]]:
    """Published bulletins, those of the latest period first."""
    with instance.database.read() as connection:
        return [bulletin_document(each) for each in bulletins.list_bulletins(connection)]


@router.post("/bulletins", status_code=201)
def publish_bulletin(form: BulletinForm, write: TheWrite) -> dict[str, Any]:
    """Publishes a bulletin: the regulator's. Its contents are computed from what is published now, and frozen."""

    def act(work: UnitOfWork) -> dict[str, Any]:
        scope = bulletins.scope_of(work.connection, form.first_on, form.last_on, form.kinds, form.plan_numbers)
        new = NewBulletin(form.number, form.title, acting_party(write.actor), scope)
        return bulletin_document(bulletins.publish_bulletin(work, write.actor, new))

    return write.run(act)


@router.get("/bulletins/{number}")
def get_bulletin(number: str, instance: TheInstance, version: VersionAsked = None) -> dict[str, Any]:
    """A bulletin with its frozen contents, in its last version or in the one asked for."""
    with instance.database.read() as connection:
        bulletin, found = bulletins.require_version(connection, number, version)
        return version_document(bulletin, found, bulletins.read_contents(connection, bulletin, found))


@router.post("/bulletins/{number}/versions", status_code=201)
def revise_bulletin(number: str, form: BulletinVersionForm, write: TheWrite) -> dict[str, Any]:
    """Publishes a bulletin again, from what is published now, with the reason. Every earlier version stays."""
    return write.run(
        lambda work: bulletin_document(bulletins.revise_bulletin(work, write.actor, number, form.reason, form.title))
    )
