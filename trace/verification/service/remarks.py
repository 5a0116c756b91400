"""What is told of a scan after it: in which county it was, and where the pack is from. Once, within half an hour."""

from __future__ import annotations

from datetime import timedelta

from ...kernel.errors import InvalidInput, NotKnown
from ...store.database import UnitOfWork
from .. import store
from ..scans import CodeKey, Look, Said, Scan
from ..signals.places import places
from ..signals.positions import county_at

TOLD_WITHIN = timedelta(minutes=30)
"""A page that stays open is answered at once or not at all."""

CHANNEL = "remark"
"""What the row of the log is that says more of an earlier one; it is no scan."""


def tell_place(work: UnitOfWork, position: int, latitude: float, longitude: float) -> tuple[CodeKey, str]:
    """Keeps the county of a scan by the position of the telephone, which itself is not kept. Gives the code that was
    scanned, and the county; "" where none is near.

    Raises NotKnown `scan.unknown` where there is no such scan, or no longer.
    """
    found = _require(work, position)
    county = county_at(latitude, longitude)
    if county is None:
        return found.key, ""
    if store.add_remark(work.connection, found, county.code):
        _note(work, found)
    return found.key, county.code


def tell_origin(work: UnitOfWork, position: int, said: Said, bought_in: str = "") -> None:
    """Keeps where somebody has the pack from. `bought_in`: of a shop, its county, or its province elsewhere.

    Raises InvalidInput `scan.shop` where a shop has no county or anything else has one; NotKnown `scan.unknown`.
    """
    is_place = places().find(bought_in) is not None
    if is_place != (said is Said.SHOP) or (bought_in and not is_place):
        raise InvalidInput("scan.shop", field="bought_in")
    found = _require(work, position)
    if store.add_remark(work.connection, found, said=said, bought_in=bought_in):
        _note(work, found)


def _require(work: UnitOfWork, position: int) -> Scan:
    found = next(iter(store.scans_at(work.connection, [position])), None)
    if found is None or found.about is not None or work.now - found.scanned_at > TOLD_WITHIN:
        raise NotKnown("scan.unknown", field="scan")
    return found


def _note(work: UnitOfWork, found: Scan) -> None:
    """Has the looks at the code judged again."""
    more = Look(found.batch_id, found.level, found.package_index, CHANNEL, about=found.position)
    store.append(work, [more], store.newest(work.connection))
