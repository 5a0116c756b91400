"""The detector at work on a simulated code: told of each look when it comes, with what custody knew by then."""

from __future__ import annotations

from dataclasses import dataclass

from suiyuan.trace.verification.signals.detector import assess, replay, update
from suiyuan.trace.verification.signals.model import UNKNOWN_HISTORY, CodeHistory, Suspicion
from suiyuan.trace.verification.signals.state import NOTHING_SEEN

from .codes import Code


@dataclass(frozen=True, slots=True)
class Outcome:
    """`suspect_at`, `watch_at`: numbers of the looks from which on the code was called that, None if it never was.

    `odds`: the posterior odds of copies after the last look. `second_place`: the number of the first look elsewhere.
    `telling_looks`: how many looks up to each could tell anything of the place: with one, and no repeat by one source.
    """

    looks: int
    suspect_at: int | None
    watch_at: int | None
    second_place: int | None
    odds: float
    telling_looks: tuple[int, ...]

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


def watch(code: Code) -> Outcome:
    state, known = NOTHING_SEEN, UNKNOWN_HISTORY
    suspect_at = watch_at = None
    odds = 0.0
    telling: list[int] = []
    for number, look in enumerate(code.looks):
        history = _history(code, number)
        if history != known and number and _concerns_the_past(history, known, code, number):
            state = replay(code.looks[:number], history)
        known = history
        state = update(state, look, history)
        assessment = assess(state)
        odds = assessment.copied_odds
        telling.append(assessment.placed)
        if suspect_at is None and assessment.suspicion is Suspicion.SUSPECT:
            suspect_at = number
        if watch_at is None and assessment.suspicion is not Suspicion.NONE:
            watch_at = number
    return Outcome(len(code.looks), suspect_at, watch_at, code.second_place(), odds, tuple(telling))


def _history(code: Code, number: int) -> CodeHistory:
    known = UNKNOWN_HISTORY
    for since, history in code.histories:
        if since <= code.looks[number].at:
            known = history
    return known


def _concerns_the_past(history: CodeHistory, known: CodeHistory, code: Code, number: int) -> bool:
    """Whether what custody has learnt changes what earlier looks mean."""
    if history.region_code != known.region_code or history.shipped_at != known.shipped_at:
        return True
    if history.received_at != known.received_at:
        return True
    return history.sold_at is not None and history.sold_at <= code.looks[number - 1].at
