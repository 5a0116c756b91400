"""/offline: judging signed labels on a phone without signal.

/offline                       the page, the same for everybody: it can be kept and opened without signal
/offline/bundle                the bundle for the party that is signed in (offline_bundle.py)
/offline/worker.js             the worker that keeps the page at hand
/offline/manifest.webmanifest  what makes the page an application on a phone (W3C Web Application Manifest)
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from ...trace.kernel.texts import Language, catalogue, text
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..offline_bundle import bundle_response, public_key
from ..static_addresses import address_of
from .respond import page

router = APIRouter(prefix="/offline")

WORKER = Path(__file__).resolve().parents[1] / "static" / "offline" / "worker.js"
SAID = "offline."
"""Texts of the catalogue that the script says."""

_FILLED = ("age", "batch", "code", "count", "day", "hours", "maker", "minutes", "name", "time")
"""What the script fills in."""


@router.get("")
def show_offline(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """Judges signed labels on the phone, with signal or without."""
    key = public_key(instance.keyring).hex()
    return page(request, "offline.html", key=key, words=_words(language))


@router.get("/bundle")
def show_bundle(
    instance: TheInstance, actor: ThePageActor, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """For the script: the offline bundle, for whoever is signed in."""
    return bundle_response(instance, actor, if_none_match)


@router.get("/worker.js")
def show_worker() -> Response:
    """The worker that keeps the page at hand. It may answer for the page above it too."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/offline"}
    return Response(_worker(), media_type="text/javascript", headers=headers)


@router.get("/manifest.webmanifest")
def show_manifest(language: TheLanguage) -> Response:
    """What a phone shows of the page among its applications."""
    manifest = {
        "id": "/offline",
        "name": text("page.offline.app_name", language),
        "short_name": text("page.offline.app_short_name", language),
        "description": text("page.offline.lead", language),
        "lang": "zh-CN" if language == "zh" else "en",
        "start_url": "/offline",
        "scope": "/offline",
        "display": "standalone",
        "background_color": "#f5f3ec",
        "theme_color": "#f5f3ec",
        "icons": [{"src": address_of("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    return Response(orjson.dumps(manifest), media_type="application/manifest+json", headers=headers)


@cache
def _worker() -> bytes:
    return WORKER.read_bytes()


@cache
def _words(language: Language) -> dict[str, str]:
    """The script's sentences, with the names of what it fills in still in their braces."""
    blanks = {name: f"{{{name}}}" for name in _FILLED}
    return {key.removeprefix(SAID): text(key, language, **blanks) for key in catalogue() if key.startswith(SAID)}
