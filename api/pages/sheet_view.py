"""What the page of the sample sheet shows: its fields, by their paths in the document that is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...trace.inspection.model import Acknowledgement, Basis, PortionRole, Stage
from ...trace.kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Party
from ...trace.parties.regions import REGIONS, region_name
from .desk_view import Choice
from .form_view import Field
from .rendering import word

INSPECTOR_ROWS = 2
PORTION_ROWS = 2
MAX_ROWS = 20
"""As many inspectors or portions as a sheet may have (trace/inspection)."""

WORDS = (
    "waiting",
    "sent",
    "refused",
    "waiting_count",
    "saved",
    "draft",
    "sending",
    "no_signal",
    "signed_out",
    "other_party",
    "others",
    "same_seal",
    "unsigned",
    "discard_sure",
)
"""What the script says; % stands for a number."""

PLACES = {
    "taken_on": "taken_at",
    "captured_at": "taken_at",
    "sent_at": "taken_at",
    "batch_id": "codes",
    "spans": "codes",
    "sampled_from_id": "sampled_from_credit_code",
    "credit_code": "sampled_from_credit_code",
    "plan_id": "plan_number",
    "signature": "on_paper",
    "inspectors": "inspectors.0.name",
    "portions": "portions.0.seal_number",
}
"""Where an error's field has another name on the page."""


@dataclass(frozen=True, slots=True)
class SheetView:
    """The form. `at` are its fields by name; `inspector_rows` and `portion_rows` how many of each; `owner` whose it is,
    "" in the shell that is kept for when there is no signal; `is_answered`: it comes back with what was sent."""

    fields: tuple[Field, ...]
    inspector_rows: int
    portion_rows: int
    owner: str
    region: str
    words: Mapping[str, str]
    trouble: tuple[str, ...] = ()
    is_answered: bool = False
    prefix: str = ""

    @property
    def at(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @property
    def has_errors(self) -> bool:
        return bool(self.trouble) or any(field.error for field in self.fields)


def sheet_view(
    language: Language,
    values: Mapping[str, str],
    laboratories: Iterable[Party],
    *,
    owner: str = "",
    region: str = "",
    is_answered: bool = False,
) -> SheetView:
    """`values`: what stands in the fields."""
    make = _Maker(language, values)
    inspectors = max(INSPECTOR_ROWS, _rows(values, "inspectors"))
    portions = max(PORTION_ROWS, _rows(values, "portions"))
    fields = [
        make.line("sample_number", required=True, hint=True),
        make.codes(),
        make.select("basis", _words(Basis, language), required=True),
        make.select("stage", _words(Stage, language)),
        make.line("plan_number"),
        make.line("taken_at", required=True),
        make.select("region_code", _regions(language), required=True),
        make.line("place", required=True, hint=True),
        make.line("sampled_from_credit_code", hint=True),
        *(
            make.line(f"inspectors.{number}.{name}", label, required=number < INSPECTOR_ROWS)
            for number in range(inspectors)
            for name, label in (("name", "inspector_name"), ("certificate_number", "certificate_number"))
        ),
        *(field for number in range(portions) for field in _portion(make, number)),
        make.line("seed_lot.crop", "crop"),
        make.line("seed_lot.type", "type"),
        make.line("seed_lot.seed_class", "seed_class"),
        make.line("seed_lot.subspecies", "subspecies"),
        make.check("allows_northern_moisture"),
        make.radio("acknowledgement", [each.value for each in Acknowledgement]),
        make.line("signed_by"),
        make.check("on_paper"),
        make.line("refusal_reason", maximum=MAX_NOTE_CHARACTERS),
        make.select("laboratory_id", (Choice(str(each.party_id), each.name) for each in laboratories)),
        make.line("note", maximum=MAX_NOTE_CHARACTERS),
    ]
    return SheetView(
        fields=tuple(fields),
        inspector_rows=inspectors,
        portion_rows=portions,
        owner=owner,
        region=region,
        words={name: text(f"page.sheet_words.{name}", language) for name in WORDS},
        is_answered=is_answered,
    )


def with_trouble(view: SheetView, faults: Mapping[str, str]) -> SheetView:
    """The form with what is wrong at each field, by the path that the refusal names, or above all."""
    known = view.at
    errors: dict[str, str] = {}
    trouble: list[str] = list(view.trouble)
    for path, message in faults.items():
        name = PLACES.get(path, path)
        if name in known:
            errors[name] = message
        else:
            trouble.append(message)
    fields = tuple(replace(field, error=errors.get(field.name, field.error)) for field in view.fields)
    return replace(view, fields=fields, trouble=tuple(trouble))


class _Maker:
    """Fields with their words and with what stands in them."""

    def __init__(self, language: Language, values: Mapping[str, str]) -> None:
        self._language: Language = language
        self._values = values

    def line(
        self,
        name: str,
        label: str = "",
        *,
        required: bool = False,
        hint: bool = False,
        maximum: int = MAX_NAME_CHARACTERS,
    ) -> Field:
        said = text(f"page.sheet.{name}_hint", self._language) if hint else ""
        return self._field(name, label, "text", hint=said, is_required=required, maximum=maximum)

    def codes(self) -> Field:
        value = self._values.get("codes", "")
        count = len({line.strip() for line in value.splitlines() if line.strip()})
        hint = text("page.sheet.codes_hint", self._language)
        return self._field("codes", "", "scan", hint=hint, is_required=True, count=count)

    def select(self, name: str, choices: Iterable[Choice], label: str = "", *, required: bool = False) -> Field:
        return self._field(name, label, "select", choices=tuple(choices), is_required=required)

    def radio(self, name: str, members: list[str]) -> Field:
        choices = tuple(Choice(each, text(f"page.sheet.{each}", self._language)) for each in members)
        value = self._values.get(name, "")
        return replace(self._field(name, "", "radio", choices=choices), value=value if value in members else members[0])

    def roles(self) -> tuple[Choice, ...]:
        return tuple(Choice(each.value, text(f"word.sheet.portion_{each}", self._language)) for each in PortionRole)

    def check(self, name: str) -> Field:
        return self._field(name, "", "check", is_required=True)

    def _field(self, name: str, label: str, kind: str, **settings: object) -> Field:
        made = Field(name, text(f"page.sheet.{label or name}", self._language), kind, value=self._values.get(name, ""))
        return replace(made, **settings)


def _portion(make: _Maker, number: int) -> tuple[Field, ...]:
    """The first row is for the test and the second for the reserve, unless something else was said."""
    roles = tuple(PortionRole)
    row = f"portions.{number}"
    role = make.select(f"{row}.role", make.roles(), "role", required=True)
    if not role.value:
        role = replace(role, value=roles[min(number, len(roles) - 1)].value)
    is_required = number < PORTION_ROWS
    return (
        role,
        make.line(f"{row}.seal_number", "seal_number", required=is_required),
        make.line(f"{row}.quantity", "quantity", required=is_required),
    )


def _rows(values: Mapping[str, str], name: str) -> int:
    parts = (key.split(".") for key in values if key.startswith(f"{name}."))
    numbers = [int(number) for _, number, *_ in parts if number.isascii() and number.isdigit()]
    return min(max(numbers, default=-1) + 1, MAX_ROWS)


def _words(members: Iterable[Basis | Stage], language: Language) -> tuple[Choice, ...]:
    return tuple(Choice(each.value, word(each, language)) for each in members)


def _regions(language: Language) -> tuple[Choice, ...]:
    """The counties, then the cities, then the provinces."""
    order = sorted(REGIONS, key=lambda code: (code.endswith("00"), code.endswith("0000"), code))
    return tuple(Choice(code, region_name(code, language)) for code in order)
