"""What is told of a scan after it: in which county it was. Once each, and within half an hour."""

from __future__ import annotations

from datetime import timedelta

from ...kernel.errors import NotKnown
from ...store.database import UnitOfWork
from .. import store
from ..scans import Look
from ..signals.positions import county_at

TOLD_WITHIN = timedelta(minutes=30)
"""A page that stays open is asked for its place at once or not at all."""

CHANNEL = "remark"
"""What the row of the log is that says more of an earlier one; it is no scan."""


def tell_place(work: UnitOfWork, position: int, latitude: float, longitude: float) -> str:
    """Keeps the county of a scan by the position of the telephone, which itself is not kept; "" where none is near.

    Raises NotKnown `scan.unknown` where there is no such scan, or no longer.
    """
    county = county_at(latitude, longitude)
    found = next(iter(store.scans_at(work.connection, [position])), None)
    if found is None or found.about is not None or work.now - found.scanned_at > TOLD_WITHIN:
        raise NotKnown("scan.unknown", field="scan")
    if county is None:
        return ""
    if store.add_remark(work.connection, found, county.code, ""):
        more = Look(found.batch_id, found.level, found.package_index, CHANNEL, about=position)
        store.append(work, [more], store.newest(work.connection))
    return county.code
