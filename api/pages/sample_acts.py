"""What may be done with a sample, as one table: in which state each act is offered, what it asks, which use case it is.

Results are long and have a page of their own (sample_reports.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...trace.inspection.model import UNDER_REVIEW, MakerResponse, SampleState
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.store.database import UnitOfWork
from . import sample_doings as doings
from .answer_view import Fact
from .desk_view import Choice
from .form_view import Field, FormView, refused
from .rendering import day_text, number_text
from .sample_doings import STOPPED, Doing
from .sample_fields import Ask, choices, decision_fields, place_of_error, seal_fields
from .sample_read import Standing, suggested_verdict
from .sample_results import suggestion_facts
from .sample_view import ActView
from .sent_forms import Done

S = SampleState

ANSWERS = (MakerResponse.CONFIRMED, MakerResponse.DENIED)

Refusal = tuple[str, Mapping[str, str], SuiyuanError]
"""Which act was refused, with what in its fields, and why."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What the fields of a form depend on. `laboratories`: those that a sample can be sent to."""

    standing: Standing
    ask: Ask
    laboratories: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Act:
    """`what` is the sentence of the documentation; `is_next`: it leads on to the next state."""

    name: str
    what: str
    is_offered: Callable[[Standing], bool]
    fields: Callable[[Asking], Sequence[Field]]
    use_case: Callable[[UnitOfWork, Doing], Done]
    is_next: bool = True


def _reason(asking: Asking) -> list[Field]:
    return [asking.ask.note("reason", required=True)]


def _answer_fields(asking: Asking) -> list[Field]:
    return [
        asking.ask.select("response", choices(ANSWERS, asking.ask.language), required=True),
        asking.ask.note("note"),
    ]


def _decision_fields(asking: Asking) -> list[Field]:
    results = asking.standing.undecided
    reason = asking.ask.note("reason", "decision_reason")
    return [*(decision_fields(asking.ask, results, asking.standing.product.kind) if results else ()), reason]


def _receive_fields(asking: Asking) -> list[Field]:
    ask = asking.ask
    hint = text("page.sample_hint.seals_are_intact", ask.language)
    fields = [ask.field("seals_are_intact", "", "check", hint=hint)]
    if asking.standing.sample.laboratory_id is None:
        fields.append(ask.select("laboratory", asking.laboratories))
    return [*fields, ask.note("note")]


def _may_conclude(standing: Standing) -> bool:
    is_tested_again = standing.state is S.RETEST and standing.has_retest and standing.undecided is None
    return standing.state in (S.NOTIFIED, S.OBJECTION) or is_tested_again


OBJECTION = Act(
    "objection",
    "Objects to the result.",
    lambda standing: standing.state is S.NOTIFIED,
    _reason,
    doings.object_to,
    is_next=False,
)
ANSWER = Act(
    "answer",
    "Says whether the goods are the named maker's own.",
    lambda standing: standing.state is not S.WITHDRAWN,
    _answer_fields,
    doings.answer,
    is_next=False,
)

ACTS: tuple[Act, ...] = (
    Act(
        "seal",
        "Seals the portions.",
        lambda standing: standing.state is S.TAKEN,
        lambda asking: seal_fields(asking.ask),
        doings.seal,
    ),
    Act(
        "receive",
        "The laboratory has the test portion.",
        lambda standing: standing.state is S.SEALED,
        _receive_fields,
        doings.receive,
    ),
    Act(
        "confirm",
        "Decides as the rules suggest.",
        lambda standing: standing.undecided is not None and suggested_verdict(standing.undecided) is not None,
        lambda asking: (),
        doings.confirm,
    ),
    Act(
        "decide", "Decides otherwise.", lambda standing: standing.undecided is not None, _decision_fields, doings.decide
    ),
    Act(
        "notify",
        "Tells maker and sampled party of the result.",
        lambda standing: standing.state is S.REPORTED and standing.undecided is None,
        lambda asking: [asking.ask.note("note")],
        doings.notify,
    ),
    Act(
        "retest",
        "Sends the reserve portion to another laboratory.",
        lambda standing: standing.state is S.OBJECTION,
        lambda asking: [
            asking.ask.select("laboratory", asking.laboratories),
            asking.ask.text("laboratory_name"),
            asking.ask.note("note"),
        ],
        doings.retest,
    ),
    Act(
        "conclude",
        "Makes the result final; a failure stops the batch.",
        _may_conclude,
        lambda asking: [asking.ask.note("note", required=asking.standing.state is S.OBJECTION)],
        doings.conclude,
    ),
    Act(
        "publish",
        "Puts a final result among those that the public can search.",
        lambda standing: standing.state is S.FINAL and standing.is_regulator,
        lambda asking: (),
        doings.publish,
    ),
    OBJECTION,
    ANSWER,
    Act(
        "hold",
        "Holds the batch quietly.",
        lambda standing: standing.is_regulator and standing.may_have_failed and standing.sample.stop_id is None,
        _reason,
        doings.hold,
        is_next=False,
    ),
    Act(
        "release",
        "Ends a hold.",
        lambda standing: (
            standing.is_regulator and standing.state in UNDER_REVIEW and standing.sample.stop_id is not None
        ),
        _reason,
        doings.release,
        is_next=False,
    ),
    Act(
        "withdraw",
        "Takes the sample out of the record of valid ones.",
        lambda standing: standing.state is not S.WITHDRAWN,
        _reason,
        doings.withdraw,
        is_next=False,
    ),
)


def act_views(
    standing: Standing, language: Language, laboratories: Sequence[Choice], refusal: Refusal | None = None
) -> list[ActView]:
    """What this reader may do with the sample as it stands; of a refused act the form with what was sent."""
    if not standing.acts:
        return []
    offered = [each for each in ACTS if each.is_offered(standing)]
    return [ActView(act_form(act, standing, language, laboratories, refusal=refusal), act.is_next) for act in offered]


def act_form(
    act: Act,
    standing: Standing,
    language: Language,
    laboratories: Sequence[Choice] = (),
    *,
    is_told: bool = False,
    refusal: Refusal | None = None,
) -> FormView:
    """`is_told`: for a firm that was told of the result, among its own pages and in words of its own."""
    is_refused = refusal is not None and refusal[0] == act.name
    ask = Ask(language, refusal[1] if refusal is not None and is_refused else {})
    sample_id = standing.sample.sample_id
    form = FormView(
        action=f"/desk/{'results' if is_told else 'samples'}/{sample_id}/{act.name}",
        title=_said(act, "title", language, is_told=is_told),
        lead=" ".join((_said(act, "lead", language, is_told=is_told), *_when_to_note(act, standing, language))),
        submit=_said(act, "submit", language, is_told=is_told),
        fields=tuple(act.fields(Asking(standing, ask, laboratories))),
        facts=_facts(act, standing, language),
        prefix=f"{act.name}-{sample_id.hex[-6:]}-",
    )
    if refusal is None or not is_refused:
        return form
    return refused(form, refusal[2], language, field=place_of_error(refusal[2].field))


def done_text(act: Act, done: Done, language: Language, *, is_told: bool = False) -> str:
    """What an act came to."""
    if done.made == STOPPED:
        return text("page.sample_conclude.stopped", language, told=number_text(done.units))
    return _said(act, "done", language, is_told=is_told)


def _said(act: Act, what: str, language: Language, *, is_told: bool) -> str:
    key = f"page.told_act.{act.name}.{what}" if is_told else f"page.sample_act.{act.name}.{what}"
    return text(key, language)


def _facts(act: Act, standing: Standing, language: Language) -> tuple[Fact, ...]:
    results = standing.undecided
    verdict = suggested_verdict(results) if results and act.name == "confirm" else None
    return suggestion_facts(results, verdict, language) if results and verdict else ()


def _when_to_note(act: Act, standing: Standing, language: Language) -> Iterable[str]:
    """Of a conclusion, when it needs a note."""
    if act.name != "conclude":
        return
    if standing.state is S.OBJECTION:
        yield text("page.sample_conclude.objection", language)
    due = standing.due
    if standing.state is S.NOTIFIED and standing.sample.failed and due is not None and not due.is_over:
        yield text("page.sample_conclude.open", language, day=day_text(due.deadline.day, language))
