"""/api/v1/notices: what the caller was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from ...trace.kernel.limits import MAX_PAGE_ROWS
from ...trace.parties import notices
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..writes import TheWrite
from .movements import place_of
from .notice_document import NoticeDocument, notice_document

router = APIRouter(prefix="/api/v1/notices", tags=["notices"])


@dataclass(frozen=True, slots=True)
class NoticesDocument:
    """One page. `unread`: how many the caller has not read, on all pages. `next`: what to pass as `before` for the page
    after it; None on the last."""

    notices: list[NoticeDocument]
    unread: int
    next: str | None


@router.get("")
def list_notices(
    instance: TheInstance, actor: TheActor, before: str = "", is_unread: bool | None = None
) -> NoticesDocument:
    """What the caller was told, the newest first, 200 at a time; only what it has not read yet, or only what it has,
    with `is_unread`."""
    party_id = acting_party(actor)
    place = place_of(before) if before else None
    with instance.database.read() as connection:
        found = notices.list_notices(connection, party_id, place, is_unread=is_unread)
        unread = notices.count_unread(connection, party_id)
    last = found[-1] if len(found) == MAX_PAGE_ROWS else None
    return NoticesDocument(
        [notice_document(each) for each in found], unread, mark_of(last.created_at, last.notice_id) if last else None
    )


@router.post("/{notice_id}/read")
def mark_read(notice_id: UUID, write: TheWrite) -> NoticeDocument:
    """Notes that the caller has read a notice. A second time changes nothing."""
    party_id = acting_party(write.actor)
    return write.run(lambda work: notice_document(notices.mark_read(work, write.actor, party_id, notice_id)))


def mark_of(at: datetime, identifier: UUID) -> str:
    """Where a page ended, as text that stands in an address unchanged; `place_of` reads it."""
    return f"{at.strftime('%Y%m%dT%H%M%S.%f')}_{identifier}"
