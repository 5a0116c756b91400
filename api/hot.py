"""The hot path on the wire: GET /api/v1/answers/{code}, answered in front of the framework.

Routing, parameters, telemetry and exit stacks cost a request more than the answer itself does; nine scans in ten come
this way. The route in routes/answers.py describes it, and is what the tests hold this against.
"""

from __future__ import annotations

import logging

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from ..trace.kernel.errors import SuiyuanError
from .errors import language_of_scope, problem_of
from .routes.answers import respond

PREFIX = "/api/v1/answers/"

log = logging.getLogger("suiyuan")


class Service(FastAPI):
    """The application. Looks at answers do not pass through the framework; everything else does, and so do their
    faults, which then meet the handler of all faults."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_look(scope):
            await super().__call__(scope, receive, send)
            return
        language = language_of_scope(scope)
        record = b"record=false" not in scope["query_string"]
        try:
            response = await respond(self.state.instance, scope["path"][len(PREFIX) :], language, record, scope)
        except SuiyuanError as error:
            response = problem_of(error, language)
        except Exception:  # noqa: BLE001  # the framework meets it again, and its handler words it
            log.warning("a look at an answer failed; the framework's own route tries it again")
            await super().__call__(scope, receive, send)
            return
        await response(scope, receive, send)


def _is_look(scope: Scope) -> bool:
    """Whether a request is a plain look at an answer. Other spellings of `record` are for the framework to refuse."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path: str = scope["path"]
    if not path.startswith(PREFIX) or path == PREFIX:
        return False
    query: bytes = scope["query_string"]
    return b"record=" not in query or all(
        part in (b"record=true", b"record=false") for part in query.split(b"&") if part.startswith(b"record=")
    )
