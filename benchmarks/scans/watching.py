"""The detector at work on a simulated code: told of each look when it comes, with what custody knew by then."""

from __future__ import annotations

from dataclasses import dataclass, replace

from suiyuan.trace.verification.signals.detector import asks, assess, replay, update
from suiyuan.trace.verification.signals.model import UNKNOWN_HISTORY, CodeHistory, Look, Origin, Suspicion
from suiyuan.trace.verification.signals.state import NOTHING_SEEN

from .codes import Code
from .lives import Reply


@dataclass(frozen=True, slots=True)
class Outcome:
    """`suspect_at`, `watch_at`: numbers of the looks from which on the code was called that, None if it never was.

    `odds`: the posterior odds of copies after the last look. `second_place`: the number of the first look elsewhere.
    `telling_looks`: how many looks up to each could tell anything of the place: with one, and no repeat by one source.
    `asked`, `answered`: looks after which the page asked where the pack is from, and that somebody said.
    """

    looks: int
    suspect_at: int | None
    watch_at: int | None
    second_place: int | None
    odds: float
    telling_looks: tuple[int, ...]
    asked: int
    answered: int

    @property
    def delay(self) -> int | None:
        """Looks after the first one elsewhere until it was called suspect; None if it never was."""
        if self.suspect_at is None or self.second_place is None:
            return None
        return max(0, self.suspect_at - self.second_place)

    @property
    def telling_delay(self) -> int | None:
        """The same in looks that could tell anything of the place."""
        if self.suspect_at is None or self.second_place is None:
            return None
        return max(0, self.telling_looks[self.suspect_at] - self.telling_looks[self.second_place])


def watch(code: Code, answering: float) -> Outcome:
    """What the detector says of a code. `answering`: share of those with a position who answer when asked."""
    state, known = NOTHING_SEEN, UNKNOWN_HISTORY
    suspect_at = watch_at = None
    odds, asked, answered = 0.0, 0, 0
    telling: list[int] = []
    looks: list[Look] = []
    for number, (look, reply) in enumerate(zip(code.looks, code.replies, strict=True)):
        history = _history(code, look)
        if history != known and looks and _concerns_the_past(history, known, looks[-1]):
            state = replay(looks, history)
        known, before = history, state
        state = update(before, look, history)
        if reply is not None and asks(state):
            asked += 1
            look = _answered(look, reply, answering)
            if look.said.is_answer:
                answered += 1
                state = update(before, look, history)
        looks.append(look)
        assessment = assess(state)
        odds = assessment.copied_odds
        telling.append(assessment.placed)
        if suspect_at is None and assessment.suspicion is Suspicion.SUSPECT:
            suspect_at = number
        if watch_at is None and assessment.suspicion is not Suspicion.NONE:
            watch_at = number
    return Outcome(len(looks), suspect_at, watch_at, code.second_place(), odds, tuple(telling), asked, answered)


def _answered(look: Look, reply: Reply, answering: float) -> Look:
    """The look with what the person says."""
    if reply.reluctance >= answering:
        return replace(look, said=Origin.NO_ANSWER)
    if reply.bought_in is None:
        return replace(look, said=Origin.PHOTOGRAPH)
    is_here = look.region_code in (None, reply.bought_in)
    return replace(look, said=Origin.BOUGHT_HERE if is_here else Origin.BROUGHT, bought_in=reply.bought_in)


def _history(code: Code, look: Look) -> CodeHistory:
    known = UNKNOWN_HISTORY
    for since, history in code.histories:
        if since <= look.at:
            known = history
    return known


def _concerns_the_past(history: CodeHistory, known: CodeHistory, last: Look) -> bool:
    """Whether what custody has learnt changes what earlier looks mean."""
    if history.region_code != known.region_code or history.shipped_at != known.shipped_at:
        return True
    if history.received_at != known.received_at:
        return True
    return history.sold_at is not None and history.sold_at <= last.at
