"""Style sheets, scripts and drawings: each at an address that names its content, so that a phone loads it once.

/static/suiyuan.css?v=1f3a…   kept for a year: another content has another address
/static/suiyuan.css           asked for anew each time; scripts that name files by themselves do so
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

STATIC = Path(__file__).resolve().parent / "static"

DIGEST_CHARACTERS = 12
"""48 bits: two versions of one file do not meet by chance. It protects nothing."""

_KEPT = "public, max-age=31536000, immutable"
_ASKED = "no-cache"


def address_of(name: str) -> str:
    """The address of a static file. Raises OSError where there is none: a template that misspells it fails at once."""
    path = STATIC / name
    known = path.stat()
    return f"/static/{name}?v={_digest(path, known.st_mtime_ns, known.st_size)}"


@lru_cache(maxsize=256)
def _digest(path: Path, _changed_at: int, _bytes: int) -> str:
    """By time and size of the file as well, so that one that is worked on is read again."""
    return sha256(path.read_bytes()).hexdigest()[:DIGEST_CHARACTERS]


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
