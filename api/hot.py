"""The hot path on the wire: GET /api/v1/answers/{code}, answered in front of the framework.

Routing, parameters and exit stacks cost a request more than the answer itself does; nine scans in ten come this way.
The route in routes/answers.py describes it, and is what the tests hold this against.
"""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ..trace.kernel.errors import SuiyuanError
from .errors import language_of, problem_of
from .routes.answers import respond

PREFIX = "/api/v1/answers/"


class HotAnswers:
    """ASGI middleware. It stands outside the framework's handler of refusals, so it words them itself; faults go where
    all faults go."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "GET" or not path.startswith(PREFIX) or path == PREFIX:
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].split(b"&")
        if any(part.startswith(b"record=") and part not in (b"record=true", b"record=false") for part in query):
            await self._app(scope, receive, send)  # other spellings of a truth value, and their refusal
            return
        record = b"record=false" not in query
        language = language_of(Request(scope))
        try:
            response = await respond(scope["app"].state.instance, path[len(PREFIX) :], language, record)
        except SuiyuanError as error:
            response = problem_of(error, language)
        await response(scope, receive, send)
