"""Rebuilds custody from the record of movements and compares: what `suiyuan check` says of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...batches.model import Batch
from ...parties import service as parties
from .. import store
from ..model import RESTORING, Movement, MovementKind, Span, coverage_faults, merged, overlapping, rewritten
from ..rules import after
from .reading import balances

Recorded = Sequence[tuple[Movement, Sequence[Span]]]
"""Movements as they were recorded, each with the spans it found."""


def broken_batches(connection: Connection) -> list[str]:
    """One line for each fault: spans that do not cover a batch exactly once, movements that do not lead to them, and
    mass balances that are not even. Empty when custody is whole."""
    faults: list[str] = []
    for batch in batches.all_batches(connection):
        spans = store.spans_of(connection, batch.batch_id)
        recorded = store.movements_of(connection, batch.batch_id)
        found = coverage_faults(spans, batch.size) or replay_faults(batch, recorded, spans)
        faults += [f"batch {batch.batch_number} ({batch.batch_id}): {fault}" for fault in found]
    for party in parties.list_parties(connection):
        faults += [
            f"balance of {party.name} in batch {balance.batch_id}: {balance.came_in} came in,"
            f" {balance.accounted_for} are accounted for"
            for balance in balances(connection, party.party_id)
            if not balance.is_even
        ]
    return faults


def replay_faults(batch: Batch, recorded: Recorded, spans: Sequence[Span]) -> list[str]:
    """Where the recorded movements, done again from the batch's registration on, find or leave other spans."""
    current = [Span(0, batch.size, batch.maker_id)]
    found_by: dict[UUID, Sequence[Span]] = {}
    for movement, before in recorded:
        found_by[movement.movement_id] = before
        for piece in before:
            here = overlapping(_window(current, piece), piece.interval)
            if here != [piece]:
                return [
                    f"movement {movement.sequence} found units {piece.start} to {piece.stop} otherwise than recorded"
                ]
        try:
            for piece, change in _changes(movement, before, found_by):
                _rewrite(current, piece, change)
        except KeyError:
            return [f"movement {movement.sequence} is one that the table of rules forbids"]
    return [] if merged(current) == list(spans) else ["spans are not those that the movements lead to"]


def _changes(
    movement: Movement, before: Sequence[Span], found_by: dict[UUID, Sequence[Span]]
) -> Iterable[tuple[Span, Callable[[Span], Span]]]:
    """The pieces a movement changes, and how."""
    if movement.kind not in RESTORING:
        for piece in before:
            yield piece, lambda part: after(movement, part)
        return
    for piece in before:
        origin = movement.undoes_id if movement.kind is MovementKind.UNDO else piece.movement_id
        if origin is None:
            raise KeyError(movement.kind)
        for earlier in overlapping(_window(found_by[origin], piece), piece.interval):
            movement_id = earlier.movement_id if movement.kind is MovementKind.UNDO else movement.movement_id
            restored = replace(earlier, movement_id=movement_id)
            yield earlier, lambda part, restored=restored: replace(restored, start=part.start, stop=part.stop)


def _bounds(spans: Sequence[Span], piece: Span) -> tuple[int, int]:
    """Positions in `spans` of those that overlap `piece` or touch it."""
    first = max(bisect_right(spans, piece.start, key=lambda span: span.start) - 2, 0)
    return first, bisect_left(spans, piece.stop + 1, key=lambda span: span.start)


def _window(spans: Sequence[Span], piece: Span) -> Sequence[Span]:
    first, last = _bounds(spans, piece)
    return spans[first:last]


def _rewrite(spans: list[Span], piece: Span, change: Callable[[Span], Span]) -> None:
    first, last = _bounds(spans, piece)
    spans[first:last] = rewritten(spans[first:last], piece.interval, change)
