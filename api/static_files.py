"""Style sheets, scripts and drawings: each at an address that names its content, so that a phone loads it once.

/static/suiyuan.css?v=1f3a…   kept for a year: another content has another address
/static/suiyuan.css           asked for anew each time; scripts that name files by themselves do so
"""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from .static_addresses import STATIC, address_of

_KEPT = "public, max-age=31536000, immutable"
_ASKED = "no-cache"


class StaticContent(StaticFiles):
    """Files under STATIC. Only an address that names the present content may be kept: one from an old page may not
    bring today's file under yesterday's name."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]
        is_named = response.status_code in (200, 206, 304) and address_of(path).endswith(f"?v={asked}")
        response.headers["Cache-Control"] = _KEPT if asked and is_named else _ASKED
        return response
