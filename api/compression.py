"""Public pages and static files are sent compressed: in the hills a third of the bytes is a third of the wait.

Pages behind a session are not. They carry form tokens beside what the reader sent, and the length of a compressed page
would tell a stranger who can make a browser ask for it whether his guess of a token was right (BREACH, CVE-2013-3587).
Nor is the JSON of the API: a scan's answer is small, and compressing it would cost more than making it.
"""

from __future__ import annotations

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PAGES = frozenset({"", "c", "01", "results", "bulletins", "published", "draws", "offline", "static"})
"""First parts of the paths of what is sent to anybody alike."""

LEVEL = 6
"""Of 9: the last three levels save one byte in a hundred at twice the time."""


class CompressedPages:
    """ASGI middleware: gzip for what is under PAGES, for clients that take it; all else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        excluded = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/pdf")
        self._compressing = GZipMiddleware(app, compresslevel=LEVEL, exclude_content_types=excluded)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"].lstrip("/").partition("/")[0] in PAGES
        await (self._compressing if is_page else self._app)(scope, receive, send)
