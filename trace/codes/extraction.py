"""The one door for whatever was scanned or typed: find the code in it, or say why there is none.

Nothing is looked up and no address is followed. Steps, the first that finds something decides:

    1. the text is a code and nothing else, perhaps in groups          1172 2252 2472 5074 …, AB12-CD34
    2. the text is a seed payload: its third line is the code
    3. runs of more than 20 digits outside of Digital Links            …/nyzs/<32>, ?c=<32>, <24>，兽药名称，…
    4. GS1 Digital Links with GTIN and serial number                   …/01/<14>/10/A7/21/<20>
    5. words in the places of an address where codes stand             …/c/AB12, ?s=AB12

Seed codes are short words; in prose any word would be one, so they are taken from 1, 2 and 5 only. Every pattern runs
in time linear in the text, which is bounded first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from ..kernel.limits import MAX_SCANNED_CHARACTERS
from ..kernel.normalise import half_width
from .gs1.gtin_link import FoundLink, find_gtin_links
from .gs1.reasons import Reason
from .model import Candidate, Extraction, MalformedReason, Scheme
from .schemes import (
    GS1_DIGITS,
    MAX_SEED_CHARACTERS,
    OWN_DIGITS,
    PESTICIDE_DIGITS,
    PESTICIDE_FORM,
    VET_DRUG_DIGITS,
    is_digits,
    is_well_formed,
)

MAX_LOOSE_WORDS = 8
"""Seed codes tried from one address. Honest ones carry a few parameters; each candidate costs a look-up."""

_BY_LENGTH = {
    PESTICIDE_DIGITS: (Scheme.PESTICIDE, MalformedReason.BAD_STRUCTURE),
    VET_DRUG_DIGITS: (Scheme.VET_DRUG, MalformedReason.BAD_STRUCTURE),
    OWN_DIGITS: (Scheme.OWN, MalformedReason.CHECK_DIGIT),
}
"""Schemes told by their number of digits, and what is wrong when the rest does not fit."""

_LIKELIEST_FIRST = (*(scheme for scheme, _ in _BY_LENGTH.values()), Scheme.GS1)

_WORST_FIRST = (MalformedReason.BAD_STRUCTURE, MalformedReason.CHECK_DIGIT, MalformedReason.WRONG_LENGTH)
"""Which of several reasons helps most: the one of the text that came closest to a code."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_LONG_RUN = re.compile(r"(?<![0-9])[0-9]{21,}(?![0-9])")
_DIGIT_GROUPS = re.compile(r"[0-9]+(?:[ -]+[0-9]+)*")
_WORD_GROUPS = re.compile(r"[0-9A-Za-z]{4}(?:[ -][0-9A-Za-z]{4})*(?:[ -][0-9A-Za-z]{1,4})?")
_GROUPS_IN_PROSE = re.compile(
    r"(?<![0-9])[0-9]{4}(?:(?:[-\s][0-9]{4}){7}|(?:[-\s][0-9]{4}){5}|(?:[-\s][0-9]{4}){4}[-\s][0-9]{2})(?![0-9])"
)
"""32, 24 or 22 digits as `grouped` prints them, perhaps over two lines."""

_SEPARATORS = re.compile(r"[-\s]+")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_UNBROKEN = re.compile(r"[^\s<>\"']+")
_AFTER_ADDRESS = ".,;:!)]}。、》」』"
_OUR_PATH = re.compile(r"/c/([^/?#&\s]+)", re.IGNORECASE)
_OUR_LABEL = re.compile(
    rf"(?:https?://[A-Za-z0-9.:-]{{1,80}}/c/)?(?:({PESTICIDE_FORM})|([0-9]{{32}}|[0-9]{{24}}|[0-9]{{22}}))"
    r"(?:#1\.[0-9]{1,6}\.[0-9]{8}\.[^#\s]{1,3300})?"
)
"""A bare long code, or the address on our labels, signed or not (signing.py). Group 1 is a pesticide code, the most
usual; group 2 holds the digits of any other, or of none."""

_PARAMETER_ENDS = re.compile(r"[?&;#]")

_SEED_LINES = 4
_SEED_CODE_LINE = 2
_SEED_CODE_LABEL = "单元识别代码"
_SEED_TITLED_CODE = re.compile(_SEED_CODE_LABEL + r"[: \t]*(.*?)(?:追溯网址|$)", re.MULTILINE)
"""Ends at the next title too: some scanners hand the four lines over as one."""


def extract(text: str) -> Extraction:
    """The codes `text` may stand for, or why it stands for none. Never raises."""
    if len(text) > MAX_SCANNED_CHARACTERS:
        return _refused(MalformedReason.TOO_LONG)
    # Nearly every scan is a bare long code or one of our own labels: both skip the search.
    label = _OUR_LABEL.fullmatch(text)
    if label is not None:
        pesticide, other = label.groups()
        return Extraction((Candidate(Scheme.PESTICIDE, pesticide),), None) if pesticide else _long_code(other)
    plain = half_width(text).translate(_DASHES).strip()
    if not plain:
        return _refused(MalformedReason.EMPTY)
    word = _joined(plain)
    if len(word) in _BY_LENGTH and is_digits(word):
        return _long_code(word)
    payload = [_joined(code) for code in _seed_payload_codes(plain)]
    if any(_classify(code) is Scheme.SEED for code in payload):
        return _judge(payload)
    links = find_gtin_links(plain)
    runs = _long_runs(_without(links, plain))
    if runs and len(word) == GS1_DIGITS:
        runs.append(word)  # its first groups alone look like another code
    if links and not runs:
        return _linked(links)
    return _judge(runs or payload or (word, *_address_words(plain)))


def _without(links: Iterable[FoundLink], text: str) -> str:
    """`text` without what its Digital Links say: an identifier's value may be a run of digits, and is no code."""
    for found in links:
        text = text.replace(found.text, found.beside)
    return text


def _linked(links: Sequence[FoundLink]) -> Extraction:
    """The units that `links` name. A serial number may be another maker's, of any form: then the code is unknown."""
    named = {found.link.gtin + found.link.serial for found in links if found.link and found.link.serial}
    if len(named) > 1:
        return _refused(MalformedReason.SEVERAL_CODES)
    if named:
        return Extraction((Candidate(Scheme.GS1, named.pop()),), None)
    refusal = next((found.refusal for found in links if found.refusal), None)
    if refusal is None:
        return _refused(MalformedReason.NO_SERIAL)
    is_gtin = refusal.reason is Reason.INCORRECT_CHECK_DIGIT and refusal.evidence["ai"] == "01"
    return _refused(MalformedReason.GTIN_CHECK_DIGIT if is_gtin else MalformedReason.BAD_LINK)


def _long_code(digits: str) -> Extraction:
    """The only reading of a text that is one code of 22, 24 or 32 digits."""
    scheme, reason = _BY_LENGTH[len(digits)]
    if is_well_formed(scheme, digits):
        return Extraction((Candidate(scheme, digits),), None)
    return _refused(reason)


def _judge(words: Sequence[str]) -> Extraction:
    """What `words`, each of which stands where a code may stand, amount to.

    A damaged long number is not passed over in favour of a short word beside it: in `?m=c74&c=<31 digits>` the code
    is the second, and answering for "c74" would mislead.
    """
    found: dict[Scheme, list[str]] = {}
    reasons: set[MalformedReason] = set()
    damaged = False
    for word in dict.fromkeys(words):
        result = _classify(word)
        if isinstance(result, Scheme):
            found.setdefault(result, []).append(word)
        else:
            reasons.add(result)
            damaged = damaged or (is_digits(word) and result is not MalformedReason.NO_CODE)
    if any(len(found.get(scheme, ())) > 1 for scheme in _LIKELIEST_FIRST) or _damaged_twin(words):
        return _refused(MalformedReason.SEVERAL_CODES)
    candidates = [Candidate(scheme, code) for scheme in _LIKELIEST_FIRST for code in found.get(scheme, ())]
    if not candidates and not damaged:
        candidates = [Candidate(Scheme.SEED, code) for code in found.get(Scheme.SEED, ())]
    if len(candidates) > MAX_LOOSE_WORDS:
        return _refused(MalformedReason.SEVERAL_CODES)
    if candidates:
        return Extraction(tuple(candidates), None)
    return _refused(next((reason for reason in _WORST_FIRST if reason in reasons), MalformedReason.NO_CODE))


def _classify(word: str) -> Scheme | MalformedReason:
    """The scheme whose form `word` has, or what is wrong with it."""
    if is_digits(word) and len(word) in _BY_LENGTH:
        scheme, reason = _BY_LENGTH[len(word)]
        return scheme if is_well_formed(scheme, word) else reason
    if is_well_formed(Scheme.SEED, word):
        return Scheme.SEED
    if len(word) == GS1_DIGITS and is_digits(word) and is_well_formed(Scheme.GS1, word):
        return Scheme.GS1
    is_word = word.isascii() and word.isalnum() and any(map(str.isdigit, word))
    return MalformedReason.WRONG_LENGTH if is_word and len(word) > MAX_SEED_CHARACTERS else MalformedReason.NO_CODE


def _damaged_twin(words: Iterable[str]) -> bool:
    """Two different texts of 32 digits: even if only one has the right structure, nobody can tell which was meant."""
    return len({word for word in words if len(word) == PESTICIDE_DIGITS and is_digits(word)}) > 1


def _joined(text: str) -> str:
    """`text` without its spaces and hyphens if it is one code typed in groups, else `text` as it is.

    Digits may be grouped anyhow, other words by fours as `grouped` shows them: "hello world 2" is no code.
    """
    if _DIGIT_GROUPS.fullmatch(text) or _WORD_GROUPS.fullmatch(text):
        return _SEPARATORS.sub("", text)
    return text


def _seed_payload_codes(text: str) -> list[str]:
    """The unit code of a seed label's four lines, with or without their titles; none if `text` is no such payload.

    Source: 农作物种子标签二维码编码规则 (2016-09-18): variety, operator, unit code, address, one per line.
    """
    titled = [code.strip() for code in _SEED_TITLED_CODE.findall(text)]
    if titled:
        return titled
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != _SEED_LINES or not _looks_like_address(lines[-1]):
        return []
    code = lines[_SEED_CODE_LINE]
    return [code] if is_well_formed(Scheme.SEED, code) else []


def _looks_like_address(line: str) -> bool:
    return "." in line and _UNBROKEN.fullmatch(line) is not None


def _long_runs(text: str) -> list[str]:
    """Runs of more than 20 digits, also when percent-encoding or printed groups of four divide them."""
    decoded = half_width(_ADDRESS.sub(lambda match: unquote(match[0]), text))
    whole = _GROUPS_IN_PROSE.sub(lambda match: _SEPARATORS.sub("", match[0]), decoded)
    return _LONG_RUN.findall(whole)


def _address_words(text: str) -> list[str]:
    """What stands behind `/c/` and as parameter values in the addresses of `text`."""
    addresses: list[str] = _ADDRESS.findall(text)
    if not addresses and "/" in text and _UNBROKEN.fullmatch(text):
        addresses = [text]
    words: list[str] = []
    for address in (one.rstrip(_AFTER_ADDRESS) for one in addresses):
        words += _OUR_PATH.findall(address)
        parameters = _PARAMETER_ENDS.split(address)[1:]
        words += [value for _, mark, value in (one.partition("=") for one in parameters) if mark]
    return [half_width(unquote(word)).strip() for word in words]


def _refused(reason: MalformedReason) -> Extraction:
    return Extraction((), reason)
