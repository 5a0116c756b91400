"""What routes ask for: the instance, the actor, the language."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Query, Request

from ..trace.kernel.texts import Language
from ..trace.parties.model import Actor, Role
from .acting import acting_party
from .auth import actor_of_bearer, actor_of_page
from .errors import language_of
from .instance import Instance
from .periods import Known


def instance_of(request: Request) -> Instance:
    return cast(Instance, request.app.state.instance)


async def _instance(request: Request) -> Instance:
    """Asynchronous, since it only picks a value up: a plain function would cost a turn of the thread pool."""
    return instance_of(request)


async def _language(request: Request) -> Language:
    return language_of(request)


def _bearer(request: Request) -> Actor:
    return actor_of_bearer(instance_of(request), request)


def _page_actor(request: Request) -> Actor:
    return actor_of_page(instance_of(request), request)


TheInstance = Annotated[Instance, Depends(_instance)]
TheActor = Annotated[Actor, Depends(_bearer)]
ThePageActor = Annotated[Actor, Depends(_page_actor)]
TheLanguage = Annotated[Language, Depends(_language)]

FromDay = Annotated[Known, Query(alias="from", description="First day, in China.")]
ToDay = Annotated[Known, Query(alias="to", description="Last day, in China.")]


def party_asked_for(actor: Actor, party_id: UUID | None) -> UUID:
    """The party that is read of: the caller's own where none is named, another one for the regulator only. Raises
    NotAllowed `access.other_party`."""
    if party_id is None:
        return acting_party(actor)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    return party_id
