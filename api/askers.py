"""Who looks at a code: the source of the request, and the account it came with."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Scope

from ..trace.kernel.errors import NotAuthenticated
from ..trace.verification.scans import Asker
from .auth import COOKIE, actor_of_bearer, actor_of_page
from .instance import Instance
from .routes.reports import source_of_host

MAX_BROWSER_CHARACTERS = 300
"""Of a User-Agent header: enough to tell two telephones behind one address apart."""

_COOKIE = COOKIE.encode("latin-1")


async def asker_of(instance: Instance, scope: Scope, position: tuple[float, float] | None = None) -> Asker:
    """Whoever sent a request. An account that is not in force counts for nothing: the answer is for anybody.

    `position`: latitude and longitude in degrees, where the request tells them.
    """
    browser, has_account = b"", False
    for name, value in scope["headers"]:
        if name == b"user-agent":
            browser = value
        elif name == b"authorization" or (name == b"cookie" and _COOKIE in value):
            has_account = True
    host, *_ = scope.get("client") or ("",)
    source = _source(host, browser)
    if not has_account and position is None:
        return Asker(source)
    party_id = await run_in_threadpool(_party_of, instance, scope) if has_account else None
    return await run_in_threadpool(instance.answers.asker, source, party_id, position)


@lru_cache(maxsize=4_096)
def _source(host: str, browser: bytes) -> str:
    return f"{source_of_host(host)} {browser.decode('latin-1')[:MAX_BROWSER_CHARACTERS]}"


def _party_of(instance: Instance, scope: Scope) -> UUID | None:
    request = Request(scope)
    read = actor_of_bearer if "authorization" in request.headers else actor_of_page
    try:
        return read(instance, request).party_id
    except NotAuthenticated:
        return None
