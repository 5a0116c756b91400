"""What the page of a text that is no code shows: why, and what may have gone wrong in typing it."""

from __future__ import annotations

from dataclasses import dataclass

from ...trace.codes.model import GROUP_CHARACTERS, MalformedReason, grouped
from ...trace.codes.suggestions import DIGIT_LENGTHS, Slip
from ...trace.kernel.texts import Language, text
from .answer_parts import GroupView
from .rendering import word

MAX_KEPT_CHARACTERS = 500
"""A seed label's four lines are about 150; a longer text is not worth correcting by hand."""

NO_SLIP = Slip()


@dataclass(frozen=True, slots=True)
class MalformedView:
    """A text that is no code of any scheme: why, and the text again for the form.

    `slips`: what is known of how it was typed. `typed`: its groups, empty where none stands out. `meant`: the one code
    known here that it is near to, in groups, and `meant_plain` for the form; empty where there is none.
    """

    scanned: str
    why: str
    what_to_do: str
    slips: tuple[str, ...] = ()
    typed: tuple[GroupView, ...] = ()
    meant: tuple[GroupView, ...] = ()
    meant_plain: str = ""


def malformed_view(scanned: str, reason: MalformedReason, language: Language, slip: Slip = NO_SLIP) -> MalformedView:
    """The form keeps what was typed, up to a sane length, in groups where it is of digits."""
    kept = grouped(slip.typed) if slip.typed else scanned
    return MalformedView(
        scanned=kept if len(kept) <= MAX_KEPT_CHARACTERS else "",
        why=text(f"malformed.{reason}.title", language),
        what_to_do=text(f"malformed.{reason}.what_to_do", language),
        slips=_slips(slip, language),
        typed=_groups(slip.typed, slip.groups) if slip.groups else (),
        meant=_groups(slip.meant, slip.groups),
        meant_plain=slip.meant,
    )


def _slips(slip: Slip, language: Language) -> tuple[str, ...]:
    if slip.groups:
        digits = [slip.typed[GROUP_CHARACTERS * (number - 1) :][:GROUP_CHARACTERS] for number in slip.groups]
        mark = text("page.list_mark", language)
        numbers = mark.join(str(number) for number in slip.groups)
        return (text("page.typed.groups", language, groups=numbers, digits=mark.join(digits)),)
    if slip.scheme is not None and slip.difference:
        key = "page.typed.too_few" if slip.difference < 0 else "page.typed.too_many"
        length = next(length for length, scheme in DIGIT_LENGTHS.items() if scheme is slip.scheme)
        name = word(slip.scheme, language)
        few = abs(slip.difference)
        return (text(key, language, count=len(slip.typed), scheme=name, length=length, few=few),)
    if slip.typed and slip.scheme is None:
        return (text("page.typed.count", language, count=len(slip.typed)),)
    return ()


def _groups(code: str, marked: tuple[int, ...]) -> tuple[GroupView, ...]:
    return tuple(GroupView(each, number in marked) for number, each in enumerate(grouped(code).split(), start=1))
