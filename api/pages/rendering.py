"""Templates to HTML in the reader's language. Knows no request: the routes hand over what they read from it."""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from functools import cache, lru_cache, partial
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...trace.kernel.texts import LANGUAGES, Language, text
from ..static_addresses import address_of

DEFAULT_LANGUAGE: Language = "zh"
TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

MAX_HEADER_CHARACTERS = 500
"""Accept-Language of real browsers stays below 200; what is longer is cut, not parsed."""

_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_HTML_LANGUAGE: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


@lru_cache(maxsize=1024)
def choose_language(query: str | None, cookie: str | None, accept_language: str | None) -> Language:
    """The language to answer in: asked for in the address, else remembered, else the browser's, else Chinese.

    Anything that names no language of ours counts as absent; nothing raises.
    """
    return (
        _language_of(query or "")
        or _language_of(cookie or "")
        or _best_accepted((accept_language or "")[:MAX_HEADER_CHARACTERS])
        or DEFAULT_LANGUAGE
    )


def _language_of(tag: str) -> Language | None:
    """The language of a tag such as `zh`, `ZH-Hans-CN` or `en_GB`; None for any other."""
    primary = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
    return next((language for language in LANGUAGES if language == primary), None)


def _best_accepted(header: str) -> Language | None:
    """The acceptable language with the highest q-value, the first of equals (RFC 9110 section 12.5.4)."""
    best: Language | None = None
    best_quality = 0.0
    for entry in header.split(","):
        tag, *parameters = entry.split(";")
        quality = _quality(parameters)
        language = DEFAULT_LANGUAGE if tag.strip() == "*" else _language_of(tag)
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: list[str]) -> float:
    """The q-value; 1 where none is given, 0 (not acceptable) where it is malformed."""
    if not parameters:
        return 1.0
    match = _QUALITY.fullmatch(parameters[0].strip().lower())
    return float(match.group(1)) if match else 0.0


def word(member: Enum, language: Language) -> str:
    """The word people read for an enum's member: `word.<enum>.<member>` in the catalogue."""
    enum = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(member).__name__).lower()
    return text(f"word.{enum}.{member.name.lower()}", language)


def day_text(day: date, language: Language) -> str:
    """A calendar day as people write it: 2026年11月24日, 24 November 2026."""
    month = text(f"word.month.m{day.month}", language)
    return text("page.day", language, year=day.year, month=month, day=day.day)


def number_text(value: int) -> str:
    """A count with its thousands apart, the same in both languages: 1,000,000."""
    return f"{value:,}"


def switch_link(here: str, language: Language) -> str:
    """The address of the same page in another language. `here` is the path with its query, or nothing."""
    path, _, query = here.partition("?")
    if path:
        path = "/" + path.lstrip("/\\")  # never another host: "//elsewhere" is an address, "/elsewhere" a page
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "lang"]
    return f"{path}?{urlencode([*kept, ('lang', language)])}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number_text
    environment.globals["switch_link"] = switch_link
    environment.globals["asset"] = address_of
    return environment


def render(template: str, language: Language, **context: object) -> str:
    """The page. Templates say `t(key, **values)` for a text; a variable that is missing raises UndefinedError.

    `here` (the path with its query) is optional: the language switch keeps the page by it.
    """
    values: dict[str, object] = {
        "here": "",
        "language": language,
        "html_language": _HTML_LANGUAGE[language],
        "other_language": "en" if language == "zh" else "zh",
        "t": partial(_text, language),
        **context,
    }
    return _environment().get_template(template).render(values)


def _text(language: Language, key: str, **values: object) -> str:
    return text(key, language, **values)
