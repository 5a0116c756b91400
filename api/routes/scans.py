"""/api/v1/scans: what was recorded of looks at a code, and what is told of one after it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from pydantic import Field

from ...trace.codes.keyring import Keyring
from ...trace.kernel.errors import NotKnown
from ...trace.parties.regions import region_name
from ...trace.verification.scans import Said
from ...trace.verification.service import remarks
from ..deps import TheInstance, TheLanguage
from ..forms.base import Form
from ..probe_guard import guard_text

router = APIRouter(prefix="/api/v1/scans", tags=["answers"])

PURPOSE = "scan remark/v1"
"""What the key is derived for with which a page names the scan that it answers."""

MARK_BYTES = 8
"""Enough that nobody names the scan of somebody else: a guess is right once in 10^19."""


@dataclass(frozen=True, slots=True)
class ScansOfDay:
    """Scans of one code on one day in China; `region_code` is empty where no county was told."""

    day: date
    region_code: str
    scans: int


@dataclass(frozen=True, slots=True)
class ScanHistory:
    days: Sequence[ScansOfDay]


@dataclass(frozen=True, slots=True)
class ToldPlace:
    """The county that is kept; empty where the position is in none. `asks`: whether the person should be asked where
    the pack is from (`POST /api/v1/scans/origin`)."""

    region_code: str
    region: str
    asks: bool


class PlaceForm(Form):
    """`scan`: the name that the page of an answer gives its scan. The position in degrees (WGS 84); it is not kept."""

    scan: str = Field(max_length=60)
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)


class OriginForm(Form):
    """`said`: where the person has the pack from. `bought_in`: of a shop, its county by GB/T 2260, or the province of
    one elsewhere."""

    scan: str = Field(max_length=60)
    said: Said
    bought_in: str = Field("", max_length=12)


@router.post("/place")
def tell_place(form: PlaceForm, instance: TheInstance, language: TheLanguage) -> ToldPlace:
    """In which county a scan was, by the telephone's position: once, within half an hour, by whoever has its page."""
    position = position_of(instance.keyring, form.scan)
    key, code = instance.database.write(lambda work: remarks.tell_place(work, position, form.latitude, form.longitude))
    instance.answers.recorder.recorded.set()
    asks = bool(code) and instance.answers.asks(key)
    return ToldPlace(code, region_name(code, language) if code else "", asks)


@router.post("/origin", status_code=204)
def tell_origin(form: OriginForm, instance: TheInstance) -> None:
    """Where the person has the pack from: once, within half an hour, by whoever has the page of the scan."""
    position = position_of(instance.keyring, form.scan)
    instance.database.write(lambda work: remarks.tell_origin(work, position, form.said, form.bought_in))
    instance.answers.recorder.recorded.set()


@router.get("/{code:path}")
def get_history(code: str, request: Request, instance: TheInstance) -> ScanHistory:
    """How often a code was scanned, by county and day. No person and no exact place is kept; this is no scan."""
    guard_text(instance, code, request.scope)
    resolution = instance.answers.resolve(code)
    resolution.require_batch_id("code")
    found = instance.answers.history(resolution)
    return ScanHistory([ScansOfDay(each.day, each.region_code, each.scans) for each in found])


def name_of(keyring: Keyring, position: int) -> str:
    """How the page of an answer names its scan."""
    mark = hashlib.blake2b(str(position).encode("ascii"), key=keyring.derive(PURPOSE), digest_size=MARK_BYTES)
    return f"{position}.{mark.hexdigest()}"


def position_of(keyring: Keyring, name: str) -> int:
    """Raises NotKnown `scan.unknown` for a name that none of our pages gave."""
    number = name.partition(".")[0]
    is_number = number.isascii() and number.isdigit() and len(number) <= 18
    if not is_number or not hmac.compare_digest(
        name_of(keyring, int(number)).encode(), name.encode("utf-8", "replace")
    ):
        raise NotKnown("scan.unknown", field="scan")
    return int(number)
