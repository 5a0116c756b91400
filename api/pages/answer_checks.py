"""The checklist: the questions that stand before one verdict, each with what is known of it. Pure, like `judge`.

It decides nothing. Each line follows from the facts and reasons of the answer; one that cannot be answered says so,
and is never counted as a yes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...trace.catalog.model import LICENSED_KINDS
from ...trace.codes.model import Scheme
from ...trace.kernel.texts import Language, text
from ...trace.verification.model import Answer, Facts, ReasonCode, Whereabouts
from ...trace.verification.signals.model import Suspicion
from .answer_parts import CheckView
from .rendering import day_text

YES, NO, MIND, OPEN, UNTOLD = "good", "bad", "warn", "note", "ask"
"""The tones: answered well, answered badly, to be minded, not answered yet, cannot be told here."""

Line = tuple[str, str]
"""Tone, and what is said."""

_STOPS = frozenset({ReasonCode.RECALLED, ReasonCode.STOPPED_BY_REGULATOR, ReasonCode.FAILED_SPOT_CHECK})
_GONE = {
    ReasonCode.VOIDED: NO,
    ReasonCode.DESTROYED: NO,
    ReasonCode.SEIZED: NO,
    ReasonCode.WRITTEN_OFF: NO,
    ReasonCode.SAMPLED: MIND,
    ReasonCode.DAMAGED: MIND,
}
"""What takes a single pack out of trade, the gravest first."""

_LABEL_DIFFERS = frozenset(
    {
        ReasonCode.LABEL_NUMBER_DIFFERS,
        ReasonCode.LABEL_GTIN_DIFFERS,
        ReasonCode.LABEL_BATCH_DIFFERS,
        ReasonCode.LABEL_NAME_DIFFERS,
    }
)
_SPOT_CHECKS = {
    ReasonCode.FAILED_SPOT_CHECK: NO,
    ReasonCode.MAKER_DENIES: MIND,
    ReasonCode.SAMPLING_UNDER_REVIEW: OPEN,
    ReasonCode.PASSED_SPOT_CHECK: YES,
}
_PLACES = {ReasonCode.POSSIBLY_COPIED: MIND, ReasonCode.NOT_YET_SHIPPED: MIND, ReasonCode.IN_TRANSIT: MIND}


def check_views(answer: Answer, language: Language) -> tuple[CheckView, ...]:
    """The nine questions in their order. Of a code that is not registered here only the first two are answered."""
    facts = answer.facts
    found = frozenset(reason.code for reason in answer.reasons)

    def lines() -> Iterator[tuple[str, Line]]:
        yield "well_formed", (YES, "well_formed")
        if facts.batch is None:
            yield "known", (UNTOLD, "not_known")
            for name in ("ours", "alive", "in_date", "licensed", "not_stopped", "plausible", "spot_checked"):
                yield name, (UNTOLD, "untold")
            return
        yield "known", (YES, "known")
        yield "ours", _ours(facts, found)
        yield "alive", _alive(facts, found)
        yield "in_date", _in_date(found)
        yield "licensed", _licensed(facts)
        yield "not_stopped", _not_stopped(found)
        yield "plausible", _plausible(facts, found)
        yield "spot_checked", _first_of(_SPOT_CHECKS, found, (OPEN, "not_sampled"))

    expires = day_text(facts.batch.expires_on, language) if facts.batch else ""
    return tuple(
        CheckView(
            tone,
            text(f"page.check.question.{name}", language),
            text(f"page.check.says.{said}", language, day=expires),
        )
        for name, (tone, said) in lines()
    )


def checks_digest(checks: tuple[CheckView, ...], language: Language) -> str:
    """How many of the questions were answered well, how many not, and how many are open."""
    tones = [check.tone for check in checks]
    good, bad = tones.count(YES), tones.count(NO) + tones.count(MIND)
    return text("page.check.digest", language, good=good, bad=bad, open=len(tones) - good - bad)


def _ours(facts: Facts, found: frozenset[ReasonCode]) -> Line:
    """Codes of veterinary drugs are the national system's: they are on a list, and no key of ours proves them."""
    if ReasonCode.BAD_SIGNATURE in found:
        return MIND, "bad_signature"
    if found & _LABEL_DIFFERS:
        return MIND, "label_differs"
    return YES, "listed" if facts.scheme is Scheme.VET_DRUG else "ours"


def _alive(facts: Facts, found: frozenset[ReasonCode]) -> Line:
    """A pack that was sold is alive: its buyer holds it."""
    sold = (YES, "sold") if facts.whereabouts is Whereabouts.SOLD else (YES, "alive")
    return _first_of(_GONE, found, sold)


def _in_date(found: frozenset[ReasonCode]) -> Line:
    if ReasonCode.EXPIRED in found:
        return NO, "expired"
    return (MIND, "expires_soon") if ReasonCode.EXPIRES_SOON in found else (YES, "in_date")


def _licensed(facts: Facts) -> Line:
    """Registration refuses a batch whose maker had no production licence on the day of production."""
    is_asked = facts.product is not None and facts.product.kind in LICENSED_KINDS
    return (YES, "licensed") if is_asked else (OPEN, "no_licence_needed")


def _not_stopped(found: frozenset[ReasonCode]) -> Line:
    if found & _STOPS:
        return NO, "stopped"
    return (YES, "stopped_elsewhere") if ReasonCode.OTHER_PART_STOPPED in found else (YES, "not_stopped")


def _plausible(facts: Facts, found: frozenset[ReasonCode]) -> Line:
    """What regulators watch and may yet dismiss is open, like what nobody has looked at."""
    fits = facts.scans.suspicion is Suspicion.NONE
    return _first_of(_PLACES, found, (YES, "plausible") if fits else (OPEN, "not_judged"))


def _first_of(tones: dict[ReasonCode, str], found: frozenset[ReasonCode], otherwise: Line) -> Line:
    return next(((tone, code.value) for code, tone in tones.items() if code in found), otherwise)
