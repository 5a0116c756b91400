"""How the API writes: one unit of work for each request, and the first answer again for a request that is repeated.

A client that got no answer cannot know whether its request was carried out. It sends it once more with the same
`Idempotency-Key`: what was done is not done again, and the first answer comes back. The answer is kept in the
transaction of the act, so that neither is ever there without the other. Refusals are not kept: they changed nothing,
and the next attempt may succeed.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI, Header, Request
from pydantic_core import to_json
from starlette.responses import Response

from ..trace.kernel.errors import InvalidInput
from ..trace.parties.model import Actor
from ..trace.store import idempotency
from ..trace.store.database import Database, UnitOfWork
from ..trace.store.idempotency import KeptAnswer
from .acting import acting_party
from .deps import TheActor, TheInstance
from .instance import Instance

KEY_HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}

MAX_KEY_CHARACTERS = 200
"""A UUID has 36; a document number with its line, a hundred."""

DIGEST_PURPOSE = "request digest/v1"
"""What the key of digests is derived for (`Keyring.derive`). With another one, requests sent again count as changed."""

T = TypeVar("T")


class Replayed(Exception):
    """The first answer to a request, on its way past the route. No refusal."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Write:
    """The one write that a request may do. `actor` does it; `key` is what the client calls the request, if anything."""

    database: Database
    actor: Actor
    key: str | None
    request_digest: str
    status: int

    def run(self, act: Callable[[UnitOfWork], T]) -> T:
        """Does `act` in one unit of work; its result is the whole answer.

        Raises what `act` raises, with nothing written; InvalidInput `idempotency.reused`; Replayed where this very
        request was answered before.
        """
        done = self.once(act, lambda result: "" if result is None else to_json(result).decode("utf-8"))
        if isinstance(done, KeptAnswer):
            raise Replayed(done)
        return done

    def several(self, make: Callable[[], T]) -> T:
        """The same for an answer that comes of several units of work, each of which knows by itself when it is
        repeated: kept once all of them are done. Raises what `run` raises."""
        kept = self.kept()
        if kept is not None:
            raise Replayed(kept)
        made = make()
        return self.run(lambda work: made)

    def kept(self) -> KeptAnswer | None:
        """The first answer where this very request was carried out before. Raises InvalidInput `idempotency.reused`."""
        if self.key is None:
            return None
        with self.database.read() as connection:
            return self._own(idempotency.find(connection, acting_party(self.actor), self.key))

    def once(self, act: Callable[[UnitOfWork], T], body: Callable[[T], str]) -> T | KeptAnswer:
        """The same for an answer that cannot be kept as it is: too long, or secret. What is kept is `body(result)`, and
        it is returned in place of the result where this very request was carried out before."""
        if self.key is None:
            return self.database.write(act)
        key, party_id = self.key, acting_party(self.actor)

        def act_and_keep(work: UnitOfWork) -> T | KeptAnswer:
            earlier = self._own(idempotency.find(work.connection, party_id, key))
            if earlier is not None:
                return earlier
            result = act(work)
            idempotency.keep(work, party_id, key, KeptAnswer(self.request_digest, self.status, body(result)))
            return result

        return self.database.write(act_and_keep)

    def _own(self, found: KeptAnswer | None) -> KeptAnswer | None:
        """Raises InvalidInput `idempotency.reused` for the answer to another request."""
        if found is not None and found.request_digest != self.request_digest:
            raise InvalidInput("idempotency.reused", field=KEY_HEADER)
        return found


async def write_of(
    request: Request,
    instance: TheInstance,
    actor: TheActor,
    key: Annotated[
        str | None,
        Header(
            alias=KEY_HEADER,
            description="Your own name for this request, 1 to 200 printable ASCII characters. Sent again with the same "
            "name it is not carried out twice: the first answer comes back, with `Idempotency-Replayed: true`.",
        ),
    ] = None,
) -> Write:
    """Raises InvalidInput `idempotency.key`."""
    status = request.scope["route"].status_code or 200
    if key is None:
        return Write(instance.database, actor, None, "", status)
    given = request.headers.getlist(KEY_HEADER)
    if len(given) != 1 or not key.strip() or len(key) > MAX_KEY_CHARACTERS or not (key.isascii() and key.isprintable()):
        raise InvalidInput("idempotency.key", field=KEY_HEADER, maximum=MAX_KEY_CHARACTERS)
    return Write(instance.database, actor, key, request_digest(instance, request, await request.body()), status)


TheWrite = Annotated[Write, Depends(write_of)]


def request_digest(instance: Instance, request: Request, body: bytes) -> str:
    """HMAC-SHA-256, in hex, of method, address and body, byte for byte: what makes two requests the same.

    Keyed, since it is stored and the body may hold a buyer's identity number: of a plain hash all numbers can be tried.
    """
    head = b"%s %s?%s\n" % (request.method.encode("ascii"), request.scope["raw_path"], request.scope["query_string"])
    return hmac.new(instance.keyring.derive(DIGEST_PURPOSE), head + body, "sha256").hexdigest()


def install(app: FastAPI) -> None:
    """Sends first answers again."""

    @app.exception_handler(Replayed)
    async def on_replay(request: Request, replayed: Replayed) -> Response:
        answer = replayed.answer
        return Response(answer.body, answer.status, headers=REPLAYED, media_type="application/json")
