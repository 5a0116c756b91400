"""Forms as browsers send them: with the session's token, and carried out once however often they are sent.

Every form has a hidden `once`, new each time the page is drawn. Pressing the button twice, or sending the page again,
sends the same `once`: what was done is not done again, and the page says what it said the first time
(store/idempotency.py).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Request

from ...trace.custody.model import Movement
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.ids import new_id
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ...trace.store.idempotency import KeptAnswer
from ..auth import require_form_token
from ..deps import TheInstance, ThePageActor
from ..instance import Instance
from ..writes import Write

KEY_PREFIX = "page/"
"""Keeps what pages send apart from the keys that API clients choose."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was chosen in a form; `name` is what its owner calls it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form held. `once` names the sending, None where it came without; `digest` tells two sendings apart."""

    values: Mapping[str, str]
    once: str | None
    digest: str
    files: Mapping[str, SentFile] = field(default_factory=dict[str, SentFile])

    def get(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def lines(self, name: str) -> list[str]:
        """One code a line, as hand scanners end each with a line break; each once, in the order scanned."""
        stripped = (line.strip() for line in self.values.get(name, "").splitlines())
        return list(dict.fromkeys(line for line in stripped if line))

    def identifier(self, name: str, error_field: str) -> UUID:
        """Raises InvalidInput `text.missing` where nothing was chosen, or nothing that was offered."""
        try:
            return UUID(self.get(name))
        except ValueError:
            raise InvalidInput("text.missing", field=error_field) from None


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to, as the page says it. `open_points`: discrepancies that it opened; `made`: the id of what it
    made, where a page leads there."""

    units: int = 0
    batches: int = 0
    open_points: int = 0
    made: str = ""

    @classmethod
    def of(cls, movements: Sequence[Movement], open_points: int = 0) -> Done:
        units = sum(movement.units for movement in movements)
        return cls(units, len({movement.batch_id for movement in movements}), open_points)


async def _sent(request: Request, instance: TheInstance, actor: ThePageActor) -> Sent:
    """Asks who sends before it reads. Raises NotAllowed `access.form`."""
    form = await request.form()
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    require_form_token(instance, request, values.pop("csrf", ""))
    once = _plain_once(values.pop("once", ""))
    files = {
        name: SentFile(value.filename or "", await value.read())
        for name, value in form.items()
        if not isinstance(value, str)
    }
    digests = {name: hashlib.sha256(file.content).hexdigest() for name, file in files.items()}
    return Sent(values, once, _digest(instance, request.url.path, {**values, **digests}), files)


TheSent = Annotated[Sent, Depends(_sent)]


def new_once() -> str:
    """The name of the next sending of a form."""
    return str(new_id())


def carry_out(instance: Instance, actor: Actor, sent: Sent, act: Callable[[UnitOfWork], Done]) -> Done:
    """Does `act` in one unit of work, unless this very sending was carried out before: then what it came to.

    Raises what `act` raises, with nothing written; InvalidInput `idempotency.reused` where the form was changed after
    it had been carried out.
    """
    key = None if sent.once is None else KEY_PREFIX + sent.once
    write = Write(database=instance.database, actor=actor, key=key, request_digest=sent.digest, status=200)
    answer = write.once(act, lambda done: orjson.dumps(asdict(done)).decode("utf-8"))
    return Done(**orjson.loads(answer.body)) if isinstance(answer, KeptAnswer) else answer


def _plain_once(value: str) -> str | None:
    try:
        return str(UUID(value))
    except ValueError:
        return None


def _digest(instance: Instance, path: str, values: Mapping[str, str]) -> str:
    """Keyed, since it is stored and a form may hold a buyer's identity number: of a plain hash all numbers can be
    tried."""
    message = orjson.dumps([path, sorted(values.items())])
    return hmac.new(instance.keyring.derive("page form"), message, "sha256").hexdigest()
