"""The tables of docs/verdicts.md, from `judge.WEIGHT` and the catalogue of texts."""

from __future__ import annotations

from suiyuan.trace.codes.model import MalformedReason
from suiyuan.trace.kernel.texts import LANGUAGES, catalogue
from suiyuan.trace.verification.judge import WEIGHT
from suiyuan.trace.verification.model import Verdict

from .generated import keep_current, table


def main() -> None:
    keep_current("verdicts.md", "verdict_table", "\n\n".join((verdicts(), reasons(), malformed())))


def verdicts() -> str:
    rows = [
        (
            str(place),
            f"`{verdict}`",
            *_texts(f"verdict.{verdict}", "title", "sentence"),
        )
        for place, verdict in enumerate(Verdict, start=1)
    ]
    return "## Verdicts, the foremost first\n\n" + table(
        ("rank", "verdict", "中文", "English", "一句话", "sentence"), rows
    )


def reasons() -> str:
    rows = [
        (f"`{code}`", f"`{verdict}`", *_texts(f"reason.{code}", "title", "what_to_do"))
        for code, verdict in WEIGHT.items()
    ]
    head = ("reason", "forces", "中文", "English", "怎么办", "what to do")
    return "## Reasons, the weightiest first\n\n" + table(head, rows)


def malformed() -> str:
    rows = [(f"`{reason}`", *_texts(f"malformed.{reason}", "title", "what_to_do")) for reason in MalformedReason]
    head = ("reason", "中文", "English", "怎么办", "what to do")
    return "## Texts that can be no code\n\n" + table(head, rows)


def _texts(key: str, *parts: str) -> list[str]:
    """The texts as the catalogue has them, placeholders unfilled."""
    return [catalogue()[f"{key}.{part}"][language] for part in parts for language in LANGUAGES]


if __name__ == "__main__":
    main()
