"""Movements that a client made without a line, taken in later: in their order, each by itself, each once.

    captured_at by the client's clock → plus (our time at receipt − the client's time at sending) → by our clock

A movement that is accepted and its answer are one transaction, as of any named write. A refusal changed nothing and is
kept right after: a bundle that is sent again is answered as before even where the movement would be possible by then,
since whoever has the goods in hand was told so and has acted on it. What is no movement at all (a field is missing or
malformed) is not kept: it is refused alike whenever it comes, and may be put right under the same name.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter, ValidationError

from ..trace.custody.model import Movement
from ..trace.kernel.errors import InvalidInput, SuiyuanError
from ..trace.kernel.texts import Language
from ..trace.parties.model import Actor
from ..trace.store.idempotency import KeptAnswer
from .client_clocks import clock_skew
from .errors import form_problem, problem_of
from .forms.movements import FORMS, BundleForm, MovementName, OfflineMovementForm
from .forms.transfers import MovementForm
from .instance import Instance
from .writes import Write

NOT_KEPT = frozenset({"store.busy", "offline.reused"})
"""Of the moment, so that the next sending tries again; and of a name that has its answer already."""

DIGEST_PURPOSE = "offline digest/v1"
"""What the key of digests is derived for: a sale states an identity number, and of a plain hash all can be tried."""

ACCEPTED = 201


@dataclass(frozen=True, slots=True)
class MovedDocument:
    batch_id: UUID
    movement_id: UUID
    transfer_id: UUID
    units: int


@dataclass(frozen=True, slots=True)
class OfflineDocument:
    """What became of one movement. `problem`: why it was refused, as the route of its kind would have said it."""

    client_id: str
    is_accepted: bool
    movements: Sequence[MovedDocument] = ()
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class BundleDocument:
    """`clock_skew_seconds`: by how much the client's clock was behind ours."""

    clock_skew_seconds: int
    answers: list[OfflineDocument]


_MOVED = TypeAdapter(list[MovedDocument])


def take_in(instance: Instance, actor: Actor, bundle: BundleForm, language: Language) -> BundleDocument:
    """Takes a bundle in. Raises InvalidInput `offline.clock_skew`; whatever else is wrong is one movement's matter."""
    skew = clock_skew(instance, bundle.sent_at)
    answers = [_answer(instance, actor, each, skew, language) for each in bundle.movements]
    return BundleDocument(round(skew.total_seconds()), answers)


def _answer(
    instance: Instance, actor: Actor, item: OfflineMovementForm, skew: timedelta, language: Language
) -> OfflineDocument:
    try:
        form = form_of(item, skew)
    except ValidationError as error:
        return _document(item, form_problem(error.errors(), language).body)
    except InvalidInput as error:
        return _document(item, problem_of(error, language).body)
    write = Write(instance.database, actor, f"offline/{item.client_id}", _digest(instance, item), ACCEPTED)
    try:
        return _document(item, _first_answer(instance, write, form))
    except SuiyuanError as error:
        problem = problem_of(error, language)
        if error.code in NOT_KEPT:
            return _document(item, problem.body)
        refusal = bytes(problem.body).decode("utf-8")
        done = write.once(lambda work: refusal, str)
        return _document(item, done.body if isinstance(done, KeptAnswer) else done)


def form_of(item: OfflineMovementForm, skew: timedelta) -> MovementForm:
    """The form of a movement, its time by our clock. Raises ValidationError; InvalidInput `offline.kind`,
    `text.missing`."""
    if item.kind not in list(MovementName):
        raise InvalidInput("offline.kind", field="kind", known=", ".join(MovementName))
    form = FORMS[MovementName(item.kind)].model_validate(item.fields())
    if form.captured_at is None:
        raise InvalidInput("text.missing", field="captured_at")
    return form.model_copy(update={"captured_at": form.captured_at + skew})


def _first_answer(instance: Instance, write: Write, form: MovementForm) -> str:
    """The first answer to a movement: done now, or kept from when it was. Raises what the movement raises, and
    InvalidInput `offline.reused`."""
    try:
        kept = write.kept()
        done = kept if kept is not None else write.once(form.act(instance, write.actor), _moved)
    except InvalidInput as error:
        if error.code == "idempotency.reused":
            raise InvalidInput("offline.reused", field="client_id") from None
        raise
    return done.body if isinstance(done, KeptAnswer) else _moved(done)


def _moved(movements: Sequence[Movement]) -> str:
    moved = [MovedDocument(each.batch_id, each.movement_id, each.transfer_id, each.units) for each in movements]
    return orjson.dumps(moved).decode("ascii")


def _digest(instance: Instance, item: OfflineMovementForm) -> str:
    """HMAC-SHA-256, in hex, of all that was sent of a movement, however it was written."""
    content = json.dumps(item.whole(), sort_keys=True, separators=(",", ":")).encode("ascii")
    return hmac.new(instance.keyring.derive(DIGEST_PURPOSE), content, "sha256").hexdigest()


def _document(item: OfflineMovementForm, body: str | bytes | memoryview) -> OfflineDocument:
    """The document of an answer as it is kept: movements where it was accepted, else a problem."""
    content = orjson.loads(body)
    if isinstance(content, dict):
        return OfflineDocument(item.client_id, False, problem=content)
    return OfflineDocument(item.client_id, True, _MOVED.validate_python(content))
