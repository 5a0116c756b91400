"""A sample sheet as it arrives: a form's fields by their paths, or the script's document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Request

from ...trace.inspection.model import Acknowledgement
from ..deps import ThePageActor
from .sheet_view import MAX_ROWS

JSON = "application/json"
LISTS = ("inspectors", "portions")
_SEED_LOT = "seed_lot"
_ONE_SIDED = {
    Acknowledgement.SIGNED.value: ("refusal_reason",),
    Acknowledgement.REFUSED.value: ("signed_by", "signature"),
}
"""What a hidden part of the form may still hold."""


@dataclass(frozen=True, slots=True)
class SentSheet:
    """`document` is what SheetForm reads; `values` the fields of the page, {} where the script sent it. `once` names
    the sending. `is_on_paper`: a signature that is not drawn is said to be on paper."""

    document: Mapping[str, Any]
    values: Mapping[str, str]
    csrf: str
    once: str | None
    is_on_paper: bool
    is_json: bool


async def _sent_sheet(request: Request, actor: ThePageActor) -> SentSheet:
    """Asks who sends before it reads."""
    if is_json(request):
        return from_script(await request.body())
    values = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    csrf, once = values.pop("csrf", ""), values.pop("once", "")
    is_on_paper = bool(values.get("on_paper"))
    return SentSheet(document_of(values), values, csrf, _plain_once(once), is_on_paper, is_json=False)


TheSentSheet = Annotated[SentSheet, Depends(_sent_sheet)]


def is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == JSON


def from_script(body: bytes) -> SentSheet:
    """{"csrf", "once", "sheet"}; anything else is a sheet of nothing, which the form then refuses. The script asked
    about the signature itself."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        sent = None
    sent = sent if isinstance(sent, dict) else {}
    sheet = sent.get("sheet")
    return SentSheet(
        sheet if isinstance(sheet, dict) else {},
        {},
        str(sent.get("csrf", "")),
        _plain_once(str(sent.get("once", ""))),
        is_on_paper=True,
        is_json=True,
    )


def document_of(values: Mapping[str, str]) -> dict[str, Any]:
    """The fields as SheetForm reads them: paths nested, what was left empty left out, the time on China's clock."""
    made: dict[str, Any] = {name: [] for name in LISTS}
    rows: dict[str, dict[int, dict[str, str]]] = {name: {} for name in LISTS}
    for name, value in values.items():
        first, *rest = name.split(".")
        if first in LISTS and len(rest) == 2 and rest[0] in _NUMBERS:
            rows[first].setdefault(int(rest[0]), {})[rest[1]] = value.strip()
        elif first == _SEED_LOT and len(rest) == 1:
            made.setdefault(_SEED_LOT, {})[rest[0]] = value.strip()
        elif not rest and value.strip() and first != "on_paper":
            made[first] = value.strip()
    for name, found in rows.items():
        made[name] = [row for _, row in sorted(found.items()) if any(row[part] for part in row if part != "role")]
    for name in _ONE_SIDED.get(made.get("acknowledgement", ""), ()):
        made.pop(name, None)
    made["codes"] = list(dict.fromkeys(line.strip() for line in made.get("codes", "").splitlines() if line.strip()))
    if not made.get(_SEED_LOT, {}).get("crop"):
        made.pop(_SEED_LOT, None)
    if made.get("taken_at"):
        made["taken_at"] += ":00+08:00"
    made["allows_northern_moisture"] = "allows_northern_moisture" in made
    return made


_NUMBERS = frozenset(map(str, range(MAX_ROWS)))


def _plain_once(value: str) -> str | None:
    try:
        return str(UUID(value))
    except ValueError:
        return None
