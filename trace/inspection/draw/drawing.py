"""Commit, draw, redraw: pure. Who keeps the secret until the draw, and who may ask for a redraw, is the caller's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from ...kernel.errors import Conflict as NotNow
from ...kernel.errors import InvalidInput
from ...kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from ...kernel.normalise import require_text
from ...ledger.model import canonical
from .lists import CandidateList, require_list
from .randomness import SECRET_BYTES, Stream, seed_of, sha256
from .sampling import assign, inclusion_probabilities, sample


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is published before the draw: SHA-256 of the list's canonical JSON and of the secret's 32 bytes, in hex."""

    list_sha256: str
    secret_sha256: str

    @property
    def digest(self) -> str:
        """Both in one line of 64 hexadecimal digits, for a notice or a newspaper."""
        both = {"list_sha256": self.list_sha256, "secret_sha256": self.secret_sha256}
        return sha256(canonical({**both}).encode("utf-8"))


@dataclass(frozen=True, slots=True)
class Assignment:
    """An object drawn, how likely that was, and who inspects it, in order of their ids."""

    object_id: str
    stratum: str
    probability: Fraction
    inspector_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redraw:
    """One replacement: of the object with its inspectors, or of one inspector where `inspector_id` is given.

    `number` counts from 1. Of an object that came in by a redraw, `after.probability` is that of being the one drawn.
    """

    number: int
    object_id: str
    inspector_id: str | None
    reason: str
    by: str
    before: Assignment
    after: Assignment


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw with its secret revealed. `result` is in order of object ids and stays; `current` counts the redraws."""

    listed: CandidateList
    commitment: Commitment
    secret: bytes = field(repr=False)
    public_value: str
    result: tuple[Assignment, ...]
    redraws: tuple[Redraw, ...] = ()

    @property
    def current(self) -> dict[str, Assignment]:
        """By object, what holds after all redraws."""
        held = {each.object_id: each for each in self.result}
        for each in self.redraws:
            del held[each.before.object_id]
            held[each.after.object_id] = each.after
        return held

    def loads(self) -> dict[str, int]:
        """Objects of each inspector after all redraws."""
        loads = {each.inspector_id: 0 for each in self.listed.inspectors}
        for assignment in self.current.values():
            for inspector_id in assignment.inspector_ids:
                loads[inspector_id] += 1
        return loads

    def next_stream(self) -> Stream:
        """The numbers of the next redraw: they follow from the seed and its number, not from what is asked for or why,
        so that no wording of a reason finds a better one."""
        seed = seed_of(self.secret, self.commitment.list_sha256, self.public_value)
        return Stream(seed, f"redraw/{len(self.redraws) + 1}")


def commit(listed: CandidateList, secret: bytes) -> Commitment:
    """The commitment to a list and a secret of 32 random bytes (`kernel.ids.random_secret`), to be published before the
    draw and, where the list names a public value, before anybody can know it.

    Raises InvalidInput `draw.secret` and what `require_list` raises.
    """
    return _commitment(require_list(listed), secret)


def draw(listed: CandidateList, secret: bytes, commitment: Commitment, public_value: str = "") -> Draw:
    """Draws objects and inspectors: the same from the same input, whatever the order of the list's rows.

    Raises InvalidInput `draw.secret`, `draw.public_value` where one is missing or the list names no source of one, and
    what `require_list` raises; Conflict `draw.commitment` where list or secret are not those committed to.
    """
    checked = require_list(listed)
    if _commitment(checked, secret) != commitment:
        raise NotNow("draw.commitment")
    value = require_text(public_value, "public_value", MAX_NAME_CHARACTERS)
    if bool(value) != bool(checked.public_source):
        raise InvalidInput("draw.public_value", field="public_value")
    result = _result(checked, seed_of(secret, commitment.list_sha256, value))
    return Draw(checked, commitment, secret, value, result)


def redraw_object(drawn: Draw, object_id: str, *, by: str, reason: str) -> Draw:
    """Replaces an object by another of its stratum, by weight, with inspectors drawn anew.

    An object that was replaced does not come back, and neither does an inspector.
    Raises InvalidInput `text.*`; Conflict `draw.not_drawn`, `draw.none_left` where stratum or inspectors are used up.
    """
    before = _require_drawn(drawn, object_id)
    used = {each.object_id for each in drawn.result} | {each.after.object_id for each in drawn.redraws}
    weights = drawn.listed.weights_by_stratum()[before.stratum]
    left = {each: weight for each, weight in weights.items() if each not in used}
    if not left:
        raise NotNow("draw.none_left", field="object_id", value=before.stratum)
    stream = drawn.next_stream()
    [chosen] = sample(left, 1, stream)
    after = replace(
        before,
        object_id=chosen,
        probability=inclusion_probabilities(left, 1)[chosen],
        inspector_ids=_inspectors(drawn, before, chosen, (), stream),
    )
    return _with_redraw(drawn, before, after, None, by, reason)


def redraw_inspector(drawn: Draw, object_id: str, inspector_id: str, *, by: str, reason: str) -> Draw:
    """Replaces one inspector of an object, by the rules of the draw; that inspector's other objects stay.

    Raises InvalidInput `text.*`; Conflict `draw.not_drawn`, `draw.none_left`.
    """
    before = _require_drawn(drawn, object_id)
    if inspector_id not in before.inspector_ids:
        raise NotNow("draw.not_drawn", field="inspector_id", value=inspector_id)
    kept = tuple(each for each in before.inspector_ids if each != inspector_id)
    inspectors = _inspectors(drawn, before, object_id, kept, drawn.next_stream(), leaving=inspector_id)
    after = replace(before, inspector_ids=inspectors)
    return _with_redraw(drawn, before, after, inspector_id, by, reason)


def _commitment(listed: CandidateList, secret: bytes) -> Commitment:
    if len(secret) != SECRET_BYTES:
        raise InvalidInput("draw.secret", field="secret", length=SECRET_BYTES)
    return Commitment(listed.sha256(), sha256(secret))


def _result(listed: CandidateList, seed: bytes) -> tuple[Assignment, ...]:
    chosen: dict[str, tuple[str, Fraction]] = {}
    weights = listed.weights_by_stratum()
    for stratum in listed.strata:
        probabilities = inclusion_probabilities(weights[stratum.name], stratum.size)
        objects = sample(weights[stratum.name], stratum.size, Stream(seed, f"objects/{stratum.name}"))
        chosen.update({each: (stratum.name, probabilities[each]) for each in objects})
    loads = {each.inspector_id: 0 for each in listed.inspectors}
    free = listed.free_inspectors(sorted(chosen))
    inspectors = assign(free, listed.inspectors_per_object, loads, Stream(seed, "inspectors"))
    return tuple(Assignment(each, *chosen[each], inspectors[each]) for each in sorted(chosen))


def _inspectors(
    drawn: Draw, before: Assignment, object_id: str, kept: tuple[str, ...], stream: Stream, leaving: str | None = None
) -> tuple[str, ...]:
    """Those kept, and as many as are missing of those who are free and were never replaced."""
    out = {*kept, leaving, *(each.inspector_id for each in drawn.redraws)}
    free = [each for each in drawn.listed.free_inspectors([object_id])[object_id] if each not in out]
    missing = drawn.listed.inspectors_per_object - len(kept)
    if len(free) < missing:
        raise NotNow("draw.none_left", field="inspector_id", value=object_id)
    loads = drawn.loads()
    for each in before.inspector_ids:
        loads[each] -= 1
    return tuple(sorted((*kept, *assign({object_id: free}, missing, loads, stream)[object_id])))


def _require_drawn(drawn: Draw, object_id: str) -> Assignment:
    found = drawn.current.get(object_id)
    if found is None:
        raise NotNow("draw.not_drawn", field="object_id", value=object_id)
    return found


def _with_redraw(
    drawn: Draw, before: Assignment, after: Assignment, inspector_id: str | None, by: str, reason: str
) -> Draw:
    redraw = Redraw(
        number=len(drawn.redraws) + 1,
        object_id=before.object_id,
        inspector_id=inspector_id,
        reason=require_text(reason, "reason", MAX_NOTE_CHARACTERS, required=True),
        by=require_text(by, "by", MAX_NAME_CHARACTERS, required=True),
        before=before,
        after=after,
    )
    return replace(drawn, redraws=(*drawn.redraws, redraw))
