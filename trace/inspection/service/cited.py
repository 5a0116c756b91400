"""Results that authorities published elsewhere: history with its source, tied to no batch here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from ...kernel import limits
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from .. import cited_store as store
from ..model import PublishedResult


def load_published(work: UnitOfWork, actor: Actor, results: Sequence[PublishedResult]) -> int:
    """Takes results that authorities published elsewhere, as citations with their source. The operator's act.

    They are tied to no batch and change no answer, so there is no event.
    """
    actor.require_role(Role.REGULATOR)
    if results:
        store.replace_published(work.connection, results)
    return len(results)


def list_published(connection: Connection) -> list[PublishedResult]:
    return store.published(connection, limits.MAX_PAGE_ROWS)


def count_published(connection: Connection) -> int:
    return store.count_published(connection)
