"""A bulletin as JSON: what it is, its versions, and the frozen contents of one of them."""

from __future__ import annotations

from typing import Any

from ...trace.inspection.publication.bulletin_model import Bulletin, Contents, Version
from ...trace.ledger.model import plain


def bulletin_document(bulletin: Bulletin) -> dict[str, Any]:
    """Without contents: number, scope, and every version with the reason of its change."""
    return {
        "number": bulletin.number,
        "title": bulletin.current.title,
        "first_on": bulletin.scope.first.isoformat(),
        "last_on": bulletin.scope.last.isoformat(),
        "kinds": [kind.value for kind in bulletin.scope.kinds],
        "plan_ids": [str(plan_id) for plan_id in bulletin.scope.plan_ids],
        "version": bulletin.current.version,
        "versions": [_version(each) for each in bulletin.versions],
        "link": f"/bulletins/{bulletin.number}",
    }


def version_document(bulletin: Bulletin, version: Version, contents: Contents) -> dict[str, Any]:
    return {**bulletin_document(bulletin), **_version(version), "contents": plain(contents.statement())}


def _version(version: Version) -> dict[str, Any]:
    return {
        "version": version.version,
        "title": version.title,
        "reason": version.reason,
        "published_at": version.published_at.isoformat(),
        "digest": version.digest,
    }
