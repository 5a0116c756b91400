"""For whom an actor on the wire acts. Apart from deps.py, so that the command line reads forms without the web."""

from __future__ import annotations

from uuid import UUID

from ..trace.kernel.errors import NotAuthenticated
from ..trace.parties.model import Actor


def acting_party(actor: Actor) -> UUID:
    """The party an actor on the wire acts for: a key always belongs to one. Raises NotAuthenticated `access.none`."""
    if actor.party_id is None:
        raise NotAuthenticated("access.none")
    return actor.party_id
