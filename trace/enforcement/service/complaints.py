"""Complaints as they count for the draws of spot checks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from ..reports import store as reports


def complaints_by_party(connection: Connection, since: datetime) -> dict[UUID, int]:
    """How many different codes buyers reported since an instant, by maker and by who had or sold the goods.

    A code counts once, however often it is reported: each complaint of a campaign costs it another pack. Reports of
    codes that are not known here name no party and count for none.
    """
    return reports.complaints(connection, since)
