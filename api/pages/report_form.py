"""The form of a buyer's report as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...trace.enforcement.reports.model import MAX_PHOTOS, Trouble
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.regions import NINGXIA, REGIONS, region_name
from .desk_view import Choice
from .form_view import Field, FormView, refused, with_error
from .rendering import word

MAX_TELEPHONE_CHARACTERS = 24
"""With spaces and brackets, as people write numbers."""


def report_view(
    values: Mapping[str, str], language: Language, error: SuiyuanError | None = None, *, has_photos: bool = False
) -> FormView:
    """The form with what was typed, and what is wrong with it. Browsers do not keep files: with `has_photos` the form
    says that they are to be chosen once more."""

    def field(name: str, kind: str, **settings: object) -> Field:
        hint = text(f"page.reports.hint_{name}", language) if name in _HINTS else ""
        made = Field(name, text(f"page.reports.ask_{name}", language), kind, hint, values.get(name, ""))
        return replace(made, **settings)

    chosen = " ".join(each.value for each in Trouble if values.get(f"troubles-{each.value}"))
    view = FormView(
        action="/report",
        title=text("page.reports.title", language),
        lead=text("page.reports.lead", language),
        submit=text("page.reports.submit", language),
        fields=(
            field("code", "lines"),
            field(
                "troubles",
                "checks",
                value=chosen,
                choices=tuple(Choice(each.value, word(each, language)) for each in Trouble),
                is_required=True,
            ),
            field("words", "lines"),
            field("photos", "photos", hint=text("page.reports.hint_photos", language, maximum=MAX_PHOTOS)),
            field("region_code", "select", choices=_counties(language)),
            field("with_place", "check"),
            field("telephone", "number", maximum=MAX_TELEPHONE_CHARACTERS),
        ),
    )
    if error is None:
        return view
    view = refused(view, error, language)
    if has_photos and error.field != "photos":
        view = with_error(view, "photos", text("page.reports.photos_again", language))
    return view


_HINTS = frozenset({"words", "region_code", "with_place", "telephone"})


def _counties(language: Language) -> tuple[Choice, ...]:
    """Counties and districts of Ningxia, below its cities."""
    codes = sorted(code for code in REGIONS if code.startswith(NINGXIA[:2]) and not code.endswith("00"))
    return tuple(Choice(code, region_name(code, language)) for code in codes)
