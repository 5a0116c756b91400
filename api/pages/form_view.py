"""Forms of the desk: their fields, and what a refused one says at which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...trace.codes.service import Outcome
from ...trace.custody.service.goods import MAX_CODE_CHARACTERS
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from ...trace.kernel.texts import Language, text
from ..instance import Instance
from .answer_view import Fact
from .desk_view import Choice
from .sent_forms import Sent

FIELDS_OF_ERROR = {
    "to_id": ("receiver",),
    "party_id": ("receiver",),
    "site_id": ("site", "to_site"),
    "spans": ("codes",),
}
"""Where a domain error's field has another name on the page, or one of several."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `kind` is `scan`, `text`, `note`, `select`, `radio`, `check`, `checks`, `date`, `number` or
    `lines`; `value` is what was typed, of `checks` the values marked, apart by spaces.

    Of a scan field `count` is the number of different codes in it, and `offenders` are those that are in the way.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    is_required: bool = False
    is_focused: bool = False
    maximum: int = MAX_NAME_CHARACTERS
    error: str = ""
    count: int = 0
    offenders: tuple[str, ...] = ()
    unchosen: str = ""
    """What a select says where nothing is chosen; "" for the usual word."""


@dataclass(frozen=True, slots=True)
class FormView:
    """A form and its page. `facts` is what is known beforehand, of a shipment for instance; `trouble` are the errors
    that belong to no field."""

    action: str
    title: str
    lead: str
    submit: str
    fields: tuple[Field, ...]
    facts: tuple[Fact, ...] = ()
    trouble: tuple[str, ...] = ()
    prefix: str = ""
    """Before the ids of its fields, where a page has several forms."""

    @property
    def has_errors(self) -> bool:
        return bool(self.trouble) or any(each.error for each in self.fields)

    @property
    def scans(self) -> bool:
        return any(each.kind == "scan" for each in self.fields)


class Fields:
    """Makes the fields of one page: their words in the reader's language, their values as they were sent."""

    def __init__(self, language: Language, values: Mapping[str, str]) -> None:
        self._language: Language = language
        self._values = values

    def scan(self, name: str = "codes", *, required: bool = True, focused: bool = False) -> Field:
        value = self._values.get(name, "")
        count = len({line.strip() for line in value.splitlines() if line.strip()})
        return self._field(name, "scan", value=value, is_required=required, is_focused=focused, count=count)

    def text(self, name: str, *, required: bool = False) -> Field:
        return self._field(name, "text", is_required=required)

    def secret(self, name: str) -> Field:
        """A text that is never shown again."""
        return self._field(name, "text", value="", is_required=True)

    def note(self, name: str, *, required: bool = False) -> Field:
        return self._field(name, "note", is_required=required, maximum=MAX_NOTE_CHARACTERS)

    def select(self, name: str, choices: Iterable[Choice], *, required: bool = False) -> Field:
        return self._field(name, "select", choices=tuple(choices), is_required=required)

    def radio(self, name: str, values: Sequence[str]) -> Field:
        """`values`: the first is chosen where nothing was."""
        choices = tuple(Choice(value, text(f"page.ask.{name}_{value}", self._language)) for value in values)
        value = self._values.get(name, "")
        return self._field(name, "radio", choices=choices, value=value if value in values else values[0])

    def check(self, name: str) -> Field:
        return self._field(name, "check")

    def _field(self, name: str, kind: str, **settings: object) -> Field:
        hint = text(f"page.hint.{name}", self._language) if name in HINTS else ""
        made = Field(name, text(f"page.ask.{name}", self._language), kind, hint, self._values.get(name, ""))
        return replace(made, **settings)


HINTS = frozenset(
    {"codes", "damaged", "buyer_identity", "intended_use", "carton", "with_surplus", "to_site", "buyer_name"}
)


def refused(
    view: FormView, error: SuiyuanError, language: Language, offenders: Sequence[str] = (), field: str | None = None
) -> FormView:
    """The form with the reason at the field it concerns (`field`, where it is known better than by the error), or above
    all where the page has no such field."""
    message = refusal_text(error, language)
    shown = {each.name for each in view.fields}
    name = field or error.field or ""
    names = FIELDS_OF_ERROR.get(name, (name,))
    name = next((name for name in names if name in shown), None)
    if name is None:
        return replace(view, trouble=(*view.trouble, message))
    return with_error(view, name, message, offenders)


def with_error(view: FormView, name: str, message: str, offenders: Sequence[str] = ()) -> FormView:
    fields = tuple(
        replace(each, error=message, offenders=tuple(offenders)) if each.name == name else each for each in view.fields
    )
    return replace(view, fields=fields)


def refusal_text(error: SuiyuanError, language: Language) -> str:
    if error.code == "idempotency.reused":
        return text("page.sending.reused", language)
    return error.text(language)


def offending(instance: Instance, error: SuiyuanError, lines: Iterable[str]) -> list[str]:
    """Which of the lines scanned a refusal names: by the line itself, or by the code in it."""
    named = error.evidence.get("codes")
    if not isinstance(named, list):
        return []
    codes = set(map(str, named))
    return [line for line in lines if line[:MAX_CODE_CHARACTERS] in codes or _code_of(instance, line) in codes]


def _code_of(instance: Instance, line: str) -> str | None:
    resolution = instance.resolver.resolve(line)
    return resolution.code if resolution.outcome is Outcome.KNOWN else None


def without_lines(sent: Sent, name: str, unwanted: Iterable[str]) -> dict[str, str]:
    """What was sent, with some of the codes scanned left out."""
    left = [line for line in sent.lines(name) if line not in set(unwanted)]
    return {**sent.values, name: "".join(f"{line}\n" for line in left)}
